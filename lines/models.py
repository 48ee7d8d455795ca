"""Mobile lines and what carriers were asked to do with them."""

from typing import TYPE_CHECKING

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from selfcare import phones
from selfcare.accounts.models import Contract, Customer
from selfcare.orders.models import Order

if TYPE_CHECKING:
    from selfcare.accounts.models import User


class LineQuerySet(models.QuerySet["Line"]):
    def visible_to(self, user: "User") -> "LineQuerySet":
        return self.filter(customer_id=user.customer_id) if user.customer_id else self.none()


class Line(models.Model):
    """A mobile line 回線: telephone number, SIM, carrier, and what it is doing now."""

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
    number = models.CharField(_("回線電話番号"), max_length=14, unique=True)
    sim_serial = models.CharField(_("SIM製造番号"), max_length=20, unique=True)
    carrier = models.CharField(_("キャリア種別"), max_length=10, choices=Carrier)
    sim_kind = models.CharField(_("SIM種別"), max_length=10, choices=SimKind)
    sim_size = models.CharField(_("SIMサイズ"), max_length=10, choices=SimSize)
    product = models.CharField(_("出荷時商品コード"), max_length=20, blank=True)
    plan = models.CharField(_("プランコード"), max_length=20, blank=True)
    name = models.CharField(_("メモ"), max_length=60, blank=True)
    status = models.CharField(_("SIMステータス"), max_length=12, choices=Status, default=Status.UNOPENED)
    shipped_on = models.DateField(_("出荷日"), null=True, blank=True)
    opened_on = models.DateField(_("利用開始日"), null=True, blank=True)
    ends_on = models.DateField(_("利用終了予定日"), null=True, blank=True)

    objects = LineQuerySet.as_manager()

    class Meta:
        verbose_name = _("回線")
        verbose_name_plural = pgettext_lazy("several", "回線")
        constraints = [
            models.CheckConstraint(name="line_number_digits", condition=models.Q(number__regex=r"^0[0-9]{9,13}$")),
            models.CheckConstraint(
                name="line_status_known",
                condition=models.Q(status__in=["unopened", "active", "suspended", "terminated"]),
            ),
        ]
        indexes = [
            # The customer's list, by number, keyset.
            models.Index(fields=["customer", "number"], name="line_of_customer"),
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


class CarrierOrder(models.Model):
    """One request to a carrier. `external_id` is our idempotency key and survives every retry; real time."""

    order = models.OneToOneField(Order, models.PROTECT, related_name="carrier_order")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+")
    external_id = models.CharField(_("外部ID"), max_length=80, unique=True)
    carrier = models.CharField(_("キャリア種別"), max_length=10, choices=Line.Carrier)
    carrier_order_id = models.CharField(_("キャリアの受付番号"), max_length=80, blank=True)
    state = models.CharField(_("キャリアの状態"), max_length=30, blank=True)
    reason = models.TextField(_("理由"), blank=True)
    requested_at = models.DateTimeField(_("依頼日時"))
    answered_at = models.DateTimeField(_("回答日時"), null=True, blank=True)

    class Meta:
        verbose_name = _("キャリアへの依頼")
        verbose_name_plural = pgettext_lazy("several", "キャリアへの依頼")

    def __str__(self) -> str:
        return self.external_id
