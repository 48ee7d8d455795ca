"""承認待ち: the list, and the answer to one order. Who may not answer finds the page, and why, but no button."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from selfcare import clock
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.accounts.viewing import is_viewed
from selfcare.orders import approval
from selfcare.orders.approval_forms import ReasonForm
from selfcare.orders.models import Batch, Order
from selfcare.orders.procedures import NotPossible, Row, subjects_of
from selfcare.orders.services import approving, placing
from selfcare.orders.services.accepting import Changed
from selfcare.orders.services.offers import opens_at, seal_shown
from selfcare.orders.states import APPROVAL, State
from selfcare.paging import keyset

#: Batches stand above the list, the youngest first: a company does not have many at once.
_BATCHES = 50
VIEWS = ("me", "mine", "all")


@require_safe
@customer_view(role=Role.MEMBER)
def index(request: CustomerRequest) -> HttpResponse:
    """What waits for this user's answer, what he has asked for, or all of it."""
    wanted = request.GET.get("of", "")
    wanted = wanted if wanted in VIEWS else VIEWS[0]
    orders, batches = _lists(request, wanted)
    page = keyset(orders.select_related("actor", "contract"), field="id", request=request, descending=True)
    by_procedure: dict[str, list[Order]] = {}
    for order in page.rows:
        by_procedure.setdefault(order.procedure, []).append(order)
    for group in by_procedure.values():
        subjects_of(group)
    context = {
        "page": page,
        "batches": batches.select_related("actor").order_by("-pk")[:_BATCHES],
        "wanted": wanted,
        "views": [("me", _("自分の承認を待つもの")), ("mine", _("自分が申し込んだもの")), ("all", _("すべて"))],
        "query": f"of={wanted}",
    }
    return render(request, "orders/approvals.html", context)


def _lists(request: CustomerRequest, wanted: str) -> tuple[QuerySet[Order], QuerySet[Batch]]:
    user = request.user
    if wanted == "me":
        return approval.orders_for(user), approval.batches_for(user)
    orders = Order.objects.visible_to(user).awaiting_approval()
    batches = Batch.objects.visible_to(user).awaiting_approval()
    if wanted == "mine":
        return orders.filter(actor_id=user.pk), batches.filter(actor_id=user.pk)
    return orders, batches


def _order(request: CustomerRequest, uuid: UUID) -> Order:
    """An order of the company that waits or has waited; no draft."""
    ordered = Order.objects.visible_to(request.user).accepted().select_related("contract", "actor")
    return get_object_or_404(ordered, uuid=uuid)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.MEMBER)
def approve(request: CustomerRequest, uuid: UUID) -> HttpResponse:
    order = _order(request, uuid)
    if not order.awaits_approval:
        return _answered(request, order)
    require_answering(request, order)
    if request.method != "POST":
        return _page(request, order)
    try:
        approved = placing.approve(order_id=order.pk, shown=request.POST.get("shown", ""), actor=request.user)
    except Changed as changed:
        return _page(request, order, changed=changed.rows, status=409)
    except NotPossible as error:
        return _page(request, order, refused=str(error), status=409)
    return _answered(request, approved)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.MEMBER)
def refuse(request: CustomerRequest, uuid: UUID) -> HttpResponse:
    """The form for the reason stands on the approval page, too."""
    order = _order(request, uuid)
    if not order.awaits_approval:
        return _answered(request, order)
    require_answering(request, order)
    if request.method != "POST":
        return redirect(f"{order.approve_url}#refuse")
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, order, form=form, status=200)
    try:
        order, _first = approving.refuse(order_id=order.pk, reason=form.cleaned_data["reason"], actor=request.user)
    except NotPossible as error:
        return _page(request, order, refused=str(error), form=form, status=409)
    return _answered(request, order)


def require_answering(request: CustomerRequest, one: Order | Batch) -> None:
    """Raise PermissionDenied for who asks himself, or has not the role that the rule wants."""
    if one.actor_id == request.user.pk:
        raise PermissionDenied(_("ご自分のお申し込みは承認も却下もできません。ほかの方の承認が必要です。"))
    if not approval.may_approve(one, request.user):
        raise PermissionDenied(_("このお申し込みは、お使いのユーザーの役割では承認も却下もできません。"))


def _answered(request: CustomerRequest, order: Order) -> HttpResponse:
    """What came of it, whoever answered."""
    told = {
        State.REJECTED: _("%(request)s を却下しました。"),
        State.EXPIRED: _("%(request)s は、承認の期限が過ぎて終了しています。"),
        State.CANCELLED: _("%(request)s は、取り下げられています。"),
    }
    text = _("%(request)s は承認されています。")
    if order.phase == APPROVAL:
        # One that was approved may have been cancelled since.
        text = told.get(State(order.state), text)
    messages.info(request, text % {"request": order.request_id})
    return redirect(order)


def _page(
    request: CustomerRequest,
    order: Order,
    *,
    changed: list[Row] | None = None,
    refused: str = "",
    form: ReasonForm | None = None,
    status: int = 200,
) -> HttpResponse:
    now = clock.now()
    # To an operator who only looks: as it was asked for. What it would be now is tried out, which is a write.
    is_looked_at = is_viewed(request, request.user)
    seen = approving.Look() if is_looked_at else approving.look(order=order, actor=request.user)
    is_over = order.expires_at is not None and order.expires_at <= now
    context = {
        "order": order,
        "procedure": order.handler,
        "rows": seen.offer.rows if seen.offer else order.shown_part("rows") or [],
        "quote": seen.offer.quote if seen.offer else is_looked_at and order.shown_part("quote"),
        "promise": seen.offer.promise if seen.offer else None,
        "shown": seal_shown(order, seen.offer) if seen.offer else "",
        "since": seen.changed,
        "changed": changed or [],
        "problem": seen.problem,
        "refused": refused,
        "is_over": is_over,
        "form": form or ReasonForm(),
        "now": now,
        "opens_at": opens_at(order.handler, now),
    }
    return render(request, "orders/approve.html", context, status=status)
