"""Mobile number portability: lines that wait for a number from elsewhere, and numbers that leave."""

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


class PortInQuerySet(models.QuerySet["PortIn"]):
    def visible_to(self, user: "User") -> "PortInQuerySet":
        return self.filter(customer_id=user.customer_id) if user.customer_id else self.none()


class PortIn(models.Model):
    """A number that comes from another carrier to a line with a half-black SIM (半黒): MNP転入待ち.

    The line has its provisional number until it is opened; nothing opens by itself on the last day.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("開通待ち")
        OPENED = "opened", _("開通済")
        VOID = "void", _("失効")

    line = models.OneToOneField(Line, models.PROTECT, related_name="port_in", verbose_name=_("回線"))
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="port_ins", verbose_name=_("契約者"))
    number = models.CharField(_("転入する電話番号"), max_length=14)
    reservation_number = models.CharField(_("MNP予約番号"), max_length=20)
    # The last day on which it can be opened.
    expires_on = models.DateField(_("予約番号の有効期限"))
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.WAITING)
    opened_on = models.DateField(_("開通日"), null=True, blank=True)
    # The day of the latest warning that the reservation is about to end.
    warned_on = models.DateField(_("期限をお知らせした日"), null=True, blank=True)

    objects = PortInQuerySet.as_manager()

    class Meta:
        verbose_name = _("MNP転入")
        verbose_name_plural = pgettext_lazy("several", "MNP転入")
        constraints = [
            # One line at most waits for a number.
            models.UniqueConstraint(fields=["number"], name="port_in_number_once", condition=Q(state="waiting")),
            models.CheckConstraint(name="port_in_number_digits", condition=Q(number__regex=r"^0[0-9]{9,10}$")),
        ]
        indexes = [
            # The customer's waiting list, by what ends first.
            models.Index(fields=["customer", "expires_on", "id"], name="port_in_waiting", condition=Q(state="waiting")),
            # The same list by number, and how many of a customer came too late.
            models.Index(fields=["customer", "number", "id"], name="port_in_by_number", condition=Q(state="waiting")),
            models.Index(fields=["customer"], name="port_in_void_of", condition=Q(state="void")),
            # Whom to warn, and what is void.
            models.Index(fields=["expires_on", "id"], name="port_in_expiry", condition=Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return self.number


class PortOutQuerySet(models.QuerySet["PortOut"]):
    def visible_to(self, user: "User") -> "PortOutQuerySet":
        return self.filter(customer_id=user.customer_id) if user.customer_id else self.none()


class PortOut(models.Model):
    """A number on its way to another carrier: the reservation outlives the order that asked for it."""

    class State(models.TextChoices):
        PENDING = "pending", _("発行待ち")
        ISSUED = "issued", _("発行済")
        LEFT = "left", _("転出済")
        EXPIRED = "expired", _("失効")
        CANCELLED = "cancelled", _("取消済")

    order = models.OneToOneField(Order, models.PROTECT, related_name="port_out", verbose_name=_("お申し込み"))
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("契約者"))
    line = models.ForeignKey(Line, models.PROTECT, related_name="port_outs", verbose_name=_("回線"))
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.PENDING)
    reservation_number = models.CharField(_("MNP予約番号"), max_length=20, blank=True)
    issued_on = models.DateField(_("発行日"), null=True, blank=True)
    expires_on = models.DateField(_("有効期限"), null=True, blank=True)
    left_on = models.DateField(_("転出日"), null=True, blank=True)

    objects = PortOutQuerySet.as_manager()

    class Meta:
        verbose_name = _("MNP転出")
        verbose_name_plural = pgettext_lazy("several", "MNP転出")
        constraints = [
            # A line has one reservation at a time.
            models.UniqueConstraint(
                fields=["line"], name="port_out_one_live", condition=Q(state__in=["pending", "issued"])
            ),
            models.CheckConstraint(
                name="port_out_issued_has_number",
                condition=~Q(state__in=["issued", "left"]) | Q(reservation_number__gt="", expires_on__isnull=False),
            ),
        ]
        indexes = [
            # What expires.
            models.Index(fields=["expires_on", "id"], name="port_out_expiry", condition=Q(state="issued")),
        ]

    def __str__(self) -> str:
        return f"{self.line} {self.get_state_display()}"
