"""Many orders at once: the one confirmation of a checked file, and the batch's page ever after."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Max
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from selfcare import clock
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders.models import Batch, Order
from selfcare.orders.procedures import NotPossible, Row, may_order, subjects_of
from selfcare.orders.services import batches
from selfcare.orders.services.accepting import Changed, DraftExpired
from selfcare.orders.services.placing import finish_batch, place_batch
from selfcare.orders.sessions import digest
from selfcare.orders.states import OPEN, State
from selfcare.orders.views.wizard import bar, url_name
from selfcare.paging import keyset

#: Rows of the confirm page; the rest is counted.
SHOWN = 100


def _visible(request: CustomerRequest, uuid: UUID) -> Batch:
    return get_object_or_404(Batch.objects.visible_to(request.user).select_related("actor"), uuid=uuid)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.MEMBER)
def confirm(request: CustomerRequest, uuid: UUID) -> HttpResponse:
    batch = _visible(request, uuid)
    if not batch.is_draft:
        if request.method == "POST":
            # Pressed again: while the first is still at it, or after it died half-way, this one waits or goes on.
            finish_batch(batch)
        return redirect(batch)
    if request.method != "POST":
        return _page(request, batch)
    try:
        accepted = place_batch(
            batch_id=batch.pk,
            shown=request.POST.get("shown", ""),
            session_digest=digest(request),
            actor=request.user,
        )
    except DraftExpired:
        return _page(request, batch, expired=True)
    except Changed as changed:
        return _page(request, batch, changed=changed.rows, status=409)
    except NotPossible as error:
        # The page itself asks again, and names the rows; what it does not find any more was in the way only then.
        return _page(request, batch, refused=str(error), status=409)
    return redirect(accepted)


def _page(
    request: CustomerRequest,
    batch: Batch,
    *,
    changed: list[Row] | None = None,
    expired: bool = False,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    now = clock.now()
    procedure = batch.handler
    expired = expired or (batch.expires_at is not None and batch.expires_at <= now)
    orders = batches.orders_of(batch)
    problems = [] if expired else batches.problems(orders, now=now, actor=request.user)
    # What cannot be done has no moment to promise.
    offers = {} if expired or problems else batches.offers_of(orders, now=now)
    context = {
        "batch": batch,
        "procedure": procedure,
        "groups": batches.grouped(offers),
        "common": batches.common([one.rows for one in offers.values()]),
        "quote": batches.total(offers),
        "rows": [(order.subject_label, offers.get(order)) for order in orders[:SHOWN]],
        "hidden": max(0, len(orders) - SHOWN),
        "shown": batches.seal_shown(batch, offers),
        "changed": changed or [],
        "problems": problems,
        "refused": refused,
        "expired": expired,
        "now": now,
        "back_url": _back(batch),
        "steps": bar(procedure, 1),
    }
    return render(request, "orders/batch_confirm.html", context, status=status)


def _back(batch: Batch) -> str:
    """Where another file can be chosen."""
    return reverse(f"{url_name(batch.handler)}-file")


@require_safe
@customer_view(role=Role.VIEWER)
def show(request: CustomerRequest, uuid: UUID) -> HttpResponse:
    batch = _visible(request, uuid)
    if batch.is_draft:
        return redirect("orders:batch_confirm", batch.uuid)
    now = clock.now()
    page = keyset(batch.orders.select_related("contract"), field="id", request=request)
    orders = list(page.rows)
    subjects_of(orders)
    examples = batches.examples_of(batch)
    counts = dict(batch.orders.order_by().values_list("state").annotate(n=Count("pk")))
    context = {
        "batch": batch,
        "procedure": batch.handler,
        "page": page,
        "orders": orders,
        "counts": [(state, _word(batch, State(state), examples), n) for state, n in sorted(counts.items())],
        # Of the examples and this page's orders: one alone would have its own number taken for everybody's.
        "common": batches.common([order.shown_part("rows") or [] for order in [*examples, *orders]]),
        "open": sum(n for state, n in counts.items() if state in OPEN),
        "waiting": _waiting(batch, examples, now),
        "cancel_until": _cancel_until(batch, now) if may_order(batch.handler, request.user) else None,
        "now": now,
        "steps": bar(batch.handler, 2) if batch.session_digest == digest(request) else [],
    }
    return render(request, "orders/batch.html", context)


def _word(batch: Batch, state: State, examples: list[Order]) -> str:
    """As each of its orders would call this state."""
    booked = any(order.accepted_at and order.due_at and order.due_at > order.accepted_at for order in examples)
    return str(batch.handler.waiting_label if state == State.ACKNOWLEDGED and booked else state.label)


def _waiting(batch: Batch, examples: list[Order], now: datetime) -> list[tuple[datetime, int, str]]:
    """What is still to come: moment, number of orders, and what was said of that moment."""
    notes = {order.due_at: (order.shown_part("promise") or {}).get("note", "") for order in examples}
    rows = batch.orders.filter(state=State.ACKNOWLEDGED, due_at__gt=now).order_by("due_at")
    return [(due, n, notes.get(due, "")) for due, n in rows.values_list("due_at").annotate(n=Count("pk"))]


def _cancel_until(batch: Batch, now: datetime) -> datetime | None:
    """Until when something of it can be undone; None when nothing can."""
    rows = batch.orders.filter(state=State.ACKNOWLEDGED, cancel_until__gt=now)
    until: datetime | None = rows.aggregate(until=Max("cancel_until"))["until"]
    return until


@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.MEMBER)
def cancel(request: CustomerRequest, uuid: UUID) -> HttpResponse:
    batch = _visible(request, uuid)
    if batch.is_draft:
        return redirect("orders:batch_confirm", batch.uuid)
    if not may_order(batch.handler, request.user):
        messages.error(request, _("この申し込みは、お使いのユーザーの役割では取り消せません。"))
        return redirect(batch)
    if request.method == "POST":
        try:
            count = batches.cancel(batch=batch, actor=request.user)
        except NotPossible as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("%(n)d件のお申し込みを取り消しました。") % {"n": count})
        return redirect(batch)
    now = clock.now()
    if _cancel_until(batch, now) is None:
        messages.info(request, _("この申し込みは、いまは取り消せません。"))
        return redirect(batch)
    return render(
        request,
        "orders/batch_cancel.html",
        {
            "batch": batch,
            "procedure": batch.handler,
            "count": batch.orders.filter(state=State.ACKNOWLEDGED, cancel_until__gt=now).count(),
            "cancel_until": _cancel_until(batch, now),
        },
    )
