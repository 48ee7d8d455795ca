"""Codes, carrier, workers and operators at the same moment: one outcome; and what it is without the protection."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection, connections, transaction

from selfcare import clock as time
from selfcare.accounts import audit
from selfcare.accounts.models import AuditEvent
from selfcare.accounts.services import throttle
from selfcare.contract_data import due
from selfcare.contract_data.models import MOST_GUESSES, CaseState, CheckLetter, IdentityCase, Reminder, Suspension
from selfcare.contract_data.services import codes, confirming, lifting, reviewing
from selfcare.contract_data.services.telling import tell
from selfcare.orders.procedures import NotPossible
from tests.numbering.help import together
from tests.people import log_in
from tests.scale import scaled
from tests.selfcare.contract_data import walking

pytestmark = [
    pytest.mark.faults,
    pytest.mark.serial,
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
]
WORKERS = 8
ROUNDS = scaled(2, 25)


def kinds(results):
    return sorted({type(one).__name__ for one in results})


def events(action):
    return AuditEvent.objects.filter(action=action).count()


def wrong(code):
    return "1" * 8 if code != "1" * 8 else "2" * 8


def test_a_code_guessed_many_times_at_once_is_guessed_five_times(posted, owner):
    """Nobody outruns the letter's count."""
    guess = partial(confirming.enter_code, case=posted, code=wrong(posted.code), actor=owner)
    results = together([guess] * scaled(24, 96), workers=WORKERS)
    left = sorted(one.left for one in results if isinstance(one, confirming.CodeWrong))
    assert left == list(range(MOST_GUESSES)), "each try has a number of its own"
    assert kinds(results) == ["CodeWrong", "NotPossible"]
    assert walking.current(posted).guesses == MOST_GUESSES == events("identity.code_wrong")
    with pytest.raises(NotPossible):
        confirming.enter_code(case=posted, code=posted.code, actor=owner)


def test_nor_does_anybody_outrun_the_tries_of_a_day(posted, owner):
    """Counted together over all letters of the customer."""
    counter = [(confirming.TYPED, throttle.key(confirming.TYPED, str(posted.customer_id)))]
    for _before in range(confirming.TYPED.tries - 2):
        assert throttle.reserve(counter)
    guess = partial(confirming.enter_code, case=posted, code=wrong(posted.code), actor=owner)
    results = together([guess] * WORKERS, workers=WORKERS)
    assert sorted(type(one).__name__ for one in results) == ["CodeWrong"] * 2 + ["NotPossible"] * (WORKERS - 2)
    assert walking.current(posted).guesses == 2


def test_counting_after_reading_would_let_all_of_them_guess(posted):
    """The negative control: without the count that comes first, under the letter's lock."""
    gate = threading.Barrier(WORKERS)

    def guess() -> bool:
        letter = CheckLetter.objects.get(case=posted)
        gate.wait(20)
        if letter.guesses >= MOST_GUESSES:
            return False
        codes.matches(letter, wrong(posted.code))
        CheckLetter.objects.filter(pk=letter.pk).update(guesses=letter.guesses + 1)
        return True

    assert together([guess] * WORKERS, workers=WORKERS).count(True) > MOST_GUESSES
    assert walking.current(posted).guesses == 1


def test_the_right_code_typed_many_times_at_once_confirms_once(posted, owner):
    results = together([partial(confirming.enter_code, case=posted, code=posted.code, actor=owner)] * 12, workers=6)
    assert [type(one).__name__ for one in results].count("IdentityCase") == 1
    assert kinds(results) == ["IdentityCase", "NotPossible"]
    assert events("customer.identity_changed") == events("identity.confirmed") == walking.mails("order_completed") == 1


def test_every_click_of_the_button_ends_on_the_page_that_says_so(posted, owner):
    clients = [log_in(owner) for _click in range(6)]
    results = together([partial(one.post, "/contract/code/", {"code": posted.code}) for one in clients], workers=6)
    assert [answer["Location"] for answer in results] == ["/contract/"] * 6
    assert events("customer.identity_changed") == 1


def record(case, kind, key):
    letter = walking.current(case)
    return partial(confirming.record, letter=letter, kind=kind, key=key, happened_at=time.now())


@pytest.mark.parametrize("kind", ["delivered", "returned"])
def test_code_and_carriers_record_at_once_have_one_outcome(kind, owner, operator, clock, contract, folder):
    """The record told twice under one key, and once more by an operator with another."""
    for number in range(ROUNDS):
        case = walking.posted(walking.applied(owner, address=f"東京都みなも区新町4-5-{number}"), operator)
        before = {
            name: events(name) for name in ("customer.identity_changed", "identity.confirmed", "identity.returned")
        }
        mailed = {name: walking.mails(name) for name in ("order_completed", "identity_letter_returned")}
        typed = partial(confirming.enter_code, case=case, code=walking.code_in(case), actor=owner)
        told = record(case, kind, "post")
        results = together([typed, told, told, record(case, kind, "slip"), typed], workers=5)
        assert not [one for one in results if isinstance(one, Exception) and not isinstance(one, NotPossible)]
        case.refresh_from_db()
        is_confirmed = int(case.state == CaseState.CONFIRMED)
        assert is_confirmed or (kind, case.state) == ("returned", CaseState.RETURNED)
        after = {name: events(name) - count for name, count in before.items()}
        assert after == {
            "customer.identity_changed": is_confirmed,
            "identity.confirmed": is_confirmed,
            "identity.returned": 1 - is_confirmed,
        }
        sent = {name: walking.mails(name) - count for name, count in mailed.items()}
        assert sent == {"order_completed": is_confirmed, "identity_letter_returned": 1 - is_confirmed}
        assert walking.current(case).state == ("delivered" if is_confirmed else "returned")
        if not is_confirmed:
            reviewing.refuse(case=case, reason="", actor=operator)


def test_without_the_rows_locked_code_and_record_would_both_have_an_outcome(posted, owner):
    """The negative control: both look at the state first, as the service does, and hold nothing."""
    gate = threading.Barrier(2)

    def follow(template: str) -> bool:
        case = IdentityCase.objects.select_related("order", "customer").get(pk=posted.pk)
        gate.wait(20)
        if case.state != CaseState.POSTED:
            return False
        with transaction.atomic():
            audit.record(action="identity.post_event", obj=case, customer=case.customer, actor=None)
            tell(case, template)  # type: ignore[arg-type]
        return True

    together([partial(follow, "identity_letter_returned"), partial(follow, "identity_letter_posted")], workers=2)
    assert events("identity.post_event") == 2


def test_workers_who_look_together_remind_once_a_day(posted, clock):
    for day, moment in ((7, "2026-11-27 09:00"), (14, "2026-12-04 09:00"), (21, "2026-12-11 09:00")):
        clock.set(moment)
        results = together([due.run] * scaled(6, 24), workers=6)
        assert not [one for one in results if isinstance(one, Exception)]
        assert Reminder.objects.filter(letter__case=posted, day=day).count() == 1
        assert walking.mails("identity_reminder") == day // 7


@contextmanager
def without_the_constraint() -> Iterator[None]:
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE contract_data_reminder DROP CONSTRAINT reminder_once")
        try:
            yield
        finally:
            cursor.execute("DELETE FROM contract_data_reminder")
            cursor.execute("ALTER TABLE contract_data_reminder ADD CONSTRAINT reminder_once UNIQUE (letter_id, day)")


@pytest.mark.parametrize(("protected", "reminded"), [(True, 1), (False, 2)], ids=["", "control"])
def test_whatever_workers_believe_a_day_has_one_reminder(posted, protected, reminded):
    """Two who have both found nothing noted."""
    gate, letter = threading.Barrier(2), walking.current(posted)

    def remind() -> None:
        assert not letter.reminders.exists()
        gate.wait(20)
        with transaction.atomic():
            Reminder.objects.create(letter=letter, day=7, noted_at=time.now(), sent_at=time.now())
            tell(IdentityCase.objects.get(pk=posted.pk), "identity_reminder", day=7)

    with nullcontext() if protected else without_the_constraint():
        results = together([remind, remind], workers=2)
        assert (
            walking.mails("identity_reminder")
            == reminded
            == 2 - len([one for one in results if isinstance(one, IntegrityError)])
        )


def is_suspended(contract):
    with connection.cursor() as cursor:
        cursor.execute("SELECT contract_data_is_suspended(%s)", [contract.pk])
        return cursor.fetchone()[0]


def test_a_suspension_lifted_by_three_at_once_ends_once(owner, operator, clock, contract, folder):
    for number in range(ROUNDS):
        case = walking.posted(walking.applied(owner, address=f"東京都みなも区新町4-5-{number}"), operator)
        row = walking.suspended(case, contract, operator)
        assert is_suspended(contract)
        lifted, mailed = events("suspension.lifted"), walking.mails("suspension_lifted")
        until = time.now() + timedelta(days=5)
        pause = partial(lifting.lift_provisionally, suspension=row, until=until, reason="電話", actor=operator)
        end = partial(lifting.lift, suspension=row, reason="解決", actor=operator)
        typed = partial(confirming.enter_code, case=case, code=walking.code_in(case), actor=owner)
        results = together([pause, end, typed, end, pause, typed], workers=6)
        assert not [one for one in results if isinstance(one, Exception) and not isinstance(one, NotPossible)]
        case.refresh_from_db()
        assert case.state == CaseState.CONFIRMED
        assert not is_suspended(contract)
        assert events("suspension.lifted") - lifted == walking.mails("suspension_lifted") - mailed == 1
        assert not Suspension.objects.standing().exists()


def test_without_the_row_locked_it_would_end_as_often_as_it_is_lifted(posted, contract, operator):
    """The negative control."""
    row, gate = walking.suspended(posted, contract, operator), threading.Barrier(3)

    def lift() -> None:
        found = Suspension.objects.standing().get(pk=row.pk)
        gate.wait(20)
        with transaction.atomic():
            Suspension.objects.filter(pk=found.pk).update(lifted_at=time.now())
            audit.record(action="suspension.lifted", obj=found, customer=found.customer, actor=operator)

    together([lift] * 3, workers=3)
    assert events("suspension.lifted") == 3
