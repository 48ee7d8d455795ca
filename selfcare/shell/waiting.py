"""How many of a customer's orders are open, by state and by procedure, for the home page."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from selfcare.accounts.models import User
from selfcare.orders import procedures
from selfcare.orders.models import Order
from selfcare.orders.states import OPEN, State
from selfcare.shell import charts

#: Procedures with a bar of their own; all further ones share one.
_BARS = 6


@dataclass(frozen=True)
class OfState:
    state: State
    label: str
    count: int
    url: str


@dataclass(frozen=True)
class Waiting:
    total: int
    states: list[OfState]
    by_procedure: charts.Bars


def waiting(user: User) -> Waiting:
    """What is accepted and not yet at an end, whether its day has come or not."""
    found = Order.objects.visible_to(user).open().order_by().values_list("state", "procedure")
    states: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    for state, code, count in found.annotate(number=Count("pk")):
        states[state] += count
        codes[code] += count
    return Waiting(
        total=states.total(),
        states=[
            OfState(state, _label(state), states[state], _address(state=state))
            for state in State
            if state in OPEN and states[state]
        ],
        by_procedure=charts.Bars(
            name="waiting",
            title=_("手続き中のお申し込みの数（手続きごと）"),
            unit=charts.COUNT,
            rows=_bars(codes),
            empty=_("お待ちいただいているお申し込みはありません。"),
            label_heading=_("お申し込みの種類"),
            value_heading=_("件数"),
        ),
    )


def _label(state: State) -> str:
    return _("受付済・予約済") if state is State.ACKNOWLEDGED else str(state.label)


def _bars(codes: Counter[str]) -> list[charts.Bar]:
    titles: dict[str, Any] = dict(procedures.choices())
    ranked = codes.most_common()
    bars = [
        charts.Bar(str(titles.get(code, code)), count, _address(state="open", kind=code))
        for code, count in ranked[:_BARS]
    ]
    rest = sum(count for _code, count in ranked[_BARS:])
    return [*bars, charts.Bar(_("その他"), rest, _address(state="open"))] if rest else bars


def _address(**filters: str) -> str:
    return f"{reverse('orders:history')}?{urlencode(filters)}"
