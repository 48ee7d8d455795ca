"""The payment page, and the way to the provider's page and back."""

import logging
import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from billing.models import CardRegistration
from billing.payments import cards, http, words
from selfcare.outside.http import OutsideError

logger = logging.getLogger(__name__)
State = CardRegistration.State


@never_cache
@require_safe
def card(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Tells what comes and leads to the provider by a link.

    Not by a redirect: what a form leads to stays within this site (CSP form-action), and the customer knows where the
    card's number is typed.
    """
    registration = _registration(request, reference)
    failed = False
    if registration.state == State.OPEN:
        try:
            registration = cards.open_page(registration, http.connect())
        except OutsideError:
            logger.warning("The payment provider gives no page")
            failed = True
    if registration.state != State.OPEN:
        return _back(request, registration)
    context = {"registration": registration, "failed": failed}
    return render(request, "billing/payments/card.html", context, status=503 if failed else 200)


@never_cache
@require_safe
def card_back(request: HttpRequest, reference: uuid.UUID) -> HttpResponse:
    """Where the provider's page leads back to. What the address says of the result is not asked: the provider is."""
    registration = _registration(request, reference)
    failed = False
    try:
        registration = cards.ask(registration, http.connect())
    except OutsideError:
        logger.warning("The payment provider does not say what came of a card")
        failed = True
    if registration.state != State.OPEN:
        return _back(request, registration)
    context = {"registration": registration, "failed": failed, "returned": True}
    return render(request, "billing/payments/card.html", context, status=503 if failed else 200)


def _registration(request: HttpRequest, reference: uuid.UUID) -> CardRegistration:
    """A contract's is its customer's alone; an application's is known by its random name, before there is a login."""
    registration = get_object_or_404(CardRegistration, uuid=reference)
    if registration.customer_id and getattr(request.user, "customer_id", None) != registration.customer_id:
        raise Http404
    return registration


def _back(request: HttpRequest, registration: CardRegistration) -> HttpResponse:
    tell = messages.success if registration.state == State.PASSED else messages.error
    tell(request, words.of_registration(registration))
    mark = "&" if "?" in registration.back_to else "?"
    return redirect(f"{registration.back_to}{mark}{urlencode({'card': registration.uuid})}")


def index(request):
    return HttpResponse()


def pay(request, pk):
    return HttpResponse()
