"""Asking the carriers, and the bookkeeping of what they were asked and said."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from lines.carriers import health, messages
from lines.carriers.http import connect
from lines.carriers.port import (
    REFUSALS,
    Action,
    CarrierAnswer,
    CarrierRefused,
    CarrierRequest,
    CarrierUnavailable,
    Detail,
    State,
)
from lines.models import CarrierOrder, Line
from selfcare import clock
from selfcare.orders.models import Order
from selfcare.orders.procedures import TryAgain
from selfcare.orders.states import State as OrderState

Stage = CarrierOrder.Stage

#: Take days at the carrier and touch nothing that others change: they keep no other order of the line waiting.
_ASIDE = (Action.SIM, Action.PORT_OUT)
#: When to look again whether an earlier order of the line is done.
_TURN = timedelta(seconds=10)
#: After which a carrier that is down is asked again, whatever it says.
_LATEST = timedelta(minutes=2)

#: Details that are sealed elsewhere, for the order of this id; the same ones for every attempt.
Read = Callable[[int], Mapping[str, Detail]]
#: Destroys them: the order of this id needs them no more.
Forget = Callable[[int], None]
_secrets: list[tuple[Read, Forget]] = []


def secrets_from(read: Read, forget: Forget) -> None:
    """Register where sealed details are kept: they are merged into the request at the call, and written nowhere.

    `forget` is called when a request that follows has ended; an order that drives its own request sees to it itself.
    """
    if (read, forget) not in _secrets:
        _secrets.append((read, forget))


def forget_secrets(order_id: int) -> None:
    for _read, forget in _secrets:
        forget(order_id)


def ask_carrier(
    *, order: Order, line: Line, action: Action, details: Mapping[str, Detail] | None = None
) -> CarrierAnswer:
    """Hand an order over to the line's carrier and note its answer; outside any transaction.

    What is asked is committed before the first call and is asked again exactly so, under the same key, until there is
    an answer: whatever has become of the line and the order's data meanwhile. Raises TryAgain when the carrier is not
    to be had, is left alone for a while, or is still at work on an earlier order of this line.
    """
    row = _frozen(order, line, action, details or {})
    if row.requested_at is None:
        if CarrierOrder.objects.filter(earlier_unfinished(), pk=row.pk).exists():
            raise TryAgain("The carrier is still at work on an earlier order of this line.", after=_TURN)
        CarrierOrder.objects.filter(pk=row.pk, requested_at=None).update(requested_at=clock.real_now())
    request = request_of(row)
    return _answered(row, lambda: connect().request(request))


def ask_status(*, order: Order) -> CarrierAnswer | None:
    """Where the carrier stands with an order (the poll that makes a lost callback harmless); None: it knows nothing.

    Raises TryAgain.
    """
    row = CarrierOrder.objects.get(order=order)
    try:
        answer = health.call(row.carrier, lambda: connect().status(row.external_id))
    except CarrierUnavailable as error:
        raise TryAgain(str(error), after=come_back(error)) from error
    if answer is not None:
        note_answer(answer)
    return answer


def _frozen(order: Order, line: Line, action: Action, details: Mapping[str, Detail]) -> CarrierOrder:
    """The order's row, made at the first attempt."""
    with transaction.atomic():
        row = CarrierOrder(
            order=order,
            customer_id=line.customer_id,
            line=line,
            external_id=f"{order.uuid}-{action}",
            carrier=line.carrier,
            action=str(action),
            msisdn=line.number,
            sim_serial=line.sim_serial,
            details=dict(details),
            created_at=clock.real_now(),
        )
        CarrierOrder.objects.bulk_create([row], ignore_conflicts=True)
    return CarrierOrder.objects.get(order=order)


def request_of(row: CarrierOrder) -> CarrierRequest:
    """What the row says, with what is sealed elsewhere. Raises ValueError for what is no request."""
    details = dict(row.details)
    for read, _forget in _secrets:
        details |= read(row.order_id)
    request = CarrierRequest(
        external_id=row.external_id,
        action=Action(row.action),
        msisdn=row.msisdn,
        sim_serial=row.sim_serial,
        carrier=row.carrier,
        details=details,
    )
    # What cannot be said is our mistake and none of the carrier's: it is found out before the carrier is called.
    messages.service_order(request)
    return request


def _answered(row: CarrierOrder, ask: Callable[[], CarrierAnswer]) -> CarrierAnswer:
    try:
        answer = health.call(row.carrier, ask)
    except CarrierUnavailable as error:
        raise TryAgain(str(error), after=come_back(error)) from error
    except CarrierRefused as error:
        answer = refusal(row, error)
    note_answer(answer)
    return answer


def come_back(error: CarrierUnavailable) -> timedelta | None:
    """When to try again, as far as the carrier says so; not as late as it may say, because it may be back earlier.

    Whoever comes first finds out, alone: the others are kept from it by the carrier's state.
    """
    return None if error.retry_after is None else min(error.retry_after, _LATEST)


def refusal(row: CarrierOrder, error: CarrierRefused) -> CarrierAnswer:
    """A request that was not even taken, as an answer."""
    return CarrierAnswer(external_id=row.external_id, carrier_order_id="", state=State.REJECTED, reason=error.reason)


def note_answer(answer: CarrierAnswer) -> None:
    """Keep the carrier's latest word, for operators; an end is never overwritten by an older state."""
    CarrierOrder.objects.filter(external_id=answer.external_id).exclude(
        state__in=[str(State.COMPLETED), *map(str, REFUSALS)]
    ).update(
        carrier_order_id=answer.carrier_order_id,
        state=str(answer.state),
        reason=answer.reason,
        answered_at=clock.real_now(),
    )


def earlier_unfinished() -> Q:
    """Whether a row's line has an earlier order that the carrier has still to carry out: then it waits for its turn.

    One that is held keeps the later ones waiting until an operator has decided, but not the end of the line.
    """
    under_way = Q(stage__in=[Stage.WAITING, Stage.ASKED]) | Q(
        stage=Stage.ORDER, requested_at__isnull=False, order__state=OrderState.IN_PROGRESS
    )
    earlier = CarrierOrder.objects.filter(line=OuterRef("line"), pk__lt=OuterRef("pk")).exclude(
        action__in=[str(action) for action in _ASIDE]
    )
    held = Q(Exists(earlier.filter(stage=Stage.HELD))) & ~Q(action=str(Action.TERMINATE))
    return Q(Exists(earlier.filter(under_way))) | held
