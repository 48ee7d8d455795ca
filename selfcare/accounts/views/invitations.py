"""Inviting people, and the page behind the mailed link."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from selfcare.accounts.access import customer_view
from selfcare.accounts.company_forms import InvitationForm, JoinForm
from selfcare.accounts.models import Customer, Invitation, Role, User
from selfcare.accounts.requests import CustomerRequest
from selfcare.accounts.services import invitations as service


@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.OWNER)
def invite(request: CustomerRequest) -> HttpResponse:
    form = InvitationForm(request.POST or None)
    customer = request.user.customer
    if form.is_valid():
        data = form.cleaned_data
        try:
            made = service.invite(email=data["email"], name=data["name"], role=Role(data["role"]), actor=request.user)
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            messages.success(request, _("%(email)s に招待のメールを送りました。") % {"email": made.email})
            return redirect("accounts:users")
    is_personal = customer is not None and customer.kind == Customer.Kind.PERSONAL
    return render(request, "accounts/invite.html", {"form": form, "is_personal": is_personal})


@require_POST
@customer_view(role=Role.OWNER)
def invitation(request: CustomerRequest, invitation_id: int) -> HttpResponseBase:
    """POST action=resend or revoke, from the list."""
    found = get_object_or_404(Invitation.objects.visible_to(request.user).select_related("customer"), pk=invitation_id)
    try:
        if request.POST.get("action") == "resend":
            service.resend(invitation=found, actor=request.user)
            words = _("%(email)s に招待のメールをもう一度送りました。前のリンクは使えません。")
        else:
            service.revoke(invitation=found, actor=request.user)
            words = _("%(email)s への招待を取り消しました。")
    except ValidationError as refused:
        messages.warning(request, " ".join(refused.messages))
    else:
        messages.success(request, words % {"email": found.email})
    return redirect("accounts:users")


def _why(reason: service.Void) -> str:
    """Why the link cannot be used, to whoever holds it."""
    return {
        service.Void.UNKNOWN: _(
            "リンクが正しくないか、新しい招待メールが送られています。最新の招待メールのリンクを開いてください。"
        ),
        service.Void.ACCEPTED: _("この招待は、すでに承諾されています。登録したユーザー名でログインしてください。"),
        service.Void.REVOKED: _("この招待は取り消されました。"),
        service.Void.EXPIRED: _("招待の期限（7日）が過ぎています。招待した方に、もう一度送ってもらってください。"),
        service.Void.INVITER: _(
            "招待した方が管理者でなくなったため、この招待は使えません。会社のほかの管理者に、もう一度送ってもらってください。"
        ),
        service.Void.CUSTOMER: _("ご契約の内容が変わったため、この招待は使えません。"),
        service.Void.ADDRESS: _(
            "招待されたメールアドレスは、すでにこの会社のユーザーが使っています。そのユーザー名でログインしてください。"
        ),
    }[reason]


@never_cache
@sensitive_post_parameters()
@sensitive_variables("token")
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Opening the link uses nothing up, because scanners of mail open it first; the form's POST does."""
    try:
        asked = service.of_link(token=token)
        if request.user.is_authenticated:
            return _logged_in(request, asked)
        form = JoinForm(request.POST or None, initial={"name": asked.name})
        if form.is_valid():
            data = form.cleaned_data
            wishes = service.Wishes(
                selfcare_id=data["selfcare_id"],
                name=data["name"],
                password=data["new_password"],
                language=translation.get_language()[:2],
            )
            try:
                service.accept(token=token, wishes=wishes)
            except ValidationError as refused:
                form.add_error(None, refused)
            else:
                return redirect(f"{reverse('login')}?ended=joined")
    except service.VoidError as void:
        return render(request, "accounts/invitation_void.html", {"why": _why(void.reason)}, status=404)
    return render(request, "accounts/invitation.html", {"form": form, "invitation": asked})


def _logged_in(request: HttpRequest, asked: Invitation) -> HttpResponse:
    """Nobody takes an invitation with somebody else's login open; the link stays good."""
    user = request.user
    is_own = isinstance(user, User) and user.customer_id == asked.customer_id
    return render(request, "accounts/invitation_logged_in.html", {"is_own": is_own}, status=409)
