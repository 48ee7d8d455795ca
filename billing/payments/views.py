"""The payment page, and the way to the provider's page and back."""

import logging
import uuid

from django.contrib import messages
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from billing.closing import periods
from billing.models import CardRegistration, Payment, PaymentMethod
from billing.models.payments import Kind
from billing.payments import cards, collecting, days, http, methods, words
from selfcare import calendar, clock
from selfcare.accounts.access import contract_for, customer_view
from selfcare.accounts.models import Contract, Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.outside.http import OutsideError
from selfcare.paging import keyset

logger = logging.getLogger(__name__)
State = CardRegistration.State
FUNCTION = "billing.payment"


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
    return redirect(f"{registration.back_to}{mark}{urlencode({'card': str(registration.uuid)})}")


@never_cache
@require_POST
@customer_view(role=Role.OWNER, function=FUNCTION)
def card_new(request: CustomerRequest) -> HttpResponse:
    """Begin to register a card for the change of the method, and come back to it."""
    contract = contract_for(request, FUNCTION)
    if not cards.count_try(contract):
        return _too_many(request, "payments:method")
    registration = cards.begin(contract=contract, back_to=reverse("payments:method"), actor=request.user)
    return redirect(cards.card_page(registration))


@never_cache
@require_safe
@customer_view()
def index(request: CustomerRequest) -> HttpResponse:
    """Methods in force and coming, what is open, what has been paid, the next payment day."""
    contract = _contract(request)
    if contract is None:
        return render(request, "accounts/function_unavailable.html", status=403)
    rows = Payment.objects.visible_to(request.user).filter(contract=contract)
    page = keyset(
        rows.with_rest().select_related("bill", "method"),
        field=("due_on", "id"),
        request=request,
        size=24,
        descending=True,
    )
    terms = days.terms_of(contract)
    context = {
        "contract": contract,
        "present": methods.method_of(contract=contract),
        "coming": methods.coming_of(contract),
        "terms": terms,
        "next_on": days.next_payment_day(terms, calendar.today(clock.now())) if terms else None,
        # The bill is not there yet on the first days of the next month (closing.invoices.payment_on).
        "pays_later": terms is not None and terms.day < periods.BILLS_CLOSE_ON,
        "page": page,
        "open": rows.open().with_rest().aggregate(sum=Sum("rest", default=0))["sum"],
        "cards": _usable_cards(contract),
        "may_change": request.user.has_role(Role.OWNER),
        "is_over": contract.state != Contract.State.ACTIVE,
    }
    return render(request, "billing/payments/index.html", context)


@require_POST
@customer_view(role=Role.OWNER)
def pay(request: CustomerRequest, pk: int) -> HttpResponse:
    """What a card refused: again, by another card of the contract, or by transfer."""
    payment = get_object_or_404(Payment.objects.visible_to(request.user), pk=pk)
    chosen = request.POST.get("by", "")
    try:
        if chosen == Kind.TRANSFER:
            collecting.pay_by_transfer(payment=payment, actor=request.user)
            messages.success(request, _("お支払い方法を銀行振込に変えました。請求書の振込先へお振り込みください。"))
        else:
            own = [card for card in _usable_cards(payment.contract) if str(card.pk) == chosen]
            if not own:
                raise Http404
            if not cards.count_try(payment.contract):
                return _too_many(request, "payments:index")
            collecting.pay_by_card(payment=payment, method=own[0], actor=request.user)
            messages.success(request, _("カードでのお支払いを受け付けました。結果はこのページでご確認ください。"))
    except collecting.NotPossible:
        messages.info(request, _("このご請求のお支払いは、すでに進んでいます。最新の状態をご確認ください。"))
    return redirect("payments:index")


def _too_many(request: CustomerRequest, page: str) -> HttpResponse:
    words = _("短い間に続けて操作されたため、いまはカードを受け付けられません。1時間ほど待ってからお試しください。")
    messages.error(request, words)
    return redirect(page)


def _contract(request: CustomerRequest) -> Contract | None:
    """An active one; else the last that has ended with bills: the last bills come after the end."""
    if Contract.objects.visible_to(request.user).with_function(FUNCTION).exists():
        return contract_for(request, FUNCTION)
    billed = Payment.objects.visible_to(request.user).values("contract")
    return Contract.objects.visible_to(request.user).filter(pk__in=billed).order_by("-ended_on", "-pk").first()


def _usable_cards(contract: Contract) -> list[PaymentMethod]:
    """Of the contract, the newest first: the one in force and one that is coming."""
    found = PaymentMethod.objects.filter(contract=contract, kind=Kind.CARD, state=PaymentMethod.State.ACTIVE)
    return list(found.order_by("-from_month")[:3])
