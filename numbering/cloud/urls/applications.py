"""お申し込み of クラウド電話: without a login, by the link that the applicant has."""

from django.urls import URLPattern, path

from numbering.cloud.views import applications, apply, apply_payment, apply_steps, corporate

_ONE = "applications/<str:token>/"

urlpatterns: list[URLPattern] = [
    path("apply/", apply.begin, name="apply"),
    path("apply/link/", apply.lost_link, name="apply_lost_link"),
    path("contract/<slug:number>/corporate/", corporate.begin, name="to-corporate"),
    path("apply/back/<str:sealed>/", apply_payment.back, name="apply_back"),
    path(_ONE, applications.page, name="application"),
    path(f"{_ONE}basket/", apply_steps.basket, name="apply_basket"),
    path(f"{_ONE}who/", apply_steps.who, name="apply_who"),
    path(f"{_ONE}number/", apply_steps.number, name="apply_number"),
    path(f"{_ONE}documents/", apply_steps.documents, name="apply_documents"),
    path(f"{_ONE}payment/", apply_payment.page, name="apply_payment"),
    path(f"{_ONE}confirm/", apply_steps.confirm, name="apply_confirm"),
    path(f"{_ONE}agency/", applications.agency, name="application_agency"),
    path(f"{_ONE}withdraw/", applications.withdraw, name="application_withdraw"),
]
