"""Differences between what was promised and what the rows say: each planted, found, repaired on request, and gone."""

from datetime import date, timedelta

import pytest
from django.core.management import call_command
from django.db import connections

from numbering.models import Assignment, Credential
from numbering.services import reconciling
from numbering.services.sip_password_operating import force
from selfcare import clock as clocks
from selfcare.orders import due
from selfcare.orders.services.ending import cancel
from selfcare.work import reconcile
from tests.numbering.help import at, cancel_number
from tests.numbering.passwords import OLD, change, live_password, number_of

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
LATER = timedelta(minutes=20)


@pytest.fixture
def number(clock, contract):
    clock.set("2026-11-20 14:00")
    return number_of(contract, "b2bua")


@pytest.fixture
def waiting(number, owner, as_user):
    return change(as_user(owner), number, "Neu1pass", when="at", at="2026-11-20T14:30")


@pytest.fixture
def reflected(clock, waiting):
    clock.set("2026-11-20 18:00")
    due.run_local()
    return waiting


def told(capsys, *options):
    """What the command prints, and whether it says by its exit that all is right."""
    right = True
    try:
        call_command("reconcile", *options)
    except SystemExit:
        right = False
    lines = capsys.readouterr().out.splitlines()
    # The numbers of these tests never came out of the pool.
    return [line for line in lines if line.startswith("sip passwords")], right


def found():
    return reconciling.differences(clocks.now())


def new_of(order):
    return Credential.objects.get(order=order)


def old_of(order):
    return Credential.objects.get(pk=order.data["credential"])


def set_live(credential, begins, ends):
    Credential.objects.filter(pk=credential.pk).update(live=(begins, ends))


def late_slot(order):
    set_live(new_of(order), order.due_at + LATER, None)


def early_slot(order):
    set_live(new_of(order), order.due_at - LATER, None)


def ended_new(order):
    set_live(new_of(order), order.due_at, order.due_at + LATER)


def late_withdrawal(order):
    set_live(old_of(order), old_of(order).live.lower, order.due_at)


def early_withdrawal(order):
    set_live(old_of(order), old_of(order).live.lower, order.accepted_at + timedelta(minutes=1))
    Credential.objects.filter(pk=old_of(order).pk).update(dropped_at=clocks.real_now())


def both(order):
    set_live(new_of(order), order.due_at + LATER, None)
    set_live(old_of(order), old_of(order).live.lower, order.due_at + LATER)


@pytest.mark.parametrize("plant", [late_slot, early_slot, ended_new, late_withdrawal, early_withdrawal, both])
def test_a_waiting_change_that_is_not_as_promised(clock, capsys, waiting, number, plant):
    ranges = lambda: [(one.live.lower, one.live.upper) for one in Credential.objects.order_by("pk")]  # noqa: E731
    promised = ranges()
    assert found() == []
    plant(waiting)
    sentence = "1 waiting changes are not withdrawn or reflected when they were promised"
    assert found() == [sentence]
    assert told(capsys) == ([f"sip passwords: {sentence}"], False)
    assert ranges() != promised, "only looked at"
    lines, _right = told(capsys, "--repair")
    assert lines == [f"sip passwords: {sentence}", f"sip passwords: repaired: {sentence}"]
    assert ranges() == promised
    assert not Credential.objects.filter(live__endswith__gt=clocks.now(), dropped_at__isnull=False).exists()
    assert found() == []


def test_what_has_no_digests_left_is_told_and_left_alone(capsys, waiting, number):
    new_of(waiting).delete()
    lines, right = told(capsys, "--repair")
    assert not right
    assert lines[-1] == "sip passwords: left: 1 waiting changes have no new password"
    assert not any("repaired" in line for line in lines)


def test_a_reflected_change_that_is_not_live_since_its_slot(capsys, reflected, number):
    set_live(new_of(reflected), reflected.due_at + LATER, None)
    assert found() == ["1 completed changes began after their slot"]
    told(capsys, "--repair")
    assert found() == []
    assert new_of(reflected).live.lower == reflected.due_at


def test_a_changed_password_that_has_ended_without_reason(clock, capsys, reflected, number, operator):
    number.contract.functions = [*number.contract.functions, "numbering.cancel"]
    cancel_number(number, date(2026, 11, 30), actor=operator)
    set_live(new_of(reflected), reflected.due_at, reflected.due_at + timedelta(minutes=5))
    assert not live_password(number, "Neu1pass")
    assert found() == ["1 changed passwords have ended without another in their place"]
    told(capsys, "--repair")
    assert live_password(number, "Neu1pass")
    assert new_of(reflected).live.upper == at("2026-12-01 00:00")
    assert found() == []


def test_what_was_replaced_later_forced_or_taken_back_is_no_difference(clock, reflected, number, owner, as_user,
                                                                       operator):  # fmt: skip
    second = change(as_user(owner), number, "Neu2pass", current_password="Neu1pass")
    force(order=second, reason="x", actor=operator)
    clock.set("2026-11-20 18:05")
    third = change(as_user(owner), number, "Neu3pass", current_password="Neu2pass")
    assert found() == []
    assert reconcile.run().get("numbering", []) == _pool_only()
    cancel(order=third, actor=owner)
    assert found() == []
    clock.set("2026-11-20 23:00")
    assert found() == []


def _pool_only():
    """A number whose change waits has no live password, which is as promised."""
    return [line for line in reconcile.run().get("numbering", []) if "credential" not in line]


def test_a_lost_new_password_of_a_completed_change_is_told(reflected):
    Credential.objects.filter(order=reflected).delete()
    assert found() == ["1 completed changes have no new password"]


def test_a_password_of_a_number_that_is_not_in_use_is_ended(capsys, number):
    Assignment.objects.update(state="released", released_on=date(2026, 11, 19))
    assert live_password(number, OLD)
    assert found() == ["1 numbers that are not in use have a live password"]
    told(capsys, "--repair")
    assert not live_password(number, OLD)
    assert found() == []


def test_a_password_that_outlives_the_end_of_its_number_is_ended_then(capsys, number):
    Assignment.objects.update(ends_on=date(2026, 11, 25))
    assert found() == ["1 passwords live on after the end of their number"]
    told(capsys, "--repair")
    assert Credential.objects.get().live.upper == at("2026-11-26 00:00")
    assert found() == []


def test_a_number_in_use_without_a_password_is_told(capsys, number):
    Credential.objects.all().delete()
    assert "1 numbers in use have no live credential" in reconcile.run()["numbering"]
    told(capsys, "--repair")
    assert "1 numbers in use have no live credential" in reconcile.run()["numbering"]


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
@pytest.mark.parametrize(
    ("harm", "undo", "sentence"),
    [
        (
            "ALTER VIEW registrar.subscriber RENAME TO elsewhere",
            "ALTER VIEW registrar.elsewhere RENAME TO subscriber",
            "the view registrar.subscriber is missing",
        ),
        (
            "REVOKE SELECT ON registrar.subscriber FROM selfcare_registrar",
            "GRANT SELECT ON registrar.subscriber TO selfcare_registrar",
            "the role selfcare_registrar cannot read the view registrar.subscriber",
        ),
        (
            "REVOKE USAGE ON SCHEMA registrar FROM selfcare_registrar",
            "GRANT USAGE ON SCHEMA registrar TO selfcare_registrar",
            "the role selfcare_registrar cannot read the view registrar.subscriber",
        ),
    ],
)
def test_a_view_that_the_registrar_cannot_read_is_told(clock, harm, undo, sentence):
    assert found() == []
    with connections["owner"].cursor() as cursor:
        cursor.execute(harm)
        try:
            assert found() == [sentence]
        finally:
            cursor.execute(undo)
    assert found() == []


def test_two_rows_that_claim_the_same_time_are_left_to_a_person(capsys, waiting, number):
    """The repair of one kind that the database refuses does not stop the others."""
    new = new_of(waiting)
    set_live(new, new.live.lower, new.live.lower + LATER)
    stranger = new_of(waiting)
    stranger.pk = stranger.order_id = None
    stranger.live = (new.live.lower + LATER, None)
    stranger.save(force_insert=True)
    lines, right = told(capsys, "--repair")
    assert not right
    assert lines[-1].startswith("sip passwords: left: 1 waiting changes")
