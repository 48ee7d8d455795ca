"""How the pages of a construction-date order find their order and part, and what they say when it is closed."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from numbering.dial_in.models import BaseNumber, DialInPart, VoiceContract, VoiceGroup
from numbering.dial_in.services import inputs, wish_checks, wishes
from numbering.dial_in.services.parts import CODE, OrderClosed, takes_changes
from numbering.models import Kind
from selfcare import clock
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders.models import Order
from selfcare.orders.procedures import subject_of

FUNCTION = "numbering.dial_in"
Shown = tuple[str, str]


@dataclass
class Place:
    """The part that a page is about: a saved one, or one that is being made; and what this person has entered of it."""

    order: Order
    part: DialInPart | None
    kind: str
    entered: inputs.Input
    #: As it stands in the address: the part's id, or the kind of a new one.
    which: str

    @property
    def voice_contract(self) -> VoiceContract:
        found: VoiceContract = subject_of(self.order)
        return found

    @property
    def bases(self) -> Any:
        """Those that can be chosen: a 050 number has no geographic numbers hanging on it."""
        found = bases_of(self.order)
        return found.filter(kind=Kind.GEOGRAPHIC) if self.kind == DialInPart.Kind.PORT else found

    @property
    def base(self) -> BaseNumber | None:
        """The base number that was chosen; None for one that is not to be had any more."""
        if not hasattr(self, "_base"):
            self._base: BaseNumber | None = self.bases.filter(pk=self.entered.base).first()
        return self._base

    @property
    def title(self) -> str:
        return str(DialInPart.Kind(self.kind).label)

    @property
    def part_id(self) -> int | None:
        return self.part.pk if self.part else None

    def keep(self, request: CustomerRequest) -> None:
        inputs.keep(order=self.order, place=self.which, entered=self.entered, user=request.user)


def bases_of(order: Order) -> Any:
    """The base numbers of the order's voice contract."""
    return BaseNumber.objects.filter(
        voice_contract=order.subject_id, customer_id=order.customer_id, ended_on=None
    ).order_by("digits", "pk")


def order_of(request: CustomerRequest, uuid: UUID) -> Order:
    """Own or a colleague's, in whatever state; a 404 for everybody else's."""
    orders = Order.objects.visible_to(request.user).filter(procedure=CODE).select_related("contract", "actor")
    return get_object_or_404(orders, uuid=uuid)


def closed(request: CustomerRequest, order: Order) -> HttpResponse | None:
    """The answer for an order that takes no changes; None for one that does."""
    if takes_changes(order, now=clock.now()):
        return None
    if order.accepted_at is not None and request.method != "POST":
        return redirect(order)
    context = {
        "order": order,
        "procedure": order.handler,
        "accepted": order.accepted_at is not None,
        "again_url": _again_url(order),
    }
    return render(request, "numbering/dial_in/by_date_closed.html", context, status=409)


def _again_url(order: Order) -> str:
    """Where a new draft begins with the parts of an expired one."""
    group = VoiceGroup.objects.filter(pk=order.data.get("group"), customer_id=order.customer_id).first()
    if group is None or order.accepted_at is not None:
        return ""
    return f"{reverse('numbering:dial-in-by-date-consent')}?{urlencode({'group': group.code, 'from': order.uuid})}"


View = Callable[..., HttpResponseBase]


def order_view(view: View) -> View:
    """For `<uuid>`: the view gets the order, and is not asked for one that is closed."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @customer_view(role=Role.MEMBER, function=FUNCTION)
    @wraps(view)
    def opened(request: CustomerRequest, /, uuid: UUID, **more: Any) -> HttpResponseBase:
        order = order_of(request, uuid)
        answer = closed(request, order)
        if answer is not None:
            return answer
        try:
            return view(request, order, **more)
        except OrderClosed as error:
            return closed(request, error.order) or redirect("numbering:dial-in-by-date-menu", uuid)

    return opened


def part_view(view: View) -> View:
    """For `<uuid>/parts/<which>/`: the view gets the place. What is sent to a closed order is kept as input anyway."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @customer_view(role=Role.MEMBER, function=FUNCTION)
    @wraps(view)
    def opened(request: CustomerRequest, /, uuid: UUID, which: str) -> HttpResponseBase:
        order = order_of(request, uuid)
        if request.method != "POST":
            answer = closed(request, order)
            if answer is not None:
                return answer
        place = _place(request, order, which)
        if place is None:
            return _gone(request, order)
        try:
            answered = view(request, place)
        except OrderClosed as error:
            return closed(request, error.order) or redirect("numbering:dial-in-by-date-menu", uuid)
        return closed(request, order) or answered

    return opened


def _place(request: CustomerRequest, order: Order, which: str) -> Place | None:
    """None for a saved part that has been removed, of which nothing entered is left."""
    if which in DialInPart.Kind.values:
        entered = inputs.read(order=order, part=None, kind=which, user=request.user)
        return Place(order, None, which, entered, which)
    if not which.isascii() or not which.isdecimal() or len(which) > 18 or which.startswith("0"):
        raise Http404
    part = order.dial_in_parts.filter(pk=int(which)).select_related("base", "updated_by").first()
    if part is not None:
        return Place(
            order, part, part.kind, inputs.read(order=order, part=part, kind=part.kind, user=request.user), which
        )
    kept = inputs.begun(order=order, user=request.user).get(which)
    if kept is None:
        return None
    entered = inputs.Input(**kept.content, is_begun=True)
    return Place(order, None, entered.kind, entered, which)


def _gone(request: CustomerRequest, order: Order) -> HttpResponse:
    context = {"order": order, "procedure": order.handler, "removed": True}
    return render(request, "numbering/dial_in/by_date_closed.html", context, status=404)


def steps(place: Place, at: int) -> list[Shown]:
    """The step bar within a part."""
    labels = [_("方法と基本契約番号"), _("番号の入力"), _("付加機能"), _("確認")]
    return [(label, "done" if i < at else "current" if i == at else "ahead") for i, label in enumerate(labels)]


def page(request: CustomerRequest, place: Place, template: str, at: int | None, **context: Any) -> HttpResponse:
    """A page of the part's wizard; `at` is None beside its steps."""
    said = {
        "order": place.order,
        "procedure": place.order.handler,
        "place": place,
        "voice_contract": place.voice_contract,
        "would_be_for_sales": wish_checks.would_be_for_sales(wishes.of(place.order)),
        "steps": [] if at is None else steps(place, at),
        **context,
    }
    return render(request, f"numbering/dial_in/{template}.html", said)
