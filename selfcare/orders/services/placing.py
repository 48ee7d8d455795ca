"""What a confirm page's button does: accept the draft, and carry it out at once where that can be done here."""

from selfcare import clock
from selfcare.accounts.models import User
from selfcare.orders import due
from selfcare.orders.models import Batch, Order
from selfcare.orders.procedures import Effects
from selfcare.orders.services import approving, approving_batches, batches, good_rows, taking
from selfcare.orders.services.accepting import accept
from selfcare.orders.states import State


def place(*, order_id: int, shown: str, session_digest: str, actor: User) -> Order:
    """Accept, and carry out what is local and due now by the workers' own function, so that the page shows the result.

    A second identical request waits here for the first. Raises what `accept` raises.
    """
    order, _first = accept(order_id=order_id, shown=shown, session_digest=session_digest, actor=actor)
    finish(order)
    return order


def finish(order: Order) -> None:
    """Carry out now what has been accepted, is local and due; waits for whoever is at it already."""
    is_due = order.due_at is not None and order.due_at <= clock.now()
    if order.state == State.ACKNOWLEDGED and order.handler.effects == Effects.LOCAL and is_due:
        due.run_now([order.pk])


def approve(*, order_id: int, shown: str, actor: User) -> Order:
    """Approve, and carry out what is local and due now. Raises what `approving.approve` raises."""
    order, _first = approving.approve(order_id=order_id, shown=shown, actor=actor)
    finish(order)
    return order


def approve_batch(*, batch_id: int, shown: str, actor: User) -> Batch:
    """The same for a batch."""
    batch, _first = approving_batches.approve(batch_id=batch_id, shown=shown, actor=actor)
    if not batch.is_draft:
        finish_batch(batch)
    return batch


def place_batch(*, batch_id: int, shown: str, session_digest: str, actor: User) -> Batch:
    """The same for a batch. Raises what `batches.place` and `good_rows.confirm` raise."""
    procedure = Batch.objects.get(pk=batch_id).handler
    agree = good_rows.confirm if procedure.takes_the_good else batches.place
    batch = agree(batch_id=batch_id, shown=shown, session_digest=session_digest, actor=actor)
    if not batch.is_draft:
        finish_batch(batch)
    return batch


def finish_batch(batch: Batch) -> None:
    """Carry out now what of the batch is local and due, and accept it before where that is left to do.

    A large batch of good rows is the workers' matter.
    """
    taking.take_now(batch)
    if batch.handler.takes_the_good and batch.count > taking.AT_ONCE:
        return
    if batch.handler.effects == Effects.LOCAL:
        now = clock.now()
        waiting = batch.orders.filter(state=State.ACKNOWLEDGED, due_at__lte=now).order_by("pk")
        ids = list(waiting.values_list("pk", flat=True))
        if ids:
            due.run_now(ids)
