"""What operators do with an order that hangs or was refused by a machine: retry, complete, fail; each with a reason."""

from django.db import transaction
from django.utils.translation import gettext as _

from selfcare import clock
from selfcare.accounts.models import User
from selfcare.orders import mails
from selfcare.orders.models import Order
from selfcare.orders.procedures import Effects, NotPossible
from selfcare.orders.services.ending import fail
from selfcare.orders.services.events import event
from selfcare.orders.services.moves import move
from selfcare.orders.states import State
from selfcare.work import hints

_WORKABLE = (State.HELD, State.IN_PROGRESS)


def _require(order: Order, *, among: tuple[State, ...]) -> State:
    state = State(Order.objects.select_for_update().values_list("state", flat=True).get(pk=order.pk))
    if state not in among:
        raise NotPossible(_("この申し込みは「%(state)s」のため、この操作はできません。") % {"state": state.label})
    return state


def retry(*, order: Order, actor: User) -> None:
    """Take a held order up again: from where it stood, with a fresh count of attempts."""
    with transaction.atomic():
        _require(order, among=(State.HELD,))
        now = clock.now()
        resumed = State.IN_PROGRESS if order.phase or order.handler.effects == Effects.OUTSIDE else State.ACKNOWLEDGED
        move(
            [order.pk],
            State.HELD,
            resumed,
            now=now,
            actor=actor,
            next_at=now,
            retry_at=None,
            lease_until=None,
            lease_token=None,
            attempt=0,
            errors=0,
            trouble="",
        )
        hints.ring(f"orders.{order.handler.effects}")


def complete(*, order: Order, reason: str, actor: User) -> None:
    """Say that an order has been carried out by hand.

    For outside work it is an event like the other side's own answer, so that the procedure writes what follows from
    it here; local work that was held is only closed: the operator has done it.
    """
    with transaction.atomic():
        state = _require(order, among=_WORKABLE)
        now = clock.now()
        if order.handler.effects == Effects.OUTSIDE:
            if state == State.HELD:
                retry(order=order, actor=actor)
            event(
                order=order,
                kind="operator",
                key=f"completed:{now.isoformat()}",
                payload={"outcome": "completed", "reason": reason},
                actor=actor,
            )
            return
        move([order.pk], state, State.COMPLETED, now=now, actor=actor, detail={"by_hand": reason}, trouble="")
        order.refresh_from_db()
        mails.tell([order], "completed")


def refuse(*, order: Order, reason: str, actor: User) -> None:
    """End an order that cannot be done, with a reason that the customer reads."""
    with transaction.atomic():
        state = _require(order, among=_WORKABLE)
        fail([order], {order.pk: reason}, old=state, now=clock.now(), actor=actor)
