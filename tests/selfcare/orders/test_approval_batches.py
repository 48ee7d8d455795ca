"""A batch that waits for approval: one request, one answer for all of its rows, and nothing reserved before."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from selfcare import clock as time
from selfcare.accounts.models import Role
from selfcare.orders import approval, reconcile, secrets
from selfcare.orders.models import Batch, OrderKey, OrderSecret
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services import approving_batches as service
from selfcare.orders.services import ending, good_rows
from selfcare.orders.services.accepting import Changed
from selfcare.orders.services.placing import approve_batch, place_batch
from selfcare.orders.states import State
from selfcare.work.models import Mail
from tests import builders
from tests.selfcare.orders import approving
from tests.selfcare.orders.approving import events, fresh
from tests.selfcare.orders.batching import contracts, states
from tests.selfcare.orders.good_toys import draft, refused, shown

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def boss(member):
    return approving.second(member, Role.OWNER)


@pytest.fixture
def waiting(good, member, boss, clock):
    """Four orders of one batch, together over what one may order alone."""
    approving.rule(member.customer, over_count=3)
    batch = draft(member, contracts(member, 4))
    secrets.keep({batch.orders.earliest("pk"): {"pin": "1234"}})
    asked = place_batch(batch_id=batch.pk, shown=shown(batch), session_digest="s" * 64, actor=member)
    assert asked.awaits_approval
    return fresh(asked)


def test_it_asks_once_and_takes_nothing(waiting, member, boss):
    assert states(waiting) == [State.DRAFT] * 4
    assert (waiting.is_draft, waiting.expires_at - waiting.requested_at) == (True, timedelta(days=14))
    assert not OrderKey.objects.exists()
    assert {(mail.template, mail.to) for mail in Mail.objects.all()} == {("approval_requested", boss.email)}
    assert events(waiting) == [("batch.approval_requested", member.selfcare_id)]
    assert Batch.objects.visible_to(boss).get() == waiting
    assert [approval.waiting_for(user) for user in (member, boss)] == [0, 1]


def test_fewer_rows_go_without(good, member, boss, clock):
    approving.rule(member.customer, over_count=3)
    batch = draft(member, contracts(member, 3))
    placed = place_batch(batch_id=batch.pk, shown=shown(batch), session_digest="", actor=member)
    assert (placed.approval, states(placed)) == ("", [State.ACKNOWLEDGED] * 3)


def test_confirmed_again_it_asks_nobody_again(waiting, member):
    place_batch(batch_id=waiting.pk, shown="x", session_digest="", actor=member)
    assert Mail.objects.count() == 1


def test_its_drafts_and_secrets_outlive_the_life_of_drafts(waiting, clock):
    clock.set("2026-12-03 10:00")
    ending.expire_drafts()
    assert states(waiting) == [State.DRAFT] * 4
    assert OrderSecret.objects.count() == 1


def test_approved_its_rows_are_taken_as_of_the_approval(waiting, member, boss, good, clock):
    clock.set("2026-11-23 11:00")
    good.bad = {waiting.orders.order_by("pk").first().subject_id}
    approved = approve_batch(batch_id=waiting.pk, shown=shown(waiting), actor=boss)
    assert sorted(states(approved)) == sorted([State.EXPIRED] + [State.ACKNOWLEDGED] * 3)
    assert list(refused(approved).values()) == ["いまはできません"]
    order = approved.orders.filter(state=State.ACKNOWLEDGED).earliest("pk")
    assert (order.actor, order.accepted_at, order.due_at) == (member, time.now(), time.now() + timedelta(days=1))
    kept = fresh(approved)
    assert (kept.approval, kept.decided_by, kept.actor, kept.session_digest) == ("approved", boss, member, "s" * 64)
    assert events(kept)[-1] == ("batch.approved", boss.selfcare_id)
    # From the approver's browser, and so in the approver's name.
    assert events(order) == [("order.acknowledged", boss.selfcare_id)]
    assert events(approved.orders.get(state=State.EXPIRED)) == [("order.expired", boss.selfcare_id)]
    assert Mail.objects.filter(template="batch_accepted", to=member.email).count() == 1
    assert reconcile.check(time.now()) == []
    # A second answer changes nothing.
    assert service.refuse(batch_id=kept.pk, reason="x", actor=boss)[1] is False
    assert service.withdraw(batch_id=kept.pk, actor=member)[1] is False
    assert sorted(states(kept)) == sorted([State.EXPIRED] + [State.ACKNOWLEDGED] * 3)


def test_what_changed_since_the_request_is_shown_and_agreed_to(waiting, boss, toy, clock):
    seen = shown(waiting)
    clock.set("2026-11-21 10:00")
    toy.price = 150
    with pytest.raises(Changed):
        service.approve(batch_id=waiting.pk, shown=seen, actor=boss)
    now = good_rows.preview(waiting, now=time.now())
    rows = good_rows.since_request(waiting, now, time.now())
    assert [(row.old, row.new) for row in rows] == [("400円", "600円"), ("11/21（4件）", "11/22（4件）")]


def refuse(batch, member, boss, clock):
    service.refuse(batch_id=batch.pk, reason="予算がありません", actor=boss)


def withdraw(batch, member, boss, clock):
    service.withdraw(batch_id=batch.pk, actor=approving.second(member))


def expire(batch, member, boss, clock):
    clock.set(batch.expires_at)
    assert service.expire_requests() == 1


@pytest.mark.parametrize(("end", "answer"), [(refuse, "refused"), (withdraw, "withdrawn"), (expire, "expired")])
def test_an_end_without_approval_leaves_nothing_behind(end, answer, waiting, member, boss, clock):
    Mail.objects.all().delete()
    end(waiting, member, boss, clock)
    ended = fresh(waiting)
    assert (ended.approval, ended.accepted_at, states(ended)) == (answer, None, [State.EXPIRED] * 4)
    assert not OrderSecret.objects.exists()
    assert [(mail.template, mail.context["reason"]) for mail in Mail.objects.filter(to=member.email)] == [
        (f"batch_{answer}", "予算がありません" if end is refuse else "")
    ]
    assert events(ended)[-1][0] == f"batch.{answer}"
    assert service.approve(batch_id=ended.pk, shown="x", actor=boss)[1] is False
    # The same file can be sent again.
    again = draft(member, [order.contract for order in ended.orders.order_by("subject_id")])
    assert good_rows.same_under_way(again) is None


def test_the_same_file_waits_once(waiting, member, boss):
    again = draft(member, [order.contract for order in waiting.orders.order_by("subject_id")])
    assert waiting.request_id in good_rows.in_the_way(again, actor=member)
    with pytest.raises(NotPossible, match=waiting.request_id):
        place_batch(batch_id=again.pk, shown=shown(again), session_digest="", actor=member)
    with pytest.raises(IntegrityError, match="batch_once_waiting"), transaction.atomic():
        Batch.objects.filter(pk=again.pk).update(
            approval="waiting", requested_at=time.now(), expires_at=waiting.expires_at
        )


@pytest.mark.parametrize("who", ["requester", "viewer", "stranger"])
def test_who_may_not_approve_may_not_refuse(who, waiting, member):
    people = {"requester": member, "viewer": approving.second(member, Role.VIEWER)}
    user = people.get(who) or builders.user()
    for answer in (
        lambda: service.approve(batch_id=waiting.pk, shown=shown(waiting), actor=user),
        lambda: service.refuse(batch_id=waiting.pk, reason="x", actor=user),
    ):
        with pytest.raises(NotPossible, match=r"ご自分|役割"):
            answer()
    assert fresh(waiting).awaits_approval


def test_after_its_time_nobody_answers(waiting, boss, clock):
    seen = shown(waiting)
    clock.set(waiting.expires_at)
    with pytest.raises(NotPossible, match="期限"):
        service.approve(batch_id=waiting.pk, shown=seen, actor=boss)
    assert fresh(waiting).awaits_approval
