"""Phones and adapters that are sent to a customer of a cloud phone contract."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from numbering.cloud.models.contracts import CloudContract
from numbering.cloud.models.ids import CloudId
from selfcare.accounts.models import Customer

if TYPE_CHECKING:
    from selfcare.accounts.models import User


class EquipmentQuerySet(models.QuerySet["Equipment"]):
    def visible_to(self, user: "User") -> "EquipmentQuerySet":
        return self.filter(customer_id=user.customer_id) if user.customer_id else self.none()

    def live(self) -> "EquipmentQuerySet":
        return self.filter(ended_on__isnull=True)


class Equipment(models.Model):
    """One device of ours: sent one or two days after 本申込, its way is on the customer's page (spec 7.1)."""

    class Kind(models.TextChoices):
        # Bought, 優先電話機.
        DESK_PHONE = "desk_phone", _("優先電話機")
        # Lent with an ID that has one.
        IP_PHONE = "ip_phone", _("固定型IP電話機")
        # Lent: an ordinary phone or fax machine on the line.
        ADAPTER = "adapter", _("宅内装置")

    class State(models.TextChoices):
        WAITING = "waiting", _("本申込待ち")
        PREPARING = "preparing", _("発送準備中")
        SHIPPED = "shipped", _("発送済み")
        DELIVERED = "delivered", _("お届け済み")
        CANCELLED = "cancelled", _("取消")

    cloud = models.ForeignKey(CloudContract, models.PROTECT, related_name="equipment", verbose_name=_("契約"))
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("契約者"))
    # Of charges and labels: "E00012345".
    code = models.CharField(_("機器番号"), max_length=15, unique=True)
    kind = models.CharField(_("機器"), max_length=12, choices=Kind)
    # The ID that it is for; an adapter on an ID with a fixed IP phone has no monthly fee.
    on_id = models.ForeignKey(
        CloudId, models.PROTECT, null=True, blank=True, related_name="equipment", verbose_name=_("ID")
    )
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.WAITING)
    ship_by = models.DateField(_("発送予定日"), null=True, blank=True)
    shipped_on = models.DateField(_("発送日"), null=True, blank=True)
    delivered_on = models.DateField(_("お届け日"), null=True, blank=True)
    tracking_number = models.CharField(_("伝票番号"), max_length=30, blank=True)
    ended_on = models.DateField(_("終了日"), null=True, blank=True)

    objects = EquipmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("機器")
        verbose_name_plural = pgettext_lazy("several", "機器")
        constraints = [
            models.CheckConstraint(
                name="equipment_shipped_has_day",
                condition=~Q(state__in=["shipped", "delivered"]) | Q(shipped_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.code
