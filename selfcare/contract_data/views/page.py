"""ご契約様情報: what is registered, per customer and per contract, and how far a change of it is."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from selfcare import clock
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Contract, Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.contract_data import finding
from selfcare.contract_data.forms import FindForm
from selfcare.contract_data.models import CaseState, Contact, IdentityCase, Suspension
from selfcare.contract_data.services import check_letters, mail_links, steps
from selfcare.orders.models import Order


@require_safe
@customer_view()
def page(request: CustomerRequest) -> HttpResponse:
    user = request.user
    form = FindForm(request.GET or None)
    typed = form.cleaned_data["q"].strip() if form.is_valid() else ""
    contracts = list(Contract.objects.visible_to(user).active().select_related("customer").order_by("started_on", "pk"))
    context = {
        "form": form,
        "typed": typed,
        "found": finding.find(user, typed) if typed else None,
        "contracts": contracts,
        "holder": user.customer,
        "contact": Contact.objects.visible_to(user).first(),
        "is_owner": user.has_role(Role.OWNER),
        "mail_orders": {order.subject_id: order for order in _mail_orders(request)},
        "suspensions": {row.contract_id: row for row in Suspension.objects.visible_to(user).standing()},
        **case_context(request),
    }
    return render(request, "contract_data/contract.html", context)


def _mail_orders(request: CustomerRequest) -> list[Order]:
    return list(Order.objects.visible_to(request.user).open().filter(procedure=mail_links.CODE))


def case_context(request: CustomerRequest) -> dict[str, Any]:
    """The open change of name or address, with its newest letter and what can be done."""
    cases = IdentityCase.objects.visible_to(request.user).open().select_related("order__contract", "customer")
    case = cases.order_by("-pk").first()
    if case is None:
        return {"case": None}
    letter = steps.current_letter(case)
    return {
        "case": case,
        "letter": letter,
        "can_type": case.state == CaseState.POSTED and letter is not None and letter.guesses_left > 0,
        "can_resend": check_letters.can_resend(case, letter, clock.now()),
        "stages": _stages(case),
    }


_WAY = (CaseState.REVIEW, CaseState.LETTER, CaseState.POSTED, CaseState.CONFIRMED)
#: Beside the way: where on it the customer stands meanwhile.
_AT = {CaseState.WANTED: CaseState.REVIEW, CaseState.RETURNED: CaseState.LETTER}


def _stages(case: IdentityCase) -> list[tuple[str, str]]:
    """As a step bar: (label, done|current|ahead)."""
    state = CaseState(case.state)
    at = _WAY.index(_AT.get(state, state))
    labels = [str(state.label) if n == at else str(one.label) for n, one in enumerate(_WAY)]
    return [(label, "done" if n < at else "current" if n == at else "ahead") for n, label in enumerate(labels)]
