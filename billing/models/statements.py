"""Files of statements that have been rendered, and the tokens by which a customer's own programs fetch them."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from selfcare.accounts.models import Customer

if TYPE_CHECKING:
    from selfcare.accounts.models import User


class StatementFileQuerySet(models.QuerySet["StatementFile"]):
    def visible_to(self, user: "User") -> "StatementFileQuerySet":
        """Whose they are; from which day on customers may have them, billing/availability.py says."""
        return self.filter(customer_id=user.customer_id) if user.customer_id else self.none()


class StatementFile(models.Model):
    """One rendered file, as it is served ever after. Insert-only for the application.

    What is stored (storage "statements") is the file with its header row, compressed in blocks of `store.BLOCK` bytes
    that stand for themselves: a range is read without what lies before it, and zcat reads the whole.
    """

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", db_index=False, verbose_name=_("契約者"))
    # Of the registered kinds: "invoice", "cdr", "line-m".
    kind = models.CharField(_("種類"), max_length=20)
    # The billed month, the month that is listed (their first), or the day.
    period = models.DateField(_("対象"))
    encoding = models.CharField(_("文字コード"), max_length=10)
    # Its name in the storage: random, nothing of whose it is.
    stored = models.CharField(max_length=40, unique=True, editable=False)
    # Of the file itself, not of what is stored.
    sha256 = models.CharField(_("ハッシュ値（SHA-256）"), max_length=64)
    size = models.BigIntegerField(_("サイズ（バイト）"))
    # Of the header row with its line end: whoever wants none begins there.
    header_size = models.PositiveIntegerField(_("見出し行のサイズ"))
    # Without the header row.
    rows = models.PositiveIntegerField(_("行数"))
    # Characters that the encoding does not have, and that stand as others in this file.
    replaced = models.PositiveIntegerField(_("置き換えた文字数"))
    # Where each block ends in what is stored.
    blocks = ArrayField(models.BigIntegerField(), verbose_name=_("ブロックの終わり"))
    # Real time.
    rendered_at = models.DateTimeField(_("作成日時"), db_default=Now())

    objects = StatementFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("明細ファイル")
        verbose_name_plural = pgettext_lazy("several", "明細ファイル")
        constraints = [
            # The first one stored is the one, whoever renders beside it; also how pages and downloads find it.
            models.UniqueConstraint(fields=["customer", "kind", "period", "encoding"], name="statement_file_once"),
            models.CheckConstraint(name="statement_file_encoding", condition=Q(encoding__in=["utf-8", "cp932"])),
            models.CheckConstraint(name="statement_file_sha256", condition=Q(sha256__regex=r"^[0-9a-f]{64}$")),
            # The one text that becomes a path.
            models.CheckConstraint(
                name="statement_file_stored_random", condition=Q(stored__regex=r"^[0-9a-f]{2}/[0-9a-f]{32}$")
            ),
            models.CheckConstraint(
                name="statement_file_has_header", condition=Q(header_size__gt=0, size__gte=F("header_size"))
            ),
        ]
        indexes = [
            # What the retention erases.
            models.Index(fields=["kind", "period"], name="statement_file_of_period"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.period} {self.encoding}"


class DownloadTokenQuerySet(models.QuerySet["DownloadToken"]):
    def visible_to(self, user: "User") -> "DownloadTokenQuerySet":
        return self.filter(customer_id=user.customer_id) if user.customer_id else self.none()

    def live(self, now: datetime) -> "DownloadTokenQuerySet":
        """`now` is real time."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=now)


class DownloadToken(models.Model):
    """By which a customer's program fetches files. Of the token itself, 256 bits of chance, only a digest is kept.

    All moments are real time.
    """

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", db_index=False, verbose_name=_("契約者"))
    name = models.CharField(_("名前"), max_length=60)
    # SHA-256: what is guessed by nobody needs neither salt nor time.
    digest = models.CharField(max_length=64, unique=True, editable=False)
    # The last characters, by which people tell tokens apart.
    ending = models.CharField(_("末尾"), max_length=4)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False, verbose_name=_("発行者")
    )
    created_at = models.DateTimeField(_("発行日時"))
    expires_at = models.DateTimeField(_("有効期限"))
    revoked_at = models.DateTimeField(_("失効日時"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("最終利用日時"), null=True, blank=True)
    last_used_from = models.GenericIPAddressField(_("最終利用元"), null=True, blank=True)

    objects = DownloadTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("ダウンロード用トークン")
        verbose_name_plural = pgettext_lazy("several", "ダウンロード用トークン")
        constraints = [
            models.CheckConstraint(name="download_token_expires", condition=Q(expires_at__gt=F("created_at"))),
            models.CheckConstraint(name="download_token_digest", condition=Q(digest__regex=r"^[0-9a-f]{64}$")),
        ]
        indexes = [
            # A customer's list, newest first.
            models.Index(fields=["customer", "-created_at"], name="download_token_of_customer"),
        ]

    def __str__(self) -> str:
        return self.name
