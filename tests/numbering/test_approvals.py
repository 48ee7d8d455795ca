"""Additions that wait for approval: numbers are held, the same ones are issued, and all come back otherwise."""

import pytest

from billing.models import Tariff
from numbering.admin.dial_in.works import open_orders
from numbering.dial_in.stages import Stage
from numbering.models import Allowance, Assignment, FreeNumber
from numbering.services import reconciling
from selfcare import clock as time
from selfcare.orders import reconcile
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services import approving as service
from selfcare.orders.services import ending
from selfcare.orders.states import State
from tests.numbering.dial_in import at_once, by_date, parts
from tests.numbering.dial_in.test_by_date_returned import held
from tests.numbering.help import add, stock
from tests.selfcare.orders import approving
from tests.selfcare.orders.approving import approve, expire, fresh, refuse
from tests.selfcare.staff.people import inside, operator_of
from tests.staff.viewing import begun

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def asked(clock, contract, owner, colleague):
    """Four of five numbers in stock, asked for by a member."""
    approving.rule(contract.customer, over_count=3)
    stock(5)
    order = add(contract, 4, actor=colleague)
    assert order.awaits_approval
    return order


def kept(order: Order) -> list[str]:
    rows = Assignment.objects.filter(order=order).order_by("digits")
    return list(rows.values_list("digits", flat=True))


def test_the_numbers_are_held_and_the_same_count_is_issued(asked, owner, contract):
    assert len(kept(asked)) == 4
    assert FreeNumber.objects.count() == 1
    assert Allowance.objects.get(contract=contract).added == 4
    # What it holds itself is no obstacle, to look at it or to approve it.
    assert service.look(order=asked, actor=owner).problem == ""
    assert (len(kept(asked)), FreeNumber.objects.count()) == (4, 1)
    order = approve(asked, owner)
    assert (order.state, len(order.result["numbers"])) == (State.COMPLETED, 4)
    assert Allowance.objects.get(contract=contract).added == 4
    assert list(reconciling.differences(time.now())) == []


def test_three_numbers_do_not_wait(asked, contract, colleague):
    stock(3, first=5000020000)
    assert add(contract, 3, actor=colleague).state == State.COMPLETED


def test_support_sees_what_is_asked_for_and_the_database_is_not_written(asked, owner):
    client = inside(operator_of("support"))
    begun(client, owner)
    page = client.get(asked.approve_url)
    assert page.status_code == 200
    assert "4番号" in page.content.decode()
    assert 'name="shown"' not in page.content.decode()


@pytest.mark.parametrize("end", ["refused", "withdrawn", "expired"])
def test_every_other_end_gives_the_numbers_back(end, asked, owner, colleague, contract, clock):
    if end == "refused":
        refuse(asked, owner)
    elif end == "withdrawn":
        ending.cancel(order=asked, actor=colleague)
    else:
        expire(asked, clock)
    assert (kept(asked), FreeNumber.objects.count()) == ([], 5)
    assert Allowance.objects.get(contract=contract).added == 0
    assert list(reconciling.differences(time.now())) == []
    assert reconcile.check(time.now()) == []


def test_a_new_tariff_is_shown_and_agreed_to_and_without_one_nothing_is_issued(asked, owner):
    seen = approving.shown(asked, owner)
    Tariff.objects.filter(plan="basic").update(amount=600)
    look = service.look(order=asked, actor=owner)
    assert [(row.old, row.new) for row in look.changed] == [("2,000円", "2,400円")]
    Tariff.objects.filter(plan="basic").delete()
    with pytest.raises(NotPossible, match="料金"):
        approve(asked, owner, seen=seen)
    assert (len(kept(asked)), fresh(asked).state) == (4, State.PENDING)


# Dial-in numbers are shown before they are taken: the approver sees those that are held.


def test_an_order_at_once_gets_the_very_numbers_that_it_held(clock):
    office = at_once.office()
    boss = approving.second(office.user)
    approving.rule(office.user.customer, over_count=2)
    digits = parts.free(10, first="320000000")
    order = office.press(office.filled(count=3))
    assert (order.awaits_approval, held(order)) == (True, digits[:3])
    look = service.look(order=order, actor=boss)
    assert look.changed == []
    assert look.offer is not None
    assert any("03-2000-0000～03-2000-0002（3番号）" in row.new for row in look.offer.rows)
    assert held(order) == digits[:3]
    done = approve(order, boss)
    assert (done.state, done.result) == (State.COMPLETED, {"numbers": digits[:3]})


@pytest.fixture
def base(clock):
    made = parts.base()
    parts.free(20, first="320000000")
    return made


@pytest.fixture
def booked(base):
    """A construction-date order for five numbers that waits."""
    approving.rule(base.voice_contract.customer, over_count=4)
    draft = by_date.draft(base, by_date.new(5))
    boss = approving.second(draft.actor)
    order = by_date.place(draft)
    assert order.awaits_approval
    return order, boss


def test_an_order_by_date_gets_the_very_numbers_that_it_held(booked, base):
    order, boss = booked
    before = held(order)
    by_date.place(by_date.draft(base, by_date.new(2)))
    approved = approve(order, boss)
    assert (approved.state_label, held(approved), len(before)) == ("受付", before, 5)
    assert fresh(base.voice_contract).works == 2


def test_operators_have_nothing_to_do_with_it_before_the_approval(booked):
    order, boss = booked
    assert [list(open_orders(wanted)) for wanted in ("", Stage.RETURNED)] == [[], []]
    approve(order, boss)
    assert list(open_orders()) == [order]


def test_withdrawn_or_too_late_it_leaves_nothing_on_the_site(booked, base, clock):
    order, boss = booked
    clock.set("2026-12-03 10:00")
    assert service.look(order=order, actor=boss).problem != ""
    ending.cancel(order=order, actor=boss)
    assert (held(order), FreeNumber.objects.count(), fresh(base.voice_contract).works) == ([], 20, 0)


def test_what_is_corrected_to_more_has_to_be_approved_again(base):
    draft = by_date.draft(base, by_date.new(3))
    boss = approving.second(draft.actor)
    order = by_date.returned(by_date.place(draft))
    approving.rule(base.voice_contract.customer, over_count=4)
    order.dial_in_parts.update(rows=[by_date.new(6)])
    again = by_date.place_again(order)
    assert (again.awaits_approval, len(held(again))) == (True, 6)
    approved = approve(again, boss)
    assert (approved.state, approved.phase, len(held(approved))) == (State.ACKNOWLEDGED, "", 6)
    assert fresh(base.voice_contract).works == 1
