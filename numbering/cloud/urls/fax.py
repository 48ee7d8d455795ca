"""The addresses of クラウドFAX, below /cloud/fax/."""

from django.urls import URLPattern, path

from numbering.cloud.views import fax

urlpatterns: list[URLPattern] = [
    path("fax/", fax.numbers, name="fax"),
    path("fax/received/<uuid:uuid>/", fax.file, name="fax_file"),
    path("fax/received/<uuid:uuid>/forward/", fax.forward, name="fax_forward"),
    path("fax/sent/<uuid:uuid>/again/", fax.again, name="fax_again"),
    path("fax/<slug:digits>/", fax.inbox, name="fax_inbox"),
    path("fax/<slug:digits>/send/", fax.send, name="fax_send"),
    path("fax/<slug:digits>/forwarding/", fax.forwarding, name="fax_forwarding"),
]
