"""The confirm page: what is ordered, what it costs, when it takes effect; pressing its button accepts, once."""

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from selfcare import clock
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders import approval
from selfcare.orders.approval_mails import nobody
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible, Row, may_order
from selfcare.orders.services.accepting import Changed, DraftExpired
from selfcare.orders.services.correcting import awaits_correction, resubmit
from selfcare.orders.services.drafts import lately, require_possible
from selfcare.orders.services.offers import offer, opens_at, seal_shown
from selfcare.orders.services.placing import finish, place
from selfcare.orders.sessions import digest
from selfcare.orders.states import State
from selfcare.orders.views.wizard import bar, input_url, pages_before_confirm


@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.MEMBER)
def confirm(request: CustomerRequest, uuid: UUID) -> HttpResponse:
    order = get_object_or_404(
        Order.objects.visible_to(request.user).select_related("contract", "actor", "batch"), uuid=uuid
    )
    if order.batch is not None and order.is_draft:
        return redirect("orders:batch_confirm", order.batch.uuid)
    if not order.is_draft and not awaits_correction(order):
        if request.method == "POST":
            # Pressed again: while the first is still at it, or after it died half-way, this one waits or goes on.
            finish(order)
        return redirect(order)
    if order.handler.operator_only or not may_order(order.handler, request.user):
        return _page(request, order, problem=_("この手続きは、お使いのユーザーの役割では申し込めません。"), status=403)
    if request.method != "POST":
        return _page(request, order)
    try:
        accepted = _accept(request, order)
    except DraftExpired:
        return _page(request, order)
    except Changed as changed:
        return _page(request, order, changed=changed.rows, status=409)
    except NotPossible as error:
        return _page(request, order, problem=str(error), status=409)
    return redirect(accepted)


def _accept(request: CustomerRequest, order: Order) -> Order:
    shown = request.POST.get("shown", "")
    if awaits_correction(order):
        return resubmit(order_id=order.pk, shown=shown, actor=request.user)[0]
    return place(order_id=order.pk, shown=shown, session_digest=digest(request), actor=request.user)


def _consequences(order: Order, now: datetime) -> list[str]:
    same = lately(order, now=now)
    if same is None:
        return []
    return [
        _(
            "同じ内容のお申し込み（%(request)s）を1時間以内に受け付けています。実行すると、それとは別に追加で申し込みます。"
        )
        % {"request": same.request_id}
    ]


def _page(
    request: CustomerRequest, order: Order, *, problem: str = "", changed: list[Row] | None = None, status: int = 200
) -> HttpResponse:
    now = clock.now()
    expired = order.state == State.EXPIRED or (
        order.accepted_at is None and order.expires_at is not None and order.expires_at <= now
    )
    if not problem and not expired:
        try:
            require_possible(order, now=now, actor=request.user)
        except NotPossible as error:
            problem = str(error)
    # What cannot be ordered can have a reason for which nothing can be promised, either.
    current = None if problem else offer(order, now=now)
    wanted = approval.reasons([order], current.quote, actor=request.user) if current and not expired else []
    if wanted and not approval.approvers_of(order).exists():
        problem, current = nobody(), None
    context = {
        "order": order,
        "procedure": order.handler,
        "rows": current.rows if current else order.handler.summary(order),
        "quote": current.quote if current else None,
        "promise": current.promise if current else None,
        "shown": seal_shown(order, current) if current else "",
        "changed": changed or [],
        "problem": problem,
        "approval": wanted,
        "approval_until": now + approval.LIFE,
        "consequences": _consequences(order, now),
        "expired": expired,
        "now": now,
        "opens_at": opens_at(order.handler, now),
        "back_url": input_url(order),
        "steps": bar(order.handler, pages_before_confirm(order.handler)),
    }
    return render(request, "orders/confirm.html", context, status=status)
