"""The numbers of a cloud phone contract, and what is switched on for each."""

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from numbering.cloud.models.contracts import CloudContract
from numbering.models.assignments import Assignment
from selfcare import phones
from selfcare.accounts.models import Contract, Customer

if TYPE_CHECKING:
    from selfcare.accounts.models import User


class Use(models.TextChoices):
    VOICE = "voice", _("音声")
    FAX = "fax", _("クラウドFAX専用")


class CloudNumberQuerySet(models.QuerySet["CloudNumber"]):
    def visible_to(self, user: "User") -> "CloudNumberQuerySet":
        return self.filter(customer_id=user.customer_id) if user.customer_id else self.none()

    def live(self) -> "CloudNumberQuerySet":
        return self.filter(ended_on__isnull=True)


class CloudNumber(models.Model):
    """A number on a cloud phone contract. Its assignment keeps it away from everybody else, and lives as long.

    Options per number are switched on here; what they cost are charges with the number's digits as subject.
    """

    assignment = models.OneToOneField(Assignment, models.PROTECT, related_name="cloud_number")
    cloud = models.ForeignKey(CloudContract, models.PROTECT, related_name="numbers", verbose_name=_("契約"))
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", db_index=False, verbose_name=_("契約者"))
    digits = models.CharField(_("電話番号"), max_length=15)
    use = models.CharField(_("用途"), max_length=10, choices=Use, default=Use.VOICE)
    # What the customer calls it ("代表", "予約受付").
    label = models.CharField(_("名前"), max_length=40, blank=True)
    # 従来方式: the ID whose own number it is. With the new scheme no number is one ID's own.
    own_of = models.ForeignKey(
        "numbering.CloudId", models.PROTECT, null=True, blank=True, related_name="own_numbers", verbose_name=_("ID")
    )
    # Options. A number for FAX only has `fax` always.
    fax = models.BooleanField(_("クラウドFAX"), default=False)
    after_hours = models.BooleanField(_("時間外アナウンス"), default=False)
    voicemail = models.BooleanField(_("留守番電話"), default=False)
    started_on = models.DateField(_("利用開始日"))
    # The first day without it.
    ended_on = models.DateField(_("終了日"), null=True, blank=True)

    objects = CloudNumberQuerySet.as_manager()

    class Meta:
        verbose_name = _("クラウド電話の番号")
        verbose_name_plural = pgettext_lazy("several", "クラウド電話の番号")
        constraints = [
            models.UniqueConstraint(
                fields=["digits"], name="cloud_number_once_live", condition=Q(ended_on__isnull=True)
            ),
            models.CheckConstraint(
                name="cloud_number_of_fax_has_only_fax",
                condition=~Q(use="fax") | Q(fax=True, after_hours=False, voicemail=False, own_of__isnull=True),
            ),
        ]
        indexes = [
            # The customer's list; hundreds of numbers at most.
            models.Index(fields=["customer", "digits"], name="cloud_number_of_customer"),
        ]

    def __str__(self) -> str:
        return phones.display(self.digits)

    @property
    def contract(self) -> Contract:
        """The ordinary contract: what orders about it hang on."""
        return self.cloud.contract
