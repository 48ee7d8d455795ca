"""Two at the same moment: for the last numbers of an area, for one code, for adding and construction."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from django.db import connection, connections, transaction

from numbering.dial_in import consent
from numbering.dial_in.models import BaseNumber, DialInNumber, VoiceContract
from numbering.dial_in.services import claiming, works
from numbering.models import Assignment, FreeNumber, Kind
from selfcare import clock as clocks
from selfcare.accounts.models import User
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from tests import builders
from tests.numbering.dial_in import parts
from tests.numbering.help import draft, take, together

pytestmark = [
    pytest.mark.faults,
    pytest.mark.serial,
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
]

LAST = 1_500
CONTACT = {
    "company": "架空商事",
    "department": "総務部",
    "name": "架空 太郎",
    "kana": "カクウ タロウ",
    "phone": "0300000000",
    "mail": "taro@customer.example",
}


@pytest.fixture(autouse=True)
def _on_a_working_day(clock):
    clock.set("2026-11-20 10:00")


def site() -> tuple[BaseNumber, User]:
    """A base number with a geographic number already, so that more open at once; and who orders for it."""
    base = parts.base()
    parts.dial_ins(base)
    return base, builders.user(customer=base.customer)


def wish(base: BaseNumber, actor: User, *more: BaseNumber, **row: object) -> Order:
    """The same row for every base number; more than 1,000 under one of them do not open at once."""
    bases = (base, *more)
    data = {
        "consent": consent.given(now=clocks.now()),
        "method": "screen",
        "bases": [one.pk for one in bases],
        "rows": [{"base": one.pk, "kind": Kind.GEOGRAPHIC.value, **row} for one in bases],
        "contact": CONTACT,
    }
    return draft("numbering.dial_in", base.voice_contract.group, data, actor=actor)


def _no_number_twice() -> bool:
    held = Counter(Assignment.objects.filter(released_on=None).values_list("number", flat=True))
    return max(held.values()) == 1


def test_of_two_who_want_the_last_fifteen_hundred_one_gets_them_and_the_other_reads_what_is_left():
    parts.free(LAST)
    buyers = [site() for _buyer in range(2)]
    orders = [wish(base, actor, parts.base(base.voice_contract), count=LAST // 2) for base, actor in buyers]
    calls = [partial(take, order, actor=actor) for order, (_base, actor) in zip(orders, buyers, strict=True)]
    results = together(calls, workers=2)
    assert sorted(type(one).__name__ for one in results) == ["NotPossible", "Order"], results
    (told,) = [str(one) for one in results if isinstance(one, NotPossible)]
    assert "いまお申し込みいただけるのが0番号" in told
    assert "番号は追加されていません" in told
    assert DialInNumber.objects.filter(assignment__order__isnull=False).count() == LAST
    assert not FreeNumber.objects.exists()
    assert _no_number_twice()


def test_a_code_goes_to_one_of_two_who_use_it():
    base, actor = site()
    contract = base.voice_contract.contract
    code = parts.reservation(contract, 20)
    actors = [actor, builders.user(customer=base.customer)]
    orders = [wish(base, one, code=code.code) for one in actors]
    results = together([partial(take, order, actor=one) for order, one in zip(orders, actors, strict=True)], workers=2)
    assert sorted(type(one).__name__ for one in results) == ["NotPossible", "Order"], results
    assert code.assignments.exclude(order=None).count() == 20


_NAIVE = """
INSERT INTO numbering_assignment (number_id, digits, customer_id, contract_id, origin, state, free_since,
                                  service_digest, is_voice)
SELECT n.id, n.digits, %s, %s, 'added', 'reserved', '1970-01-01', '', true
FROM numbering_number AS n WHERE n.id = ANY(%s)
"""


@contextmanager
def _without_the_constraint() -> Iterator[None]:
    with connections["owner"].cursor() as cursor:
        cursor.execute("DROP INDEX assignment_number_on_one_contract")
        try:
            yield
        finally:
            cursor.execute("TRUNCATE numbering_assignment CASCADE")
            cursor.execute(
                "CREATE UNIQUE INDEX assignment_number_on_one_contract ON numbering_assignment (number_id)"
                " WHERE released_on IS NULL"
            )


def test_control_who_takes_what_was_shown_without_locking_it_takes_what_somebody_else_has():
    parts.free(20)
    orders = [wish(base, actor, count=20) for base, actor in (site(), site())]
    gate = threading.Barrier(2)

    def naive(order: Order) -> None:
        base = BaseNumber.objects.get(pk=order.data["bases"][0])
        (plan,) = claiming.plans_for(order, [claiming.Claim(base, Kind.GEOGRAPHIC, 20)], today=clocks.now().date())
        gate.wait()
        with connection.cursor() as cursor:
            cursor.execute(_NAIVE, [order.customer_id, order.contract_id, list(plan.ids)])

    with _without_the_constraint():
        assert together([partial(naive, order) for order in orders], workers=2) == [None, None]
        assert not _no_number_twice()


def test_who_adds_at_once_waits_for_construction_that_is_being_ordered_and_is_refused():
    voice = parts.base().voice_contract
    begun = threading.Event()

    def construct() -> None:
        with transaction.atomic():
            works.begin(voice_contract=voice.pk)
            begun.set()
            time.sleep(0.4)

    def add() -> None:
        begun.wait()
        # Without the UPDATE nobody would see what has not been committed yet.
        assert VoiceContract.objects.filter(pk=voice.pk, works=0).exists()
        with transaction.atomic():
            works.require_free(voice_contracts=[voice.pk])

    built, refused = together([construct, add], workers=2)
    assert built is None
    assert isinstance(refused, NotPossible), refused
    assert VoiceContract.objects.get(pk=voice.pk).at_once == 0
