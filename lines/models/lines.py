"""Mobile lines: number, SIM, plan, options, and what is changing."""

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from selfcare import phones
from selfcare.accounts.models import Contract, Customer

if TYPE_CHECKING:
    from selfcare.accounts.models import User


class LineQuerySet(models.QuerySet["Line"]):
    def visible_to(self, user: "User") -> "LineQuerySet":
        return self.filter(customer_id=user.customer_id) if user.customer_id else self.none()


class Line(models.Model):
    """A mobile line 回線: telephone number, SIM, carrier, and what it is doing now.

    What waits for a day stands on the row (`next_plan`, `next_options`, `ends_on`), so that the database itself refuses
    what excludes each other; `open_changes` names the kinds with an open order (`Change`).
    """

    class Change(models.TextChoices):
        """Kinds of changes; of each, one at most is open on a line."""

        STATUS = "status", _("回線一時中断・利用再開")
        OPTIONS = "options", _("音声オプション変更")
        PLAN = "plan", _("プラン変更")
        SIM = "sim", _("SIMサイズ変更・再発行")
        PORT_IN = "port_in", _("MNP転入")
        PORT_OUT = "port_out", _("MNP予約番号取得")
        END = "end", _("解約")

    class Carrier(models.TextChoices):
        DOCOMO = "docomo", "docomo"
        SOFTBANK = "softbank", "SoftBank"

    class SimKind(models.TextChoices):
        DATA = "data", _("データ")
        SMS = "sms", _("SMS")
        VOICE = "voice", _("音声")

    class SimSize(models.TextChoices):
        STANDARD = "standard", _("標準")
        MICRO = "micro", _("マイクロ")
        NANO = "nano", _("ナノ")
        MULTI = "multi", _("マルチ")
        ESIM = "esim", "eSIM"

    class Status(models.TextChoices):
        UNOPENED = "unopened", _("未開通")
        ACTIVE = "active", _("利用中")
        SUSPENDED = "suspended", _("中断中")
        TERMINATED = "terminated", _("解約済")

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="lines", verbose_name=_("契約者"))
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="lines", verbose_name=_("契約"))
    number = models.CharField(_("回線電話番号"), max_length=14)
    # What the line was called before its number came from elsewhere.
    provisional_number = models.CharField(_("仮電話番号"), max_length=14, blank=True)
    sim_serial = models.CharField(_("SIM製造番号"), max_length=20, unique=True)
    carrier = models.CharField(_("キャリア種別"), max_length=10, choices=Carrier)
    sim_kind = models.CharField(_("SIM種別"), max_length=10, choices=SimKind)
    sim_size = models.CharField(_("SIMサイズ"), max_length=10, choices=SimSize)
    # The plan's code where the SIM was shipped with a plan; it stays, whatever the plan becomes.
    product = models.CharField(_("出荷時商品コード"), max_length=20, blank=True)
    plan = models.CharField(_("プランコード"), max_length=20, blank=True)
    # Held voice options by code, with their values (lines/options.py); what is off is not there.
    options = models.JSONField(_("音声オプション"), default=dict, blank=True)
    # Whether ネットワーク暗証番号 is still what everybody knows.
    pin_is_default = models.BooleanField(_("暗証番号が初期値"), default=True)
    name = models.CharField(_("メモ"), max_length=60, blank=True)
    status = models.CharField(_("SIMステータス"), max_length=12, choices=Status, default=Status.UNOPENED)
    shipped_on = models.DateField(_("出荷日"), null=True, blank=True)
    opened_on = models.DateField(_("利用開始日"), null=True, blank=True)
    # The last day of use, from the acceptance of a termination on.
    ends_on = models.DateField(_("利用終了予定日"), null=True, blank=True)

    open_changes = ArrayField(
        models.CharField(max_length=10, choices=Change), verbose_name=_("手続き中"), default=list, blank=True
    )
    # What is booked for the first of a month: effective at 00:00 of that day.
    next_plan = models.CharField(_("変更後のプランコード"), max_length=20, blank=True)
    next_plan_on = models.DateField(_("プランの変更日"), null=True, blank=True)
    # Changes only; null takes an option away.
    next_options = models.JSONField(_("変更後の音声オプション"), default=dict, blank=True)
    next_options_on = models.DateField(_("音声オプションの変更日"), null=True, blank=True)

    objects = LineQuerySet.as_manager()

    class Meta:
        verbose_name = _("回線")
        verbose_name_plural = pgettext_lazy("several", "回線")
        constraints = [
            # A number that left with a terminated line may come back to another one.
            models.UniqueConstraint(fields=["number"], name="line_number_once", condition=~Q(status="terminated")),
            models.CheckConstraint(name="line_number_digits", condition=models.Q(number__regex=r"^0[0-9]{9,13}$")),
            models.CheckConstraint(
                name="line_status_known",
                condition=models.Q(status__in=["unopened", "active", "suspended", "terminated"]),
            ),
            # 解約済 takes nothing: whoever is second, the termination or another change, is refused.
            models.CheckConstraint(
                name="line_terminated_takes_nothing", condition=~Q(status="terminated") | Q(open_changes=[])
            ),
            # Nothing is booked for a day on which the line is gone.
            models.CheckConstraint(
                name="line_plan_changes_before_end",
                condition=Q(next_plan_on__isnull=True) | Q(ends_on__isnull=True) | Q(next_plan_on__lte=F("ends_on")),
            ),
            models.CheckConstraint(
                name="line_options_change_before_end",
                condition=Q(next_options_on__isnull=True)
                | Q(ends_on__isnull=True)
                | Q(next_options_on__lte=F("ends_on")),
            ),
            # A booked change and its day come and go together.
            models.CheckConstraint(
                name="line_next_plan_has_day",
                condition=Q(next_plan="", next_plan_on__isnull=True) | Q(~Q(next_plan=""), next_plan_on__isnull=False),
            ),
        ]
        indexes = [
            # The customer's list, by number, keyset.
            models.Index(fields=["customer", "number"], name="line_of_customer"),
            # Operators find a line, ended or not, by its number.
            models.Index(fields=["number"], name="line_of_number"),
            # The same, sorted by SIM or by name, or of one carrier. Plan and open changes have no index on purpose:
            # where no indexed column changes, 100,000 lines change on a 1st without a single index entry.
            models.Index(fields=["customer", "sim_serial"], name="line_of_customer_by_sim"),
            models.Index(fields=["customer", "name", "number"], name="line_of_customer_by_name"),
            models.Index(fields=["customer", "carrier", "number"], name="line_of_customer_by_carrier"),
            # A customer's lines of one status.
            models.Index(fields=["customer", "status", "number"], name="line_of_customer_by_status"),
            # Lines that end, by day.
            models.Index(fields=["customer", "ends_on"], name="line_ending", condition=Q(ends_on__isnull=False)),
            # Substring search on number and SIM serial without a scan.
            GinIndex(
                models.Func("number", function="selfcare_grams", output_field=models.TextField()),
                name="line_number_grams",
            ),
            GinIndex(
                models.Func("sim_serial", function="selfcare_grams", output_field=models.TextField()),
                name="line_sim_grams",
            ),
            GinIndex(
                models.Func("name", function="selfcare_grams", output_field=models.TextField()), name="line_name_grams"
            ),
        ]

    def __str__(self) -> str:
        return phones.display(self.number)
