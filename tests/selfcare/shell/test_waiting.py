"""How many orders are open, by state and by procedure, on the home page; and only one's own."""

from datetime import timedelta

import pytest

from selfcare import clock as time
from selfcare.orders.models import Order
from selfcare.orders.states import State
from selfcare.shell.waiting import waiting
from tests.selfcare.shell.test_home import order

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def test_open_orders_are_counted_by_state_and_by_procedure(clock, owner, contract):
    for state, procedure in (
        (State.ACKNOWLEDGED, "lines.suspend"),
        (State.ACKNOWLEDGED, "lines.plan"),
        (State.IN_PROGRESS, "lines.suspend"),
        (State.HELD, "lines.suspend"),
    ):
        order(contract, state=state, procedure=procedure)
    for state in (State.COMPLETED, State.CANCELLED, State.FAILED):
        order(contract, state=state, finished_at=time.now())
    found = waiting(owner)
    assert found.total == 4
    assert {one.state: one.count for one in found.states} == {
        State.ACKNOWLEDGED: 2, State.IN_PROGRESS: 1, State.HELD: 1,
    }  # fmt: skip
    assert [(bar.label, bar.value) for bar in found.by_procedure.rows] == [("回線一時中断", 3), ("プラン変更", 1)]


def test_each_number_leads_to_the_orders_it_counts(clock, owner, contract, as_user):
    mine = order(contract, state=State.HELD)
    order(contract, procedure="lines.plan")
    client = as_user(owner)
    found = waiting(owner)
    held = next(one for one in found.states if one.state == State.HELD)
    assert [row.order for row in client.get(held.url).context["rows"]] == [mine]
    bar = next(bar for bar in found.by_procedure.rows if bar.label == "回線一時中断")
    assert [row.order for row in client.get(bar.url).context["rows"]] == [mine]


def test_what_is_beyond_six_kinds_shares_a_bar(clock, owner, contract):
    for n in range(8):
        for _order in range(8 - n):
            order(contract, procedure=f"tests.retired_{n}", due_at=time.now() + timedelta(days=n))
    bars = waiting(owner).by_procedure.rows
    assert [bar.value for bar in bars] == [8, 7, 6, 5, 4, 3, 2 + 1]
    assert bars[-1].label == "その他"
    assert sum(bar.value for bar in bars) == Order.objects.count()


def test_a_strangers_orders_and_drafts_are_not_counted(clock, owner, stranger, contract):
    order(stranger.customer.contracts.get())
    order(contract, state=State.DRAFT, accepted_at=None, actor=owner)
    assert waiting(owner).total == 0
    assert waiting(stranger).total == 1
