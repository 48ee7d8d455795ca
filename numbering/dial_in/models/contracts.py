"""Voice groups, voice contracts and their base numbers: what dial-in numbers are ordered for."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from numbering.models.numbers import Kind, Number
from selfcare import phones
from selfcare.accounts.models import Contract, Customer, User


class _OwnedQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, user: User) -> "_OwnedQuerySet":
        """What belongs to the user's customer; operators see nothing by this way."""
        return self.filter(customer_id=user.customer_id) if user.customer_id else self.none()


class VoiceGroup(models.Model):
    """音声グループ: voice contracts that are ordered for together; it hangs on one IP Voice contract."""

    code = models.CharField(_("音声グループID"), max_length=20, unique=True)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("契約者"))
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="voice_groups", verbose_name=_("契約"))
    name = models.CharField(_("名称"), max_length=80, blank=True)

    objects = _OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("音声グループ")
        verbose_name_plural = pgettext_lazy("several", "音声グループ")
        constraints = [
            models.CheckConstraint(name="voice_group_code", condition=Q(code__regex=r"^[A-Z0-9]{4,20}$")),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}".strip()


class VoiceContract(models.Model):
    """音声契約: one site or service with its base numbers."""

    class ServiceType(models.TextChoices):
        UNIVERSAL = "universal", _("Universal（通常タイプ）")
        UNIVERSAL_CLOUD = "universal_cloud", _("Universal（クラウドプラン）")
        WIRELESS = "wireless", _("ワイヤレス")
        SMART_PBX = "smart_pbx", _("Smart PBX")

    number = models.CharField(_("音声契約番号"), max_length=10, unique=True)
    group = models.ForeignKey(
        VoiceGroup, models.PROTECT, related_name="voice_contracts", verbose_name=_("音声グループ")
    )
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("契約者"))
    service_type = models.CharField(_("サービス種別"), max_length=20, choices=ServiceType)
    members_net = models.BooleanField(_("メンバーズネット"), default=False)
    # Whether its geographic numbers reach 110, 118 and 119; 050 numbers never do.
    emergency_calls = models.BooleanField(_("緊急通報"), default=True)
    name = models.CharField(_("拠点名"), max_length=80, blank=True)
    address = models.CharField(_("設置場所住所"), max_length=200, blank=True)
    ended_on = models.DateField(_("終了日"), null=True, blank=True)
    # How many sales orders and construction-date orders are open (until 竣工). While there are any, nothing is added
    # at once: whoever adds tests it with the UPDATE that says so, see numbering.dial_in.services.works.
    works = models.PositiveIntegerField(_("進行中の工事"), default=0)
    # How many orders were accepted at once; the column that this UPDATE writes.
    at_once = models.PositiveIntegerField(_("即時のお申し込み"), default=0)

    objects = _OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("音声契約")
        verbose_name_plural = pgettext_lazy("several", "音声契約")
        constraints = [
            models.CheckConstraint(name="voice_contract_number", condition=Q(number__regex=r"^N[0-9]{9}$")),
            models.CheckConstraint(
                name="voice_contract_service_known",
                condition=Q(service_type__in=["universal", "universal_cloud", "wireless", "smart_pbx"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}".strip()

    @property
    def contract(self) -> Contract:
        """What its orders hang on; select `group__contract` before asking many."""
        return self.group.contract

    @property
    def contract_id(self) -> int:
        return self.group.contract_id


class BaseNumber(models.Model):
    """基本契約番号 (代表): the number that dial-in numbers hang on. In the pool it is an original assignment."""

    voice_contract = models.ForeignKey(
        VoiceContract, models.PROTECT, related_name="base_numbers", verbose_name=_("音声契約"), db_index=False
    )
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("契約者"), db_index=False)
    number = models.OneToOneField(Number, models.PROTECT, related_name="base", verbose_name=_("電話番号"))
    # Copies of the number's, which never change: lists are sorted and searched without a join.
    digits = models.CharField(_("基本契約番号"), max_length=15)
    kind = models.CharField(_("種別"), max_length=4, choices=Kind)
    area = models.CharField(_("市外局番"), max_length=6, blank=True)
    ended_on = models.DateField(_("終了日"), null=True, blank=True)

    objects = _OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("基本契約番号")
        verbose_name_plural = pgettext_lazy("several", "基本契約番号")
        constraints = [
            models.CheckConstraint(
                name="base_number_area_iff_geographic",
                condition=Q(kind="050", area="") | Q(kind="0abj", area__regex=r"^0[0-9]{1,4}$"),
            ),
        ]
        indexes = [
            # The base numbers of a voice contract, in order.
            models.Index(fields=["voice_contract", "digits"], name="base_number_of_contract"),
            # The customer's list for the wizard, and finding one by its digits.
            models.Index(fields=["customer", "digits"], name="base_number_of_customer"),
        ]

    def __str__(self) -> str:
        return phones.display(self.digits)
