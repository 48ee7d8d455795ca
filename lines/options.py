"""Voice options of each carrier (spec 4, Voice options): what can be chosen, in which words, with which values.

A line holds what is on: {"flat_rate": "5min", "voicemail": true, "call_forwarding": "0312345678", "roaming": 50000}.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lines.models import Line
from selfcare import money, phones

#: As what an option is typed or chosen; caps are typed as yen, 0 is off.
ON, OFF = "on", "off"
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
    #: What customers should know of it before they choose.
    note: Any = ""


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
        replace(_VOICEMAIL, note=gettext_lazy("「なし」でも、機能を限った無料の留守番電話は残ります。")),
        VoiceOption("call_waiting", gettext_lazy("割込通話"), Kind.SWITCH, has_fee=True),
        VoiceOption(
            "group_call",
            gettext_lazy("グループ通話"),
            Kind.SWITCH,
            has_fee=True,
            note=gettext_lazy("6人まで同時に通話できます。"),
        ),
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


def choices(option: VoiceOption, flat_rates: Collection[str]) -> list[tuple[str, str]]:
    """What can be chosen of an option, as (typed, words); `flat_rates` are those that the line can have."""
    match option.kind:
        case Kind.FLAT_RATE:
            rates = [(rate, str(name)) for rate, name in FLAT_RATES.items() if rate in flat_rates]
            return [(OFF, _("なし")), *rates]
        case Kind.CAP:
            caps = [(str(cap), _("上限 %(cap)s") % {"cap": money.yen(cap)}) for cap in option.caps]
            return [("0", _("利用しない")), *caps]
    return [(ON, _("あり")), (OFF, _("なし"))]


def as_typed(option: VoiceOption, value: Any) -> str:
    """A held value as one of `choices`."""
    if option.kind is Kind.CAP:
        return str(value or 0)
    if option.kind is Kind.FLAT_RATE:
        return str(value) if value else OFF
    return ON if value else OFF


def value_of(option: VoiceOption, typed: str, *, target: str = "") -> Any:
    """What a line holds when that is chosen; None is off. `target`: where calls are forwarded to."""
    if typed in (OFF, "0"):
        return None
    match option.kind:
        case Kind.CAP:
            return int(typed)
        case Kind.FLAT_RATE:
            return typed
        case Kind.FORWARDING:
            return target
    return True


def is_value(option: VoiceOption, value: Any) -> bool:
    """Whether a line can hold that; what a draft says has been checked by its form, and is checked again."""
    if value is None:
        return True
    match option.kind:
        case Kind.CAP:
            return type(value) is int and value in option.caps
        case Kind.FLAT_RATE:
            return value in FLAT_RATES
        case Kind.FORWARDING:
            return isinstance(value, str) and value.isascii() and value.isdecimal()
    return value is True


def as_told(option: VoiceOption, value: Any) -> str | int | bool:
    """What the carrier is told; off is false, and 0 where there is a cap."""
    if value is None:
        return 0 if option.kind is Kind.CAP else False
    told: str | int | bool = value
    return told
