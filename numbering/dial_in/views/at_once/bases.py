"""Step 3: base numbers, chosen over pages and searches. Everything on the page is one form: what is ticked is kept by
whatever is pressed.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from numbering.dial_in.models import BaseNumber, DialInNumber
from numbering.dial_in.search import contract_key
from numbering.dial_in.services import at_once
from numbering.dial_in.services.at_once_steps import BASES
from numbering.dial_in.services.standing import Standing, standings
from numbering.dial_in.views.at_once.steps import back, onward, page, save, step, wants_back
from selfcare import phones
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders.models import Order
from selfcare.paging import keyset

#: Base numbers on a page.
_PAGE = 100


@dataclass(frozen=True)
class Offered:
    """A base number of the list, with what it may get at once."""

    base: BaseNumber
    standing: Standing
    is_chosen: bool


@step(BASES)
def bases(request: CustomerRequest, order: Order, now: datetime) -> HttpResponse:
    if request.method != "POST":
        return _page(request, order, now)
    order, problem = _take(request, order, now)
    if wants_back(request):
        return back(order, BASES)
    if problem:
        return _page(request, order, now, problem=problem)
    if request.POST.get("go") == "next":
        if order.data.get("bases"):
            return onward(order, BASES)
        return _page(request, order, now, problem=_("基本契約番号を1つ以上選んでください。"))
    return HttpResponseRedirect(_address(request))


def _take(request: CustomerRequest, order: Order, now: datetime) -> tuple[Order, str]:
    """Save what was ticked and taken away; says what could not be taken."""
    picked = [int(one) for one in request.POST.getlist("pick") if one.isdecimal() and len(one) < 19]
    found = at_once.bases_of(order, picked[:1000])
    allowed = standings({one.voice_contract_id: one.voice_contract for one in found.values()}.values(), now)
    good = [pk for pk in picked if pk in found and not allowed[found[pk].voice_contract_id].reason]
    gone = {request.POST.get("remove", "")}
    before = order.data.get("bases", [])

    def change(data: dict[str, Any]) -> dict[str, Any]:
        kept = [pk for pk in data.get("bases", []) if str(pk) not in gone]
        return at_once.with_bases(data, list(dict.fromkeys([*kept, *good])))

    if not good and not any(str(pk) in gone for pk in before):
        return order, ""
    order = save(request, order, change, now)
    if len({*before, *good}) > at_once.MOST_BASES:
        return order, _(
            "画面で選べる基本契約番号は%(most)d件までです。それより多いときは、CSVファイルで入力してください。"
        ) % {"most": at_once.MOST_BASES}
    return order, ""


def _address(request: CustomerRequest) -> str:
    """The list as it was searched, or the page of it that was asked for; a new search begins at its beginning."""
    asked = {"q": request.POST.get("q", "").strip()[:80]}
    name, _colon, key = request.POST.get("go", "").partition(":")
    if name in ("before", "after"):
        asked = {"q": request.POST.get("searched", ""), name: key}
    elif name != "search":
        asked = {"q": request.POST.get("searched", "")}
        asked |= {name: request.GET[name] for name in ("before", "after") if name in request.GET}
    return f"{request.path}?{urlencode({name: value for name, value in asked.items() if value})}"


def _page(request: CustomerRequest, order: Order, now: datetime, *, problem: str = "") -> HttpResponse:
    query = request.GET.get("q", "").strip()[:80].replace("\x00", "")
    rows = _matching(order, query).select_related("voice_contract__group__contract")
    listed = keyset(rows, field="digits", request=request, size=_PAGE)
    chosen_ids = order.data.get("bases", [])
    chosen = at_once.bases_of(order, chosen_ids)
    known = standings({one.voice_contract_id: one.voice_contract for one in listed.rows}.values(), now)
    context = {
        "query": query,
        "page": listed,
        "rows": [Offered(one, known[one.voice_contract_id], one.pk in chosen) for one in listed.rows],
        "chosen": [chosen[pk] for pk in chosen_ids if pk in chosen],
        "problem": problem,
    }
    return page(request, order, BASES, context, now)


def _matching(order: Order, query: str) -> QuerySet[BaseNumber]:
    """The voice group's base numbers; `query` is a part of theirs, the contract's or one of their dial-in numbers."""
    rows = BaseNumber.objects.filter(
        customer_id=order.customer_id, voice_contract__group=order.subject_id, ended_on=None
    )
    if not query:
        return rows
    found = Q(voice_contract__number__contains=contract_key(query))
    digits = phones.search_digits(query)
    if digits:
        hanging = DialInNumber.objects.filter(
            customer_id=order.customer_id, digits__contains=digits, assignment__state="active"
        )
        found |= Q(digits__contains=digits) | Q(pk__in=hanging.values("base"))
    return rows.filter(found)
