"""Reservation codes: numbers kept for one contract, used once, given back when nobody orders them."""

from contextlib import suppress
from datetime import date
from functools import partial

import pytest
from django.db import IntegrityError

from numbering.dial_in.models import ReservationCode
from numbering.dial_in.services import blocks, operating, reconciling, reserving
from numbering.dial_in.services.reserving import CodeState, state_of
from numbering.models import Assignment, FreeNumber, Kind
from numbering.services.pool import Wanted
from selfcare import calendar
from selfcare import clock as clocks
from selfcare.accounts.models import AuditEvent, Contract
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.ending import cancel
from selfcare.work import jobs
from tests import builders
from tests.numbering.dial_in import by_date, parts, staging
from tests.numbering.dial_in.by_date import fresh
from tests.numbering.help import together
from tests.scale import scaled

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

UNTIL = date(2026, 11, 30)


@pytest.fixture
def base(clock):
    clock.set("2026-11-20 10:00")
    made = parts.base()
    parts.free(20, first="320000000")
    return made


@pytest.fixture
def actor(base):
    return builders.operator()


def make(base, count=5, *, kind=Kind.GEOGRAPHIC, area="03", until=UNTIL, contract=None, actor=None) -> ReservationCode:
    code, _plan = reserving.make(
        contract=contract or base.voice_contract.contract,
        wanted=Wanted(count, kind, area),
        valid_until=until,
        note="見積 118",
        actor=actor or builders.operator(),
    )
    return code


def kept(code) -> list[str]:
    held = Assignment.objects.filter(reservation=code, order=None, state="reserved", is_voice=True)
    return list(held.order_by("digits").values_list("digits", flat=True))


def state(code) -> CodeState:
    return state_of(fresh(code), today=calendar.today(clocks.now()))


def agree() -> None:
    assert reconciling.differences(clocks.now()) == []


def test_a_code_keeps_consecutive_numbers_for_one_contract(base):
    code = make(base)
    digits = kept(code)
    assert [int(one) for one in digits] == list(range(int(digits[0]), int(digits[0]) + 5))
    assert (code.customer, code.contract) == (base.customer, base.voice_contract.contract)
    assert FreeNumber.objects.count() == 15
    assert state(code) == CodeState.OPEN
    event = AuditEvent.objects.get(action="reservationcode.created")
    assert event.detail["code"] == code.code
    assert "5番号" in event.detail["numbers"]
    agree()


def test_codes_are_read_out_without_mistakes(base):
    codes = [make(base, 1).code for _one in range(10)]
    assert len(set(codes)) == 10
    assert not set("".join(codes)) & set("OI01S5Z2")


def test_an_order_takes_all_of_it_once(base):
    code = make(base)
    order = by_date.place(by_date.draft(base, by_date.coded(code)))
    assert state(code) == CodeState.USED
    assert not kept(code)
    assert Assignment.objects.filter(order=order, reservation=code).count() == 5
    with pytest.raises(NotPossible):
        by_date.place(by_date.draft(base, by_date.coded(code)))
    with pytest.raises(NotPossible):
        reserving.withdraw(code=code, reason="x", actor=staging.customer(order))
    agree()


@pytest.mark.parametrize("end", ["customer", "operator"])
def test_when_its_order_comes_to_nothing_it_is_open_again(base, actor, end):
    code = make(base)
    order = by_date.place(by_date.draft(base, by_date.coded(code)))
    if end == "customer":
        cancel(order=order, actor=staging.customer(order))
    else:
        operating.cancel(order=order, reason="x", actor=actor)
    assert state(code) == CodeState.OPEN
    assert len(kept(code)) == 5
    agree()


def test_withdrawn_its_numbers_are_free_again_at_their_old_places(base, actor):
    before = sorted(FreeNumber.objects.values_list("number", "available_on"))
    code = make(base)
    assert reserving.withdraw(code=code, reason="ご希望の変更", actor=actor) == 5
    assert state(code) == CodeState.WITHDRAWN
    assert sorted(FreeNumber.objects.values_list("number", "available_on")) == before
    assert AuditEvent.objects.get(action="reservationcode.withdrawn").detail["reason"] == "ご希望の変更"
    with pytest.raises(NotPossible):
        reserving.withdraw(code=code, reason="x", actor=actor)
    agree()


def test_it_can_be_ordered_with_until_the_end_of_its_last_day(base, clock):
    code, other = make(base), make(base)
    clock.set("2026-11-30 23:59")
    assert reserving.expire() == 0
    by_date.place(by_date.draft(base, by_date.coded(code), date="2026-12-14"))
    clock.set("2026-12-01 00:00")
    assert state(other) == CodeState.EXPIRED
    with pytest.raises(NotPossible):
        by_date.place(by_date.draft(base, by_date.coded(other), date="2026-12-21"))
    assert reserving.expire() == 1
    assert not kept(other)
    assert FreeNumber.objects.count() == 15
    assert reserving.expire() == 0
    assert AuditEvent.objects.filter(action="reservationcode.expired").count() == 1
    agree()


def test_a_job_looks_for_them_on_the_shared_clock(base, clock):
    make(base)
    # Months later, too: whatever no worker has seen is found.
    clock.set("2027-06-01 00:05")
    while jobs.run_due():
        pass
    assert FreeNumber.objects.count() == 20


def test_a_code_whose_order_falls_after_its_last_day_is_given_up(base, clock):
    code = make(base)
    order = by_date.place(by_date.draft(base, by_date.coded(code), date="2026-12-14"))
    clock.set("2026-12-05 10:00")
    assert reserving.expire() == 0
    cancel(order=order, actor=staging.customer(order))
    assert reserving.expire() == 1
    assert FreeNumber.objects.count() == 20
    agree()


def test_its_last_day_can_be_moved_while_it_is_open(base, actor, clock):
    code = make(base)
    reserving.prolong(code=code, valid_until=date(2026, 12, 31), actor=actor)
    clock.set("2026-12-10 10:00")
    assert (state(code), reserving.expire()) == (CodeState.OPEN, 0)
    clock.set("2027-01-01 00:00")
    with pytest.raises(NotPossible):
        reserving.prolong(code=code, valid_until=date(2027, 1, 31), actor=actor)


@pytest.mark.parametrize(
    ("wish", "text"),
    [
        ({"count": 21}, "いま予約できるのは20番号"),
        ({"count": 0}, "番号数は1から"),
        ({"count": 2001}, "番号数は1から"),
        ({"area": "06"}, "いま予約できるのは0番号"),
        ({"area": ""}, "市外局番"),
        ({"kind": Kind.IP_050}, "市外局番"),
        ({"until": date(2026, 11, 19)}, "1年以内"),
        ({"until": date(2027, 12, 1)}, "1年以内"),
    ],
)
def test_what_cannot_be_kept_keeps_nothing(base, wish, text):
    with pytest.raises(NotPossible, match=text):
        make(base, **wish)
    assert not ReservationCode.objects.exists()
    assert FreeNumber.objects.count() == 20


@pytest.mark.parametrize("fields", [{"state": "ended", "ended_on": "2026-11-01"}, {"kind": Contract.Kind.IP_PHONE}])
def test_only_for_a_contract_of_ip_voice_that_goes_on(base, fields):
    with pytest.raises(NotPossible, match="IP Voice"):
        make(base, contract=parts.contract(**fields))


@pytest.mark.serial
@pytest.mark.faults
@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
class TestAtTheSameMoment:
    def test_two_codes_for_the_last_numbers(self, base):
        for _round in range(scaled(2, 20)):
            answers = together([partial(make, base, 12)] * 4, workers=4)
            codes = [one for one in answers if isinstance(one, ReservationCode)]
            assert len(codes) == 1, answers
            assert all(isinstance(one, ReservationCode | NotPossible) for one in answers)
            assert FreeNumber.objects.count() == 8
            agree()
            reserving.withdraw(code=codes[0], reason="x", actor=builders.operator())

    def test_ordered_and_withdrawn(self, base, actor):
        for _round in range(scaled(3, 30)):
            code = make(base)
            order = by_date.draft(base, by_date.coded(code))
            answers = together(
                [partial(by_date.place, order), partial(reserving.withdraw, code=code, reason="x", actor=actor)],
                workers=2,
            )
            won = [one for one in answers if isinstance(one, Order | int)]
            assert len(won) == 1, answers
            assert state(code) == (CodeState.USED if isinstance(won[0], Order) else CodeState.WITHDRAWN)
            agree()
            if isinstance(won[0], Order):
                cancel(order=won[0], actor=staging.customer(order))
                reserving.withdraw(code=code, reason="x", actor=actor)

    def test_without_the_test_in_its_update_the_constraint_refuses(self, base):
        code = make(base)
        by_date.place(by_date.draft(base, by_date.coded(code)))
        with pytest.raises(IntegrityError, match="reservation_code_used_or_withdrawn"):
            ReservationCode.objects.filter(pk=code.pk).update(withdrawn_at=clocks.now())

    def test_without_counting_what_was_taken_two_codes_would_have_the_same_numbers(self, base):
        """Negative control: both have found the same numbers, and nobody asks how many the second one got."""
        today = calendar.today(clocks.now())
        plan = blocks.plan(wanted=Wanted(12, Kind.GEOGRAPHIC, "03"), today=today, seed=1)
        contract = base.voice_contract.contract
        for _one in range(2):
            code = reserving._store(contract, Wanted(12, Kind.GEOGRAPHIC, "03"), UNTIL, "", clocks.now())
            with suppress(NotPossible):
                reserving._take(code, plan, today)
        with pytest.raises(AssertionError):
            agree()
