"""Lines as they were at the end of a day or month, and what data they used: what the customer's lists are read from.

Customers and lines are written without foreign keys: every row is made by one statement out of rows that have theirs,
100,000 at a time, and neither customers nor lines are ever deleted.
"""

from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lines.models.lines import Line
from selfcare.accounts.models import Customer

if TYPE_CHECKING:
    from selfcare.accounts.models import User


def _customer() -> Any:
    return models.ForeignKey(
        Customer, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+", verbose_name=_("契約者")
    )


class _AsItWas(models.Model):
    """The columns of a line that the lists show."""

    number = models.CharField(_("回線電話番号"), max_length=14, blank=True, db_collation="C")
    sim_serial = models.CharField(_("SIM製造番号"), max_length=20, db_collation="C")
    product = models.CharField(_("出荷時商品コード"), max_length=20, blank=True)
    plan = models.CharField(_("プランコード"), max_length=20, blank=True)
    carrier = models.CharField(_("キャリア種別"), max_length=10, choices=Line.Carrier)
    # Empty for a SIM of the stock: it becomes what the line is that takes it.
    sim_kind = models.CharField(_("SIM種別"), max_length=10, choices=Line.SimKind, blank=True)
    sim_size = models.CharField(_("SIMサイズ"), max_length=10, choices=Line.SimSize)
    shipped_on = models.DateField(_("出荷日"), null=True, blank=True)
    opened_on = models.DateField(_("利用開始日"), null=True, blank=True)
    ends_on = models.DateField(_("利用終了予定日"), null=True, blank=True)
    status = models.CharField(_("SIMステータス"), max_length=12, choices=Line.Status)

    class Meta:
        abstract = True


class LinePast(_AsItWas):
    """A line as it was until `changed_at` (business time); written by the table's trigger, whoever changed the line.

    With it a list of yesterday is that of yesterday, although plans change at 00:00 and the job comes later.
    """

    line_id = models.BigIntegerField()
    changed_at = models.DateTimeField(_("変更日時"))
    customer = _customer()
    contract_id = models.BigIntegerField()
    provisional_number = models.CharField(_("仮電話番号"), max_length=14, blank=True)
    next_plan = models.CharField(_("変更後のプランコード"), max_length=20, blank=True)
    next_plan_on = models.DateField(_("プランの変更日"), null=True, blank=True)

    class Meta:
        verbose_name = _("回線の履歴")
        verbose_name_plural = pgettext_lazy("several", "回線の履歴")
        indexes = [
            # What has changed since the end of a day, and what is old enough to go.
            models.Index(fields=["changed_at"], name="line_past_changed"),
        ]

    def __str__(self) -> str:
        return f"{self.number} -{self.changed_at}"


class Snapshot(models.Model):
    """That a list has been taken: from then on it is final. Written in the transaction that takes it."""

    class Kind(models.TextChoices):
        DAY = "day", _("日次保有回線一覧")
        MONTH = "month", _("月次保有回線一覧")
        USAGE = "usage", _("データ利用量")
        USAGE_MONTH = "usage-month", _("データ利用量（月計）")

    kind = models.CharField(_("種別"), max_length=12, choices=Kind)
    # The day, or the first of the month, that is listed (集計対象).
    period = models.DateField(_("集計対象"))
    taken_at = models.DateTimeField(_("作成日時"), db_default=Now())
    rows = models.PositiveIntegerField(_("行数"), default=0)

    class Meta:
        verbose_name = _("保有回線の集計")
        verbose_name_plural = pgettext_lazy("several", "保有回線の集計")
        constraints = [
            # Taken once, however many workers come for it.
            models.UniqueConstraint(fields=["kind", "period"], name="line_snapshot_once"),
            models.CheckConstraint(
                name="line_snapshot_month_is_first",
                condition=~Q(kind__in=["month", "usage-month"]) | Q(period__day=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.period}"


class LineDay(_AsItWas):
    """A customer's line, or SIM in stock, at the end of a day."""

    # The order of the customer's file, which needs no sort.
    pk = models.CompositePrimaryKey("day", "customer_id", "number", "sim_serial")
    day = models.DateField(_("集計対象日"))
    customer = _customer()
    # Null: a SIM in stock.
    line_id = models.BigIntegerField(null=True)
    # Of the plan, in bytes; null where it has none.
    cap = models.BigIntegerField(_("プラン基準データ量"), null=True)

    class Meta:
        verbose_name = _("日次保有回線")
        verbose_name_plural = pgettext_lazy("several", "日次保有回線")

    def __str__(self) -> str:
        return f"{self.number} {self.day}"


class LineMonth(_AsItWas):
    """A customer's line, or SIM in stock, at the end of a month, as it was known on the 3rd of the next."""

    pk = models.CompositePrimaryKey("month", "customer_id", "number", "sim_serial")
    month = models.DateField(_("集計対象月"))
    customer = _customer()

    class Meta:
        verbose_name = _("月次保有回線")
        verbose_name_plural = pgettext_lazy("several", "月次保有回線")

    def __str__(self) -> str:
        return f"{self.number} {self.month:%Y-%m}"


class LineUsageQuerySet(models.QuerySet["LineUsage"]):
    def visible_to(self, user: "User") -> "LineUsageQuerySet":
        return self.filter(customer_id=user.customer_id) if user.customer_id else self.none()


class LineUsage(models.Model):
    """What data a line used on a day and on the six before it, in bytes."""

    pk = models.CompositePrimaryKey("day", "customer_id", "number", "sim_serial")
    day = models.DateField(_("集計対象日"))
    customer = _customer()
    number = models.CharField(_("回線電話番号"), max_length=14, db_collation="C")
    sim_serial = models.CharField(_("SIM製造番号"), max_length=20, db_collation="C")
    line_id = models.BigIntegerField()
    plan = models.CharField(_("プランコード"), max_length=20, blank=True)
    cap = models.BigIntegerField(_("プラン基準データ量"), null=True)
    # Seven: of the day itself first. Null: of that day nobody has reported anything about anybody.
    bytes = ArrayField(models.BigIntegerField(null=True), verbose_name=_("データ利用量（バイト）"))
    # Of the month before the file's, by what was known on the 3rd.
    month_bytes = models.BigIntegerField(_("前月の合計（バイト）"), default=0)
    # Of the seven days together, in hundredths of a per cent of the cap.
    share = models.BigIntegerField(_("基準データ量に対する割合"), null=True)

    objects = LineUsageQuerySet.as_manager()

    class Meta:
        verbose_name = _("回線のデータ利用量")
        verbose_name_plural = pgettext_lazy("several", "回線のデータ利用量")
        indexes = [
            # The home page: which of a customer's lines have used most of their caps.
            models.Index(fields=["day", "customer", "-share"], name="line_usage_top", condition=Q(share__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.day}"


class CustomerUsageQuerySet(models.QuerySet["CustomerUsage"]):
    def visible_to(self, user: "User") -> "CustomerUsageQuerySet":
        return self.filter(customer_id=user.customer_id) if user.customer_id else self.none()


class CustomerUsage(models.Model):
    """The same of all lines of a customer together, for the home page."""

    pk = models.CompositePrimaryKey("day", "customer_id")
    day = models.DateField(_("集計対象日"))
    customer = _customer()
    bytes = ArrayField(models.BigIntegerField(null=True), verbose_name=_("データ利用量（バイト）"))
    # Of the lines with a cap: their caps, and what they have used of them in seven days.
    cap = models.BigIntegerField(_("プラン基準データ量の合計"), null=True)
    capped_bytes = models.BigIntegerField(_("基準データ量のある回線のデータ利用量"), default=0)

    objects = CustomerUsageQuerySet.as_manager()

    class Meta:
        verbose_name = _("契約者のデータ利用量")
        verbose_name_plural = pgettext_lazy("several", "契約者のデータ利用量")

    def __str__(self) -> str:
        return f"{self.customer_id} {self.day}"


class UsageMonth(models.Model):
    """What data a number used in a month, added up on the 3rd of the next."""

    pk = models.CompositePrimaryKey("month", "customer_id", "number")
    month = models.DateField(_("対象月"))
    customer = _customer()
    number = models.CharField(_("回線電話番号"), max_length=14, db_collation="C")
    bytes = models.BigIntegerField(_("データ利用量（バイト）"))

    class Meta:
        verbose_name = _("月間データ利用量")
        verbose_name_plural = pgettext_lazy("several", "月間データ利用量")

    def __str__(self) -> str:
        return f"{self.number} {self.month:%Y-%m}"
