"""Several at one batch of good rows at the same moment; each race with what happens without the lock."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from selfcare.accounts.models import AuditEvent, User
from selfcare.orders import due
from selfcare.orders.models import Batch
from selfcare.orders.models.batches import BatchQuerySet
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services import taking
from selfcare.orders.states import State
from selfcare.work.models import Mail
from tests import builders
from tests.numbering.help import together
from tests.selfcare.orders.batching import contracts, states
from tests.selfcare.orders.good_toys import confirm, draft, refused, shown

pytestmark = [
    pytest.mark.faults,
    pytest.mark.serial,
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
]
ROUNDS = 5


@pytest.fixture
def member(clock: Any) -> User:
    return builders.user(customer=builders.contract().customer)


@pytest.fixture
def at_once(good: Any) -> Any:
    """Due at once, so that workers end the orders of a batch while others still accept it."""
    good.delay = timedelta()
    yield good
    good.delay = timedelta(days=1)


def told(kind: str, member: User) -> int:
    return Mail.objects.filter(template=f"batch_{kind}", to=member.email).count()


def test_confirmed_by_two_at_the_same_moment_it_is_confirmed_once(good: Any, member: User) -> None:
    for round_ in range(ROUNDS):
        batch = draft(member, contracts(member, 4))
        results = together([partial(confirm, batch, member, seen=shown(batch))] * 2, workers=2)
        assert [type(one) for one in results] == [Batch, Batch], results
        assert AuditEvent.objects.filter(action="batch.confirmed").count() == round_ + 1


def test_without_the_lock_both_of_them_confirm_it(good: Any, member: User) -> None:
    batch = draft(member, contracts(member, 4))
    with _both_at_the_batch(locked=False):
        together([partial(confirm, batch, member, seen=shown(batch))] * 2, workers=2)
    assert AuditEvent.objects.filter(action="batch.confirmed").count() == 2


def test_the_same_file_confirmed_in_two_windows_at_once_is_under_way_once(good: Any, member: User) -> None:
    """The constraint is the last word: each of the two has looked for the other before it was there."""
    some = contracts(member, 4)
    first, second = (draft(member, some) for _window in range(2))
    calls = [partial(confirm, batch, member, seen=shown(batch)) for batch in (first, second)]
    with _both_at_the_batch(locked=True):
        results = together(calls, workers=2)
    assert sorted(type(one).__name__ for one in results) == ["Batch", "NotPossible"], results
    assert Batch.objects.filter(accepted_at__isnull=False).count() == 1


def test_workers_at_one_batch_together_take_each_order_once(good: Any, member: User) -> None:
    batch = confirm(draft(member, contracts(member, 40)), member)
    together([partial(_work, limit=3)] * 4, workers=4)
    taking.run()
    assert states(batch) == [State.ACKNOWLEDGED] * 40
    assert refused(batch) == {}
    assert AuditEvent.objects.filter(action="order.acknowledged").count() == 40
    assert told("accepted", member) == 1


def test_two_that_end_the_acceptance_at_once_tell_it_once(good: Any, member: User) -> None:
    assert _mails_of_two_ends(member, locked=True) == 1


def test_without_the_lock_the_acceptance_is_told_twice(good: Any, member: User) -> None:
    assert _mails_of_two_ends(member, locked=False) == 2


def test_orders_that_end_while_others_are_accepted_leave_one_end(at_once: Any, member: User) -> None:
    for round_ in range(ROUNDS):
        batch = confirm(draft(member, contracts(member, 12)), member)
        together([partial(_work, limit=2), partial(_work, limit=2), _carry_out, _carry_out], workers=4)
        _work(limit=2)
        _carry_out()
        assert states(batch) == [State.COMPLETED] * 12
        batch.refresh_from_db()
        assert batch.finished_at is not None
        assert told("finished", member) == told("accepted", member) == round_ + 1


def test_a_line_taken_between_confirmation_and_chunk_belongs_to_who_was_first(good: Any, member: User) -> None:
    """Two batches want the same lines; whatever the order of their chunks, each line is taken once."""
    some = contracts(member, 20)
    first, second = (confirm(draft(member, some, amount=n), member) for n in (1, 2))
    results = together([partial(_work, limit=3)] * 4, workers=4)
    _work(limit=3)
    assert not [one for one in results if isinstance(one, NotPossible)]
    taken = [states(batch).count(State.ACKNOWLEDGED) for batch in (first, second)]
    assert sum(taken) == 20
    assert len(refused(first)) + len(refused(second)) == 20
    assert set(states(first) + states(second)) == {State.ACKNOWLEDGED, State.EXPIRED}


def _work(*, limit: int) -> None:
    for _turn in range(100):
        if not taking.run(limit=limit):
            return


def _carry_out() -> None:
    for _turn in range(40):
        due.run_local(limit=2)


def _mails_of_two_ends(member: User, *, locked: bool) -> int:
    batch = confirm(draft(member, contracts(member, 3)), member)
    taking.take_chunk(batch)
    with _both_at_the_batch(locked=locked):
        together([partial(taking.finish, batch)] * 2, workers=2)
    return told("accepted", member)


@contextmanager
def _both_at_the_batch(*, locked: bool) -> Iterator[None]:
    """Who first asks for a batch's row waits until the other does, too."""
    real = BatchQuerySet.select_for_update
    gate, arrived = threading.Barrier(2), set[int]()

    def asked(self: Any, *args: Any, **options: Any) -> Any:
        if threading.get_ident() not in arrived:
            arrived.add(threading.get_ident())
            gate.wait(timeout=20)
        return real(self, *args, **options) if locked else self

    BatchQuerySet.select_for_update = asked  # type: ignore[method-assign]
    try:
        yield
    finally:
        BatchQuerySet.select_for_update = real  # type: ignore[method-assign]
