"""A password changed through the customer's pages is what a real Kamailio lets in: each moment asked by a telephone.

No worker runs in these tests but where one is named: what is refused and accepted is a fact of the database.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connections
from django.urls import reverse

from numbering.models import Assignment, Credential
from numbering.registrar.port import Account
from numbering.services import registrations
from selfcare.orders import due
from selfcare.orders.models import Order
from selfcare.orders.states import State
from tests.harness.sip import Telephone
from tests.numbering.passwords import OLD, change, number_of
from tests.real.conftest import CLIENTS, NEW, NEW_ONLY, NONE, OLD_ONLY, REALM, SLOTTED, own

pytestmark = [pytest.mark.real, pytest.mark.django_db(transaction=True, databases=["default", "owner"])]


def state_of(order: Order) -> str:
    order.refresh_from_db()
    return str(order.state)


@pytest.mark.parametrize("client", CLIENTS)
def test_standard_the_new_one_at_once(tried, contract, page, client):
    number = number_of(contract, "standard")
    seen = [tried(number, "14:00", client)]
    order = change(page, number, NEW)
    seen.append(tried(number, client=client))  # the clock stands still: in the same second
    assert seen == [OLD_ONLY, NEW_ONLY]
    assert state_of(order) == State.COMPLETED
    assert "15分以内" in order.shown_part("promise")["text"]


def slotted(tried, number, page, client="own") -> list[tuple[bool, bool]]:
    """The change at 14:00 and what registers before it, from it on, at the last moment, and from its slot on."""
    seen = [tried(number, moment, client) for moment in ("13:59:59", "14:00")]
    order = change(page, number, NEW)
    seen.append(tried(number, client=client))
    seen += [tried(number, moment, client) for moment in ("17:29:59", "17:30", "17:31")]
    assert state_of(order) == State.ACKNOWLEDGED, "no worker was there"
    return seen


FLOW = [OLD_ONLY, OLD_ONLY, NONE, NONE, NEW_ONLY, NEW_ONLY]


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("service", SLOTTED)
def test_with_a_slot_none_until_it_and_the_new_one_from_it_on(tried, contract, page, service, client):
    number = number_of(contract, service)
    assert slotted(tried, number, page, client) == FLOW
    assert due.run_local() == 1
    assert Order.objects.get(subject_id=number.pk).state == State.COMPLETED
    assert tried(number, client=client) == NEW_ONLY


@contextmanager
def view_without_time() -> Iterator[None]:
    """The registrar's view as if credentials were valid for ever."""
    condition = "numbering_credential.live @> selfcare_now()"
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT pg_get_viewdef('registrar.subscriber'::regclass)")
        (kept,) = cursor.fetchone()
        assert kept.count(condition) == 1, kept
        cursor.execute(f"CREATE OR REPLACE VIEW registrar.subscriber AS {kept.replace(condition, 'true')}")
        try:
            yield
        finally:
            cursor.execute(f"CREATE OR REPLACE VIEW registrar.subscriber AS {kept}")


def test_negative_control_a_view_that_does_not_ask_for_the_time(tried, contract, page):
    number = number_of(contract, "b2bua")
    with view_without_time():
        assert slotted(tried, number, page) != FLOW
    assert tried(number, "17:31") == NEW_ONLY, "the view is as it was"


@pytest.mark.parametrize("client", ["sipp", "sipsak"])
@pytest.mark.parametrize("service", SLOTTED)
def test_undone_the_old_one_is_back_at_once_and_stays(tried, contract, page, service, client):
    number = number_of(contract, service)
    seen = [tried(number, "14:00", client)]
    order = change(page, number, NEW)
    seen += [tried(number, client=client), tried(number, "17:29:59", client)]
    page.post(reverse("orders:cancel", args=[order.uuid]))
    seen += [tried(number, client=client)]
    seen += [tried(number, moment, client) for moment in ("17:30", "2026-11-21 17:30")]
    assert seen == [OLD_ONLY, NONE, NONE, OLD_ONLY, OLD_ONLY, OLD_ONLY]
    assert state_of(order) == State.CANCELLED


def test_at_the_slot_it_is_too_late_to_undo(tried, contract, page, clock):
    number = number_of(contract, "b2bua")
    clock.set("2026-11-20 14:00")
    order = change(page, number, NEW)
    clock.set("2026-11-20 17:30")
    page.post(reverse("orders:cancel", args=[order.uuid]))
    assert tried(number) == NEW_ONLY
    assert state_of(order) != State.CANCELLED


@pytest.mark.parametrize("service", SLOTTED)
def test_booked_over_midnight_it_has_two_moments(tried, contract, page, service):
    number = number_of(contract, service)
    tried(number, "14:00")
    change(page, number, NEW, when="at", at="2026-11-20T23:59")
    moments = ("14:01", "23:58:59", "23:59", "2026-11-21 00:00", "2026-11-21 00:29:59", "2026-11-21 00:30")
    assert [tried(number, moment) for moment in moments] == [OLD_ONLY, OLD_ONLY, NONE, NONE, NONE, NEW_ONLY]


def test_booked_for_the_standard_service_it_has_one(tried, contract, page):
    number = number_of(contract, "standard")
    tried(number, "14:00")
    order = change(page, number, NEW, when="at", at="2026-12-01T03:00")
    moments = ("2026-12-01 02:59:59", "2026-12-01 03:00")
    assert [tried(number, moment) for moment in moments] == [OLD_ONLY, NEW_ONLY]
    assert state_of(order) == State.ACKNOWLEDGED


@pytest.mark.parametrize("undone_at", ["2026-11-20 20:00", "2026-11-21 00:10"], ids=["before", "between"])
def test_a_booked_change_is_undone_before_and_after_its_withdrawal(tried, contract, page, clock, undone_at):
    number = number_of(contract, "b2bua")
    clock.set("2026-11-20 14:00")
    order = change(page, number, NEW, when="at", at="2026-11-20T23:59")
    clock.set(undone_at)
    page.post(reverse("orders:cancel", args=[order.uuid]))
    assert state_of(order) == State.CANCELLED
    moments = (undone_at, "2026-11-20 23:59", "2026-11-21 00:30")
    assert [tried(number, moment) for moment in moments] == [OLD_ONLY] * 3


@pytest.mark.parametrize(
    ("made", "last", "slot"),
    [
        ("2026-11-20 23:59:59", "2026-11-21 00:29:59", "2026-11-21 00:30"),
        ("2026-11-21 00:00", "2026-11-21 01:29:59", "2026-11-21 01:30"),
        ("2026-12-31 23:00", "2027-01-01 00:29:59", "2027-01-01 00:30"),
    ],
)
def test_across_midnight_month_and_year(tried, contract, page, made, last, slot):
    number = number_of(contract, "b2bua")
    seen = [tried(number, made)]
    change(page, number, NEW)
    assert [*seen, tried(number), tried(number, last), tried(number, slot)] == [OLD_ONLY, NONE, NONE, NEW_ONLY]


def test_a_second_change_follows_the_first(tried, contract, page, clock, attached):
    number = number_of(contract, "b2bua")
    clock.set("2026-11-20 14:00")
    change(page, number, NEW)
    clock.set("2026-11-20 17:30:01")
    due.run_local()
    change(page, number, "Drit3pas", current_password=NEW)
    assert tried(number) == NONE
    assert tried(number, "18:30") == NONE
    assert own(number.digits, REALM, "Drit3pas", attached.address)


@pytest.mark.parametrize("service", ["standard", "b2bua"])
def test_registrations_of_the_old_password_end_when_a_worker_runs(tried, contract, page, clock, attached, service):
    number = number_of(contract, service)
    with (
        Telephone(number.digits, REALM, OLD, attached.address) as first,
        Telephone(number.digits, REALM, NEW, attached.address) as second,
    ):
        assert first.register() == 200
        assert shown(page, number) == "registered"
        change(page, number, NEW)
        assert attached.client.registrations(Account(number.digits, REALM)), "withdrawn, and nobody told the registrar"
        if service == "standard":
            assert second.register() == 200
        assert registrations.drop_due() == 1
        left = [one.contact for one in attached.client.registrations(Account(number.digits, REALM))]
        assert left == ([second.contact] if service == "standard" else [])
        assert shown(page, number) == ("registered" if service == "standard" else "none")
        clock.set("2026-11-20 17:30")
        assert (first.register(), second.register()) == (403, 200)
        assert shown(page, number) == "registered"
    assert registrations.drop_due() == 0


def shown(page, number: Assignment) -> str:
    """The telephone's state on the list of numbers."""
    (line,) = page.get(reverse("numbering:list")).context["numbers"]
    assert line.number == number.digits
    return str(line.registration.code)


def test_a_registration_undone_with_its_change_is_made_again(contract, page, clock, attached):
    number = number_of(contract, "b2bua")
    with Telephone(number.digits, REALM, OLD, attached.address) as telephone:
        assert telephone.register() == 200
        order = change(page, number, NEW)
        assert registrations.drop_due() == 1
        assert telephone.register() == 403
        page.post(reverse("orders:cancel", args=[order.uuid]))
        assert telephone.register() == 200
        assert registrations.drop_due() == 0
        assert len(attached.client.registrations(Account(number.digits, REALM))) == 1
    old = Credential.objects.get(number_id=number.number_id)
    assert (old.dropped_at, old.drop_after, old.live.upper) == (None, None, None)
