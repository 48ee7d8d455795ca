"""Batches of which the good rows are taken: one confirmation of what was shown, and every row accounted for."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from selfcare import clock as time
from selfcare.accounts.models import AuditEvent
from selfcare.orders import due
from selfcare.orders.models import Batch, Order, OrderKey
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services import batches, ending, good_rows, taking
from selfcare.orders.services.accepting import Changed, DraftExpired
from selfcare.orders.services.batches import Refused
from selfcare.orders.services.placing import place_batch
from selfcare.orders.states import State
from selfcare.work.models import Mail
from tests.selfcare.orders.batching import contracts, states
from tests.selfcare.orders.good_toys import confirm, draft, refused, shown

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

TAKEN, EXPIRED = State.ACKNOWLEDGED, State.EXPIRED


@pytest.fixture
def some(good, member, clock):
    return contracts(member, 4)


def place(batch, user):
    return place_batch(batch_id=batch.pk, shown=shown(batch), session_digest="s" * 64, actor=user)


def told(kind, member):
    return Mail.objects.filter(template=f"batch_{kind}", to=member.email)


def test_the_good_rows_are_taken_and_the_others_keep_their_reason(good, some, member):
    good.bad = {some[1].pk}
    batch = draft(member, some, refused=[Refused("5行目", "090-0000-0000", "回線が見つかりません。")])
    place(batch, member)
    assert states(batch) == [TAKEN, EXPIRED, TAKEN, TAKEN]
    assert refused(batch) == {"5行目": "回線が見つかりません。", str(some[1]): "いまはできません"}
    order = batch.orders.get(state=EXPIRED)
    assert (order.reason, order.refusal.batch_id) == ("いまはできません", batch.pk)
    mail = told("accepted", member).get()
    assert (mail.context["count"], mail.context["refused"]) == (3, 2)
    assert [(group["when"], group["count"]) for group in mail.context["groups"]] == [("11/21", 3)]
    assert not Mail.objects.filter(template__startswith="order_").exists()


def test_pressed_twice_it_is_taken_once(some, member):
    batch = draft(member, some)
    seen = shown(batch)
    for _time in range(2):
        place_batch(batch_id=batch.pk, shown=seen, session_digest="", actor=member)
    assert AuditEvent.objects.filter(action="order.acknowledged").count() == 4
    assert AuditEvent.objects.filter(action="batch.confirmed").count() == 1
    assert told("accepted", member).count() == 1


def test_a_row_that_became_impossible_or_possible_since_the_page_goes_back_with_its_name(good, some, member):
    good.bad = {some[0].pk}
    batch = draft(member, some)
    seen = shown(batch)
    good.bad = {some[3].pk}
    with pytest.raises(Changed) as caught:
        confirm(batch, member, seen=seen)
    assert [(row.label, row.new) for row in caught.value.rows] == [
        (str(some[3]), "いまはできません"),
        (str(some[0]), "申し込めるようになりました"),
    ]
    assert states(batch) == [State.DRAFT] * 4


def test_prices_and_moments_that_changed_go_back_too(some, member, toy, clock):
    batch = draft(member, some)
    seen = shown(batch)
    clock.set("2026-11-21 09:30")
    toy.price = 150
    with pytest.raises(Changed) as caught:
        confirm(batch, member, seen=seen)
    assert [(row.old, row.new) for row in caught.value.rows] == [("400円", "600円"), ("11/21（4件）", "11/22（4件）")]


@pytest.mark.parametrize("token", ["", "bent", "other"])
def test_what_this_page_did_not_show_is_not_agreed_to(some, member, token):
    batch = draft(member, some)
    seen = shown(draft(member, some)) if token == "other" else token
    with pytest.raises(Changed):
        confirm(batch, member, seen=seen or "x")


def test_where_nothing_is_good_nothing_is_confirmed(good, some, member):
    good.bad = {one.pk for one in some}
    batch = draft(member, some)
    with pytest.raises(NotPossible, match="ありません"):
        confirm(batch, member)
    nobody = draft(member, [], refused=[Refused("1行目", "x", "だめ")])
    with pytest.raises(NotPossible, match="ありません"):
        confirm(nobody, member)


def test_the_moment_of_the_confirmation_is_that_of_all_orders(good, some, member, clock):
    batch = confirm(draft(member, some), member)
    confirmed = time.now()
    assert taking.run(limit=2) == 2
    clock.set("2026-11-21 12:00")
    ending.expire_drafts()
    assert states(batch).count(State.DRAFT) == 2
    while taking.run():
        pass
    orders = batch.orders.values_list("accepted_at", "due_at").distinct()
    assert list(orders) == [(confirmed, confirmed.replace(day=21))]
    assert not taking.waiting(0)


def test_a_line_that_changed_between_confirmation_and_its_chunk_is_refused_alone(good, some, member):
    batch = confirm(draft(member, some), member)
    good.bad, good.short, good.odd = {some[0].pk}, {some[1].pk}, {some[2].pk}
    while taking.run():
        pass
    assert states(batch) == [EXPIRED, EXPIRED, EXPIRED, TAKEN]
    found = refused(batch)
    assert found.pop(str(some[2])).startswith("システム")
    assert found == {str(some[0]): "いまはできません", str(some[1]): "足りません"}
    assert OrderKey.objects.count() == 1


def test_a_rival_that_the_check_does_not_see_is_stopped_by_the_key(some, member):
    batch = confirm(draft(member, some), member)
    other = draft(member, some[:1], amount=2)
    OrderKey.objects.create(order=other.orders.get(), key=f"tests.good:{some[0].pk}")
    while taking.run():
        pass
    assert states(batch) == [EXPIRED, TAKEN, TAKEN, TAKEN]
    assert "同時" in refused(batch)[str(some[0])]


def test_a_price_that_changed_after_the_confirmation_is_not_charged(some, member, toy):
    batch = confirm(draft(member, some), member)
    toy.price = 500
    while taking.run():
        pass
    assert states(batch) == [EXPIRED] * 4
    assert set(refused(batch).values()) == {"確認していただいた後に、料金か反映時期が変わりました。"}
    batch.refresh_from_db()
    assert batch.finished_at is not None
    assert not told("accepted", member).exists()
    assert told("finished", member).get().context["refused"] == 4


def test_the_end_is_told_once_with_what_was_refused(good, some, member, clock):
    good.bad = {some[0].pk}
    batch = place(draft(member, some), member)
    clock.set("2026-11-21 10:00")
    while due.run_local():
        pass
    batch.refresh_from_db()
    assert batch.finished_at is not None
    mail = told("finished", member).get()
    assert mail.context["refused"] == 1
    assert [(group["state"], group["count"]) for group in mail.context["groups"]] == [("completed", 3)]


def test_it_does_not_end_while_some_of_it_is_still_to_be_taken(some, member, clock):
    batch = confirm(draft(member, some), member)
    taking.run(limit=2)
    with pytest.raises(NotPossible, match="途中"):
        batches.cancel(batch=batch, actor=member)
    clock.set("2026-11-21 10:00")
    due.run_local()
    assert sorted(states(batch)) == [State.COMPLETED] * 2 + [State.DRAFT] * 2
    assert not told("finished", member).exists()
    while taking.run() or due.run_local():
        pass
    assert told("finished", member).count() == told("accepted", member).count() == 1


def test_the_same_file_is_refused_while_the_first_is_under_way(some, member, clock):
    first = place(draft(member, some), member)
    second = draft(member, some[::-1])
    with pytest.raises(NotPossible, match=first.request_id):
        confirm(second, member)
    assert good_rows.same_under_way(draft(member, some, amount=2)) is None
    # Without the question the database gives the same answer.
    with pytest.raises(IntegrityError), transaction.atomic():
        Batch.objects.filter(pk=second.pk).update(accepted_at=time.now())
    batches.cancel(batch=first, actor=member)
    confirm(second, member)


def test_a_draft_of_yesterday_has_expired(some, member, clock):
    batch = draft(member, some)
    seen = shown(batch)
    clock.set("2026-11-21 10:00")
    with pytest.raises(DraftExpired):
        confirm(batch, member, seen=seen)


def test_many_orders_ask_no_more_questions_than_few(good, member, clock):
    counts = []
    for size in (3, 40):
        some = contracts(member, size)
        good.bad = {some[0].pk}
        batch = draft(member, some)
        with CaptureQueriesContext(connection) as queries:
            place(batch, member)
        counts.append(len(queries))
        assert Order.objects.filter(batch=batch, state=TAKEN).count() == size - 1
    assert 0 < counts[0] == counts[1] < 70, counts
