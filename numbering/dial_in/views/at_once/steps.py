"""What all steps share: the draft that the address names, the way back, the context of the page."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from numbering.dial_in.services import at_once, at_once_steps
from numbering.dial_in.services.at_once_steps import CONSENT
from selfcare import clock
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Contract, Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders import procedures
from selfcare.orders.models import Order
from selfcare.orders.services.offers import opens_at
from selfcare.orders.states import State
from selfcare.orders.views.wizard import bar

CODE = "numbering.dial_in"
StepView = Callable[[CustomerRequest, Order, datetime], HttpResponseBase]


def draft_of(request: CustomerRequest, uuid: UUID) -> Order:
    """One's own draft, also one whose time is over; an accepted order comes as such. Others: 404."""
    orders = Order.objects.visible_to(request.user).filter(procedure=CODE, actor=request.user, batch=None)
    return get_object_or_404(orders.select_related("contract"), uuid=uuid)


def step(name: str) -> Callable[[StepView], Callable[..., HttpResponseBase]]:
    """A page of the wizard. An accepted order shows itself, a step whose turn has not come leads to the one before."""

    def decorate(view: StepView) -> Callable[..., HttpResponseBase]:
        @require_http_methods(["GET", "HEAD", "POST"])
        @never_cache
        @customer_view(role=Role.MEMBER, function=CODE)
        @wraps(view)
        def guarded(request: CustomerRequest, uuid: UUID) -> HttpResponseBase:
            order = draft_of(request, uuid)
            if order.accepted_at is not None:
                return redirect(order)
            if not _is_open(order):
                # Its confirm page says why nothing can be ordered.
                return redirect("orders:confirm", order.uuid)
            steps = at_once_steps.steps_of(order)
            if name not in steps:
                return redirect(at_once_steps.address(order, at_once_steps.first_open(order) or at_once_steps.CONTACT))
            # What was typed is saved whatever another tab has taken away; the way on leads to what is missing.
            earlier = steps[: steps.index(name)] if request.method != "POST" else [CONSENT][: steps.index(name)]
            for one in earlier:
                if not at_once_steps.is_done(order, one):
                    return redirect(at_once_steps.address(order, one))
            return view(request, order, clock.now())

        return guarded

    return decorate


def _is_open(order: Order) -> bool:
    contract = order.contract
    return contract is not None and contract.state == Contract.State.ACTIVE and CODE in contract.functions


def save(
    request: CustomerRequest, order: Order, change: Callable[[dict[str, Any]], dict[str, Any]], now: datetime
) -> Order:
    return at_once.keep(order=order, change=change, now=now, actor=request.user)


def wants_back(request: CustomerRequest) -> bool:
    """戻る is a button of the form: what was typed is saved with it."""
    return request.POST.get("go") == "back"


def onward(order: Order, name: str) -> HttpResponse:
    return redirect(at_once_steps.address(order, at_once_steps.after(order, name)))


def back(order: Order, name: str) -> HttpResponse:
    earlier = at_once_steps.before(order, name)
    return redirect(at_once_steps.address(order, earlier)) if earlier else redirect("numbering:dial-in-at-once")


def page(
    request: CustomerRequest, order: Order, name: str, context: dict[str, Any], now: datetime, *, status: int = 200
) -> HttpResponse:
    procedure = procedures.get(CODE)
    shared = {
        "order": order,
        "procedure": procedure,
        "group": procedures.subject_of(order),
        "contract": order.contract,
        "steps": bar(procedure, at_once_steps.PLACES[name]),
        "opens_at": opens_at(procedure, now),
        "expired": order.state == State.EXPIRED,
    }
    return render(request, f"numbering/dial_in/at_once_{name}.html", {**shared, **context}, status=status)
