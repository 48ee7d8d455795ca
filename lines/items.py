"""The codes under which billing knows what lines cost: every month, or once."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from billing import items
from billing.items import Item, Statement
from lines.models import Plan
from lines.options import FLAT_RATES, OPTIONS, Kind

_PLANS = "lines.plan."
_OPTIONS = "lines.option."
#: When a number has left, and when a line has got another SIM.
PORT_OUT = "lines.once.port_out"
SIM_REISSUE = "lines.once.sim_reissue"
#: As pages and bills name them.
WORDS: dict[str, Any] = {PORT_OUT: _("MNP転出手数料"), SIM_REISSUE: _("SIM再発行・サイズ変更手数料")}
#: Of each call these seconds are in the price of a flat rate.
FREE_SECONDS = {"5min": 300, "10min": 600, "unlimited": items.UNLIMITED}


def plan(code: str) -> str:
    return f"{_PLANS}{code}"


def option(code: str, value: object) -> str:
    """A voice option; 通話定額 costs by its value, whereas it costs nothing more where calls are forwarded to."""
    return f"{_OPTIONS}{code}.{value}" if code == Kind.FLAT_RATE else f"{_OPTIONS}{code}"


def charged_options(carrier: str, held: Mapping[str, object]) -> set[str]:
    """The items that are charged every month for held voice options; what is free is no charge."""
    return {option(one.code, held[one.code]) for one in OPTIONS[carrier] if one.has_fee and one.code in held}


def register() -> None:
    """Tell billing of them. Plans are data: those of today, of tomorrow, and those that lines had once."""
    items.register_family(_PLANS, _plans)
    items.register(_options().values())
    items.register(
        (
            Item(PORT_OUT, WORDS[PORT_OUT], Statement.PORT_OUT),
            Item(SIM_REISSUE, WORDS[SIM_REISSUE]),
        )
    )


def _plans(code: str | None) -> Iterable[Item]:
    """Services may have a code in common, and then a name: the plan that was entered first names it."""
    names: dict[str, str] = {}
    rows = Plan.objects.order_by("pk").values_list("code", "name")
    wanted = code.removeprefix(_PLANS) if code is not None else None
    for known, name in rows if wanted is None else rows.filter(code=wanted):
        names.setdefault(known, name)
    if wanted is not None and wanted not in names:
        names[wanted] = wanted
    return [Item(plan(known), name, is_number=True) for known, name in names.items()]


def _options() -> dict[str, Item]:
    """Those with a fee, and those without: they have charges too, of nothing."""
    found: dict[str, Item] = {}
    for one in (one for options in OPTIONS.values() for one in options):
        if one.kind is Kind.FLAT_RATE:
            for value, seconds in FREE_SECONDS.items():
                code = option(one.code, value)
                found[code] = Item(code, FLAT_RATES[value], Statement.OPTION, free_seconds=seconds)
        else:
            code = option(one.code, True)
            found.setdefault(code, Item(code, one.label, Statement.OPTION, is_free=not one.has_fee))
    return found
