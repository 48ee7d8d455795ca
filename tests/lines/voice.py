"""Changes of voice options, as tests ask for them."""

from typing import Any

from billing.models import RecurringCharge
from lines.models import CarrierOrder, Line
from selfcare.orders import due
from selfcare.orders.models import Order
from tests.lines.parts import place

CODE = "lines.voice_options"


def change(phone: Line, day: str, **options: Any) -> Order:
    """Without a PIN; None takes an option away."""
    return place(phone, CODE, day=day, options=options, has_pin=False)


def charged(phone: Line) -> dict[str, str]:
    rows = RecurringCharge.objects.filter(subject=phone.number, ended_on=None)
    return {item.removeprefix("lines."): str(day) for item, day in rows.values_list("item", "started_on")}


def carrier_has_done(order: Order, *, state: str = "completed", reason: str = "") -> None:
    """As when the request that the order waits for has ended."""
    CarrierOrder.objects.filter(order=order).update(stage="done", state=state, reason=reason, next_at=None)
    Order.objects.filter(pk=order.pk).update(next_at=order.accepted_at)
    due.run_local()
