"""Step 4 on the screen: rows under each chosen base number, added and removed by buttons that save what was typed."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect

from numbering.dial_in.forms.at_once import RowForm, as_typed, typed_rows
from numbering.dial_in.models import BaseNumber
from numbering.dial_in.services import at_once, at_once_rows, at_once_supply, at_once_words
from numbering.dial_in.services.at_once_rows import Typed
from numbering.dial_in.services.at_once_steps import CONTENTS
from numbering.dial_in.services.claiming import plans_for
from numbering.dial_in.services.standing import Standing
from numbering.dial_in.views.at_once.prices import fees_of
from numbering.dial_in.views.at_once.steps import back, onward, page, save, step, wants_back
from selfcare import calendar
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible

_ADD = re.compile(r"add:(new|code)-([0-9]{1,18})")
Row = dict[str, Any]


@dataclass(frozen=True)
class Group:
    """A chosen base number with its rows. `notices`: who cannot make emergency calls."""

    base: BaseNumber
    standing: Standing
    held: int
    rows: list[RowForm]
    notices: list[str]


@step(CONTENTS)
def contents(request: CustomerRequest, order: Order, now: datetime) -> HttpResponse:
    chosen = order.data.get("bases", [])
    bases = at_once.bases_of(order, chosen)
    if request.method != "POST":
        return _page(request, order, bases, order.data.get("typed", []), now, told=False)
    typed, anchor = _pressed(request, chosen)
    checked = [as_typed(row, bases) for row in typed]
    taken = at_once_rows.check(checked, at_once_rows.known_for(order, checked, now))
    good = bool(typed) and not any(row.problems for row in checked)
    saved = {"typed": typed, "rows": taken if good else []}
    order = save(request, order, lambda data: {**data, **saved}, now)
    if wants_back(request):
        return back(order, CONTENTS)
    if anchor:
        return HttpResponseRedirect(f"{request.path}#{anchor}")
    if not good or request.POST.get("go") == "check":
        return _page(request, order, bases, typed, now, told=True)
    short = at_once_supply.shortage(order, now)
    return _page(request, order, bases, typed, now, told=True) if short else onward(order, CONTENTS)


def _pressed(request: CustomerRequest, chosen: list[int]) -> tuple[list[Row], str]:
    """The rows after a button that adds or removes one, and the place of the page to go to then."""
    go = request.POST.get("go", "")
    if go.startswith("remove:"):
        return typed_rows(request.POST, chosen, without=go.removeprefix("remove:")), "rows"
    typed = typed_rows(request.POST, chosen)
    added = _ADD.fullmatch(go)
    if added is None or int(added[2]) not in chosen or len(typed) >= at_once.MOST_ROWS:
        return typed, ""
    base = int(added[2])
    return [*typed, at_once.empty_row(base, by_code=added[1] == "code")], f"base-{base}"


def _page(
    request: CustomerRequest,
    order: Order,
    bases: dict[int, BaseNumber],
    typed: list[Row],
    now: datetime,
    *,
    told: bool,
) -> HttpResponse:
    """`told`: with what is wrong, as after sending; a page that is opened anew is silent about it."""
    groups = _groups(order, bases, typed, now, told=told)
    found, problem = _found(order, now)
    forms = [form for group in groups for form in group.rows]
    context = {
        "groups": groups,
        "bad": [(form, field, text) for form in forms for field, text in _errors(form)],
        "none": told and not typed,
        "found": found,
        "problem": problem,
        "full": len(typed) >= at_once.MOST_ROWS,
        "most": at_once.MOST_ROWS,
        "fees": fees_of(order, now),
        "checked": told,
    }
    return page(request, order, CONTENTS, context, now)


def _groups(order: Order, bases: dict[int, BaseNumber], typed: list[Row], now: datetime, *, told: bool) -> list[Group]:
    checked = [as_typed(row, bases) for row in typed]
    known = at_once_rows.known_for(order, _all(bases, checked), now)
    at_once_rows.check(checked, known)
    forms: dict[int, list[RowForm]] = {pk: [] for pk in bases}
    for place, (row, one) in enumerate(zip(typed, checked, strict=True)):
        if one.base is None:
            continue
        form = RowForm(base=one.base, standing=known.standings[one.base.voice_contract_id], row=row, place=place)
        if told:
            form.refuse(one.problems)
        forms[one.base.pk].append(form)
    chosen = [bases[pk] for pk in order.data.get("bases", []) if pk in bases]
    return [
        Group(
            base=base,
            standing=known.standings[base.voice_contract_id],
            held=known.held.get(base.pk, 0),
            rows=forms[base.pk],
            notices=at_once_words.notices_for(base),
        )
        for base in chosen
    ]


def _all(bases: dict[int, BaseNumber], checked: list[Typed]) -> list[Typed]:
    """So that what the page says of a base number without rows is known, too."""
    return [*checked, *(Typed(base) for base in bases.values())]


def _errors(form: RowForm) -> list[tuple[Any, str]]:
    return [(form[name], str(text)) for name in form.fields for text in form.errors.get(name, [])]


def _found(order: Order, now: datetime) -> tuple[list[str], str]:
    """Which numbers were found for rows that are all right, consecutive ones as blocks; or why there are not enough."""
    if not order.data.get("rows"):
        return [], ""
    try:
        claims = at_once.claims_of(order)
    except NotPossible as error:
        return [], str(error)
    short = at_once_supply.shortage(order, now)
    if short:
        return [], short
    return at_once_words.found(claims, plans_for(order, claims, today=calendar.today(now))), ""
