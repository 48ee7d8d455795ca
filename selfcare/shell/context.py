"""What every page has around it. Nothing is read before a template asks, so that the admin and errors pay nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from selfcare import clock
from selfcare.accounts import context
from selfcare.accounts.models import Contract, Customer
from selfcare.shell import maintenance, menu, ribbons, standing

#: Below this the two clocks only differ by the time between two questions.
_SAME = timedelta(seconds=2)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Templates call the functions in here by naming them; each is answered once per page."""
    now = cache(clock.now)

    def customer() -> Customer | None:
        user = standing.customer_user(request)
        contracts = standing.contracts(request)
        return contracts[0].customer if contracts else user.customer if user else None

    def contact() -> Contract | None:
        chosen: Contract | None = getattr(request, "contract", None)
        return chosen or next(iter(standing.contracts(request)), None)

    return {
        "customer": cache(customer),
        "menu": cache(lambda: menu.for_user(request)),
        "maintenance": cache(lambda: maintenance.current(now())),
        "ribbons": cache(lambda: ribbons.for_request(request)),
        "contact_name": cache(lambda: (found := contact()) and found.contact_name),
        "contact_phone": cache(lambda: (found := contact()) and found.contact_phone),
        "now": now,
        "demo": settings.DEMO,
        "demo_clock_offset": cache(lambda: _offset(now)),
        "languages": settings.LANGUAGES,
        "request_id": context.current().request_id,
    }


def _offset(now: Callable[[], datetime]) -> timedelta | None:
    """How far the demo's clock is from the real one; None when it is not."""
    if not settings.DEMO:
        return None
    offset = now() - clock.real_now()
    return offset if abs(offset) > _SAME else None
