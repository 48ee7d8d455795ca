"""The stages of an order that operators see through: where it stands, and which step may follow which (spec 5.3)."""

from collections.abc import Mapping

from django.db import models
from django.utils.translation import pgettext_lazy

from numbering.dial_in.services.works import BY_DATE, SALES
from selfcare.orders.models import Order
from selfcare.orders.services.correcting import RETURNED
from selfcare.orders.states import State


class Stage(models.TextChoices):
    """The values of those between acceptance and end are the order's phase; 受付 has none."""

    RECEIVED = "received", pgettext_lazy("construction", "受付")
    CONFIRMING = "confirming", pgettext_lazy("construction", "確認中")
    ARRANGED = "arranged", pgettext_lazy("construction", "工事手配")
    DONE = "done", pgettext_lazy("construction", "工事完了")
    COMPLETED = "completed", pgettext_lazy("construction", "竣工")
    RETURNED = "returned", pgettext_lazy("construction", "差戻し")
    CANCELLED = "cancelled", pgettext_lazy("construction", "取消")


#: The stages that an operator's work leads through, in this order.
WAY = (Stage.RECEIVED, Stage.CONFIRMING, Stage.ARRANGED, Stage.DONE, Stage.COMPLETED)
#: Before the numbers are in use: until here an order can be returned, cancelled, or done on another day.
BEFORE_DONE = frozenset({Stage.RECEIVED, Stage.CONFIRMING, Stage.ARRANGED})

#: To which stage an order comes from which others, by procedure. The one place that says so.
STEPS: Mapping[str, Mapping[Stage, frozenset[Stage]]] = {
    BY_DATE: {
        Stage.CONFIRMING: frozenset({Stage.RECEIVED}),
        Stage.ARRANGED: frozenset({Stage.CONFIRMING}),
        Stage.DONE: frozenset({Stage.ARRANGED}),
        Stage.COMPLETED: frozenset({Stage.DONE}),
        Stage.RETURNED: BEFORE_DONE,
        Stage.CANCELLED: BEFORE_DONE | {Stage.RETURNED},
    },
    # What sales has arranged is only recorded here: it is open, and then it is not.
    SALES: {
        Stage.COMPLETED: frozenset({Stage.RECEIVED}),
        Stage.CANCELLED: frozenset({Stage.RECEIVED}),
    },
}
STAGED = frozenset(STEPS)

_BY_STATE = {State.COMPLETED: Stage.COMPLETED, State.CANCELLED: Stage.CANCELLED}
_BY_PHASE = {"": Stage.RECEIVED, **{str(stage): stage for stage in (Stage.CONFIRMING, Stage.ARRANGED, Stage.DONE)}}


def stage_of(order: Order) -> Stage | None:
    """Where it stands; None for a draft, one that is held or failed, and for what is not seen through in stages.

    Whether its day has come (the engine then calls it in progress) makes no difference.
    """
    if order.procedure not in STAGED:
        return None
    if order.state in (State.ACKNOWLEDGED, State.IN_PROGRESS):
        return _BY_PHASE.get(order.phase)
    if order.state == State.PENDING and order.phase == RETURNED:
        return Stage.RETURNED
    return _BY_STATE.get(State(order.state))


def may_become(order: Order, stage: Stage) -> bool:
    """Whether the table allows this step now."""
    return stage_of(order) in STEPS.get(order.procedure, {}).get(stage, frozenset())


def next_of(order: Order) -> Stage | None:
    """The step that is next on the way to its end; None where it waits for somebody else, or has ended."""
    here = stage_of(order)
    if here not in WAY:
        return None
    return next((stage for stage in WAY if here in STEPS[order.procedure].get(stage, frozenset())), None)
