"""What operators do with an order that hangs or was refused by a machine: retry, complete, fail; each with a reason."""

from django.db import transaction
from django.utils.translation import gettext as _

from selfcare import clock
from selfcare.accounts.models import User
from selfcare.orders.models import Order
from selfcare.orders.procedures import Effects, NotPossible
from selfcare.orders.services.ending import fail
from selfcare.orders.services.events import event, resumed
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
        started = order.phase or order.handler.effects == Effects.OUTSIDE
        state = State.IN_PROGRESS if started else State.ACKNOWLEDGED
        move([order.pk], State.HELD, state, now=now, actor=actor, **resumed(now))
        hints.ring(f"orders.{order.handler.effects}")


def can_complete(order: Order) -> bool:
    """Whether "carried out by hand" means anything: what happens outside can be done there by hand, and said here.

    Local work is this database's own: it is retried, or failed, which gives back what it reserved.
    """
    return order.state in _WORKABLE and order.handler.effects == Effects.OUTSIDE


def can_refuse(order: Order) -> bool:
    """Whether it can be failed by hand; what goes through stages is cancelled by a step of its own."""
    return order.state in _WORKABLE and not order.handler.staged


def complete(*, order: Order, reason: str, actor: User) -> None:
    """Say that outside work has been carried out by hand.

    It is an event like the other side's own answer, so that the procedure writes what follows from it here. Raises
    NotPossible for local work.
    """
    with transaction.atomic():
        _require(order, among=_WORKABLE)
        if order.handler.effects != Effects.OUTSIDE:
            raise NotPossible(
                _(
                    "この手続きはこのシステムの中だけで行われるため、手作業では完了にできません。再実行するか、不成立にしてください。"
                )
            )
        event(
            order=order,
            kind="operator",
            key=f"completed:{clock.now().isoformat()}",
            payload={"outcome": "completed", "reason": reason},
            actor=actor,
        )


def refuse(*, order: Order, reason: str, actor: User) -> None:
    """End an order that cannot be done, with a reason that the customer reads.

    Raises NotPossible for one that has taken effect by itself: to say that it has not would be wrong. The same for one
    that operators see through stages: of its numbers some may be in use.
    """
    with transaction.atomic():
        state = _require(order, among=_WORKABLE)
        if order.handler.staged:
            raise NotPossible(_("この申し込みは工程ごとの操作で進めます。不成立にはできません。"))
        now = clock.now()
        if order.handler.takes_effect_by_itself and order.due_at is not None and order.due_at <= now:
            raise NotPossible(_("この申し込みはすでに反映されているため、不成立にはできません。再開してください。"))
        fail([order], {order.pk: reason}, old=state, now=now, actor=actor)
