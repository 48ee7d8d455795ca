"""ご契約のオプション and the orders that change them."""

from django.urls import URLPattern, path

from numbering.cloud.views import options
from selfcare.orders.views.wizard import wizard

urlpatterns: list[URLPattern] = [
    path("options/", options.index, name="option-list"),
    path("options/change/", wizard("cloud.options"), name="options"),
    path("options/fax-number/", wizard("cloud.fax_number"), name="fax-number"),
]
