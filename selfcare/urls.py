"""Every address of the portal. Other programs rely on the paths: they do not move."""

from django.contrib import admin
from django.urls import include, path

from selfcare.orders.views import approval_rule
from selfcare.shell.views import demo_mail, health, home, search

urlpatterns = [
    path("", home.home, name="home"),
    path("search/", search.search, name="search"),
    path("admin/", admin.site.urls),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("demo/mail/", demo_mail.mails, name="demo_mails"),
    path("demo/mail/<str:name>/", demo_mail.mail, name="demo_mail"),
    path("", include("selfcare.accounts.urls")),
    path("account/approval/", approval_rule.page, name="approval_rule"),
    path("orders/", include("selfcare.orders.urls")),
    path("contract/", include("selfcare.contract_data.urls")),
    path("", include("selfcare.inquiries.urls")),
    path("numbering/", include("numbering.urls")),
    path("cloud/", include("numbering.cloud.urls")),
    path("lines/", include("lines.urls")),
    path("billing/", include("billing.urls")),
    path("payments/", include("billing.payments.urls")),
    path("", include("selfcare.outside.urls")),
]

handler400 = "selfcare.shell.errors.bad_request"
handler403 = "selfcare.shell.errors.forbidden"
handler404 = "selfcare.shell.errors.not_found"
handler500 = "selfcare.shell.errors.broken"
