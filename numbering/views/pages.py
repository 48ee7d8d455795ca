"""The customer's own numbers."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from numbering.models import Assignment, NumberState, Service
from numbering.procedures.sip_password import SipPassword
from numbering.search import matching
from numbering.services import registrations, sip_passwords
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Contract, Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders import procedures
from selfcare.orders.models import Order
from selfcare.orders.procedures import may_order
from selfcare.paging import keyset
from selfcare.shell import standing

#: The words for what `Contract.service` of an IP phone contract holds.
SERVICES = dict(Service.choices)


class Filters(forms.Form):
    q = forms.CharField(
        label=gettext_lazy("番号"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"type": "search", "inputmode": "tel", "autocomplete": "off"}),
    )


@dataclass(frozen=True)
class Line:
    """One row of the list. `waiting`: the password change under way; `registration`: None without a registrar."""

    number: str
    state: str
    state_label: str
    service: str
    since: date | None
    ends_on: date | None
    contract: Contract
    order: Order | None
    change_url: str
    waiting: Order | None
    registration: registrations.State | None


@require_safe
@customer_view(role=Role.VIEWER)
def index(request: CustomerRequest) -> HttpResponse:
    filters = Filters(request.GET)
    query = filters.cleaned_data["q"].strip() if filters.is_valid() else ""
    held = Assignment.objects.visible_to(request.user).select_related("contract", "order")
    if query:
        held = matching(held, query)
    page = keyset(held, field="digits", request=request)
    can_add = request.user.has_role(Role.MEMBER) and "numbering.add" in standing.functions(request)
    waiting = sip_passwords.waiting(page.rows)
    states = registrations.states_of(page.rows)
    can_change = may_order(procedures.get(SipPassword.code), request.user)
    numbers = [_line(one, can_change, waiting.get(one.pk), states.get(one.number_id)) for one in page.rows]
    context = {
        "filters": filters,
        "page": page,
        "numbers": numbers,
        "with_passwords": any(line.change_url or line.waiting for line in numbers),
        "with_registrations": bool(states),
        "query": query,
        "add_url": reverse("numbering:add") if can_add else "",
    }
    return render(request, "numbering/list.html", context)


def _line(
    assignment: Assignment, can_change: bool, waiting: Order | None, registration: registrations.State | None
) -> Line:
    ending = assignment.ends_on is not None
    changing = f"{reverse('numbering:sip-password')}?{urlencode({'number': assignment.digits})}"
    return Line(
        number=assignment.digits,
        state="ending" if ending else NumberState.ASSIGNED.value,
        state_label=_("解約予定") if ending else _("ご利用中"),
        service=str(SERVICES.get(assignment.contract.service, assignment.contract.get_kind_display())),
        since=assignment.started_on,
        ends_on=assignment.ends_on,
        contract=assignment.contract,
        order=assignment.order,
        change_url=changing if can_change and SipPassword.function in assignment.contract.functions else "",
        waiting=waiting,
        registration=registration,
    )
