"""The menu of contents: the saved parts of an order, what was begun and not saved, and the way on."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from numbering.dial_in import contents
from numbering.dial_in.models import DialInPart, DialInPartInput
from numbering.dial_in.services import inputs, parts, wish_checks, wishes
from numbering.dial_in.tables.part_functions import LABELS
from numbering.dial_in.views.by_date.opening import order_view
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders.models import Order
from selfcare.orders.procedures import subject_of
from selfcare.orders.services.correcting import awaits_correction
from selfcare.orders.views.wizard import bar


@dataclass(frozen=True)
class Entry:
    """A saved part in a word. `lacks`: what is still missing; `is_begun`: this person is changing it."""

    part: DialInPart
    totals: contents.Totals
    functions: list[str]
    lacks: str
    is_begun: bool


@order_view
def menu(request: CustomerRequest, order: Order) -> HttpResponse:
    saved = list(order.dial_in_parts.order_by("pk").select_related("updated_by"))
    prefetch_related_objects(saved, "base")
    begun = inputs.begun(order=order, user=request.user)
    entries = [entry(part, order, str(part.pk) in begun) for part in saved]
    ids = {str(part.pk) for part in saved}
    wish = wishes.with_parts(order, saved)
    context = {
        "order": order,
        "procedure": order.handler,
        "voice_contract": subject_of(order),
        "entries": entries,
        "totals": contents.totals(saved),
        "new": [_begun(one) for place, one in begun.items() if place not in ids],
        "lacks": any(one.lacks for one in entries),
        "for_sales": wish_checks.for_sales(wish),
        "would_be_for_sales": wish_checks.would_be_for_sales(wish),
        "returned": awaits_correction(order),
        "touched": parts.touched_at(order),
        "touched_by": order.data.get("touched", {}).get("name", ""),
        "kinds": [(kind.value, str(kind.label), _abouts()[kind.value]) for kind in DialInPart.Kind],
        "steps": bar(order.handler, 1),
    }
    return render(request, "numbering/dial_in/by_date_menu.html", context)


def _abouts() -> dict[str, str]:
    return {
        "add": _("新しい0ABJ番号・050番号、または予約コードの番号を追加します。"),
        "port": _(
            "他社でお使いの0ABJ番号を引き継ぎます。別の基本契約番号にあるご契約の番号の移動も、ここから申し込みます。"
        ),
    }


def entry(part: DialInPart, order: Order, is_begun: bool = False) -> Entry:
    lacks = ""
    if contents.has_remaining(part) and not order.data.get("remaining", {}).get(str(part.pk)):
        lacks = _("残回線構成表が添付されていません。")
    names = {name for one in contents.functions_of([part]) for name in one.as_json()}
    return Entry(
        part, contents.totals([part]), [str(LABELS[name]) for name in LABELS if name in names], lacks, is_begun
    )


def _begun(one: DialInPartInput) -> dict[str, Any]:
    kind = one.content.get("kind", "add")
    return {
        "place": one.place,
        "title": str(DialInPart.Kind(kind).label),
        "updated_at": one.updated_at,
        "removed": one.place not in DialInPart.Kind.values,
    }


@order_view
def discard(request: CustomerRequest, order: Order) -> HttpResponse:
    """Asks first; an order that was accepted before cannot be thrown away, it is cancelled."""
    if awaits_correction(order):
        return redirect("numbering:dial-in-by-date-menu", order.uuid)
    if request.method == "POST":
        parts.discard(order=order, actor=request.user)
        messages.success(request, _("入力中のお申し込みを削除しました。"))
        return redirect("numbering:dial-in-by-date")
    context = {
        "order": order,
        "procedure": order.handler,
        "voice_contract": subject_of(order),
        "totals": contents.totals(order.dial_in_parts.all()),
        "by": order.data.get("touched", {}).get("name", ""),
        "touched": parts.touched_at(order),
    }
    return render(request, "numbering/dial_in/by_date_discard.html", context)
