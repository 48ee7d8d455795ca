"""Many buyers at once, on the real database; each race with a control that shows what it protects from."""

import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from billing.models import Tariff
from numbering import items
from numbering.models import Allowance, Assignment, FreeNumber
from numbering.services import allowances, stock
from numbering.services.pool import PoolBusy, Wanted, claim_numbers
from selfcare import clock as clocks
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.states import State
from tests import builders
from tests.numbering.help import add, draft, take, together
from tests.numbering.help import stock as fill
from tests.scale import scaled

pytestmark = [
    pytest.mark.faults,
    pytest.mark.serial,
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
]

LAST = 50
BUYERS = scaled(150, 500)
TODAY = date(2026, 11, 20)


@pytest.fixture
def tariff(db):
    return Tariff.objects.create(plan="basic", item=items.MONTHLY_050, amount=500, valid_from=date(2026, 4, 1))


def _no_number_twice() -> bool:
    held = Counter(Assignment.objects.filter(released_on__isnull=True).values_list("number", flat=True))
    return not held or max(held.values()) == 1


def test_the_last_fifty_numbers_go_to_fifty_buyers_and_the_others_are_told(tariff):
    fill(LAST)
    contracts = [builders.contract() for _buyer in range(BUYERS)]
    calls = []
    for contract in contracts:
        user = builders.user(customer=contract.customer)
        calls.append(partial(take, draft("numbering.add", contract, {"count": 1}, actor=user), actor=user))
    results = together(calls)
    sold = [one for one in results if isinstance(one, Order)]
    refused = [one for one in results if not isinstance(one, Order)]
    assert len(sold) == LAST
    assert {type(one) for one in refused} == {NotPossible}
    assert all("番号が不足している" in str(one) for one in refused)
    assert Assignment.objects.count() == LAST
    assert _no_number_twice()
    assert not FreeNumber.objects.exists()
    assert sum(Allowance.objects.values_list("added", flat=True)) == LAST


def test_claims_of_many_never_overlap_and_leave_the_rest(tariff):
    fill(300)
    contracts = [builders.contract() for _contract in range(40)]
    calls = [
        partial(claim_numbers, wanted=Wanted(7), contract=contract, order=None, today=TODAY) for contract in contracts
    ]
    results = together(calls)
    assert all(isinstance(one, list) for one in results)
    assert len({pk for one in results for pk in one}) == 280
    assert FreeNumber.objects.count() == 20
    assert stock.differences(clocks.now()) == []


@contextmanager
def _claim_without_locks(*, constraint: bool) -> Iterator[None]:
    """The product's claim with its locks taken out: it chooses, dawdles, and inserts before it deletes."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('numbering_claim'::regproc)")
        (original,) = cursor.fetchone()
        naive = re.sub(r"FOR UPDATE( SKIP LOCKED)?", "", original)
        naive = re.sub(r"WITH gone AS \(.*?\), taken", _CHOSEN_ONLY, naive, flags=re.DOTALL)
        naive = naive.replace(">= start_at", ">= 0")
        cursor.execute(naive)
        if not constraint:
            cursor.execute("DROP INDEX assignment_number_on_one_contract")
        try:
            yield
        finally:
            cursor.execute(original)
            cursor.execute("TRUNCATE numbering_assignment, numbering_credential CASCADE")
            if not constraint:
                cursor.execute(
                    "CREATE UNIQUE INDEX assignment_number_on_one_contract ON numbering_assignment (number_id)"
                    " WHERE released_on IS NULL"
                )


_CHOSEN_ONLY = """PERFORM pg_sleep(0.02);
    WITH gone AS (
        SELECT f.number_id, f.available_on FROM public.numbering_freenumber AS f WHERE f.ctid = ANY(places)
    ), taken"""


def test_without_its_locks_the_database_still_refuses_to_issue_a_number_twice(tariff):
    fill(20)
    contracts = [builders.contract() for _contract in range(12)]
    with _claim_without_locks(constraint=True):
        results = together(
            [partial(claim_numbers, wanted=Wanted(1), contract=one, order=None, today=TODAY) for one in contracts],
            workers=12,
        )
        assert any(isinstance(one, IntegrityError) for one in results)
        assert all(isinstance(one, list | IntegrityError) for one in results)
        assert _no_number_twice()


def test_control_without_locks_and_constraint_a_number_goes_out_twice(tariff):
    fill(20)
    contracts = [builders.contract() for _contract in range(12)]
    with _claim_without_locks(constraint=False):
        together(
            [partial(claim_numbers, wanted=Wanted(1), contract=one, order=None, today=TODAY) for one in contracts],
            workers=12,
        )
        assert not _no_number_twice()


def test_of_two_users_at_forty_nine_of_fifty_one_gets_the_last(tariff):
    fill(60)
    contract = builders.contract()
    users = [builders.user(customer=contract.customer) for _user in range(2)]
    add(contract, 49, actor=users[0])
    drafts = [draft("numbering.add", contract, {"count": 1}, actor=user) for user in users]
    results = together([partial(take, one, actor=user) for one, user in zip(drafts, users, strict=True)], workers=2)
    assert sorted(type(one).__name__ for one in results) == ["NotPossible", "Order"]
    assert "上限（50番号）" in str(next(one for one in results if isinstance(one, NotPossible)))
    assert Allowance.objects.get().added == 50
    assert Assignment.objects.count() == 50


def test_without_the_lock_on_the_contract_the_count_itself_holds(tariff):
    """`take` alone, as if two orders had passed every check at the same moment."""
    contract = builders.contract()
    allowances.take(contract=contract, count=45)
    results = together([partial(allowances.take, contract=contract, count=1) for _buyer in range(20)], workers=20)
    assert results.count(None) == 5
    assert {type(one) for one in results if one is not None} == {allowances.OverLimit}
    assert Allowance.objects.get().added == 50


@contextmanager
def _last_number_held_by_somebody() -> Iterator[BaseDatabaseWrapper]:
    """On a connection of its own, in a transaction that has not decided yet."""
    contract = builders.contract()
    held = connections["default"].copy()
    held.inc_thread_sharing()
    try:
        held.set_autocommit(False)
        with held.cursor() as cursor:
            cursor.execute(
                "SELECT numbering_claim('050', '', 1, %s, 0, %s, %s, NULL, 'added', false)",
                [TODAY, contract.customer_id, contract.pk],
            )
        yield held
    finally:
        held.close()


def test_what_somebody_gives_back_goes_to_who_waits_for_it(tariff):
    """The last number is held by an order that comes to nothing: the next buyer waits for it instead of a refusal."""
    fill(1)
    contract = builders.contract()
    buyer = partial(claim_numbers, wanted=Wanted(1), contract=contract, order=None, today=TODAY)
    with _last_number_held_by_somebody() as held:

        def roll_back_later() -> None:
            time.sleep(0.5)
            held.rollback()

        results = together([buyer, roll_back_later], workers=2)
    assert results == [[Assignment.objects.get(contract=contract).number_id], None]


def test_what_somebody_does_not_let_go_is_not_waited_for_without_end(tariff):
    fill(1)
    contract = builders.contract()
    with _last_number_held_by_somebody(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '200ms'")
        with pytest.raises(PoolBusy):
            claim_numbers(wanted=Wanted(1), contract=contract, order=None, today=TODAY)
        assert Assignment.objects.count() == 0  # the transaction goes on


def test_the_pool_adds_up_after_a_rush(tariff):
    fill(200)
    contracts = [builders.contract() for _contract in range(20)]
    users = {contract.pk: builders.user(customer=contract.customer) for contract in contracts}
    results = together([partial(add, one, 8, actor=users[one.pk]) for one in contracts], workers=12)
    assert {one.state for one in results} == {State.COMPLETED}
    assert stock.differences(clocks.now()) == []
    sums = stock.stock_and_forecast(now=clocks.now())
    assert (sums.assigned, sums.in_stock, sums.reserved) == (160, 40, 0)
