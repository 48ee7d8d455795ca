"""The admin site: staff only, password and second factor, nothing before both."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.admin.helpers import AdminForm
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django_otp_webauthn.models import WebAuthnCredential

from selfcare.accounts.models import User
from selfcare.staff import panels
from selfcare.staff.forms import OperatorLoginForm, OperatorPasswordForm
from selfcare.staff.models import OperatorTotp

View = Callable[..., HttpResponseBase]
#: What a one-time password opens.
_BEFORE_CHANGE = frozenset({"password_change", "logout", "jsi18n"})


class SelfcareAdminSite(AdminSite):
    site_title = gettext_lazy("Selfcare オペレーター")
    site_header = gettext_lazy("Selfcare オペレーター")
    index_title = gettext_lazy("業務")
    login_form = OperatorLoginForm  # type: ignore[assignment]  # a form of our own, with the same two methods
    login_template = "admin/login.html"
    # It would name every kind of row on every page; the index does.
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """An active operator who has shown the authenticator's code or a passkey in this session; no other device
        will do."""
        user: Any = request.user
        shown = isinstance(user.otp_device, OperatorTotp | WebAuthnCredential) and user.otp_device.confirmed
        return bool(user.is_active and user.is_staff and shown)

    def get_urls(self) -> list[Any]:
        """Without "view on site": operators cannot open customers' pages, and it would ask any table for any row."""
        # The admin's pages are known when addresses are asked for.
        from selfcare.staff.admins import passkeys, viewing

        kept = [found for found in super().get_urls() if getattr(found, "name", None) != "view_on_site"]
        own = [
            path("view-as/end/", self.admin_view(viewing.end), name="view_as_end"),
            path("passkeys/", self.admin_view(passkeys.index), name="passkeys"),
            path("passkeys/options/", self.admin_view(passkeys.options), name="passkey_options"),
        ]
        return [*own, *kept]

    def admin_view(self, view: View, cacheable: bool = False) -> View:  # type: ignore[override]
        """A one-time password opens the page to change it, and nothing else."""
        guarded = super().admin_view(view, cacheable)

        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if any("\0" in value for _name, values in request.GET.lists() for value in values):
                # No text of the database has a NUL, and a filter that asks for one would break on it.
                raise BadRequest
            name = request.resolver_match.url_name if request.resolver_match else ""
            user = cast(User, request.user)
            if self.has_permission(request) and user.must_change_password and name not in _BEFORE_CHANGE:
                return redirect("admin:password_change")
            return guarded(request, *args, **kwargs)

        return inner

    @method_decorator(sensitive_post_parameters("password", "token"))
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().login(request, extra_context)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The back button shows nothing of the session that is over, as at the customers' way out."""
        answer = super().logout(request, extra_context)
        answer.headers["Clear-Site-Data"] = '"cache", "storage"'
        return answer

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        extra = {**(extra_context or {}), "panels": panels.for_request(request)}
        return super().index(request, extra)

    @method_decorator(sensitive_post_parameters("current", "new", "again"))
    def password_change(  # type: ignore[override]  # it may redirect
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        operator = cast(User, request.user)
        form = OperatorPasswordForm(request.POST or None, user=operator, session_key=request.session.session_key)
        if form.is_valid() and form.change():
            update_session_auth_hash(request, form.user)
            messages.success(request, _("パスワードを変更しました。ほかの端末のログインは終了しました。"))
            return redirect("admin:index")
        context = {
            **self.each_context(request),
            "title": _("パスワードの変更"),
            "form": form,
            "adminform": AdminForm(form, [(None, {"fields": list(form.fields)})], {}),  # type: ignore[arg-type]
            "forced": operator.must_change_password,
        }
        return render(request, "admin/password_change.html", context)
