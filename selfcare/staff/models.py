"""What operators need and customers do not: the second factor, uploads between preview and confirm, duties."""

import hmac
import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_otp.models import Device
from django_otp.oath import TOTP

from selfcare import clock, text, vault
from selfcare.accounts.models import User

#: Steps of 30 seconds that a telephone's clock may be off, either way.
TOLERANCE = 1
KEY_BYTES = 20
_DIGITS = 6


class OperatorTotp(Device):  # type: ignore[misc]  # django-otp ships no types
    """An operator's authenticator app (RFC 6238, SHA-1, 6 digits, 30 s): one per operator.

    The key is sealed: whoever reads the table cannot make codes. A code works once, because its step is remembered.
    """

    sealed: "models.BinaryField[bytes, bytes]" = models.BinaryField()
    last_step: "models.BigIntegerField[int, int]" = models.BigIntegerField(default=-1)

    class Meta:
        verbose_name = _("オペレーターの認証アプリ")
        verbose_name_plural = pgettext_lazy("several", "オペレーターの認証アプリ")
        constraints = [
            models.UniqueConstraint(fields=["user"], name="operator_totp_once_per_user"),
        ]

    def seal_key(self, key: bytes) -> None:
        """Set the key on this instance, which must know its user; a new key starts without used steps."""
        self.sealed = vault.seal(key.hex(), context=self._context)
        self.last_step = -1

    @property
    def _context(self) -> str:
        return f"staff.operatortotp:sealed:{self.user_id}"

    def verify_token(self, token: str) -> bool:
        """Whether `token` is the code of now; it is used up with that. Callers count the try before they ask."""
        code = text.to_halfwidth_digits(token).replace(" ", "")
        if len(code) != _DIGITS or not code.isdecimal() or not code.isascii():
            return False
        key = bytes.fromhex(vault.open_sealed(bytes(self.sealed), context=self._context))
        totp = TOTP(key, digits=_DIGITS)
        totp.time = clock.real_now().timestamp()
        now = totp.t()
        for step in range(now - TOLERANCE, now + TOLERANCE + 1):
            totp.drift = step - now
            if step > self.last_step and hmac.compare_digest(f"{totp.token():0{_DIGITS}d}", code):
                return self._use(step)
        return False

    def _use(self, step: int) -> bool:
        """Tested in the UPDATE: the same code sent twice at once passes once."""
        return bool(OperatorTotp.objects.filter(pk=self.pk, last_step__lt=step).update(last_step=step))


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
