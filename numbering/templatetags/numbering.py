"""What the order's page needs to show of issued numbers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import template
from django.template import RequestContext
from django.urls import reverse

from numbering.services.reveals import Revealed, passwords_for
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
