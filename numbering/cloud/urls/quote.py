"""料金シミュレーション, open to everybody."""

from django.urls import URLPattern, path

from numbering.cloud.views import quote

urlpatterns: list[URLPattern] = [
    path("quote/", quote.page, name="quote"),
    path("quote/pdf/", quote.pdf, name="quote_pdf"),
]
