"""One of everything that operators see of IP Voice."""

from datetime import date
from typing import Any

from numbering.dial_in.functions import Functions
from numbering.dial_in.models import LeadTime
from tests.numbering.dial_in import parts


def dial_in_rows() -> dict[str, Any]:
    """By noun."""
    base = parts.base()
    functions = Functions(message_box=True, shown_number="0312345678")
    return {
        "numbering_voicegroup": base.voice_contract.group,
        "numbering_voicecontract": base.voice_contract,
        "numbering_basenumber": base,
        "numbering_dialinnumber": parts.dial_ins(base, 1, functions=functions)[0],
        "numbering_sitenetwork": parts.network(base.voice_contract),
        "numbering_reservationcode": parts.reservation(base.voice_contract.contract, 2),
        "numbering_leadtime": LeadTime.objects.get(content="port"),
        "orders_specialday": parts.special_day(date(2026, 12, 21), note="創立記念日"),
    }
