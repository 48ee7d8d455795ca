"""What the switch to the new scheme has made of each number and each ID: the result list of its order."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from numbering.cloud.models.contracts import CloudContract
from numbering.cloud.models.ids import CloudId
from numbering.cloud.models.numbers import CloudNumber
from selfcare.accounts.models import Customer
from selfcare.orders.models import Order

if TYPE_CHECKING:
    from selfcare.accounts.models import User


class SchemeResultQuerySet(models.QuerySet["SchemeResult"]):
    def visible_to(self, user: "User") -> "SchemeResultQuerySet":
        return self.filter(customer_id=user.customer_id) if user.customer_id else self.none()


class SchemeResult(models.Model):
    """One number or one ID at the switch. Written with the switch itself, in one transaction, and never changed.

    Of an ID: the login name before and after; an ID that ended has none after. Old login names rest for six months:
    a trigger refuses them to the IDs of other contracts.
    """

    order = models.ForeignKey(Order, models.PROTECT, related_name="+", db_index=False, verbose_name=_("お申し込み"))
    cloud = models.ForeignKey(CloudContract, models.PROTECT, related_name="scheme_results", verbose_name=_("契約"))
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("契約者"))
    number = models.ForeignKey(
        CloudNumber, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("電話番号")
    )
    on_id = models.ForeignKey(
        CloudId, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("ID")
    )
    is_kept = models.BooleanField(_("継続"))
    old_login_name = models.CharField(_("以前のログインID"), max_length=20, blank=True)
    new_login_name = models.CharField(_("新しいログインID"), max_length=20, blank=True)
    # The first day under the new scheme.
    switched_on = models.DateField(_("切替日"))

    objects = SchemeResultQuerySet.as_manager()

    class Meta:
        verbose_name = _("新方式への切替結果")
        verbose_name_plural = pgettext_lazy("several", "新方式への切替結果")
        constraints = [
            models.CheckConstraint(
                name="scheme_result_of_number_or_id",
                condition=Q(number__isnull=False, on_id__isnull=True, old_login_name="", new_login_name="")
                | Q(number__isnull=True, on_id__isnull=False),
            ),
            models.CheckConstraint(
                name="scheme_result_new_name_iff_kept",
                condition=Q(on_id__isnull=True)
                | Q(is_kept=True, new_login_name__gt="")
                | Q(is_kept=False, new_login_name=""),
            ),
            # A number or an ID is switched once, for there is no way back.
            models.UniqueConstraint(fields=["number"], name="scheme_result_number_once"),
            models.UniqueConstraint(fields=["on_id"], name="scheme_result_id_once"),
        ]
        indexes = [
            # The result list.
            models.Index(fields=["order"], name="scheme_result_of_order"),
            # Whether a login name rests.
            models.Index(fields=["old_login_name"], name="scheme_result_old_name", condition=~Q(old_login_name="")),
        ]

    def __str__(self) -> str:
        return f"{self.number or self.old_login_name}"
