"""The calendar of a change of address: reminders on days 7, 14, 21, and no suspension by the clock, ever."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, connections, transaction

from selfcare import calendar
from selfcare import clock as time
from selfcare.accounts.models import Contract, User
from selfcare.contract_data import hooks
from selfcare.contract_data.models import CaseState, Holder, IdentityCase, Reminder, Suspension
from selfcare.contract_data.services import confirming, hours, lifting, suspending
from selfcare.orders.procedures import NotPossible
from tests import builders
from tests.clock import Clock
from tests.selfcare.contract_data import walking

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def is_suspended(contract: Contract) -> bool:
    """As the registrar's view asks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT contract_data_is_suspended(%s)", [contract.pk])
        return bool(cursor.fetchone()[0])


def reminded(case: IdentityCase) -> dict[int, date]:
    rows = Reminder.objects.filter(letter__case=case, sent_at__isnull=False)
    return {row.day: row.noted_at.date() for row in rows}


def test_the_clock_reminds_on_days_7_14_and_21_and_never_suspends(
    clock: Clock, posted: IdentityCase, contract: Contract
) -> None:
    walking.walk(clock, 60)
    walking.run_jobs()
    assert reminded(posted) == {7: date(2026, 11, 27), 14: date(2026, 12, 4), 21: date(2026, 12, 11)}
    assert walking.mails("identity_reminder") == 3
    posted.refresh_from_db()
    assert posted.state == CaseState.POSTED
    assert not Suspension.objects.exists()
    assert not is_suspended(contract)


def test_confirmed_on_day_29_the_new_data_are_in_force_and_nothing_was_ever_stopped(
    clock: Clock, posted: IdentityCase, contract: Contract, owner: User, operator: User
) -> None:
    code = posted.code  # type: ignore[attr-defined]
    walking.walk(clock, 29)
    with pytest.raises(NotPossible, match="30日"):
        book(posted, operator)
    old = Holder.objects.visible_to(owner).get().address
    assert old != posted.address
    confirming.enter_code(case=posted, code=f"{code[:4]}-{code[4:]}", actor=owner)
    assert Holder.objects.visible_to(owner).get().address == posted.address
    posted.order.refresh_from_db()
    assert posted.order.state == "completed"
    walking.walk(clock, 5)
    assert not Suspension.objects.exists()
    assert not is_suspended(contract)


def test_who_looks_late_reminds_once(clock: Clock, posted: IdentityCase) -> None:
    clock.set("2026-12-12 12:00")
    walking.run_everything()
    walking.run_everything()
    assert reminded(posted) == {21: date(2026, 12, 12)}
    assert Reminder.objects.filter(letter__case=posted).count() == 3
    assert walking.mails("identity_reminder") == 1


def book(case: IdentityCase, operator: User, starts_on: date | None = None) -> list[Suspension]:
    day = starts_on or suspending.first_day(time.now())
    return suspending.book(case=case, starts_on=day, reason="ご確認がとれないため", actor=operator)


def test_a_suspension_is_booked_after_day_30_announced_twice_and_lifted_with_the_confirmation(
    clock: Clock, posted: IdentityCase, contract: Contract, owner: User, operator: User
) -> None:
    code = posted.code  # type: ignore[attr-defined]
    walking.walk(clock, 31)
    with pytest.raises(NotPossible, match="7日前"):
        book(posted, operator, date(2026, 12, 25))
    with pytest.raises(NotPossible, match="営業日"):
        book(posted, operator, date(2027, 1, 9))
    assert book(posted, operator)[0].starts_at.isoformat() == "2027-01-04T10:00:00+09:00"
    with pytest.raises(NotPossible, match="すでに予約"):
        book(posted, operator)
    for moment, mails in (
        ("2026-12-28 08:59", 0),
        ("2026-12-28 09:00", 1),
        ("2027-01-03 08:59", 1),
        ("2027-01-03 09:00", 2),
        ("2027-01-04 09:59", 2),
    ):
        clock.set(moment)
        walking.run_everything()
        assert walking.mails("suspension_announced") == mails, moment
        assert not is_suspended(contract)
    assert Suspension.objects.get().starts_at == clock.set("2027-01-04 10:00"), "told in time, nothing has moved"
    assert is_suspended(contract), "no worker has to do anything"
    confirming.enter_code(case=posted, code=code, actor=owner)
    assert not is_suspended(contract)


def test_only_contracts_that_an_app_can_stop_are_booked_announced_and_refused(
    clock: Clock, posted: IdentityCase, contract: Contract, operator: User
) -> None:
    """The others would go on ringing while mails and pages say that they are stopped."""
    other = builders.contract(customer=contract.customer, service="mobile")
    walking.walk(clock, 31)
    assert [row.contract for row in book(posted, operator)] == [contract]
    assert not Suspension.objects.filter(contract=other).exists()
    Contract.objects.filter(pk=contract.pk).update(service="mobile")
    with pytest.raises(NotPossible, match="対象になる契約がありません"):
        book(posted, operator)


def test_an_announcement_that_goes_out_late_moves_the_suspension(
    clock: Clock, posted: IdentityCase, contract: Contract, operator: User
) -> None:
    walking.walk(clock, 31)
    book(posted, operator)
    clock.set("2027-01-05 23:00")
    walking.run_everything()
    assert walking.mails("suspension_announced") == 0, "nobody is mailed at night"
    clock.set("2027-01-06 12:00")
    assert not is_suspended(contract), "nobody has been told"
    walking.run_everything()
    moved = calendar.local(Suspension.objects.get().starts_at)
    assert moved.isoformat() == "2027-01-14T10:00:00+09:00", "the first ten in the morning after a week"
    clock.set("2027-01-15 12:00")
    assert not is_suspended(contract), "the second announcement has not gone out"
    walking.run_everything()
    clock.set("2027-01-18 09:59")
    assert not is_suspended(contract), "no telephone is stopped over the weekend"
    clock.set("2027-01-18 10:00")
    assert is_suspended(contract)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_the_database_refuses_a_suspension_that_is_early_or_unannounced(
    clock: Clock, posted: IdentityCase, operator: User
) -> None:
    """Whatever the service would do; without the constraints the same rows are taken."""
    walking.walk(clock, 31)
    row = book(posted, operator)[0]
    early = {
        "suspension_not_early": {"counted_from": row.booked_at - timedelta(days=29)},
        "suspension_booked_a_week_before": {"starts_at": row.booked_at + timedelta(days=6)},
        "suspension_week_before": {"announced_week_at": row.starts_at - timedelta(days=6)},
        "suspension_day_before": {"announced_day_at": row.starts_at - timedelta(hours=23)},
        "suspension_lifted_after_start": {"provisional_until": row.starts_at},
    }
    for name, columns in early.items():
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Suspension.objects.filter(pk=row.pk).update(**columns)
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        for name in early:
            cursor.execute(f"ALTER TABLE contract_data_suspension DROP CONSTRAINT {name}")
        for columns in early.values():
            assert Suspension.objects.using("owner").filter(pk=row.pk).update(**columns) == 1
        transaction.set_rollback(True, using="owner")


def test_an_operator_lifts_provisionally_until_a_day_and_the_apps_hear_of_every_change(
    clock: Clock, posted: IdentityCase, contract: Contract, operator: User, heard: list[tuple[str, int]]
) -> None:
    walking.walk(clock, 31)
    row = book(posted, operator)[0]
    with pytest.raises(NotPossible, match="まだ始まっていません"):
        lifting.lift_provisionally(suspension=row, until=time.now() + timedelta(days=20), reason="", actor=operator)
    walking.walk(clock, 15)
    assert is_suspended(contract)
    assert heard == [("suspended", contract.pk)]
    until = time.now() + timedelta(days=3)
    with pytest.raises(NotPossible, match="60日以内"):
        lifting.lift_provisionally(suspension=row, until=time.now() + timedelta(days=61), reason="", actor=operator)
    lifting.lift_provisionally(suspension=row, until=until, reason="お客様のご事情", actor=operator)
    assert not is_suspended(contract)
    walking.run_everything()
    assert heard[1:] == [("lifted", contract.pk)]
    assert (walking.mails("suspension_paused"), walking.mails("suspension_returns")) == (1, 0)
    for moment, mails in (("2027-01-07 08:59", 0), ("2027-01-07 09:00", 1), ("2027-01-08 09:59", 1)):
        clock.set(moment)
        walking.run_everything()
        assert walking.mails("suspension_returns") == mails, moment
    # Prolonged, and so shortly that its own mail is the last word.
    until = hours.stop_after(time.now() + timedelta(hours=1))
    lifting.lift_provisionally(suspension=row, until=until, reason="お客様のご事情", actor=operator)
    clock.set(until)
    walking.run_everything()
    assert (walking.mails("suspension_paused"), walking.mails("suspension_returns")) == (2, 1)
    assert is_suspended(contract)
    walking.run_everything()
    lifting.lift(suspension=row, reason="解決", actor=operator)
    walking.run_everything()
    assert [word for word, _pk in heard] == ["suspended", "lifted", "suspended", "lifted"]


@pytest.fixture
def heard() -> list[tuple[str, int]]:
    """What an app is told; it registers like any other, and fails once, as apps do."""
    told: list[tuple[str, int]] = []
    failed: list[str] = []

    def suspended(contract: Contract) -> None:
        if not failed:
            failed.append("once")
            raise ConnectionError("the registrar does not answer")
        told.append(("suspended", contract.pk))

    def lifted(contract: Contract) -> None:
        told.append(("lifted", contract.pk))

    hooks.register("tests", stops=lambda contract: True, suspended=suspended, lifted=lifted)
    return told
