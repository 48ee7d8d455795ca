"""Local work: what is due is carried out on sets; one bad order is held and stops nobody else."""

from datetime import timedelta

import pytest

from selfcare.accounts.models import AuditEvent, NotificationAddress
from selfcare.orders import due
from selfcare.orders.models import Order, OrderKey
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services import ending, operating
from selfcare.orders.states import State
from selfcare.work.models import Mail
from tests import builders

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def state(order):
    return Order.objects.get(pk=order.pk).state


def test_what_is_due_at_once_is_completed_with_its_result(accepted, member):
    order = accepted(amount=2)
    due.run_now([order.pk])
    order.refresh_from_db()
    assert (order.state, order.result) == (State.COMPLETED, {"amount": 2})
    assert Mail.objects.filter(template="order_completed", to=member.email).count() == 1


def test_nothing_is_done_before_its_moment_and_all_of_it_then(accepted, toy, clock):
    order = accepted("tests.exclusive")
    assert due.run_local() == 0
    clock.set("2026-11-21 09:59:59")
    assert due.run_local() == 0
    clock.set("2026-11-21 10:00:00")
    assert due.run_local() == 1
    assert state(order) == State.COMPLETED


def test_running_again_does_nothing_again(accepted, toy):
    accepted()
    due.run_local()
    assert due.run_local() == 0
    assert len(toy.applied) == 1


def test_an_order_that_is_not_possible_any_more_fails_with_the_reason_and_releases(accepted, toy, member):
    order = accepted()
    toy.refuse = "契約が変わりました"
    due.run_local()
    order.refresh_from_db()
    assert (order.state, order.reason) == (State.FAILED, "契約が変わりました")
    assert toy.released == [order.pk]
    assert (
        "契約が変わりました" in Mail.objects.get(template="order_failed", to=member.email).context["items"][0]["reason"]
    )


def test_a_procedure_may_fail_one_order_of_a_chunk(accepted):
    good, bad = accepted(amount=1), accepted(amount=9)
    due.run_local()
    assert (state(good), state(bad)) == (State.COMPLETED, State.FAILED)


def test_one_broken_order_of_many_is_held_and_the_others_are_done(accepted, toy):
    orders = [accepted() for _ in range(9)]
    toy.broken = {orders[4].pk}
    due.run_local()
    assert [state(order) for order in orders] == [State.HELD if n == 4 else State.COMPLETED for n in range(9)]
    assert "this order breaks the chunk" in Order.objects.get(pk=orders[4].pk).trouble
    assert sorted(toy.applied) == sorted(order.pk for n, order in enumerate(orders) if n != 4)


def test_a_held_order_can_be_retried_by_an_operator(accepted, toy):
    order = accepted()
    toy.broken = {order.pk}
    due.run_local()
    toy.broken = set()
    operating.retry(order=order, actor=builders.operator())
    due.run_local()
    assert state(order) == State.COMPLETED


def test_a_held_order_can_be_failed_with_a_reason_the_customer_reads(accepted, toy):
    order = accepted()
    toy.broken = {order.pk}
    due.run_local()
    operating.refuse(order=order, reason="書面をご確認ください", actor=builders.operator())
    order.refresh_from_db()
    assert (order.state, order.reason) == (State.FAILED, "書面をご確認ください")


def test_a_completed_order_can_be_neither_retried_nor_failed(accepted):
    order = accepted()
    due.run_local()
    with pytest.raises(NotPossible):
        operating.retry(order=order, actor=builders.operator())
    with pytest.raises(NotPossible):
        operating.refuse(order=order, reason="x", actor=builders.operator())


def test_cancelling_in_time_releases_and_closes_the_key(accepted, toy, member):
    order = accepted("tests.exclusive")
    ending.cancel(order=order, actor=member)
    assert state(order) == State.CANCELLED
    assert toy.released == [order.pk]
    assert not OrderKey.objects.filter(order=order, is_open=True).exists()


def test_cancelling_at_the_deadline_is_too_late(accepted, member, clock):
    order = accepted("tests.exclusive")
    clock.set("2026-11-21 10:00:00")
    with pytest.raises(NotPossible):
        ending.cancel(order=order, actor=member)
    assert state(order) == State.ACKNOWLEDGED


def test_cancelling_twice_says_the_same_twice(accepted, toy, member):
    order = accepted("tests.exclusive")
    ending.cancel(order=order, actor=member)
    ending.cancel(order=order, actor=member)
    assert toy.released == [order.pk]
    assert Mail.objects.filter(template="order_cancelled", to=member.email).count() == 1


def test_drafts_of_yesterday_expire_and_are_not_lost(draft, clock):
    order = draft(amount=5)
    clock.set("2026-11-21 10:00:01")
    assert ending.expire_drafts() == 1
    order.refresh_from_db()
    assert (order.state, order.data) == (State.EXPIRED, {"amount": 5})


def test_the_audit_trail_tells_every_step_once(accepted):
    order = accepted()
    due.run_local()
    assert [event.action for event in AuditEvent.objects.about("order", order.pk)] == [
        "order.acknowledged",
        "order.completed",
    ]


def test_local_work_is_never_closed_by_hand_with_its_reservation_left(accepted, toy):
    order = accepted()
    toy.broken = {order.pk}
    due.run_local()
    held = Order.objects.get(pk=order.pk)
    assert not operating.can_complete(held)
    with pytest.raises(NotPossible, match="再実行"):
        operating.complete(order=held, reason="done", actor=builders.operator())
    assert state(order) == State.HELD


def test_a_customer_without_a_notification_address_is_told_at_the_registered_one(accepted, member):
    order = accepted()
    assert order.contract is not None
    told = set(Mail.objects.filter(template="order_accepted").values_list("to", flat=True))
    assert told == {order.contract.mail, member.email}
    NotificationAddress.objects.create(
        customer=member.customer, email="orders@customer.example", confirmed_at="2026-11-01T00:00Z"
    )
    accepted(amount=2)
    assert Mail.objects.filter(template="order_accepted", to="orders@customer.example").exists()
    assert Mail.objects.filter(template="order_accepted", to=order.contract.mail).count() == 1


def test_the_mail_of_the_end_repeats_no_promise(accepted, toy, member, clock):
    toy.delay = timedelta(days=1)
    order = accepted()
    ending.cancel(order=order, actor=member)
    (before,), (after,) = (
        {tuple(mail.context["items"][0][name] for name in ("when", "cancel_until")) for mail in mails}
        for mails in (Mail.objects.filter(template="order_accepted"), Mail.objects.filter(template="order_cancelled"))
    )
    assert all(before)
    assert not any(after)
