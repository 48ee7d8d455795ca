"""What is checked again at the approval, what has changed by then, and who is left of those who asked."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from selfcare import clock as time
from selfcare.accounts.models import Contract, Role, User
from selfcare.orders import due, secrets
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services import approving as service
from selfcare.orders.services import drafts, ending
from selfcare.orders.services.accepting import Changed
from selfcare.orders.states import State
from tests.selfcare.orders import approving
from tests.selfcare.orders.approving import approve, expire, fresh, refuse
from tests.selfcare.orders.conftest import confirm

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def test_a_rule_for_owners_keeps_members_from_answering(asked, company):
    order = asked()
    approving.rule(company.customer, finals=True, approvers=Role.OWNER)
    with pytest.raises(NotPossible, match="役割"):
        refuse(order, approving.second(company))


def test_what_changed_since_the_request_is_shown_and_agreed_to(asked, boss, toy, clock):
    order = asked()
    seen = approving.shown(order, boss)
    clock.set("2026-11-21 10:00")
    toy.price = 150
    with pytest.raises(Changed) as caught:
        approve(order, boss, seen=seen)
    assert [(row.old, row.new) for row in caught.value.rows] == [("100円", "150円"), ("11/21", "11/22")]
    look = service.look(order=order, actor=boss)
    assert [(row.old, row.new) for row in look.changed] == [("100円", "150円"), ("11/21", "11/22")]
    assert approve(order, boss).shown["ja"]["quote"]["monthly"] == 150


def test_eligibility_is_checked_again_and_the_refusal_leaves_it_waiting(asked, boss, toy):
    order = asked()
    seen = approving.shown(order, boss)
    toy.refuse = "在庫がありません"
    assert service.look(order=order, actor=boss).problem == "在庫がありません"
    with pytest.raises(NotPossible, match="在庫"):
        approve(order, boss, seen=seen)
    toy.refuse = ""
    Contract.objects.filter(customer=order.customer).update(functions=[])
    with pytest.raises(NotPossible, match="機能"):
        approve(order, boss, seen=seen)
    assert fresh(order).awaits_approval


def test_after_its_time_nobody_answers_any_more(asked, boss, company, clock):
    order = asked()
    clock.set(order.expires_at - timedelta(seconds=1))
    assert service.expire_requests() == 0
    seen = approving.shown(order, boss)
    clock.set(order.expires_at)
    for answer in (lambda: approve(order, boss, seen=seen), lambda: refuse(order, boss)):
        with pytest.raises(NotPossible, match="期限"):
            answer()
    # Confirmed again from an old page it does not begin anew.
    expire(order, clock)
    assert confirm(order, company).state == State.EXPIRED


def test_a_removed_users_request_is_the_companys_and_due_orders_ask_for_its_contract_only(asked, boss, company, clock):
    order = asked()
    User.objects.filter(pk=company.pk).update(is_active=False, removed_at=time.now(), role=Role.VIEWER)
    assert approve(order, boss).state == State.ACKNOWLEDGED
    approving.second(company, Role.OWNER)
    User.objects.filter(pk=boss.pk).update(suspended_at=time.now())
    clock.set("2026-11-21 10:00")
    due.run_local()
    assert fresh(order).state == State.COMPLETED


def test_a_due_order_of_a_contract_without_the_function_fails(asked, boss, clock):
    order = approve(asked(), boss)
    Contract.objects.filter(customer=order.customer).update(functions=[])
    clock.set("2026-11-21 10:00")
    due.run_local()
    assert fresh(order).state == State.FAILED


def test_secrets_live_as_long_as_the_request_and_the_sweep_leaves_them(asked, boss, clock):
    order = asked("tests.secret", pin="1234")
    clock.set("2026-11-30 10:00")
    ending.expire_drafts()
    assert secrets.opened([order]) == {order: {"pin": "1234"}}


def test_a_rival_draft_reads_who_is_before_it(asked, company, draft):
    order = asked()
    rival = draft("tests.final", amount=2)
    assert order.request_id in drafts.refusals([rival], now=time.now())[rival]
    assert drafts.refusals([fresh(order)], now=time.now()) == {}


def test_the_database_lets_no_request_wait_for_ever(asked):
    order = asked()
    with pytest.raises(IntegrityError, match="order_approval_expires"), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(expires_at=None)
