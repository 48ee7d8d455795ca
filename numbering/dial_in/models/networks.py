"""The network addresses of a site from which geographic numbers may call."""

import ipaddress
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Func, Value
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from numbering.dial_in.models.contracts import VoiceContract, _OwnedQuerySet
from selfcare.accounts.models import Customer


class CidrField(models.Field):  # type: ignore[type-arg]
    """An IP network: `ipaddress.IPv4Network` or `IPv6Network` here, cidr in PostgreSQL."""

    def db_type(self, connection: Any) -> str:
        return "cidr"

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else str(value)

    def to_python(self, value: Any) -> Any:
        return value if value is None or not isinstance(value, str) else ipaddress.ip_network(value)


class SiteNetwork(models.Model):
    """0ABJ拠点のネットワークアドレス of a voice contract, as it is in force."""

    voice_contract = models.ForeignKey(
        VoiceContract, models.PROTECT, related_name="networks", verbose_name=_("音声契約")
    )
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("契約者"))
    network = CidrField(_("ネットワークアドレス"))
    since = models.DateField(_("登録日"))

    objects = _OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("ネットワークアドレス")
        verbose_name_plural = pgettext_lazy("several", "ネットワークアドレス")
        constraints = [
            # No two of a site overlap. The range of one stands in for the contract: see Credential.
            ExclusionConstraint(
                name="site_network_no_overlap",
                expressions=[
                    (
                        Func(F("voice_contract"), F("voice_contract"), Value("[]"), function="int8range"),
                        RangeOperators.OVERLAPS,
                    ),
                    (OpClass("network", name="inet_ops"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return str(self.network)
