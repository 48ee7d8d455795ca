"""Every address of the portal. Other programs rely on the paths: they do not move."""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from selfcare.shell.views import demo_mail, health, home, search

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("search/", search.search, name="search"),
    path("admin/", admin.site.urls),
    path("i18n/language/", set_language, name="set_language"),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("demo/mail/", demo_mail.mails, name="demo_mails"),
    path("demo/mail/<str:name>/", demo_mail.mail, name="demo_mail"),
]
for prefix, module in (
    ("", "selfcare.accounts.urls"),
    ("orders/", "selfcare.orders.urls"),
    ("numbering/", "numbering.urls"),
    ("lines/", "lines.urls"),
):
    if find_spec(module) is not None and __import__("os").environ.get("SKIP_INCLUDES") is None:
        urlpatterns.append(path(prefix, include(module)))

handler400 = "selfcare.shell.errors.bad_request"
handler403 = "selfcare.shell.errors.forbidden"
handler404 = "selfcare.shell.errors.not_found"
handler500 = "selfcare.shell.errors.broken"
