"""The addresses of クラウド電話, one module for each part of it."""

from django.urls import URLPattern

from numbering.cloud.urls import applications, contract, fax, ids, options, quote, settings

app_name = "cloud"
urlpatterns: list[URLPattern] = [
    *quote.urlpatterns,
    *applications.urlpatterns,
    *contract.urlpatterns,
    *ids.urlpatterns,
    *options.urlpatterns,
    *settings.urlpatterns,
    *fax.urlpatterns,
]
