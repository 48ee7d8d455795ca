"""Requests to a carrier of both kinds, the clock of what waits, and the carrier's ledger beside ours."""

from datetime import timedelta
from itertools import count

from lines import following
from lines.carriers.port import Action, Detail
from lines.models import CarrierHealth, CarrierOrder, Line
from lines.services import following_up
from selfcare import clock
from selfcare.orders import outside
from selfcare.orders.models import Order
from selfcare.orders.states import OPEN, State
from tests import builders
from tests.lines.carriers.parts import Simulator, wait_until
from tests.lines.parts import place

_plans = count(1)


def left(
    line: Line | None = None, *, action: Action = Action.PLAN, state: str = State.COMPLETED, **details: Detail
) -> CarrierOrder:
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


def suspended(line: Line | None = None) -> CarrierOrder:
    """The request of an accepted suspension, asked for once, whatever came of that."""
    order = place(line or builders.line(), "lines.suspend")
    outside.run_outside()
    return CarrierOrder.objects.get(order=order)


def hurry() -> None:
    """Whatever waits for a later moment is due now; a pause is over."""
    now = clock.real_now()
    CarrierOrder.objects.filter(next_at__gt=now).update(next_at=now)
    CarrierOrder.objects.filter(lease_until__gt=now).update(lease_until=now - timedelta(seconds=1))
    CarrierHealth.objects.update(changed_at=now - timedelta(minutes=1))
    Order.objects.filter(state=State.IN_PROGRESS).update(next_at=clock.now(), retry_at=None)


def work() -> int:
    """Everything that is due now at the carriers, as a worker does it."""
    total = 0
    while taken := following.run():
        total += taken
    return total


def under_way(rows: list[CarrierOrder]) -> bool:
    ours = CarrierOrder.objects.filter(pk__in=[row.pk for row in rows])
    driven = ours.filter(stage="order", order__state__in=sorted(OPEN)).exclude(order__state=State.HELD)
    return ours.filter(stage__in=["waiting", "asked"]).exists() or driven.exists()


def work_until_done(rows: list[CarrierOrder], *, seconds: float = 20) -> None:
    def over() -> bool:
        hurry()
        work()
        while outside.run_outside():
            pass
        return not under_way(rows)

    wait_until(over, seconds=seconds)


def executed(carrier: Simulator) -> dict[str, int]:
    """The carrier's ledger: how often each request was carried out, by our key."""
    by_key: dict[str, int] = {}
    for order in carrier.ledger()["orders"]:
        by_key[order["externalId"]] = by_key.get(order["externalId"], 0) + order["executed"]
    return by_key


def once_each(rows: list[CarrierOrder]) -> dict[str, int]:
    """What the ledger has to be."""
    return {row.external_id: 1 for row in rows}
