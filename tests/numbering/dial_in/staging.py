"""Construction-date orders brought to a stage, by the operators' own steps."""

from collections.abc import Callable
from datetime import date
from typing import Any

from numbering.dial_in.models import BaseNumber
from numbering.dial_in.services import operating, rescheduling
from numbering.dial_in.stages import Stage
from selfcare.accounts.models import User
from selfcare.orders import due
from selfcare.orders.models import Order
from tests import builders
from tests.numbering.dial_in import by_date, parts

ORDERED = "2026-11-20 10:00"
#: The construction day of `by_date.DAY` in the morning, and the day of 竣工.
OPENING = "2026-12-07 10:00"
COMPLETION = "2026-12-09 10:00"

STEPS: dict[Stage, Callable[..., Order]] = {
    Stage.CONFIRMING: lambda order, actor: operating.confirm(order=order, actor=actor),
    Stage.ARRANGED: lambda order, actor: operating.arrange(order=order, actor=actor),
    Stage.DONE: lambda order, actor: operating.finish(order=order, actor=actor),
    Stage.COMPLETED: lambda order, actor: operating.complete(order=order, actor=actor),
    Stage.RETURNED: lambda order, actor: operating.give_back(order=order, reason="番号をご確認ください。", actor=actor),
    Stage.CANCELLED: lambda order, actor: operating.cancel(order=order, reason="工事ができないため。", actor=actor),
}
#: How an order gets somewhere from 受付.
_WAYS: dict[Stage, tuple[Stage, ...]] = {
    Stage.RECEIVED: (),
    Stage.CONFIRMING: (Stage.CONFIRMING,),
    Stage.ARRANGED: (Stage.CONFIRMING, Stage.ARRANGED),
    Stage.DONE: (Stage.CONFIRMING, Stage.ARRANGED, Stage.DONE),
    Stage.COMPLETED: (Stage.CONFIRMING, Stage.ARRANGED, Stage.DONE, Stage.COMPLETED),
    Stage.RETURNED: (Stage.CONFIRMING, Stage.RETURNED),
    Stage.CANCELLED: (Stage.CANCELLED,),
}


def base(clock: Any, free: int = 20) -> BaseNumber:
    """A base number whose pool has numbers from 03-2000-0000 on, and whose site has a network."""
    clock.set(ORDERED)
    made: BaseNumber = parts.base()
    parts.network(made.voice_contract)
    parts.free(free, first="320000000")
    return made


def ordered(on: BaseNumber, *rows: dict[str, Any], **data: Any) -> Order:
    """Accepted, in 受付; three geographic numbers unless said."""
    return by_date.place(by_date.draft(on, *(rows or (by_date.new(3),)), **data))


def brought(clock: Any, order: Order, stage: Stage, actor: User | None = None) -> Order:
    """Through the steps, each at a time when it can be done."""
    actor = actor or builders.operator()
    moments = {Stage.DONE: OPENING, Stage.COMPLETED: COMPLETION}
    for step in _WAYS[stage]:
        if step in moments:
            clock.set(moments[step])
        order = STEPS[step](order, actor)
    return by_date.fresh(order)


def customer(order: Order) -> User:
    """Who has ordered."""
    assert order.actor is not None
    return order.actor


def day_comes(clock: Any, order: Order, moment: str = OPENING) -> Order:
    """The engine looks at what is due."""
    clock.set(moment)
    due.run_local()
    return by_date.fresh(order)


def reschedule(
    order: Order, day: str, at: str = "", reason: str = "部材の遅れのため。", actor: User | None = None
) -> Order:
    return rescheduling.reschedule(
        order=order, day=date.fromisoformat(day), at=at, reason=reason, actor=actor or builders.operator()
    )
