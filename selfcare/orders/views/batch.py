"""Many orders at once: their one confirmation, and undoing them."""

from collections.abc import Sequence
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from selfcare import clock
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders.models import Batch
from selfcare.orders.procedures import NotPossible, Row, may_order
from selfcare.orders.services import batches
from selfcare.orders.services.accepting import Changed, DraftExpired
from selfcare.orders.services.offers import opens_at
from selfcare.orders.services.placing import finish_batch, place_batch
from selfcare.orders.sessions import digest
from selfcare.orders.states import State
from selfcare.orders.views import approval_batch, batch_good
from selfcare.orders.views.batch_page import cancel_until, visible
from selfcare.orders.views.wizard import bar, url_name

#: Rows of the confirm page; the rest is counted.
SHOWN = 100


@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.MEMBER)
def confirm(request: CustomerRequest, uuid: UUID) -> HttpResponse:
    batch = visible(request, uuid)
    if batch.approval or not batch.is_draft:
        if request.method == "POST" and not batch.is_draft:
            # Pressed again: while the first is still at it, or after it died half-way, this one waits or goes on.
            finish_batch(batch)
        return redirect(batch)
    page = batch_good.page if batch.handler.takes_the_good else _page
    if request.method != "POST":
        return page(request, batch)
    try:
        accepted = place_batch(
            batch_id=batch.pk,
            shown=request.POST.get("shown", ""),
            session_digest=digest(request),
            actor=request.user,
        )
    except DraftExpired:
        return page(request, batch, expired=True)
    except Changed as changed:
        return page(request, batch, changed=changed.rows, status=409)
    except NotPossible as error:
        # The page itself asks again, and names the rows; what it does not find any more was in the way only then.
        return page(request, batch, refused=str(error), status=409)
    return redirect(accepted)


def _page(
    request: CustomerRequest,
    batch: Batch,
    *,
    changed: Sequence[Row] = (),
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
        "changed": changed,
        "problems": problems,
        "refused": refused,
        "expired": expired,
        "now": now,
        "opens_at": opens_at(procedure, now),
        "back_url": _back(batch),
        "steps": bar(procedure, 1),
    }
    return render(request, "orders/batch_confirm.html", context, status=status)


def _back(batch: Batch) -> str:
    """Where another file can be chosen."""
    return reverse(f"{url_name(batch.handler)}-file")


@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.MEMBER)
def cancel(request: CustomerRequest, uuid: UUID) -> HttpResponse:
    batch = visible(request, uuid)
    if batch.awaits_approval:
        return approval_batch.withdraw(request, batch)
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
    if cancel_until(batch, now) is None:
        messages.info(request, _("この申し込みは、いまは取り消せません。"))
        return redirect(batch)
    return render(
        request,
        "orders/batch_cancel.html",
        {
            "batch": batch,
            "procedure": batch.handler,
            "count": batch.orders.filter(state=State.ACKNOWLEDGED, cancel_until__gt=now).count(),
            "cancel_until": cancel_until(batch, now),
        },
    )
