from django.urls import include, path

from numbering.dial_in import at_once_urls, by_date_urls
from numbering.dial_in.views import check, contracts, entry, rows_file, tables
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
    path("dial-in/at-once/", include(at_once_urls)),
    path("dial-in/by-date/", include(by_date_urls)),
    path("issued/<uuid:uuid>.csv", issued.download, name="issued"),
    path("issued/<uuid:uuid>/", issued.show, name="issued-numbers"),
    path("issued/<uuid:uuid>/numbers.csv", issued.numbers, name="issued-numbers-file"),
    path("dial-in/", entry.entry, name="dial-in"),
    path("dial-in/check/", check.check, name="dial-in-check"),
    path("dial-in/contracts/", contracts.index, name="dial-in-contracts"),
    path("dial-in/contracts/<slug:number>/", contracts.show, name="dial-in-contract"),
    path("dial-in/orders/<uuid:uuid>/rows.csv", rows_file.download, name="dial-in-rows-file"),
    path("dial-in/prices/", tables.prices, name="dial-in-prices"),
    path("dial-in/lead-times/", tables.leads, name="dial-in-lead-times"),
]
