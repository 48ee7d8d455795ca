"""Customers' users: lock, unlock, end sessions, letters to who cannot read mails, an owner for who has lost all."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from selfcare import text
from selfcare.accounts.models import Customer, Role, User, UserSession
from selfcare.accounts.services import factors
from selfcare.accounts.services.by_post import post_ids, reissue_password
from selfcare.accounts.services.factor_changes import reset_factors
from selfcare.accounts.services.owners import make_owner
from selfcare.accounts.services.sessions import end_other_sessions
from selfcare.accounts.services.users import lock_user, unlock_user
from selfcare.staff import finding
from selfcare.staff.base import FactsAdmin, operator
from selfcare.staff.operations import NoForm, OperatedAdmin, Operation


def _lock(request: HttpRequest, user: User, data: dict[str, Any]) -> str:
    lock_user(user=user, reason=data["reason"], actor=operator(request))
    return _("ロックしました。ログイン中の端末もすべて終了しました。")


def _unlock(request: HttpRequest, user: User, data: dict[str, Any]) -> str:
    unlock_user(user=user, reason=data["reason"], actor=operator(request))
    return _("ロックを解除しました。")


def _end_sessions(request: HttpRequest, user: User, data: dict[str, Any]) -> str:
    ended = end_other_sessions(user=user, session_key=None, actor=operator(request))
    return _("%(ended)d件のログインを終了しました。") % {"ended": ended}


def _post_ids(request: HttpRequest, user: User, data: dict[str, Any]) -> str:
    post_ids(user=user, reason=data["reason"], actor=operator(request))
    return _("「セルフケアID・契約番号のお知らせ」が郵送物に入りました。")


def _reissue(request: HttpRequest, user: User, data: dict[str, Any]) -> str:
    reissue_password(user=user, reason=data["reason"], actor=operator(request))
    return _("パスワードを再発行しました。「サービス開始のご案内」が郵送物に入りました。")


def _make_owner(request: HttpRequest, user: User, data: dict[str, Any]) -> str:
    make_owner(user=user, reason=data["reason"], actor=operator(request))
    return _("管理者にしました。ご本人と管理者の方へメールでお知らせしました。")


def _reset_factors(request: HttpRequest, user: User, data: dict[str, Any]) -> str:
    reset_factors(user=user, reason=data["reason"], actor=operator(request))
    return _("二段階認証を解除しました。ログイン中の端末も終了し、ご本人と管理者の方へメールでお知らせしました。")


def _has_factors(user: User) -> bool:
    had = factors.of(user)
    return had.has_strong or had.has_recovery or not user.mail_codes


class LockFilter(admin.SimpleListFilter):
    title = gettext_lazy("ロック状態")
    parameter_name = "locked"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("1", _("ロック中")), ("0", _("ロック解除"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        if self.value() in ("0", "1"):
            return queryset.filter(locked_at__isnull=self.value() == "0")
        return queryset


class UseFilter(admin.SimpleListFilter):
    title = gettext_lazy("利用状態")
    parameter_name = "use"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("in_use", _("利用中")), ("suspended", _("利用停止中")), ("removed", _("削除済み"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        wanted = {
            "in_use": Q(suspended_at=None, removed_at=None),
            "suspended": Q(suspended_at__isnull=False, removed_at=None),
            "removed": Q(removed_at__isnull=False),
        }
        return queryset.filter(wanted.get(self.value() or "", Q()))


@admin.register(User)
class UserAdmin(FactsAdmin, OperatedAdmin):
    list_display = ("selfcare_id", "name", "customer", "role", "lock_state", "use_state", "last_login")
    list_select_related = ("customer",)
    list_filter = (LockFilter, UseFilter, "role")
    search_fields = ("selfcare_id",)
    search_help_text = gettext_lazy("セルフケアID・契約番号・電話番号・リクエストID・パートナーIDを、省略せずに入力")
    ordering = ("-pk",)
    fields = (
        "selfcare_id", "customer", "name", "role", "email", "code_email", "login_method", "language", "is_active",
        "lock_state", "locked_at", "use_state", "suspended_at", "removed_at",
        "must_change_password", "password_expires_at", "last_login", "previous_login",
        "created_at", "sessions",
    )  # fmt: skip
    operations = (
        Operation(
            "lock",
            gettext_lazy("ロックする"),
            "staff.lock_users",
            _lock,
            possible=lambda user: user.locked_at is None and user.removed_at is None,
            text=gettext_lazy("ログインできなくなり、ログイン中の端末はすぐに終了します。"),
        ),
        Operation(
            "unlock",
            gettext_lazy("ロックを解除する"),
            "staff.lock_users",
            _unlock,
            possible=lambda user: user.locked_at is not None,
        ),
        Operation(
            "end-sessions",
            gettext_lazy("ログイン中の端末を終了する"),
            "staff.lock_users",
            _end_sessions,
            form=NoForm,
            text=gettext_lazy("このユーザーのすべての端末でログインを終了します。パスワードは変わりません。"),
        ),
        Operation(
            "reset-factors",
            gettext_lazy("二段階認証を解除する"),
            "staff.lock_users",
            _reset_factors,
            possible=_has_factors,
            text=gettext_lazy(
                "端末もリカバリーコードもなくしたお客様のための操作です。パスキー・認証アプリ・リカバリーコードをすべて削除し、"
                "メールの認証コードでログインできるようにします。ログイン中の端末はすべて終了します。"
                "ご本人であることを確かめてから行ってください。"
            ),
        ),
        Operation(
            "post-ids",
            gettext_lazy("IDと契約番号を郵送する"),
            "staff.create_users",
            _post_ids,
            text=gettext_lazy(
                "セルフケアID・契約番号・リクエストIDを、契約者の登録住所へ書面でお知らせします。"
                "お電話で契約番号かリクエストIDを確認してから行ってください。"
            ),
        ),
        Operation(
            "reissue",
            gettext_lazy("パスワードを再発行して郵送する"),
            "staff.create_users",
            _reissue,
            possible=lambda user: user.is_active,
            text=gettext_lazy(
                "今のパスワードはすぐに使えなくなり、ログイン中の端末も終了します。仮のパスワードを、契約者の登録住所へ"
                "書面「サービス開始のご案内」で郵送します。ロックは解除されません。"
            ),
        ),
        Operation(
            "make-owner",
            gettext_lazy("管理者にする"),
            "accounts.change_customer",
            _make_owner,
            possible=lambda user: (
                user.removed_at is None and (user.role != Role.OWNER or user.suspended_at is not None)
            ),
            text=gettext_lazy(
                "管理者の方が退職されたなど、ご契約者様が自分で役割を変えられないときだけ行います。お申し出を書面で確認してください。"
                "利用停止中のときは、利用も再開します。ロックは解除されません。"
            ),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).filter(customer__isnull=False)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        word = text.normalize_identifier(search_term)
        if word:
            customers = Customer.objects.filter(finding.customers(word)).values("pk")
            queryset = queryset.filter(Q(selfcare_id=word) | Q(customer__in=customers))
        return queryset, False

    @admin.display(description=gettext_lazy("ロック状態"))
    def lock_state(self, user: User) -> str:
        return _("ロック中") if user.locked_at else _("ロック解除")

    @admin.display(description=gettext_lazy("利用状態"))
    def use_state(self, user: User) -> str:
        if user.removed_at:
            return _("削除済み")
        return _("利用停止中") if user.suspended_at else _("利用中")

    @admin.display(description=gettext_lazy("ログイン中の端末"))
    def sessions(self, user: User) -> SafeString:
        rows = UserSession.objects.visible_to(user).order_by("-last_seen_at")[:20]
        lines = format_html_join("", "<li>{} {} {}</li>", ((r.last_seen_at, r.address, r.user_agent) for r in rows))
        return format_html("<ul>{}</ul>", lines) if lines else SafeString("-")
