from django.urls import path

from numbering.views import issued, pages, sip_password_file
from selfcare.orders.views.wizard import wizard

app_name = "numbering"
urlpatterns = [
    path("", pages.index, name="list"),
    path("add/", wizard("numbering.add"), name="add"),
    path("sip-password/", wizard("numbering.sip_password"), name="sip-password"),
    path("sip-password/file/", sip_password_file.upload, name="sip-password-file"),
    path("sip-password/file/sample.csv", sip_password_file.sample, name="sip-password-file-sample"),
    path("sip-password/file/numbers.csv", sip_password_file.numbers, name="sip-password-file-numbers"),
    path("issued/<uuid:uuid>.csv", issued.download, name="issued"),
    path("issued/<uuid:uuid>/", issued.show, name="issued-numbers"),
    path("issued/<uuid:uuid>/numbers.csv", issued.numbers, name="issued-numbers-file"),
]
