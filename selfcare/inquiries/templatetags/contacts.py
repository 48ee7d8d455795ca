"""{% load contacts %}{% contact %}: whom to ask, for the contract or service of the page."""

from typing import Any

from django import template
from django.http import HttpRequest

from selfcare.accounts.models import Contract
from selfcare.inquiries import contacts
from selfcare.shell import standing

register = template.Library()


def _contract(context: template.Context, request: HttpRequest | None, given: Any) -> Contract | None:
    """The page's own, else the customer's first: as the foot of the page says it."""
    if isinstance(given, Contract):
        return given
    for name in ("contract", "order"):
        found = context.get(name)
        found = getattr(found, "contract", found)
        if isinstance(found, Contract):
            return found
    chosen = getattr(request, "contract", None)
    if isinstance(chosen, Contract):
        return chosen
    return next(iter(standing.contracts(request)), None) if request is not None else None


@register.inclusion_tag("inquiries/_contact.html", takes_context=True)
def contact(context: template.Context, contract: Any = None, service: str = "", form: bool = True) -> dict[str, Any]:
    """Name, telephone, mail and hours, and the way to the form unless the page is the form's.

    Without a request nothing is asked of the database: it may be what is away.
    """
    request: HttpRequest | None = context.get("request")
    if request is None:
        return {"contact": None, "asks": False}
    found = None if service and contract is None else _contract(context, request, contract)
    shown = contacts.of(found, service, rows=contacts.kept_for(request))
    return {"contact": shown, "asks": form and standing.customer_user(request) is not None}
