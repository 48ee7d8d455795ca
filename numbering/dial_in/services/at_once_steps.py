"""The steps of an order at once: which there are, which is the first that still lacks something."""

from django.urls import reverse

from numbering.dial_in import consent
from numbering.dial_in.services.at_once import FILE, SCREEN
from selfcare.orders.models import Order

CONSENT, METHOD, BASES, CONTENTS, UPLOAD, CONTACT = "consent", "method", "bases", "contents", "file", "contact"
#: Where each stands in the step bar; the two ways to say what is wanted share a place.
PLACES = {CONSENT: 0, METHOD: 1, BASES: 2, CONTENTS: 3, UPLOAD: 3, CONTACT: 4}


def steps_of(order: Order) -> list[str]:
    """In order; a file names its base numbers itself."""
    if order.data.get("method") == FILE:
        return [CONSENT, METHOD, UPLOAD, CONTACT]
    return [CONSENT, METHOD, BASES, CONTENTS, CONTACT]


def is_done(order: Order, step: str) -> bool:
    data = order.data
    if step == CONSENT:
        return consent.holds(data.get("consent"))
    if step == METHOD:
        return data.get("method") in (SCREEN, FILE)
    if step in (CONTENTS, UPLOAD):
        return bool(data.get("rows"))
    return bool(data.get(step))


def first_open(order: Order) -> str:
    """The first step that lacks something; empty when all is there."""
    return next((step for step in steps_of(order) if not is_done(order, step)), "")


def before(order: Order, step: str) -> str:
    """The step that 戻る leads to; empty at the first one."""
    steps = steps_of(order)
    place = steps.index(step) if step in steps else 0
    return steps[place - 1] if place else ""


def after(order: Order, step: str) -> str:
    """The step that follows; empty when the confirm page does."""
    steps = steps_of(order)
    place = steps.index(step) + 1
    return steps[place] if place < len(steps) else ""


def address(order: Order, step: str) -> str:
    if not step:
        return reverse("orders:confirm", args=[order.uuid])
    return reverse(f"numbering:dial-in-at-once-{step}", args=[order.uuid])
