from django.urls import path, re_path

from billing.views import bills, files, months, tokens

app_name = "billing"

urlpatterns = [
    path("", months.index, name="months"),
    path("<int:code>/", bills.bill, name="bill"),
    path("<int:code>/<int:cycle>/", bills.bill, name="bill_cycle"),
    path("tokens/", tokens.index, name="tokens"),
    re_path(r"^files/(?P<month>[0-9]{6})\.zip$", files.zip_of_month, name="zip"),
    path("files/<str:name>", files.file, name="file"),
]
