"""Changes of lines that wait for approval: the line is as it was, and what was typed of secrets stays sealed."""

import pytest
from django.db import connection

from lines.models import Line, PinChange, PortOut
from selfcare import clock as time
from selfcare.accounts.models import Role
from selfcare.orders import procedures, secrets
from selfcare.orders.models import Order, OrderSecret
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services import approving as service
from selfcare.orders.services import ending
from selfcare.orders.services.drafts import MARK, new_draft, save_draft
from selfcare.orders.states import State
from tests import builders
from tests.lines.parts import fresh, line, place
from tests.lines.parts import service as offered
from tests.lines.voice import change
from tests.selfcare.orders import approving
from tests.selfcare.orders.approving import approve, expire, refuse

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def phone(clock) -> Line:
    offered()
    return line(options={"voicemail": True})


@pytest.fixture
def boss(phone):
    approving.rule(phone.customer, finals=True, procedures=["lines.voice_options"])
    return builders.user(customer=phone.customer, role=Role.OWNER)


def test_a_termination_cancels_what_falls_with_it_only_once_it_is_approved(phone, boss):
    approving.rule(phone.customer, finals=True, procedures=[])
    booked = change(phone, "first", voicemail=None)
    order = place(phone, "lines.terminate", ends_on="2026-11-30")
    assert (order.awaits_approval, fresh(booked).state, fresh(phone).ends_on) == (True, State.ACKNOWLEDGED, None)
    with pytest.raises(NotPossible, match=order.request_id):
        place(phone, "lines.terminate", ends_on="2026-12-31")
    approve(order, boss)
    assert (fresh(booked).state, str(fresh(phone).ends_on)) == (State.CANCELLED, "2026-11-30")
    # Done by who approved, not by who asked.
    assert approving.events(fresh(booked))[-1] == ("order.cancelled", boss.selfcare_id)


def test_its_other_ends_leave_the_line_alone(phone, boss, clock):
    for end in (
        refuse,
        lambda order, user: ending.cancel(order=order, actor=user),
        lambda order, _user: expire(order, clock),
    ):
        before = Line.objects.filter(pk=phone.pk).values().get()
        end(place(phone, "lines.terminate", ends_on="2026-12-31"), boss)
        assert Line.objects.filter(pk=phone.pk).values().get() == before


def test_a_line_that_has_an_end_of_its_own_keeps_it_when_a_request_ends(phone, boss):
    """The end that stands on the line is not the request's to take away."""
    order = place(phone, "lines.terminate", ends_on="2026-12-31")
    Line.objects.filter(pk=phone.pk).update(ends_on="2027-01-31", open_changes=["end"])
    refuse(order, boss)
    assert (str(fresh(phone).ends_on), fresh(phone).open_changes) == ("2027-01-31", ["end"])


def test_a_day_that_has_passed_meanwhile_is_said_to_who_would_approve(phone, boss, clock):
    order = place(phone, "lines.terminate", ends_on="2026-11-21")
    clock.set("2026-11-23 10:00")
    assert service.look(order=order, actor=boss).problem
    with pytest.raises(NotPossible):
        approve(order, boss, seen="x")


def test_a_number_to_leave_with_is_asked_for_after_the_approval(phone, boss):
    data = {"name": "架空商事株式会社", "kana": "カクウショウジ", "kind": "corporate"}
    order = place(phone, "lines.mnp_out", **data)
    assert (order.awaits_approval, PortOut.objects.exists()) == (True, False)
    assert approve(order, boss).state == State.ACKNOWLEDGED
    assert PortOut.objects.get().state == "pending"


PIN = "0835"


def with_pin(phone: Line, boss) -> Order:
    """As the wizard keeps it: sealed beside the draft."""
    actor = approving.second(boss)
    data = {"day": "today", "options": {}, "has_pin": True, MARK: "x"}
    draft = new_draft(
        procedure=procedures.get("lines.voice_options"),
        subject=phone,
        contract=phone.contract,
        now=time.now(),
        actor=actor,
    )
    order = save_draft(order=draft, data=data, now=time.now(), actor=actor, secret={"pin": PIN})
    return approving.confirmed(order, actor)


def everywhere() -> str:
    """All that the tables of orders and mails hold in clear."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT array_agg(o::text) FROM orders_order o")
        orders = cursor.fetchone()[0]
        cursor.execute("SELECT array_agg(m.context::text) FROM work_mail m")
        return f"{orders} {cursor.fetchone()[0]}"


def test_a_pin_stays_sealed_until_the_approval_and_goes_on_from_there(phone, boss):
    order = with_pin(phone, boss)
    assert order.awaits_approval
    assert secrets.opened([order]) == {order: {"pin": PIN}}
    assert not PinChange.objects.exists()
    assert f'"{PIN}"' not in everywhere()
    assert approve(order, boss).state in (State.ACKNOWLEDGED, State.IN_PROGRESS)
    assert not OrderSecret.objects.exists()
    assert PinChange.objects.count() == 1


@pytest.mark.parametrize("end", ["refused", "withdrawn", "expired"])
def test_a_pin_is_erased_with_every_other_end(end, phone, boss, clock):
    order = with_pin(phone, boss)
    if end == "expired":
        expire(order, clock)
    else:
        refuse(order, boss) if end == "refused" else ending.cancel(order=order, actor=boss)
    assert not OrderSecret.objects.exists()
    assert not PinChange.objects.exists()
