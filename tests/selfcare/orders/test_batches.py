"""Many orders with one confirmation: all or none, once, told with one mail when taken and one when all has ended."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from selfcare.accounts.models import AuditEvent
from selfcare.orders import due
from selfcare.orders.models import Batch, Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services import batches, ending
from selfcare.orders.services.accepting import Changed, DraftExpired, accept
from selfcare.orders.states import State
from selfcare.work.models import Mail
from tests import builders
from tests.people import log_in
from tests.selfcare.orders.batching import contracts, draft, place, shown, states
from tests.selfcare.orders.conftest import confirm

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

TAKEN, DONE = State.ACKNOWLEDGED, State.COMPLETED


@pytest.fixture
def batch(toy, member, clock):
    """Three orders, to be carried out a day after their acceptance."""
    return draft(member, contracts(member, 3))


def told(kind):
    return Mail.objects.filter(template=f"batch_{kind}")


def test_one_confirmation_takes_all_of_it_and_one_mail_says_so(batch, member):
    place(batch, member)
    assert states(batch) == [TAKEN] * 3
    mail = told("accepted").get(to=member.email)
    assert mail.context["count"] == 3
    assert [group["count"] for group in mail.context["groups"]] == [3]
    assert not Mail.objects.filter(template="order_accepted").exists()


def test_pressed_twice_it_is_taken_once(batch, member):
    seen = shown(batch)
    place(batch, member, seen=seen)
    place(batch, member, seen=seen)
    events = AuditEvent.objects.filter(action="order.acknowledged", object_type="order")
    assert events.count() == 3
    assert told("accepted").filter(to=member.email).count() == 1


def test_one_that_cannot_be_taken_keeps_the_others_from_being_taken(batch, member):
    """The check is blind for what a rival has taken: the constraint is the last word, and it is about all of them."""
    rival = batch.orders.order_by("pk").last()
    other = Order.objects.create(
        procedure=rival.procedure, customer_id=rival.customer_id, contract_id=rival.contract_id,
        subject_id=rival.subject_id, data={"amount": 1}, actor=member, created_at=rival.created_at,
        expires_at=rival.expires_at,
    )  # fmt: skip
    confirm(other, member)
    with pytest.raises(NotPossible, match="同時"):
        place(batch, member)
    assert states(batch) == [State.DRAFT] * 3
    assert not told("accepted").exists()


def test_taken_one_by_one_the_same_orders_would_be_taken_in_part(batch, member):
    """What one transaction protects from: the negative control of the test above."""
    first, *others = batch.orders.order_by("pk")
    Order.objects.filter(batch=batch).update(batch=None)
    first.refresh_from_db()
    twin = Order.objects.get(pk=others[0].pk)
    Order.objects.filter(pk=twin.pk).update(subject_id=first.subject_id, contract_id=first.contract_id)
    twin.refresh_from_db()
    confirm(first, member)
    with pytest.raises(NotPossible):
        confirm(twin, member)
    assert sorted(Order.objects.values_list("state", flat=True)) == [TAKEN, State.DRAFT, State.DRAFT]


def test_a_price_or_a_moment_that_changed_goes_back_with_what_changed(batch, member, toy, clock):
    seen = shown(batch)
    clock.set("2026-11-21 09:30")
    toy.price = 150
    with pytest.raises(Changed) as caught:
        place(batch, member, seen=seen)
    assert [(row.old, row.new) for row in caught.value.rows] == [
        ("300円", "450円"),
        ("11/21（3件）", "11/22（3件）"),
    ]
    assert states(batch) == [State.DRAFT] * 3


@pytest.mark.parametrize("token", ["", "bent", "eyJ4IjoxfQ:1:1"])
def test_a_confirmation_that_no_page_of_ours_made_is_shown_again(batch, member, token):
    with pytest.raises(Changed):
        batches.place(batch_id=batch.pk, shown=token, session_digest="", actor=member)


def test_what_was_shown_of_one_batch_does_not_confirm_another(batch, member):
    other = draft(member, contracts(member, 3))
    with pytest.raises(Changed):
        place(batch, member, seen=shown(other))


def test_a_draft_of_yesterday_has_expired(batch, member, clock):
    seen = shown(batch)
    clock.set("2026-11-21 10:00")
    with pytest.raises(DraftExpired):
        place(batch, member, seen=seen)
    ending.expire_drafts()
    assert states(batch) == [State.EXPIRED] * 3
    with pytest.raises(DraftExpired):
        place(batch, member, seen=seen)


def test_an_order_of_a_draft_cannot_be_taken_alone(batch, member):
    order = batch.orders.first()
    with pytest.raises(NotPossible, match="一括"):
        accept(order_id=order.pk, shown="", session_digest="", actor=member)
    page = log_in(member)
    there = f"/orders/batches/{batch.uuid}/confirm/"
    for path in (f"/orders/{order.uuid}/confirm/", f"/orders/{order.uuid}/cancel/", order.get_absolute_url()):
        assert page.get(path, follow=False).status_code == 302
    assert page.get(f"/orders/{order.uuid}/confirm/")["Location"] == there
    assert page.post(f"/orders/{order.uuid}/confirm/", {"shown": "x"})["Location"] == there


def test_who_may_not_order_takes_nothing(batch, member):
    viewer = builders.user(customer=member.customer, role="viewer")
    with pytest.raises(NotPossible, match="役割"):
        place(batch, viewer)
    assert states(batch) == [State.DRAFT] * 3


def test_drafts_are_seen_by_who_made_them_and_the_rest_by_the_whole_customer(batch, member, stranger):
    colleague = builders.user(customer=member.customer)
    seen = {user: Batch.objects.visible_to(user).exists() for user in (member, colleague, stranger)}
    assert seen == {member: True, colleague: False, stranger: False}
    place(batch, member)
    seen = {user: Batch.objects.visible_to(user).exists() for user in (member, colleague, stranger)}
    assert seen == {member: True, colleague: True, stranger: False}


def test_all_of_it_is_undone_at_once_and_told_once(batch, member, toy):
    place(batch, member)
    assert batches.cancel(batch=batch, actor=member) == 3
    assert states(batch) == [State.CANCELLED] * 3
    assert sorted(toy.released) == sorted(batch.orders.values_list("pk", flat=True))
    assert told("finished").get(to=member.email).context["groups"][0]["count"] == 3
    assert not Mail.objects.filter(template="order_cancelled").exists()
    with pytest.raises(NotPossible):
        batches.cancel(batch=batch, actor=member)


def test_some_of_it_is_undone_and_the_end_is_told_with_the_last(batch, member, clock):
    place(batch, member)
    ending.cancel(order=batch.orders.first(), actor=member)
    assert not told("finished").exists()
    clock.set("2026-11-21 10:00")
    with pytest.raises(NotPossible):
        batches.cancel(batch=batch, actor=member)
    due.run_local()
    assert sorted(states(batch)) == [State.CANCELLED, DONE, DONE]
    (mail,) = told("finished").filter(to=member.email)
    assert {group["state"]: group["count"] for group in mail.context["groups"]} == {"cancelled": 1, "completed": 2}
    batch.refresh_from_db()
    assert batch.finished_at is not None


def test_many_orders_ask_no_more_questions_than_few(toy, member, clock):
    counts = []
    for size in (2, 40):
        made = draft(member, contracts(member, size))
        seen = shown(made)
        with CaptureQueriesContext(connection) as taking:
            place(made, member, seen=seen)
        with CaptureQueriesContext(connection) as undoing:
            batches.cancel(batch=made, actor=member)
        counts.append((len(taking), len(undoing)))
    assert counts[0] == counts[1]
    assert 0 < sum(counts[0]) < 60, counts


def test_its_page_says_once_what_is_the_same_for_all(batch, member, as_user):
    place(batch, member)
    page = as_user(member).get(batch.get_absolute_url())
    assert [(row["label"], row["new"]) for row in page.context["common"]] == [("数", "1")]
    assert page.context["counts"] == [(TAKEN, "予約済", 3)]
    assert [(n, note) for _moment, n, note in page.context["waiting"]] == [(3, "")]
    order = batch.orders.first()
    for path in ("/orders/", order.get_absolute_url()):
        assert batch.get_absolute_url() in as_user(member).get(path).content.decode()
