"""Approved, refused, withdrawn and ended by itself at the same moment: one of them is the outcome."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from selfcare import clock as business
from selfcare.accounts import audit
from selfcare.accounts.models import Contract, Role, User
from selfcare.accounts.services import company_users
from selfcare.orders import procedures
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services import approving as service
from selfcare.orders.services import ending
from selfcare.orders.services.accepting import Changed, accept
from selfcare.orders.services.drafts import new_draft, save_draft
from selfcare.orders.services.offers import offer, seal_shown
from selfcare.orders.states import State
from selfcare.work.models import Mail
from tests import builders
from tests.numbering.help import together
from tests.scale import scaled
from tests.selfcare.orders import approving, toys

pytestmark = [
    pytest.mark.faults,
    pytest.mark.serial,
    pytest.mark.timeout(scaled(300, 1800)),
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
]

ORDERS = scaled(24, 1_000)
#: The ends of a request, each told once: by event, key, held numbers and mail alike.
WRONG = """
SELECT o.id, o.state, e.ends, k.held FROM orders_order AS o
CROSS JOIN LATERAL (
    SELECT array_agg(action ORDER BY action) AS ends FROM accounts_auditevent
    WHERE object_type = 'order' AND object_id = o.id::text
      AND action IN ('order.acknowledged', 'order.rejected', 'order.cancelled', 'order.expired')
) AS e
CROSS JOIN LATERAL (SELECT count(*) AS held FROM orders_orderkey WHERE order_id = o.id AND is_open) AS k
WHERE e.ends::text[] IS DISTINCT FROM ARRAY['order.' || o.state] OR (k.held > 0) <> (o.state = 'acknowledged')
"""


@pytest.fixture
def boss(db: None) -> Iterator[User]:
    toys.install()
    approving.install()
    toys.Toy.delay, approving.HoldingToy.whole = timedelta(days=1), 2 * ORDERS
    contract = builders.contract(functions=["tests.toy"])
    approving.rule(contract.customer, finals=True, over_count=0)
    yield builders.user(customer=contract.customer, role=Role.OWNER)
    approving.remove()
    toys.remove()


def waiting(boss: User, count: int, *, left: timedelta | None = None) -> list[Order]:
    """Requests of one member, half of which hold something; `left` is the time until they end by themselves."""
    member = builders.user(customer=boss.customer)
    orders = []
    for number in range(count):
        contract = builders.contract(customer=boss.customer, functions=["tests.toy"])
        orders.append(_asked(contract, member, "tests.final" if number % 2 else "tests.holding"))
    if left is not None:
        ids = [order.pk for order in orders]
        Order.objects.filter(pk__in=ids).update(expires_at=business.now() + left)
    return orders


def _asked(contract: Contract, member: User, code: str) -> Order:
    now = business.now()
    draft = new_draft(procedure=procedures.get(code), subject=contract, contract=contract, now=now, actor=member)
    order = save_draft(order=draft, data={"amount": 1}, now=now, actor=member)
    shown = seal_shown(order, offer(order, now=now))
    return accept(order_id=order.pk, shown=shown, session_digest="", actor=member)[0]


def answers(order: Order, boss: User) -> list[Callable[[], Any]]:
    seen = approving.shown(order, boss)
    other = User.objects.get(orders=order)
    return [
        lambda: service.approve(order_id=order.pk, shown=seen, actor=boss)[1] and "acknowledged",
        lambda: service.refuse(order_id=order.pk, reason="予算", actor=boss)[1] and "rejected",
        lambda: ending.cancel(order=order, actor=other).state,
        lambda: service.expire_requests() and "expired",
    ]


def sql(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def ends(orders: list[Order]) -> Counter[str]:
    return Counter(Order.objects.filter(pk__in=[one.pk for one in orders]).values_list("state", flat=True))


def test_of_all_answers_at_one_moment_one_is_the_outcome(boss: User, clock: Any) -> None:
    clock.set("2026-11-20 10:00")
    orders = waiting(boss, ORDERS)
    # In half of them the time is over: then nobody else may be first.
    over = [order for number, order in enumerate(orders) if number % 4 > 1]
    calls = [call for order in orders for call in answers(order, boss)]
    Order.objects.filter(pk__in=[order.pk for order in over]).update(expires_at=business.now())
    results = together(calls, workers=16)
    unexpected = [one for one in results if isinstance(one, Exception) and not isinstance(one, NotPossible | Changed)]
    assert unexpected == []
    found = ends(orders)
    assert sql(WRONG) == []
    assert found.keys() <= {State.ACKNOWLEDGED, State.REJECTED, State.CANCELLED, State.EXPIRED}
    assert found.total() == ORDERS
    assert not Order.objects.filter(pk__in=[one.pk for one in over], state__in=["acknowledged", "rejected"]).exists()
    told = Mail.objects.filter(template__in=["order_accepted", "order_rejected", "order_withdrawn", "order_expired"])
    requester = User.objects.get(orders=orders[0])
    assert told.filter(to=requester.email).count() == ORDERS
    print(f"\nfigure: {ORDERS} requests answered four ways at one moment: {dict(found)}, each with one outcome")


def _unprotected(order: Order, boss: User, both: threading.Barrier, state: State) -> None:
    """An answer that looks whether the order still waits, and then writes without asking again."""
    assert Order.objects.get(pk=order.pk).awaits_approval
    both.wait(10)
    finished = None if state == State.ACKNOWLEDGED else business.now()
    Order.objects.filter(pk=order.pk).update(state=state, finished_at=finished)
    audit.record(action=f"order.{state}", obj=order, actor=boss)


def test_without_the_state_in_the_same_statement_a_request_has_two_outcomes(boss: User, clock: Any) -> None:
    (order,) = waiting(boss, 1)
    both = threading.Barrier(2)
    pair = [State.ACKNOWLEDGED, State.REJECTED]
    results = together([lambda one=one: _unprotected(order, boss, both, one) for one in pair], workers=2)  # type: ignore[misc]
    assert results == [None, None]
    assert len(sql(WRONG)) == 1


def _approver_is_suspended(order: Order, boss: User) -> tuple[Any, list[str]]:
    """What came of approving while the owner suspends the approver; the events of both, in their order."""
    member = builders.user(customer=boss.customer)
    seen = approving.shown(order, member)
    approved, suspended = together(
        [
            lambda: service.approve(order_id=order.pk, shown=seen, actor=member)[1],
            lambda: company_users.suspend(user=member, actor=boss),
        ],
        workers=2,
    )
    assert suspended is None
    rows = sql(
        "SELECT action FROM accounts_auditevent"
        f" WHERE object_type = 'order' AND object_id = '{order.pk}' AND action = 'order.acknowledged'"
        f" OR object_type = 'user' AND object_id = '{member.pk}' AND action = 'user.suspended' ORDER BY id"
    )
    return approved, [action for (action,) in rows]


def test_an_approver_who_is_suspended_at_that_moment_approves_before_it_or_not_at_all(boss: User, clock: Any) -> None:
    found: Counter[str] = Counter()
    for order in waiting(boss, scaled(6, 100)):
        approved, told = _approver_is_suspended(order, boss)
        order.refresh_from_db()
        if approved is True:
            assert told == ["order.acknowledged", "user.suspended"]
        else:
            assert isinstance(approved, NotPossible), approved
            assert (order.awaits_approval, told) == (True, ["user.suspended"])
        found[str(approved is True)] += 1
    print(f"\nfigure: approved before the approver was suspended: {found['True']}, not at all: {found['False']}")
