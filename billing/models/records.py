"""Call records and data usage, as carriers report them, and the files that they come in.

Both are partitioned by month, made and dropped by functions of the owner (migration 0004): a statement reads one
partition, and what is older than the retention goes by dropping one. The application only reads and adds.
"""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.kinds import CallKind
from billing.taxes import TaxClass
from selfcare.accounts.models import Contract, Customer

if TYPE_CHECKING:
    from selfcare.accounts.models import User


class RecordFile(models.Model):
    """One file of records: kept as it came, checked as a whole, and loaded as a whole or not at all."""

    class Kind(models.TextChoices):
        CALLS = "calls", _("通話記録")
        USAGE = "usage", _("データ利用量")

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("確認中")
        CHECKED = "checked", _("確認済み")
        APPROVED = "approved", _("取り込み中")
        LOADED = "loaded", _("取り込み済み")
        DISCARDED = "discarded", _("破棄")

    kind = models.CharField(_("種類"), max_length=10, choices=Kind)
    name = models.CharField(_("ファイル名"), max_length=200)
    # In the storage "imports"; empty once the content is erased, which is when it is loaded or discarded.
    stored = models.CharField(_("保存名"), max_length=200, blank=True)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    size = models.BigIntegerField(_("サイズ（バイト）"))
    # "utf-8", "utf-8-sig" or "cp932", as its headings tell; empty while or where they do not.
    encoding = models.CharField(_("文字コード"), max_length=10, blank=True)
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.UPLOADED)
    # Of the last check; lines with anything wrong, of which BadRow names the first.
    rows = models.PositiveIntegerField(_("行数"), null=True, blank=True)
    bad = models.PositiveIntegerField(_("誤りのある行数"), null=True, blank=True)
    first_day = models.DateField(_("最初の日"), null=True, blank=True)
    last_day = models.DateField(_("最後の日"), null=True, blank=True)
    # {"months": [{"month", "kind", "rows", "seconds", "bytes", "price"}], "late": rows}: what loading it would add.
    summary = models.JSONField(_("内訳"), default=dict, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("登録者")
    )
    uploaded_at = models.DateTimeField(_("登録日時"), db_default=Now())
    checked_at = models.DateTimeField(_("確認日時"), null=True, blank=True)
    # Who loaded or discarded it, and when.
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("処理者")
    )
    closed_at = models.DateTimeField(_("処理日時"), null=True, blank=True)

    class Meta:
        verbose_name = _("記録ファイル")
        verbose_name_plural = pgettext_lazy("several", "記録ファイル")
        constraints = [
            # The same content is never loaded twice.
            models.UniqueConstraint(
                fields=["kind", "sha256"], name="record_file_once", condition=~Q(state="discarded")
            ),
            # Nothing is loaded until all of it is right.
            models.CheckConstraint(
                name="record_file_loaded_is_right",
                condition=~Q(state__in=["approved", "loaded"]) | Q(bad=0, rows__gt=0, checked_at__isnull=False),
            ),
            models.CheckConstraint(
                name="record_file_closed_says_when",
                condition=Q(closed_at__isnull=True, state__in=["uploaded", "checked", "approved"])
                | Q(closed_at__isnull=False, state__in=["loaded", "discarded"]),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BadRow(models.Model):
    """What is wrong with a line of a file, and where. Only the first are kept; RecordFile.bad counts them all."""

    file = models.ForeignKey(RecordFile, models.CASCADE, related_name="bad_rows", verbose_name=_("記録ファイル"))
    # As an editor counts: the headings are line 1.
    line = models.PositiveIntegerField(_("行"))
    # The heading; empty where it is about the whole line.
    column = models.CharField(_("列"), max_length=40, blank=True)
    # A code of billing/records/reasons.py, with what its words need beside it.
    reason = models.CharField(_("理由"), max_length=30)
    value = models.CharField(_("値"), max_length=100, blank=True)
    text = models.CharField(_("行の内容"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("誤りのある行")
        verbose_name_plural = pgettext_lazy("several", "誤りのある行")
        constraints = [
            # Also the order of the list.
            models.UniqueConstraint(fields=["file", "line", "column", "reason"], name="bad_row_once"),
        ]

    def __str__(self) -> str:
        return f"{self.line} {self.column} {self.reason}"


class CallRecordQuerySet(models.QuerySet["CallRecord"]):
    def visible_to(self, user: "User") -> "CallRecordQuerySet":
        return self.filter(customer_id=user.customer_id) if user.customer_id else self.none()


class CallRecord(models.Model):
    """A call or message with its standard price, before any flat rate.

    `billed_month` is the first of the month whose voice statement has it: that after the call, or the first one that
    was still open when a late record came. No foreign keys: they would be looked up for each of a million rows, when
    all of them come out of the charges that the rows are matched with; none of those rows is ever deleted.
    """

    class Direction(models.TextChoices):
        # The labels are words of the file format and never translated.
        OUT = "out", "発信"
        IN = "in", "着信"

    # In the order of a customer's statement, which needs no sort; and no call is there twice.
    pk = models.CompositePrimaryKey(
        "billed_month", "customer_id", "number", "started_at", "other_number", "kind", "direction"
    )
    billed_month = models.DateField(_("請求対象年月"))
    customer = models.ForeignKey(
        Customer, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+", verbose_name=_("契約者")
    )
    contract = models.ForeignKey(
        Contract, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+", verbose_name=_("契約")
    )
    number = models.CharField(_("回線電話番号"), max_length=20, db_collation="C")
    started_at = models.DateTimeField(_("通信開始日時"))
    other_number = models.CharField(_("通信先電話番号"), max_length=30, blank=True, db_collation="C")
    other_name = models.CharField(_("通信先"), max_length=60, blank=True)
    seconds = models.PositiveIntegerField(_("通信時間（秒）"))
    kind = models.CharField(_("通信の種類"), max_length=20, choices=CallKind, db_collation="C")
    direction = models.CharField(_("発着"), max_length=3, choices=Direction, db_collation="C")
    price = models.DecimalField(_("料金（円・税抜）"), max_digits=12, decimal_places=2)
    tax_class = models.CharField(_("課税区分"), max_length=10, choices=TaxClass)
    tax_percent = models.DecimalField(_("税率（%）"), max_digits=4, decimal_places=2)
    file = models.ForeignKey(
        RecordFile, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+", verbose_name=_("ファイル")
    )

    objects = CallRecordQuerySet.as_manager()

    class Meta:
        verbose_name = _("通話記録")
        verbose_name_plural = pgettext_lazy("several", "通話記録")

    def __str__(self) -> str:
        return f"{self.number} {self.started_at}"


class DataUsageQuerySet(models.QuerySet["DataUsage"]):
    def visible_to(self, user: "User") -> "DataUsageQuerySet":
        return self.filter(customer_id=user.customer_id) if user.customer_id else self.none()


class DataUsage(models.Model):
    """What a line has sent and received on one day, in bytes; partitioned by the month of the day."""

    # The days of a number, and each of them once.
    pk = models.CompositePrimaryKey("used_on", "number")
    used_on = models.DateField(_("利用日"))
    number = models.CharField(_("回線電話番号"), max_length=20, db_collation="C")
    customer = models.ForeignKey(
        Customer, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+", verbose_name=_("契約者")
    )
    contract = models.ForeignKey(
        Contract, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+", verbose_name=_("契約")
    )
    bytes = models.BigIntegerField(_("データ量（バイト）"))
    file = models.ForeignKey(
        RecordFile, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+", verbose_name=_("ファイル")
    )

    objects = DataUsageQuerySet.as_manager()

    class Meta:
        verbose_name = _("データ利用量")
        verbose_name_plural = pgettext_lazy("several", "データ利用量")
        indexes = [
            # A customer's usage of some days.
            models.Index(fields=["customer", "used_on", "number"], name="data_usage_of_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.used_on}"
