"""ご契約内容, 本申込, 解約, 番号ポータビリティ."""

from django.urls import URLPattern, path

from numbering.cloud.views import contract
from selfcare.orders.views.wizard import wizard

urlpatterns: list[URLPattern] = [
    path("contract/", contract.index, name="contracts"),
    path("contract/<slug:number>/", contract.show, name="contract"),
    path("contract/<slug:number>/agency-code/", contract.agency_code, name="agency-code"),
    path("contract/<slug:number>/port-in/withdraw/", contract.withdraw_port_in, name="withdraw-port-in"),
    path("settle/", wizard("cloud.settle"), name="settle"),
    path("end/", wizard("cloud.end"), name="end"),
    path("port-in/", wizard("cloud.port_in"), name="port-in"),
]
