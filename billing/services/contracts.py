"""What billing says to changes of contracts that operators make."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from billing.closing import periods
from billing.models import BillLine, VoiceCharge
from selfcare.accounts.models import Contract

_CYCLES = {periods.MONTH_END, *(str(day) for day in range(1, periods.LAST_CYCLE_DAY + 1))}


def check_cycle(contract: Contract | None, values: Mapping[str, Any]) -> None:
    """A billing cycle that there is, and after the first bill the same for good. Raises ValidationError.

    `contract` is the row as it was, None for a new one; `values` what is to be stored. The database refuses as well
    (trigger billed_contract_keeps_cycle).
    """
    cycle = values.get("billing_cycle")
    if cycle is None or (contract is not None and contract.billing_cycle == cycle):
        return
    if cycle not in _CYCLES:
        told = _("「%(month_end)s」（月末締め）か、締め日（1〜%(last)s）を入力してください。")
        facts = {"month_end": periods.MONTH_END, "last": periods.LAST_CYCLE_DAY}
        raise ValidationError({"billing_cycle": told % facts})
    if contract is None:
        return
    if any(model.objects.filter(contract=contract).exists() for model in (BillLine, VoiceCharge)):
        raise ValidationError(
            {"billing_cycle": _("請求または音声課金を締めた契約の請求締めは変更できません（二重請求を防ぐため）。")}
        )
