"""Step 5: the contact person."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse

from numbering.dial_in.forms.contact import ContactForm, remembered
from numbering.dial_in.services import at_once
from numbering.dial_in.services.at_once_steps import CONTACT
from numbering.dial_in.views.at_once.steps import back, onward, page, save, step, wants_back
from selfcare import phones
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders.models import Order


@step(CONTACT)
def contact(request: CustomerRequest, order: Order, now: datetime) -> HttpResponse:
    if request.method != "POST":
        kept = order.data.get("contact")
        initial = {**kept, "phone": phones.display(kept["phone"])} if kept else _begun(order, request)
        return page(request, order, CONTACT, {"form": ContactForm(initial=initial)}, now)
    form = ContactForm(request.POST)
    if form.is_valid():
        typed = form.cleaned_data
        order = save(request, order, lambda data: {**_without(data), "contact": typed}, now)
        return back(order, CONTACT) if wants_back(request) else onward(order, CONTACT)
    if wants_back(request):
        # Not right yet, not lost either, and nothing that could be ordered with.
        typed = {name: at_once.kept_text(request.POST.get(name, ""), most=254) for name in form.fields}
        order = save(request, order, lambda data: {**_without(data), "contact_typed": typed}, now)
        return back(order, CONTACT)
    return page(request, order, CONTACT, {"form": form}, now)


def _without(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in ("contact", "contact_typed")}


def _begun(order: Order, request: CustomerRequest) -> dict[str, str]:
    return order.data.get("contact_typed") or remembered(request.user)
