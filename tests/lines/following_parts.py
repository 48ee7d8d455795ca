"""Requests that follow, and the clock of the rows that wait."""

from datetime import timedelta
from itertools import count
from typing import Any

from lines import following
from lines.carriers.port import Action
from lines.models import CarrierHealth, CarrierOrder, Line
from lines.services import following_up
from selfcare import clock
from selfcare.orders.models import Order
from selfcare.orders.states import State
from tests import builders
from tests.lines.carriers.parts import wait_until

_plans = count(1)


def left(line: Line | None = None, *, action: Action = Action.PLAN, state: str = State.COMPLETED, **details: Any):
    """A request left by an order of a line that has taken effect here (or, in_progress, waits for its carrier)."""
    line = line or builders.line()
    now = clock.now()
    order = Order.objects.create(
        procedure="lines.plan",
        customer=line.customer,
        contract=line.contract,
        subject_id=line.pk,
        state=state,
        phase="carrier" if state == State.IN_PROGRESS else "",
        data={"plan": "none"},
        created_at=now,
        accepted_at=now,
        due_at=now,
        next_at=now + timedelta(hours=1) if state == State.IN_PROGRESS else None,
        finished_at=now if state == State.COMPLETED else None,
    )
    details = details or {"plan": f"P{next(_plans)}"}
    following_up.leave(orders=[order], lines={line.pk: line}, action=action, details={order: details})
    return CarrierOrder.objects.get(order=order)


def hurry() -> None:
    """Whatever waits for a later moment is due now; a pause is over."""
    now = clock.real_now()
    CarrierOrder.objects.filter(next_at__gt=now).update(next_at=now)
    CarrierOrder.objects.filter(lease_until__gt=now).update(lease_until=now - timedelta(seconds=1))
    CarrierHealth.objects.update(changed_at=now - timedelta(minutes=1))


def work() -> int:
    """Everything that is due now, as a worker does it."""
    total = 0
    while taken := following.run():
        total += taken
    return total


def work_until_done(rows: list[CarrierOrder], *, seconds: float = 15) -> None:
    def over() -> bool:
        hurry()
        work()
        return not CarrierOrder.objects.filter(pk__in=[row.pk for row in rows], stage__in=["waiting", "asked"]).exists()

    wait_until(over, seconds=seconds)


def fresh(row: Any) -> Any:
    return type(row).objects.get(pk=row.pk)
