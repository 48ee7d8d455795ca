"""What carriers' services offer: plans, their data limits and voice options, SIM sizes."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lines.models.lines import Line
from selfcare.accounts.models import Customer

#: As carriers sell data: decimal.
BYTES_PER_MB = 10**6


class LineService(models.Model):
    """A mobile service as contracts name it (`Contract.service`): what may be changed in it, and when it changes."""

    class Timing(models.TextChoices):
        LARGER_AT_ONCE = "larger_at_once", _("大きいプランへは即時、小さいプランへは翌月1日")
        FIRST_OF_MONTH = "first_of_month", _("翌月1日")

    code = models.CharField(_("サービスコード"), max_length=30, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    carrier = models.CharField(_("キャリア種別"), max_length=10, choices=Line.Carrier)
    # 上限値設定: another data limit of the same service plan. サービスプラン変更: another service plan.
    changes_limit = models.BooleanField(_("上限値設定"), default=True)
    changes_plan = models.BooleanField(_("サービスプラン変更"), default=True)
    timing = models.CharField(_("変更の時期"), max_length=20, choices=Timing, default=Timing.FIRST_OF_MONTH)
    sizes = ArrayField(
        models.CharField(max_length=10, choices=Line.SimSize), verbose_name=_("SIMサイズ"), default=list, blank=True
    )

    class Meta:
        verbose_name = _("モバイルサービス")
        verbose_name_plural = pgettext_lazy("several", "モバイルサービス")

    def __str__(self) -> str:
        return self.name


class Plan(models.Model):
    """One plan code of a service. Its fee is the tariff's: item `lines.plan.<code>`."""

    service = models.ForeignKey(LineService, models.PROTECT, related_name="plans", verbose_name=_("サービス"))
    code = models.CharField(_("プランコード"), max_length=20)
    name = models.CharField(_("名称"), max_length=60)
    # Plans of one family are one service plan with different data limits.
    family = models.CharField(_("サービスプラン"), max_length=30)
    sim_kind = models.CharField(_("SIM種別"), max_length=10, choices=Line.SimKind)
    # Larger is larger: decides what changes at once. As plans are sold, 3GB is 3,000: 1 MB is 10^6 bytes.
    size = models.PositiveIntegerField(_("大きさ（MB）"))
    # The size is a cap (プラン基準データ量); without one it only says which plan is larger.
    has_cap = models.BooleanField(_("データ量の上限あり"), default=True, db_default=True)
    # Values of 通話定額 and codes of voice options that can be had with it.
    flat_rates = ArrayField(models.CharField(max_length=20), verbose_name=_("通話定額"), default=list, blank=True)
    options = ArrayField(models.CharField(max_length=30), verbose_name=_("音声オプション"), default=list, blank=True)
    takes_port_in = models.BooleanField(_("MNP転入に対応"), default=False)
    # No longer sold: lines keep it, nobody changes to it.
    offered = models.BooleanField(_("提供中"), default=True)

    class Meta:
        verbose_name = _("プラン")
        verbose_name_plural = pgettext_lazy("several", "プラン")
        ordering = ["service", "family", "size"]
        constraints = [
            models.UniqueConstraint(fields=["service", "code"], name="plan_once_per_service"),
            models.CheckConstraint(name="plan_code_plain", condition=Q(code__regex=r"^[a-z0-9_]+$")),
        ]

    @property
    def cap(self) -> int | None:
        """プラン基準データ量 in bytes; None where there is none."""
        return self.size * BYTES_PER_MB if self.has_cap else None

    def __str__(self) -> str:
        return self.name


class CustomerCatalogue(models.Model):
    """SIM sizes agreed with a customer; without a row it has what the service offers."""

    customer = models.OneToOneField(Customer, models.PROTECT, related_name="sim_catalogue", verbose_name=_("契約者"))
    sizes = ArrayField(models.CharField(max_length=10, choices=Line.SimSize), verbose_name=_("SIMサイズ"))

    class Meta:
        verbose_name = _("SIMサイズの取り決め")
        verbose_name_plural = pgettext_lazy("several", "SIMサイズの取り決め")

    def __str__(self) -> str:
        return str(self.customer)
