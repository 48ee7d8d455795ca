"""認証コード配信先メールアドレス: asking for another one, and the page behind the mailed link."""

from django.contrib import auth, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from selfcare.accounts import entry, stepup
from selfcare.accounts.access import customer_view, second_step_done
from selfcare.accounts.address_forms import CodeAddressForm
from selfcare.accounts.forms import LoginForm
from selfcare.accounts.models import Role, User
from selfcare.accounts.requests import CustomerRequest
from selfcare.accounts.services import code_addresses as service
from selfcare.accounts.services.addresses import code_address, masked

#: The answers to links that are refused; all others are gone.
_STATUS = {"unknown": 404, "other": 403}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customer_view()
@stepup.required
def own(request: CustomerRequest) -> HttpResponse:
    return _page(request, request.user)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.OWNER)
@stepup.required
def of_user(request: CustomerRequest, user_id: int) -> HttpResponse:
    """An owner asks for somebody of the company; the link wants that user's ID and password."""
    return _page(request, get_object_or_404(User.objects.of_customer(request.user), pk=user_id))


def _page(request: CustomerRequest, user: User) -> HttpResponse:
    change = service.pending(user)
    if change is None and "cancel" in request.POST:
        # Cancelled or followed meanwhile, or sent twice.
        return _cancel(request, user)
    form = CodeAddressForm(request.POST if request.method == "POST" else None, is_pending=change is not None)
    if form.is_valid():
        if form.cleaned_data.get("cancel"):
            return _cancel(request, user)
        try:
            service.ask(user=user, email=form.cleaned_data["email"], actor=request.user)
        except ValidationError as refused:
            form.add_error("email", refused)
        else:
            messages.success(request, _("新しい配信先にメールをお送りしました。24時間以内にリンクを開いてください。"))
            return redirect(request.path)
    address = code_address(user)
    context = {
        "form": form,
        "address": masked(address) if address else "",
        "change": change,
        "edited": user,
        "is_own": user.pk == request.user.pk,
    }
    return render(request, "accounts/code_address.html", context)


def _cancel(request: CustomerRequest, user: User) -> HttpResponse:
    if service.cancel(user=user, actor=request.user):
        messages.success(request, _("申込中の変更を取り消しました。配信先は変わりません。"))
    else:
        messages.info(request, _("その変更は、すでに終わっています。"))
    return redirect(request.path)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@sensitive_variables("token")
def link(request: HttpRequest, token: str) -> HttpResponse:
    signed_in = request.user if isinstance(request.user, User) else None
    form = LoginForm(request.POST if request.method == "POST" else None)
    try:
        change = service.of_link(token=token, signed_in=signed_in)
        if form.is_valid():
            service.confirm(token=token, login=_login(request, form), signed_in=signed_in)
            return _done(request, signed_in)
    except service.LinkRefusedError as refused:
        context = {"refused": refused.reason}
        return render(request, "accounts/code_address_link.html", context, status=_STATUS.get(refused.reason, 410))
    except service.LoginRefusedError:
        form.add_error(
            None,
            _(
                "セルフケアIDまたはパスワードが違います。パスワードを変更したあとは、新しいパスワードを入力してください。"
                "失敗が続くと、30分間お手続きできなくなります。"
            ),
        )
    return render(request, "accounts/code_address_link.html", {"form": form, "address": masked(change.email)})


def _login(request: HttpRequest, form: LoginForm) -> service.Login:
    selfcare_id = form.cleaned_data["selfcare_id"]
    return service.Login(
        selfcare_id=selfcare_id,
        password=form.cleaned_data["password"],
        browser=entry.browser_mark(request, selfcare_id),
        session_key=request.session.session_key,
    )


def _done(request: HttpRequest, signed_in: User | None) -> HttpResponse:
    if signed_in is not None:
        signed_in.refresh_from_db(fields=["code_email", "login_method"])
    if not second_step_done(request):
        # Nobody is logged in here, or by the password alone, which is not enough from now on.
        auth.logout(request)
        return redirect(f"{reverse('login')}?ended=address")
    messages.success(request, _("認証コード配信先メールアドレスを設定しました。ほかの端末でのログインは終了しました。"))
    return redirect("home")
