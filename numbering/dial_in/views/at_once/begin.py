"""The first pages: the voice group with what can be ordered for it, consent, and how it is to be entered."""

from datetime import datetime
from uuid import UUID, uuid4

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from numbering.dial_in import consent as consents
from numbering.dial_in.forms.at_once import ConsentForm, MethodForm
from numbering.dial_in.models import VoiceGroup
from numbering.dial_in.services import at_once, at_once_steps
from numbering.dial_in.services.at_once_steps import CONSENT, METHOD
from numbering.dial_in.views.at_once.steps import CODE, back, onward, page, save, step, wants_back
from selfcare import clock
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Contract, Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders import procedures
from selfcare.orders.models import Order
from selfcare.orders.services.drafts import new_draft
from selfcare.orders.services.offers import opens_at
from selfcare.orders.states import State

#: Drafts that the first page offers to go on with.
_KEPT = 5


@require_safe
@never_cache
@customer_view(role=Role.MEMBER, function=CODE)
def entry(request: CustomerRequest) -> HttpResponse:
    """The voice groups of all contracts that have the function, and the drafts that were begun."""
    now = clock.now()
    procedure = procedures.get(CODE)
    begun = Order.objects.filter(
        actor=request.user, procedure=CODE, state=State.DRAFT, expires_at__gt=now, batch=None
    ).order_by("-pk")[:_KEPT]
    groups = _groups(request).select_related("contract").prefetch_related("voice_contracts").order_by("code")
    context = {
        "procedure": procedure,
        "groups": list(groups),
        "drafts": [(order, procedure.input_page(order), procedures.subject_of(order)) for order in begun],
        "opens_at": opens_at(procedure, now),
    }
    return render(request, "numbering/dial_in/at_once.html", context)


def _groups(request: CustomerRequest) -> QuerySet[VoiceGroup]:
    contracts = Contract.objects.visible_to(request.user).with_function(CODE)
    return VoiceGroup.objects.visible_to(request.user).filter(contract__in=contracts)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@customer_view(role=Role.MEMBER, function=CODE)
def begin(request: CustomerRequest, group: int) -> HttpResponse:
    """Consent, with which a draft comes to be. `?key=` is the page's own mark: sent twice, it is one draft."""
    now = clock.now()
    order = _new(request, get_object_or_404(_groups(request), pk=group), now)
    if order.pk:
        return redirect(procedures.get(CODE).input_page(order))
    return _consent(request, order, now)


def _new(request: CustomerRequest, group: VoiceGroup, now: datetime) -> Order:
    """A draft in memory, or the one that this page has made before."""
    order = new_draft(
        procedure=procedures.get(CODE), subject=group, contract=group.contract, now=now, actor=request.user
    )
    order.uuid = _key(request) or uuid4()
    kept = Order.objects.filter(uuid=order.uuid).first()
    if kept is None:
        return order
    if kept.actor_id != request.user.pk or kept.procedure != CODE or kept.subject_id != group.pk:
        raise Http404
    return kept


def _key(request: CustomerRequest) -> UUID | None:
    try:
        return UUID(request.GET.get("key", ""))
    except ValueError:
        return None


@step(CONSENT)
def consent(request: CustomerRequest, order: Order, now: datetime) -> HttpResponse:
    return _consent(request, order, now)


def _consent(request: CustomerRequest, order: Order, now: datetime) -> HttpResponse:
    if request.method == "POST":
        if wants_back(request):
            return back(order, CONSENT)
        form = ConsentForm(request.POST)
        if form.is_valid():
            given = consents.given(now=now)
            order = save(request, order, lambda data: {**data, "consent": given}, now)
            return onward(order, CONSENT)
    else:
        form = ConsentForm(initial={"agreed": at_once_steps.is_done(order, CONSENT)})
    action = request.path if order.pk else f"{request.path}?key={order.uuid}"
    return page(request, order, CONSENT, {"form": form, "action": action, "version": consents.PRIVACY_VERSION}, now)


@step(METHOD)
def method(request: CustomerRequest, order: Order, now: datetime) -> HttpResponse:
    if request.method != "POST":
        form = MethodForm(initial={"method": order.data.get("method", at_once.SCREEN)})
        return page(request, order, METHOD, {"form": form}, now)
    form = MethodForm(request.POST)
    if form.is_valid():
        order = save(request, order, lambda data: at_once.with_method(data, form.cleaned_data["method"]), now)
        return back(order, METHOD) if wants_back(request) else onward(order, METHOD)
    if wants_back(request):
        return back(order, METHOD)
    return page(request, order, METHOD, {"form": form}, now)
