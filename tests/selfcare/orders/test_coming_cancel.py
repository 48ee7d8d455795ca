"""Several bookings undone at once: asked once, each by its own deadline, and told which came too late."""

import uuid
from datetime import timedelta

import pytest

from selfcare import clock as business
from selfcare.accounts.models import AuditEvent, Role
from selfcare.orders.models import Order
from selfcare.orders.services.cancelling import cancel_several
from selfcare.orders.states import State
from selfcare.work.models import Mail
from tests.people import log_in
from tests.selfcare.orders.test_coming import FIRST, batch_of, booked

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
PATH = "/orders/coming/cancel/"


@pytest.fixture(autouse=True)
def _now(toy, clock):
    """2026-11-20 10:00."""


def ticked(*orders):
    return f"{PATH}?" + "&".join(f"order={order.uuid}" for order in orders)


def state(order):
    return Order.objects.get(pk=order.pk).state


def named(rows):
    return [getattr(row, "order", row) for row in rows]


def test_the_page_asks_and_the_button_undoes_them_with_one_mail(owner, colleague, toy):
    first, second, other = booked(owner, count=3)
    page = log_in(colleague)
    asked = page.get(ticked(first, second))
    assert asked.context["orders"] == [first, second]
    assert {state(order) for order in (first, second, other)} == {State.ACKNOWLEDGED}
    answer = page.post(asked.context["address"])
    done = page.get(answer["Location"])
    assert done.context["is_done"]
    assert done.context["orders"] == [first, second]
    assert not done.context["kept"]
    assert [state(order) for order in (first, second, other)] == [State.CANCELLED, State.CANCELLED, State.ACKNOWLEDGED]
    assert sorted(toy.released) == [first.pk, second.pk]
    told = AuditEvent.objects.filter(action="order.cancelled", object_type="order")
    assert {(event.object_id, event.actor) for event in told} == {(str(o.pk), colleague) for o in (first, second)}
    mails = Mail.objects.filter(template="order_cancelled")
    assert mails.exists()
    assert all(len(mail.context["items"]) == 2 for mail in mails)


def test_each_orders_own_deadline_counts_and_the_result_says_which_came_too_late(owner, clock):
    (near,) = booked(owner, cancel_until=FIRST - timedelta(days=5))
    (far,) = booked(owner)
    (never,) = booked(owner, cancel_until=None)
    page = log_in(owner)
    asked = page.get(ticked(near, far, never))
    assert asked.context["orders"] == [near, far]
    assert named(asked.context["kept"]) == [never]
    clock.set(FIRST - timedelta(days=5))
    done = page.get(page.post(asked.context["address"])["Location"])
    assert done.context["orders"] == [far]
    assert {one.order: one.reason for one in done.context["kept"]} == {
        near: "取消の期限を過ぎています。",
        never: "取り消せないお申し込みです。",
    }
    assert [state(order) for order in (near, far, never)] == [State.ACKNOWLEDGED, State.CANCELLED, State.ACKNOWLEDGED]


def test_what_has_begun_meanwhile_is_named_and_stays(owner):
    begun, waiting = booked(owner, count=2)
    Order.objects.filter(pk=begun.pk).update(state=State.IN_PROGRESS)
    page = log_in(owner)
    done = page.get(page.post(ticked(begun, waiting))["Location"])
    assert done.context["orders"] == [waiting]
    assert [one.reason for one in done.context["kept"]] == ["すでに手続きが始まっているか、終わっています。"]
    assert state(begun) == State.IN_PROGRESS


def test_sent_twice_it_is_done_once(owner, toy):
    (order,) = booked(owner)
    page = log_in(owner)
    answers = [page.get(page.post(ticked(order))["Location"]) for _n in range(2)]
    assert [answer.context["orders"] for answer in answers] == [[order], [order]]
    assert toy.released == [order.pk]
    assert AuditEvent.objects.filter(action="order.cancelled").count() == 1


def test_the_last_of_a_batch_ends_it(owner):
    batch = batch_of(owner, 2)
    cancel_several(orders=list(batch.orders.all()), actor=owner)
    batch.refresh_from_db()
    assert batch.finished_at == business.now()


def test_others_orders_drafts_and_nonsense_are_not_found(owner, stranger, colleague):
    (mine,) = booked(owner)
    (theirs,) = booked(stranger)
    (draft,) = booked(owner, state=State.DRAFT, accepted_at=None, due_at=None)
    page = log_in(owner)
    unknown = Order(uuid=uuid.uuid4())
    addresses = [ticked(mine, one) for one in (theirs, draft, unknown)]
    addresses += [f"{PATH}?order={value}" for value in ("1", "x" * 5000, "%00", "' OR 1=1", "")]
    addresses.append(ticked(*booked(owner, count=101)))
    for address in addresses:
        assert page.get(address).status_code == 404, address[:80]
        assert page.post(address).status_code == 404, address[:80]
    assert not Order.objects.filter(state=State.CANCELLED).exists()


def test_with_nothing_ticked_one_is_led_back(owner):
    assert log_in(owner).get(PATH)["Location"] == "/orders/coming/"
    assert log_in(owner).post(PATH)["Location"] == "/orders/coming/"


def test_a_viewer_may_not_and_a_member_not_what_owners_order(owner, viewer, colleague, toy):
    (order,) = booked(owner)
    assert log_in(viewer).post(ticked(order)).status_code == 403
    toy.role = Role.OWNER
    try:
        page = log_in(colleague)
        assert page.get(ticked(order)).context["orders"] == []
        done = page.get(page.post(ticked(order))["Location"])
        assert [one.reason for one in done.context["kept"]] == ["お使いのユーザーの役割では取り消せません。"]
    finally:
        toy.role = Role.MEMBER
    assert state(order) == State.ACKNOWLEDGED


def test_as_many_queries_for_fifty_as_for_two(owner, django_assert_max_num_queries):
    page = log_in(owner)
    few, many = booked(owner, count=2), booked(owner, count=50)
    with django_assert_max_num_queries(40) as asked:
        page.post(ticked(*few))
    with django_assert_max_num_queries(len(asked.captured_queries)):
        page.post(ticked(*many))
