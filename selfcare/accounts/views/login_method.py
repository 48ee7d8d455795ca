"""ログイン方法: password alone, or with a code."""

from django.contrib import auth, messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from selfcare.accounts import stepup
from selfcare.accounts.access import customer_view, second_step_done
from selfcare.accounts.address_forms import LoginMethodForm
from selfcare.accounts.models import User
from selfcare.accounts.requests import CustomerRequest
from selfcare.accounts.services import code_addresses, login_methods
from selfcare.accounts.services.addresses import confirmed_address, masked


@customer_view()
def login_method(request: CustomerRequest) -> HttpResponseBase:
    return _choice(request) if request.user.may_choose_login else _fixed(request)


@stepup.required
def _choice(request: CustomerRequest) -> HttpResponse:
    user = request.user
    address = confirmed_address(user)
    form = LoginMethodForm(request.POST or None, has_address=bool(address), initial={"login_method": user.login_method})
    if form.is_valid():
        try:
            outcome = login_methods.change_login_method(
                user=user,
                method=User.LoginMethod(form.cleaned_data["login_method"]),
                email=form.cleaned_data.get("email", ""),
                session_key=request.session.session_key,
                actor=user,
            )
        except login_methods.NotTheUsersChoiceError:
            return _fixed(request)
        except ValidationError as refused:
            form.add_error("email" if "email" in form.fields else None, refused)
        else:
            return _ANSWERS[outcome](request)
    context = {
        "form": form,
        "current": user.get_login_method_display(),
        "address": masked(address) if address else "",
        "change": code_addresses.pending(user),
    }
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


def _asked(request: CustomerRequest) -> HttpResponse:
    messages.success(
        request,
        _(
            "配信先にメールをお送りしました。24時間以内にリンクを開いてください。それまでは、今のログイン方法のままです。"
        ),
    )
    return redirect("accounts:login_method")


_ANSWERS = {
    login_methods.Outcome.SAME: _unchanged,
    login_methods.Outcome.CHANGED: _changed,
    login_methods.Outcome.ASKED: _asked,
}
