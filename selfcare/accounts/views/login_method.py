"""ログイン方法: password alone, or with a code."""

from django.contrib import auth, messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from selfcare.accounts import entry
from selfcare.accounts.access import customer_view, second_step_done
from selfcare.accounts.forms import LoginMethodForm
from selfcare.accounts.models import User
from selfcare.accounts.requests import CustomerRequest
from selfcare.accounts.services import login_methods
from selfcare.accounts.services.addresses import code_address, masked
from selfcare.accounts.services.login import LoginRefusedError


@sensitive_post_parameters()
@customer_view()
def login_method(request: CustomerRequest) -> HttpResponse:
    user = request.user
    if not user.may_choose_login:
        return _fixed(request)
    form = LoginMethodForm(request.POST or None, initial={"login_method": user.login_method})
    if form.is_valid():
        try:
            changed = login_methods.change_login_method(
                user=user,
                method=User.LoginMethod(form.cleaned_data["login_method"]),
                current=form.cleaned_data["current_password"],
                browser=entry.browser_mark(request, user.selfcare_id),
                session_key=request.session.session_key,
                actor=user,
            )
        except login_methods.NotTheUsersChoiceError:
            return _fixed(request)
        except LoginRefusedError:
            form.add_error("current_password", _("現在のパスワードが違います。"))
        except ValidationError as refused:
            form.add_error("login_method", refused)
        else:
            return _changed(request) if changed else _unchanged(request)
    address = code_address(user)
    context = {"form": form, "current": user.get_login_method_display(), "address": masked(address) if address else ""}
    return render(request, "accounts/login_method.html", context)


def _fixed(request: CustomerRequest) -> HttpResponse:
    """Nothing to choose: the page says why."""
    context = {"has_ip_phone": request.user.has_ip_phone}
    return render(request, "accounts/login_method_fixed.html", context)


def _changed(request: CustomerRequest) -> HttpResponse:
    if not second_step_done(request):
        # This session never showed a code; from now on none goes without.
        auth.logout(request)
        return redirect(f"{reverse('login')}?ended=method")
    messages.success(request, _("ログイン方法を変更しました。ほかの端末のログインは終了しました。"))
    return redirect("home")


def _unchanged(request: CustomerRequest) -> HttpResponse:
    messages.info(request, _("ログイン方法は変わっていません。"))
    return redirect("accounts:login_method")
