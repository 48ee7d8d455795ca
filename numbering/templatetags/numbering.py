"""What templates need of numbers: those just issued, and what stands beside the form that changes a SIP password."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import template
from django.template import RequestContext
from django.urls import reverse

from numbering import sip_password_page
from numbering.forms.sip_password import SipPasswordForm
from numbering.services.reveals import Revealed, passwords_for
from selfcare import vault
from selfcare.orders.models import Order
from selfcare.orders.sessions import digest

register = template.Library()


@dataclass(frozen=True)
class IssuedNumbers:
    """`rows` have passwords only with `secrets`: in the ordering session, until `visible_until` (real time)."""

    rows: list[Revealed]
    secrets: bool
    visible_until: datetime | None
    csv_url: str


@register.simple_tag(takes_context=True)
def issued_numbers(context: RequestContext, order: Order) -> IssuedNumbers:
    """`{% issued_numbers order as result %}`"""
    request: Any = context.request
    reveal = passwords_for(order=order, session_digest=digest(request))
    if reveal is None:
        return IssuedNumbers([Revealed(number, "", "") for number in order.result.get("numbers", [])], False, None, "")
    csv_url = reverse("numbering:issued", args=[order.uuid])
    return IssuedNumbers(reveal.numbers, True, reveal.visible_until, csv_url)


@register.simple_tag(takes_context=True)
def password_change(context: RequestContext, order: Order, form: SipPasswordForm) -> sip_password_page.Page:
    """`{% password_change order form as change %}`; two blocks of the page ask for the same."""
    kept = context.render_context
    if "password_change" not in kept:
        typed = str(form["number"].value() or "")
        kept["password_change"] = sip_password_page.page_of(order=order, typed=typed, now=form.now)
    page: sip_password_page.Page = kept["password_change"]
    return page


@register.simple_tag
def proposed_password() -> str:
    """A new one with every view of the page, of capital and small letters and digits; it is kept nowhere."""
    while True:
        password = vault.generate_password()
        if all(re.search(kind, password) for kind in ("[A-Z]", "[a-z]", "[0-9]")):
            return password
