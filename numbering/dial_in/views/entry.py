"""ダイヤルイン番号追加: where both kinds of orders begin, with what was begun already."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from numbering.dial_in.services import works
from numbering.dial_in.views.links import FUNCTION, groups_of
from selfcare import clock
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role, User
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders import procedures
from selfcare.orders.models import Order
from selfcare.orders.services.correcting import RETURNED
from selfcare.orders.states import State

#: 「お申し込み直後に開通するお申し込み」.
AT_ONCE = "numbering.dial_in"
#: Drafts on the page; who has more of them has forgotten the oldest.
_DRAFTS = 10


@dataclass(frozen=True)
class Begun:
    """A draft, or an order that came back: where it is gone on with."""

    order: Order
    title: str
    about: str
    url: str


@require_safe
@customer_view(role=Role.VIEWER, function=FUNCTION)
def entry(request: CustomerRequest) -> HttpResponse:
    user, now = request.user, clock.now()
    may_order = user.has_role(Role.MEMBER)
    context = {
        "has_groups": groups_of(user).exists(),
        "may_order": may_order,
        "drafts": _begun(_drafts(user, now)) if may_order else [],
        "returned": _begun(_returned(user)),
        "kinds": [AT_ONCE, works.BY_DATE],
    }
    return render(request, "numbering/dial_in/entry.html", context)


def _drafts(user: User, now: datetime) -> list[Order]:
    """The user's own, and those that are shared with the colleagues; the newest first."""
    kept = Order.objects.visible_to(user).filter(state=State.DRAFT, expires_at__gt=now, batch=None)
    mine = kept.filter(procedure__in=[AT_ONCE, works.BY_DATE])
    return list(mine.select_related("actor", "contract").order_by("-pk")[:_DRAFTS])


def _returned(user: User) -> list[Order]:
    """差戻し: what waits for the customer's correction."""
    back = Order.objects.visible_to(user).filter(procedure=works.BY_DATE, state=State.PENDING, phase=RETURNED)
    return list(back.select_related("actor", "contract").order_by("pk")[:_DRAFTS])


def _begun(orders: Sequence[Order]) -> list[Begun]:
    for code in {order.procedure for order in orders}:
        procedures.subjects_of([order for order in orders if order.procedure == code and order.subject_id])
    return [
        Begun(order, str(order.handler.title), order.subject_label, order.handler.input_page(order)) for order in orders
    ]
