from django.urls import path

from numbering.views import issued, pages
from selfcare.orders.views.wizard import wizard

app_name = "numbering"
urlpatterns = [
    path("", pages.index, name="list"),
    path("add/", wizard("numbering.add"), name="add"),
    path("sip-password/", wizard("numbering.sip_password"), name="sip-password"),
    path("issued/<uuid:uuid>.csv", issued.download, name="issued"),
]
