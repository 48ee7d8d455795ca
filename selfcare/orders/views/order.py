"""One order: the done page just after acceptance, and its page ever after; and undoing it."""

from datetime import datetime
from math import ceil
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from selfcare import clock
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import AuditEvent, Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders import parts
from selfcare.orders.approval import may_approve, waits_until
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible, may_order
from selfcare.orders.repeating import wish
from selfcare.orders.services.correcting import awaits_correction
from selfcare.orders.services.ending import cancel as cancel_order
from selfcare.orders.sessions import digest
from selfcare.orders.states import APPROVAL, State
from selfcare.orders.timeline import timeline
from selfcare.orders.views.wizard import bar, input_url, pages_before_confirm


def _visible(request: CustomerRequest, uuid: UUID) -> Order:
    return get_object_or_404(
        Order.objects.visible_to(request.user).select_related("contract", "actor", "customer", "batch"), uuid=uuid
    )


@require_safe
@customer_view(role=Role.VIEWER)
def show(request: CustomerRequest, uuid: UUID) -> HttpResponse:
    order = _visible(request, uuid)
    if order.is_draft:
        return redirect("orders:confirm", order.uuid)
    procedure = order.handler
    now = clock.now()
    mine = bool(order.session_digest) and order.session_digest == digest(request)
    context = {
        "order": order,
        "procedure": procedure,
        "rows": order.shown_part("rows") or [],
        "quote": order.shown_part("quote"),
        "promise": order.shown_part("promise"),
        "timeline": timeline(AuditEvent.objects.visible_to(request.user), order),
        "now": now,
        "can_cancel": order.can_cancel(now) and may_order(procedure, request.user),
        "result_template": procedure.result_template if order.state == State.COMPLETED else "",
        "issued_url": procedure.issued_page(order),
        "can_repeat": wish(order, request.user) is not None,
        "code_name": procedure.code_name(order),
        "parts": parts.of(order, request.user),
        "correct_url": input_url(order) if awaits_correction(order) and may_order(procedure, request.user) else "",
        "may_approve": waits_until(order) > now and may_approve(order, request.user),
        "placed_here": mine,
        "may_order": may_order(procedure, request.user),
        "tells_end": order.state == State.IN_PROGRESS and "completed" in procedure.mails(order),
        "steps": bar(procedure, pages_before_confirm(procedure) + 1) if mine else [],
        "waiting": order.is_open,
        "seconds_left": _seconds_left(order, now),
    }
    return render(request, "orders/order.html", context)


def _seconds_left(order: Order, now: datetime) -> int:
    """Until an accepted order takes effect; 0 when there is nothing to wait for."""
    if order.state != State.ACKNOWLEDGED or order.due_at is None or order.handler.state_words:
        # Where operators see an order through, it is done when they say so, not when a clock does.
        return 0
    return max(0, ceil((order.due_at - now).total_seconds()))


@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.MEMBER)
def cancel(request: CustomerRequest, uuid: UUID) -> HttpResponse:
    order = _visible(request, uuid)
    if order.is_draft:
        return redirect("orders:confirm", order.uuid)
    if not may_order(order.handler, request.user):
        messages.error(request, _("この申し込みは、お使いのユーザーの役割では取り消せません。"))
        return redirect(order)
    if request.method == "POST":
        try:
            cancelled = cancel_order(order=order, actor=request.user)
        except NotPossible as error:
            messages.error(request, str(error))
        else:
            withdrawn = cancelled.phase == APPROVAL
            messages.success(
                request, _("お申し込みを取り下げました。") if withdrawn else _("お申し込みを取り消しました。")
            )
            order = cancelled
        return redirect(order)
    if not order.can_cancel(clock.now()):
        messages.info(request, _("この申し込みは、いまは取り消せません。"))
        return redirect(order)
    return render(
        request,
        "orders/cancel.html",
        {"order": order, "procedure": order.handler, "rows": order.shown_part("rows") or []},
    )
