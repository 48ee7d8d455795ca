"""SIM cards: a customer's stock of bulk OTA SIMs, and the replacement of a line's SIM."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lines.models.lines import Line
from selfcare.accounts.models import Customer
from selfcare.orders.models import Order

if TYPE_CHECKING:
    from selfcare.accounts.models import User


class StockSimQuerySet(models.QuerySet["StockSim"]):
    def visible_to(self, user: "User") -> "StockSimQuerySet":
        return self.filter(customer_id=user.customer_id) if user.customer_id else self.none()

    def free(self) -> "StockSimQuerySet":
        return self.filter(order__isnull=True)


class StockSim(models.Model):
    """A bulk OTA SIM in the customer's own stock; free until an order takes it, used for ever after it is rewritten."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="stock_sims", verbose_name=_("契約者"))
    carrier = models.CharField(_("キャリア種別"), max_length=10, choices=Line.Carrier)
    # USIM No. (docomo) or ICCID (SoftBank), digits.
    serial = models.CharField(_("USIM No. / ICCID"), max_length=20, unique=True)
    # docomo asks for it as well; SoftBank's have none.
    provisional_number = models.CharField(_("仮電話番号"), max_length=14, blank=True)
    sim_size = models.CharField(_("SIMサイズ"), max_length=10, choices=Line.SimSize)
    order = models.OneToOneField(
        Order, models.PROTECT, null=True, blank=True, related_name="stock_sim", verbose_name=_("お申し込み")
    )
    added_at = models.DateTimeField(_("登録日時"))

    objects = StockSimQuerySet.as_manager()

    class Meta:
        verbose_name = _("OTA用SIM")
        verbose_name_plural = pgettext_lazy("several", "OTA用SIM")
        constraints = [
            models.CheckConstraint(name="stock_sim_serial_digits", condition=Q(serial__regex=r"^[0-9]{10,20}$")),
        ]
        indexes = [
            # A customer's free ones.
            models.Index(fields=["customer", "serial"], name="stock_sim_free", condition=Q(order__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.serial


class SimReissue(models.Model):
    """The replacement of a line's SIM, from the order to the new one in use: shipped, rewritten by air, or eSIM."""

    class Method(models.TextChoices):
        BLACK = "black", _("黒SIM出荷")
        OTA = "ota", _("OTA")
        ESIM = "esim", _("eSIM（QRコード）")

    class State(models.TextChoices):
        WAITING = "waiting", _("準備中")
        SHIPPED = "shipped", _("発送済")
        READY = "ready", _("切替可能")
        DONE = "done", _("切替済")
        CANCELLED = "cancelled", _("取消済")

    order = models.OneToOneField(Order, models.PROTECT, related_name="sim_reissue", verbose_name=_("お申し込み"))
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("契約者"))
    line = models.ForeignKey(Line, models.PROTECT, related_name="sim_reissues", verbose_name=_("回線"))
    method = models.CharField(_("再発行方法"), max_length=10, choices=Method)
    sim_size = models.CharField(_("SIMサイズ"), max_length=10, choices=Line.SimSize)
    ship_on = models.DateField(_("発送希望日"), null=True, blank=True)
    # 標準外発送先: empty means the customer's address. Lines of an address label.
    ship_to = models.JSONField(_("発送先"), default=dict, blank=True)
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.WAITING)
    old_serial = models.CharField(_("これまでのSIM製造番号"), max_length=20)
    new_serial = models.CharField(_("新しいSIM製造番号"), max_length=20, blank=True)
    # An eSIM's activation code: whoever has it has the line. Sealed with the row's id.
    sealed_code = models.BinaryField(null=True)
    tracking_number = models.CharField(_("送り状番号"), max_length=40, blank=True)
    # Business time.
    told_at = models.DateTimeField(_("発送予告日時"), null=True, blank=True)
    shipped_at = models.DateTimeField(_("発送日時"), null=True, blank=True)
    ready_at = models.DateTimeField(_("切替可能日時"), null=True, blank=True)
    done_at = models.DateTimeField(_("切替日時"), null=True, blank=True)

    class Meta:
        verbose_name = _("SIM再発行")
        verbose_name_plural = pgettext_lazy("several", "SIM再発行")
        constraints = [
            models.CheckConstraint(
                name="sim_reissue_shipped_has_day", condition=~Q(method="black") | Q(ship_on__isnull=False)
            ),
            # A SIM of the stock replaces one line's SIM: the last word of two orders that want it at once.
            models.UniqueConstraint(
                fields=["new_serial"],
                name="sim_reissue_stock_sim_once",
                condition=Q(method="ota") & ~Q(state="cancelled"),
            ),
        ]
        indexes = [
            # Whom to tell tomorrow's shipping, and what is to be shipped.
            models.Index(
                fields=["ship_on", "id"],
                name="sim_reissue_to_ship",
                condition=Q(method="black", shipped_at__isnull=True) & ~Q(state="cancelled"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line} {self.get_method_display()}"


class PinChange(models.Model):
    """A new network PIN (ネットワーク暗証番号) on its way to the carrier: sealed, and gone once the order has ended."""

    order = models.OneToOneField(Order, models.CASCADE, related_name="pin_change")
    sealed = models.BinaryField()

    def __str__(self) -> str:
        return f"PIN {self.order_id}"
