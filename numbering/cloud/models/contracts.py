"""What a cloud phone contract is beyond an ordinary contract: its stage, its scheme, its payment day."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from selfcare.accounts.models import Contract, Customer

if TYPE_CHECKING:
    from selfcare.accounts.models import User


class Stage(models.TextChoices):
    """The part of an application's life that the contract stands in (申込 and 審査 come before there is one)."""

    TRIAL = "trial", _("お試し")
    ACTIVE = "active", _("利用中")
    ENDED = "ended", _("解約")


class Scheme(models.TextChoices):
    """Whether a number belongs to one ID, or all numbers are shared by the IDs (新方式). There is no way back."""

    OWN = "own", _("従来方式")
    SHARED = "shared", _("新方式")


class CloudContractQuerySet(models.QuerySet["CloudContract"]):
    def visible_to(self, user: "User") -> "CloudContractQuerySet":
        return self.filter(customer_id=user.customer_id) if user.customer_id else self.none()


class CloudContract(models.Model):
    """The contract's own row (accounts.Contract) has its number, mail address, plan and billing cycle "25"."""

    contract = models.OneToOneField(
        Contract, models.PROTECT, primary_key=True, related_name="cloud", verbose_name=_("契約")
    )
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("契約者"))
    stage = models.CharField(_("段階"), max_length=10, choices=Stage, default=Stage.TRIAL)
    scheme = models.CharField(_("方式"), max_length=10, choices=Scheme, default=Scheme.OWN)
    # The number was brought along (番号ポータビリティ): the basic fee is another one.
    is_ported = models.BooleanField(_("番号ポータビリティ"), default=False)
    # The day of the switch to shared numbers.
    switched_on = models.DateField(_("新方式への切替日"), null=True, blank=True)
    trial_from = models.DateField(_("お試し開始日"))
    # 本申込: billing begins on it, and its day of the month is the payment day (31: the month's last).
    settled_on = models.DateField(_("本申込日"), null=True, blank=True)
    payment_day = models.PositiveSmallIntegerField(_("支払日"), null=True, blank=True)
    # The last day of use, once an end is booked.
    ends_on = models.DateField(_("解約日"), null=True, blank=True)
    # 特約店コード: entered with the application, or later, once.
    agency_code = models.CharField(_("特約店コード"), max_length=20, blank=True)
    # 代表番号: shown where the contract is named, and the first login name before the new scheme.
    representative = models.ForeignKey(
        "numbering.CloudNumber", models.PROTECT, null=True, related_name="+", verbose_name=_("代表番号")
    )

    objects = CloudContractQuerySet.as_manager()

    class Meta:
        verbose_name = _("クラウド電話の契約")
        verbose_name_plural = pgettext_lazy("several", "クラウド電話の契約")
        constraints = [
            models.CheckConstraint(name="cloud_contract_stage_known", condition=Q(stage__in=Stage.values)),
            models.CheckConstraint(
                name="cloud_contract_switched_iff_shared",
                condition=Q(scheme="own", switched_on__isnull=True) | Q(scheme="shared", switched_on__isnull=False),
            ),
            # Who has ordered for good pays on a day; who has ended may have done neither.
            models.CheckConstraint(
                name="cloud_contract_settled_pays",
                condition=Q(settled_on__isnull=True, payment_day__isnull=True)
                | Q(settled_on__isnull=False, payment_day__range=(1, 31)),
            ),
            models.CheckConstraint(
                name="cloud_contract_active_is_settled",
                condition=Q(stage="ended")
                | Q(stage="trial", settled_on__isnull=True)
                | Q(stage="active", settled_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.contract)
