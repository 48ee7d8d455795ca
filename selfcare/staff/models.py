"""What operators need and customers do not: the second factor, uploads between preview and confirm, duties."""

import uuid
from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from selfcare import clock
from selfcare.accounts.models import Customer, User
from selfcare.accounts.models.factors import SealedTotp


class OperatorTotp(SealedTotp):
    """An operator's authenticator app: one per operator."""

    class Meta:
        verbose_name = _("オペレーターの認証アプリ")
        verbose_name_plural = pgettext_lazy("several", "オペレーターの認証アプリ")
        constraints = [
            models.UniqueConstraint(fields=["user"], name="operator_totp_once_per_user"),
        ]


class Operator(User):  # type: ignore[django-manager-missing]  # the managers of untyped devices
    """The same logins, as the admin lists them apart from customers' users."""

    class Meta:
        proxy = True
        verbose_name = _("オペレーター")
        verbose_name_plural = pgettext_lazy("several", "オペレーター")


class ImportFile(models.Model):
    """An uploaded file between preview and confirm. In the database, so that any web host can confirm it.

    Only who uploaded it confirms it, for the rows that it was previewed for, and once: confirming deletes it.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    operator = models.ForeignKey(User, models.CASCADE, related_name="+")
    # What its rows are: "accounts.customer".
    noun = models.CharField(max_length=80)
    name = models.CharField(max_length=120)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    # A hash of what the preview said would happen; empty where the rows themselves are looked at again.
    seen = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            # The sweep.
            models.Index(fields=["created_at"], name="import_file_created"),
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class ExportFile(models.Model):
    """A list's file that is too long to wait for: asked for by an operator, written by a worker, fetched, swept."""

    class State(models.TextChoices):
        WAITING = "waiting", _("作成中")
        READY = "ready", _("作成済")
        FAILED = "failed", _("作成できませんでした")
        EXPIRED = "expired", _("期限切れ")

    class Kind(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "Excel"

    operator = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("依頼したオペレーター"))
    # What its rows are: "accounts.customer"; and the list's search and filters, as its address has them.
    noun = models.CharField(_("内容"), max_length=80)
    query = models.CharField(_("絞り込み"), max_length=2000, blank=True)
    kind = models.CharField(_("形式"), max_length=4, choices=Kind)
    state = models.CharField(_("状態"), max_length=8, choices=State, default=State.WAITING)
    rows = models.PositiveIntegerField(_("行数"), null=True, blank=True)
    size = models.PositiveBigIntegerField(_("大きさ"), null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    # Its name in the storage "exports".
    stored = models.CharField(max_length=120, blank=True)
    reason = models.CharField(_("作成できない理由"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("依頼日時"))
    finished_at = models.DateTimeField(_("作成日時"), null=True, blank=True)
    expires_at = models.DateTimeField(_("保存期限"), null=True, blank=True)

    class Meta:
        verbose_name = _("出力ファイル")
        verbose_name_plural = pgettext_lazy("several", "出力ファイル")
        constraints = [
            # What can be fetched has a file, and nothing else keeps one.
            models.CheckConstraint(
                name="export_file_ready_has_file",
                condition=models.Q(state="ready", rows__isnull=False, size__isnull=False, expires_at__isnull=False)
                & ~models.Q(stored="")
                | ~models.Q(state="ready") & models.Q(stored=""),
            ),
        ]
        indexes = [
            # The operator's own list.
            models.Index(fields=["operator", "-id"], name="export_file_of_operator"),
            # The sweep.
            models.Index(fields=["expires_at"], name="export_file_expiring", condition=models.Q(state="ready")),
        ]

    def __str__(self) -> str:
        return f"{self.noun} {self.get_kind_display()}"


class Impersonation(models.Model):
    """「お客様として表示」: an operator reads the portal as a customer's user sees it, for half an hour. Real time.

    A row is written once and ended once; a trigger of the database refuses everything else.
    """

    class Ending(models.TextChoices):
        BUTTON = "button", _("終了ボタン")
        EXPIRED = "expired", _("時間切れ")
        LOGOUT = "logout", _("オペレーターのログアウト")
        RIGHTS = "rights", _("オペレーターの権限の終了")
        USER = "user", _("ユーザーの利用停止")
        REPLACED = "replaced", _("別の表示の開始")

    operator = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("オペレーター"))
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("契約者"))
    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("ユーザー"))
    reason = models.CharField(_("理由"), max_length=100)
    started_at = models.DateTimeField(_("開始日時"))
    expires_at = models.DateTimeField(_("期限"))
    ended_at = models.DateTimeField(_("終了日時"), null=True, blank=True)
    ending = models.CharField(_("終了の理由"), max_length=8, choices=Ending, blank=True)

    class Meta:
        verbose_name = _("お客様としての表示")
        verbose_name_plural = pgettext_lazy("several", "お客様としての表示")
        default_permissions = ("view",)
        permissions = [("view_as_customer", _("お客様として表示"))]
        constraints = [
            # An operator looks at one customer at a time.
            models.UniqueConstraint(
                fields=["operator"], name="impersonation_one_open", condition=models.Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(
                name="impersonation_has_reason", condition=models.Q(reason__regex=r"[^[:space:]].{3,}[^[:space:]]")
            ),
            models.CheckConstraint(
                name="impersonation_ended_has_why",
                condition=models.Q(ended_at__isnull=True, ending="")
                | models.Q(ended_at__isnull=False) & ~models.Q(ending=""),
            ),
        ]
        indexes = [
            # The sweep of those that nobody has ended.
            models.Index(
                fields=["expires_at"], name="impersonation_expiring", condition=models.Q(ended_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operator} / {self.user}"

    @property
    def minutes_left(self) -> int:
        """Begun minutes count."""
        return max(0, -((clock.real_now() - self.expires_at) // timedelta(minutes=1)))


class Duty(models.Model):
    """What an operator may do beyond looking at rows; no table, only names for Django's permissions."""

    class Meta:
        managed = False
        default_permissions = ()
        permissions = [
            ("lock_users", _("ユーザーのロックとロック解除")),
            ("create_users", _("ユーザーの登録とご案内の発行")),
            ("operate_orders", _("お申し込みの再開・完了・不成立")),
            ("place_orders", _("書面によるお申し込みの代行")),
            ("post_letters", _("郵送物の印刷と発送")),
            ("resend_mails", _("メールの再送")),
            ("retry_jobs", _("ジョブの再実行")),
        ]
