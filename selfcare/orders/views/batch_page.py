"""A batch's page ever after, and the list of batches: how far it is, what became of each row."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Max
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from selfcare import clock
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders.models import Batch, Order
from selfcare.orders.procedures import may_order, subjects_of
from selfcare.orders.services import batches
from selfcare.orders.services.batch_counts import OUTCOMES, Progress, progress
from selfcare.orders.sessions import digest
from selfcare.orders.states import State
from selfcare.orders.views import approval_batch, batch_files
from selfcare.orders.views.wizard import bar
from selfcare.paging import keyset


def visible(request: CustomerRequest, uuid: UUID) -> Batch:
    return get_object_or_404(Batch.objects.visible_to(request.user).select_related("actor"), uuid=uuid)


@require_safe
@customer_view(role=Role.VIEWER)
def index(request: CustomerRequest) -> HttpResponse:
    """The customer's batches, newest first."""
    accepted = Batch.objects.visible_to(request.user).placed().select_related("actor")
    page = keyset(accepted, field="id", request=request, descending=True)
    come = progress(page.rows)
    rows = [(batch, come[batch.pk], words(come[batch.pk])) for batch in page.rows]
    return render(request, "orders/batches.html", {"page": page, "rows": rows})


@require_safe
@customer_view(role=Role.VIEWER)
def show(request: CustomerRequest, uuid: UUID) -> HttpResponse:
    batch = visible(request, uuid)
    if batch.is_draft and batch.approval:
        return approval_batch.page(request, batch)
    if batch.is_draft:
        return redirect("orders:batch_confirm", batch.uuid)
    if request.GET.get("format") == "csv":
        return batch_files.outcomes(batch)
    now = clock.now()
    come = progress([batch])[batch.pk]
    examples = batches.examples_of(batch)
    context = {
        "batch": batch,
        "procedure": batch.handler,
        "progress": come,
        "words": words(come),
        "phase": _phase(batch, come),
        "busy": batch.accepting or _under_way(batch, now),
        "counts": [(state, _word(batch, state, examples), n) for state, n in sorted(come.by_state.items())],
        "open": come.open,
        "waiting": _waiting(batch, examples, now),
        "cancel_until": cancel_until(batch, now) if may_order(batch.handler, request.user) else None,
        "now": now,
        "steps": bar(batch.handler, 2) if batch.session_digest == digest(request) else [],
        **_list(request, batch, come, examples),
    }
    return render(request, "orders/batch.html", context)


def _list(request: CustomerRequest, batch: Batch, come: Progress, examples: list[Order]) -> dict[str, Any]:
    """One page of its orders, or of the rows that were not taken, narrowed to one outcome."""
    asked = request.GET.get("state", "")
    wanted = asked if asked == "refused" or asked in OUTCOMES else ""
    found: dict[str, Any] = {"outcomes": _outcomes(come), "wanted": wanted, "orders": [], "refusals": []}
    if wanted == "refused":
        page = keyset(batch.refusals.all(), field="id", request=request)
        orders: list[Order] = []
        found["refusals"] = page.rows
    else:
        rows = batch.orders.accepted().select_related("contract")
        if wanted:
            rows = rows.filter(state__in=OUTCOMES[wanted])
        page = keyset(rows, field="id", request=request)
        orders = list(page.rows)
        subjects_of(orders)
    # Of the examples and this page's orders: one alone would have its own number taken for everybody's.
    common = batches.common([order.shown_part("rows") or [] for order in [*examples, *orders]])
    return found | {"page": page, "orders": orders, "common": common}


def _outcomes(come: Progress) -> list[tuple[str, str, str]]:
    """What the list can be narrowed to: key, word, number; only what there is."""
    every = [
        ("", _("すべて"), come.accepted),
        ("open", _("手続き中のもの"), come.open),
        ("completed", str(State.COMPLETED.label), come.completed),
        ("failed", str(State.FAILED.label), come.failed),
        ("cancelled", str(State.CANCELLED.label), come.number("cancelled")),
        ("refused", _("受け付けなかったもの"), come.refused),
    ]
    return [(key, word, f"{n:,}") for key, word, n in every if n or not key]


def words(come: Progress) -> str:
    """How far it is, beside the bar: the same numbers."""
    return _("受付 %(accepted)s / %(total)s、完了 %(completed)s、不成立 %(failed)s") % {
        "accepted": f"{come.accepted:,}",
        "total": f"{come.to_accept:,}",
        "completed": f"{come.completed:,}",
        "failed": f"{come.failed:,}",
    }


def _phase(batch: Batch, come: Progress) -> str:
    return "accepting" if batch.accepting else "open" if come.open else "ended"


def _under_way(batch: Batch, now: datetime) -> bool:
    """Whether looking again soon is worth it: not for what waits for its day, or for a person."""
    due = batch.orders.filter(state__in=[State.ACKNOWLEDGED, State.IN_PROGRESS], due_at__lte=now)
    return due.exists()


def _word(batch: Batch, state: State, examples: list[Order]) -> str:
    """As each of its orders would call this state."""
    booked = any(order.accepted_at and order.due_at and order.due_at > order.accepted_at for order in examples)
    return str(batch.handler.waiting_label if state == State.ACKNOWLEDGED and booked else state.label)


def _waiting(batch: Batch, examples: list[Order], now: datetime) -> list[tuple[datetime, int, str]]:
    """What is still to come: moment, number of orders, and what was said of that moment."""
    notes = {order.due_at: (order.shown_part("promise") or {}).get("note", "") for order in examples}
    rows = batch.orders.filter(state=State.ACKNOWLEDGED, due_at__gt=now).order_by("due_at")
    return [(due, n, notes.get(due, "")) for due, n in rows.values_list("due_at").annotate(n=Count("pk"))]


def cancel_until(batch: Batch, now: datetime) -> datetime | None:
    """Until when something of it can be undone; None when nothing can, or while it is still being accepted."""
    if batch.accepting:
        return None
    rows = batch.orders.filter(state=State.ACKNOWLEDGED, cancel_until__gt=now)
    until: datetime | None = rows.aggregate(until=Max("cancel_until"))["until"]
    return until
