"""企業ユーザー管理: who has a login of the company, and what its owners do about it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import auth, messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from selfcare import clock
from selfcare.accounts import leaving, stepup
from selfcare.accounts.access import customer_view
from selfcare.accounts.company_forms import UserForm
from selfcare.accounts.models import Customer, Invitation, Role, User, UserSession
from selfcare.accounts.requests import CustomerRequest
from selfcare.accounts.services import code_addresses, invitations
from selfcare.accounts.services import company_users as service
from selfcare.accounts.services.addresses import code_address
from selfcare.accounts.services.company_resets import send_reset

#: Removed users that the list still names, newest first; the audit trail has all.
_REMOVED = 20


@require_safe
@customer_view()
def users(request: CustomerRequest) -> HttpResponse:
    """The list, for owners; everybody else has his own data only."""
    actor = request.user
    if not actor.has_role(Role.OWNER):
        return redirect("accounts:profile")
    everybody = User.objects.for_login().filter(customer=actor.customer_id)
    asked = Invitation.objects.visible_to(actor).open().select_related("customer", "invited_by")
    context = {
        "users": everybody.filter(removed_at=None).order_by("created_at", "pk"),
        "removed": everybody.filter(removed_at__isnull=False).order_by("-removed_at")[:_REMOVED],
        "invitations": [(one, invitations.standing(one)) for one in asked.order_by("-created_at")],
        "is_personal": _is_personal(actor),
        "now": clock.real_now(),
    }
    return render(request, "accounts/users.html", context)


def _is_personal(user: User) -> bool:
    return user.customer is not None and user.customer.kind == Customer.Kind.PERSONAL


def _one(request: CustomerRequest, user_id: int) -> User:
    """A user of the same company, removed ones left out."""
    return get_object_or_404(User.objects.of_customer(request.user).for_login(), pk=user_id)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.OWNER)
def user(request: CustomerRequest, user_id: int) -> HttpResponse:
    """ユーザーの編集."""
    found = _one(request, user_id)
    form = UserForm(request.POST or None, user=found, actor=request.user, is_fresh=stepup.is_fresh(request))
    if form.is_valid():
        data = form.cleaned_data
        try:
            changed = service.edit(
                user=found,
                name=data["name"],
                selfcare_id=data["selfcare_id"],
                role=Role(data["role"]),
                login_method=data.get("login_method", ""),
                actor=request.user,
            )
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            return _edited(request, found, changed)
    may_choose = found.may_choose_login and "login_method" not in form.fields
    context = {
        "form": form,
        "person": found,
        "is_self": found.pk == request.user.pk,
        "address": code_address(found),
        "pending": code_addresses.pending(found),
        "sessions": UserSession.objects.visible_to(found).filter(expire_date__gt=clock.real_now()).count(),
        "confirm_first": stepup.address(request.path) if may_choose else "",
    }
    return render(request, "accounts/user.html", context)


def _edited(request: CustomerRequest, found: User, changed: list[str]) -> HttpResponse:
    if changed:
        messages.success(request, _("%(name)s さんの情報を変更しました。") % {"name": found.display_name})
    else:
        messages.info(request, _("変更はありませんでした。"))
    if found.pk == request.user.pk and found.role != Role.OWNER:
        return redirect("accounts:profile")
    return redirect("accounts:users")


@dataclass(frozen=True)
class Deed:
    """Something that is done to a user after a page that says what will happen."""

    title: Any
    button: Any
    done: Any
    #: What happens, line by line.
    text: tuple[Any, ...]
    #: The same for who does it to himself; empty where nobody does.
    warning: Any
    run: Callable[[CustomerRequest, User], None]
    possible: Callable[[User], bool] = lambda found: True
    is_danger: bool = True
    #: Whether who does it to himself is logged out by it.
    ends_own: bool = False


def _suspend(request: CustomerRequest, found: User) -> None:
    service.suspend(user=found, actor=request.user)


def _resume(request: CustomerRequest, found: User) -> None:
    service.resume(user=found, actor=request.user)


def _remove(request: CustomerRequest, found: User) -> None:
    service.remove(user=found, actor=request.user)


def _reset(request: CustomerRequest, found: User) -> None:
    send_reset(user=found, actor=request.user)


def _end_sessions(request: CustomerRequest, found: User) -> None:
    own = request.session.session_key if found.pk == request.user.pk else None
    service.end_sessions(user=found, session_key=own, actor=request.user)


DEEDS = {
    "suspend": Deed(
        title=gettext_lazy("ユーザーの利用停止"),
        button=gettext_lazy("利用を停止する"),
        done=gettext_lazy("%(name)s さんの利用を停止しました。"),
        text=(
            gettext_lazy("ログイン中の端末はすぐにすべて終了し、利用を再開するまでログインできません。"),
            gettext_lazy("受付済み・予約済みのお申し込みは、そのまま進みます。"),
            gettext_lazy("役割・パスワード・認証の設定は残ります。いつでも利用を再開できます。"),
        ),
        warning=gettext_lazy("あなた自身の利用を停止します。すぐにログアウトされ、ご自身では再開できません。"),
        run=_suspend,
        possible=lambda found: found.suspended_at is None,
        ends_own=True,
    ),
    "resume": Deed(
        title=gettext_lazy("ユーザーの利用再開"),
        button=gettext_lazy("利用を再開する"),
        done=gettext_lazy("%(name)s さんの利用を再開しました。"),
        text=(gettext_lazy("これまでの役割・パスワード・認証の設定で、ふたたびログインできます。"),),
        warning="",
        run=_resume,
        possible=lambda found: found.suspended_at is not None,
        is_danger=False,
    ),
    "remove": Deed(
        title=gettext_lazy("ユーザーの削除"),
        button=gettext_lazy("このユーザーを削除する"),
        done=gettext_lazy("%(name)s さんを削除しました。"),
        text=(
            gettext_lazy("ログイン中の端末はすぐにすべて終了し、このIDではログインできなくなります。"),
            gettext_lazy("受付済み・予約済みのお申し込みは貴社のお申し込みとして、そのまま進みます。"),
            gettext_lazy(
                "申込履歴と操作の記録に、氏名とユーザー名が残ります。メールアドレスと認証の設定は消去します。"
            ),
            gettext_lazy("元には戻せません。同じユーザー名は、ほかの方も使えません。"),
        ),
        warning=gettext_lazy("あなた自身を削除します。すぐにログアウトされ、二度とログインできません。"),
        run=_remove,
        ends_own=True,
    ),
    "reset-password": Deed(
        title=gettext_lazy("パスワードのリセット"),
        button=gettext_lazy("パスワードをリセットする"),
        done=gettext_lazy("%(name)s さんに、パスワードを決め直すリンクをメールで送りました。"),
        text=(
            gettext_lazy("ご本人の認証コードの届け先に、30分間・一度だけ使えるリンクを送ります。"),
            gettext_lazy("新しいパスワードはご本人が決めます。管理者が知ることはありません。"),
            gettext_lazy("ご本人が決め直すまで、今のパスワードのまま使えます。"),
        ),
        warning="",
        run=_reset,
        is_danger=False,
    ),
    "end-sessions": Deed(
        title=gettext_lazy("ログイン中の端末の終了"),
        button=gettext_lazy("ログインをすべて終了する"),
        done=gettext_lazy("%(name)s さんのログインを終了しました。"),
        text=(gettext_lazy("すべての端末でログアウトされます。パスワードは変わらず、もう一度ログインできます。"),),
        warning=gettext_lazy("この端末のログインは残ります。"),
        run=_end_sessions,
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.OWNER)
def deed(request: CustomerRequest, user_id: int, name: str) -> HttpResponseBase:
    """The page that says what will happen, and the deed itself."""
    found, wanted = _one(request, user_id), DEEDS[name]
    if not wanted.possible(found):
        messages.info(request, _("この操作は、すでに行われています。"))
        return redirect("accounts:user", found.pk)
    refused = ""
    if request.method == "POST":
        shown = found.display_name
        try:
            wanted.run(request, found)
        except ValidationError as error:
            refused = " ".join(error.messages)
        else:
            return _done(request, found, wanted, shown)
    context = {
        "person": found,
        "deed": wanted,
        "is_self": found.pk == request.user.pk,
        "left": leaving.left_by(found) if name == "remove" else [],
        "refused": refused,
    }
    return render(request, "accounts/user_deed.html", context, status=409 if refused else 200)


def _done(request: CustomerRequest, found: User, wanted: Deed, shown: str) -> HttpResponse:
    if wanted.ends_own and found.pk == request.user.pk:
        auth.logout(request)
        return redirect(f"{reverse('login')}?ended=rights")
    messages.success(request, wanted.done % {"name": shown})
    return redirect("accounts:users")
