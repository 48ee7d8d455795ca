"""Voice options of each carrier (spec 4, Voice options): what can be chosen, in which words, with which values.

A line holds what is on: {"flat_rate": "5min", "voicemail": true, "call_forwarding": "0312345678", "roaming": 50000}.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lines.models import Line
from selfcare import money, phones

DOCOMO, SOFTBANK = Line.Carrier.DOCOMO, Line.Carrier.SOFTBANK
#: Values of 通話定額; which of them a line can have is its plan's affair.
FLAT_RATES = {
    "5min": gettext_lazy("5分かけ放題"),
    "10min": gettext_lazy("10分かけ放題"),
    "unlimited": gettext_lazy("かけ放題"),
}


class Kind(StrEnum):
    FLAT_RATE = "flat_rate"
    SWITCH = "switch"
    FORWARDING = "forwarding"
    CAP = "cap"


@dataclass(frozen=True)
class VoiceOption:
    """`caps`: whole yen a month that can be chosen beside 0 (off)."""

    code: str
    label: Any
    kind: Kind
    has_fee: bool
    caps: tuple[int, ...] = field(default=())


_FLAT_RATE = VoiceOption("flat_rate", gettext_lazy("通話定額"), Kind.FLAT_RATE, has_fee=True)
_VOICEMAIL = VoiceOption("voicemail", gettext_lazy("留守番電話"), Kind.SWITCH, has_fee=True)

OPTIONS: dict[str, tuple[VoiceOption, ...]] = {
    DOCOMO: (
        _FLAT_RATE,
        _VOICEMAIL,
        VoiceOption("call_waiting", gettext_lazy("キャッチホン"), Kind.SWITCH, has_fee=True),
        VoiceOption("call_forwarding", gettext_lazy("転送電話"), Kind.FORWARDING, has_fee=False),
        VoiceOption(
            "international",
            gettext_lazy("国際電話"),
            Kind.CAP,
            has_fee=False,
            caps=(5_000, 10_000, 20_000, 30_000, 50_000, 80_000, 100_000),
        ),
        VoiceOption("roaming", gettext_lazy("国際ローミング"), Kind.CAP, has_fee=False, caps=(50_000,)),
    ),
    SOFTBANK: (
        _FLAT_RATE,
        _VOICEMAIL,
        VoiceOption("call_waiting", gettext_lazy("割込通話"), Kind.SWITCH, has_fee=True),
        VoiceOption("group_call", gettext_lazy("グループ通話"), Kind.SWITCH, has_fee=True),
        VoiceOption("number_block", gettext_lazy("ナンバーブロック"), Kind.SWITCH, has_fee=True),
    ),
}


def option(carrier: str, code: str) -> VoiceOption | None:
    return next((one for one in OPTIONS[carrier] if one.code == code), None)


def label(carrier: str, code: str) -> Any:
    found = option(carrier, code)
    return found.label if found else code


def words(carrier: str, code: str, value: Any) -> str:
    """A held value as customers read it; None is off."""
    if value is None or value is False:
        return _("なし")
    if value is True:
        return _("あり")
    found = option(carrier, code)
    match found.kind if found else None:
        case Kind.FLAT_RATE:
            return str(FLAT_RATES.get(value, value))
        case Kind.FORWARDING:
            return _("転送先 %(number)s") % {"number": phones.display(str(value))}
        case Kind.CAP:
            return _("上限 %(cap)s") % {"cap": money.yen(int(value))}
    return str(value)
