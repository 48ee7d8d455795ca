"""Two at one batch at the same moment, over connections of their own; each race with what happens without the lock."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from selfcare.accounts.models import AuditEvent, User
from selfcare.orders import due
from selfcare.orders.models import Batch
from selfcare.orders.models.batches import BatchQuerySet
from selfcare.orders.services import batches
from selfcare.orders.states import State
from selfcare.work.models import Mail
from tests import builders
from tests.numbering.help import together
from tests.selfcare.orders.batching import contracts, draft, place, shown, states

pytestmark = [
    pytest.mark.faults,
    pytest.mark.serial,
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
]
ROUNDS = 5


@pytest.fixture
def member(clock: Any) -> User:
    return builders.user(customer=builders.contract().customer)


def test_pressed_by_two_at_the_same_moment_it_is_taken_once(toy: Any, member: User) -> None:
    for _round in range(ROUNDS):
        batch = draft(member, contracts(member, 4))
        seen = shown(batch)
        results = together([partial(place, batch, member, seen=seen)] * 2, workers=2)
        assert [type(one) for one in results] == [Batch, Batch], results
        assert states(batch) == [State.ACKNOWLEDGED] * 4
    assert AuditEvent.objects.filter(action="order.acknowledged").count() == 4 * ROUNDS
    assert Mail.objects.filter(template="batch_accepted", to=member.email).count() == ROUNDS


def test_two_workers_that_end_the_last_two_tell_it_once(toy: Any, member: User, clock: Any) -> None:
    assert _mails_of_rounds(member, clock, locked=True) == [1] * ROUNDS


def test_without_the_lock_the_end_is_told_never_or_twice(toy: Any, member: User, clock: Any) -> None:
    assert _mails_of_rounds(member, clock, locked=False) != [1] * ROUNDS


def test_cancelling_all_while_workers_end_some_leaves_no_order_in_between(toy: Any, member: User, clock: Any) -> None:
    for _round in range(ROUNDS):
        clock.set("2026-11-20 10:00")
        batch = place(draft(member, contracts(member, 6)), member)
        early = list(batch.orders.order_by("pk").values_list("pk", flat=True)[:3])
        batch.orders.filter(pk__in=early).update(due_at="2026-11-20T00:00:00Z")
        calls: list[Callable[[], Any]] = [
            partial(due.run_now, early),
            partial(batches.cancel, batch=batch, actor=member),
        ]
        _ended, cancelled = together(calls, workers=2)
        assert cancelled in (3, 6)
        assert states(batch).count(State.CANCELLED) == cancelled
        assert states(batch).count(State.COMPLETED) == 6 - cancelled
        assert Mail.objects.filter(template="batch_finished", to=member.email).count() == _round + 1


def _mails_of_rounds(member: User, clock: Any, *, locked: bool) -> list[int]:
    """How many mails told of the end, round by round."""
    found = []
    for _round in range(ROUNDS):
        clock.set("2026-11-20 10:00")
        batch = place(draft(member, contracts(member, 2)), member)
        clock.set("2026-11-21 10:00")
        before = Mail.objects.filter(template="batch_finished", to=member.email).count()
        ids = list(batch.orders.values_list("pk", flat=True))
        with _both_have_moved(locked=locked):
            together([partial(due.run_now, [pk]) for pk in ids], workers=2)
        assert states(batch) == [State.COMPLETED] * 2
        found.append(Mail.objects.filter(template="batch_finished", to=member.email).count() - before)
    return found


@contextmanager
def _both_have_moved(*, locked: bool) -> Iterator[None]:
    """Who asks for the batch's row waits until the other does, too: then each has moved its order and not committed."""
    real = BatchQuerySet.select_for_update
    gate = threading.Barrier(2)

    def asked(self: Any, *args: Any, **options: Any) -> Any:
        gate.wait(timeout=20)
        return real(self, *args, **options) if locked else self

    BatchQuerySet.select_for_update = asked  # type: ignore[method-assign]
    try:
        yield
    finally:
        BatchQuerySet.select_for_update = real  # type: ignore[method-assign]
