"""An order that waits for approval: what it holds meanwhile, and what each of its ends leaves behind."""

from datetime import timedelta
from typing import Any

import pytest

from selfcare import clock as time
from selfcare.accounts.models import AuditEvent, Role, User
from selfcare.orders import due, reconcile
from selfcare.orders.models import Order, OrderKey, OrderSecret
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services import approving as service
from selfcare.orders.services import ending
from selfcare.orders.services.cancelling import cancel_several
from selfcare.orders.states import APPROVAL, State
from selfcare.orders.timeline import timeline
from selfcare.work.models import Mail
from tests import builders
from tests.selfcare.orders import approving
from tests.selfcare.orders.approving import FinalToy, approve, events, expire, fresh, left, refuse
from tests.selfcare.orders.conftest import confirm

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def test_while_it_waits_it_holds_its_key_is_open_and_never_due(asked, boss, company, clock, draft):
    order = asked()
    assert order.expires_at - order.accepted_at == timedelta(days=14)
    assert (order.state_label, order.is_open, order.actor) == ("承認待ち", True, company)
    assert Order.objects.visible_to(boss).open().get() == order
    with pytest.raises(NotPossible, match=order.request_id):
        confirm(draft("tests.final", amount=2), company)
    clock.set(order.due_at + timedelta(days=3))
    assert due.run_local() == 0
    assert not due.overdue_local(time.now())
    assert reconcile.check(time.now()) == []
    assert FinalToy.reserved == []


def test_the_approvers_are_asked_once_each_in_their_language_and_nobody_is_told_of_an_acceptance(asked, boss, company):
    approving.second(company, Role.VIEWER)
    other = approving.second(company)
    # The contact address may be left empty; then where the codes go.
    quiet = approving.second(company, email="", code_email="quiet@customer.example")
    order = asked()
    mails = Mail.objects.order_by("pk")
    assert {(mail.template, mail.to, mail.language) for mail in mails} == {
        ("approval_requested", boss.email, "en"),
        ("approval_requested", other.email, "ja"),
        ("approval_requested", quiet.code_email, "ja"),
    }
    item = mails.get(to=other.email).context["items"][0]
    assert item["url"].endswith(f"/orders/{order.uuid}/approve/")
    assert {row["label"]: row["new"] for row in item["rows"]}["申込者"] == company.display_name


#: How it ends, by whom the end is told, as which action, as which mail.
ENDS = {
    "refused": (lambda order, company, boss, clock: refuse(order, boss), "rejected", "order_rejected"),
    "withdrawn": (
        lambda order, company, boss, clock: ending.cancel(order=order, actor=company),
        "cancelled",
        "order_withdrawn",
    ),
    "expired": (lambda order, company, boss, clock: expire(order, clock), "expired", "order_expired"),
    "with others": (
        lambda order, company, boss, clock: cancel_several(orders=[order], actor=company)[0],
        "cancelled",
        "order_withdrawn",
    ),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("code", ["tests.final", "tests.holding", "tests.secret"])
def test_an_end_without_approval_gives_everything_back(end, code, asked, company, boss, clock, toy):
    call, action, template = ENDS[end]
    order = asked(code, pin="1234" if code == "tests.secret" else "", amount=4)
    assert left() == (6 if code == "tests.holding" else 10)
    Mail.objects.all().delete()
    ended = fresh(call(order, company, boss, clock))
    assert (ended.state, ended.phase, ended.is_terminal) == (action, APPROVAL, True)
    assert left() == 10
    # What was never reserved is not given back: it may be somebody else's.
    assert toy.released == ([order.pk] if code == "tests.holding" else [])
    assert not OrderKey.objects.filter(is_open=True).exists()
    assert not OrderSecret.objects.exists()
    assert {mail.template for mail in Mail.objects.all()} == {template}
    assert Mail.objects.filter(to=company.email).count() == 1
    who = {"rejected": boss.selfcare_id, "cancelled": company.selfcare_id, "expired": ""}[action]
    assert events(order) == [("order.pending", company.selfcare_id), (f"order.{action}", who)]
    assert Order.objects.visible_to(boss).get() == ended
    assert reconcile.check(time.now()) == []
    with pytest.raises(Exception):  # noqa: B017, PT011  (there is nothing left to approve, whatever is shown)
        approve(order, boss, seen="x")
        raise AssertionError


def test_a_refusal_says_why_to_who_asked(asked, boss, company):
    order = refuse(asked(), boss, "  今期の予算を超えます\x00 ")
    assert order.reason == "今期の予算を超えます"
    item = Mail.objects.get(template="order_rejected", to=company.email).context["items"][0]
    assert item["reason"] == "今期の予算を超えます"
    last = timeline(AuditEvent.objects.visible_to(company), order)[-1]
    assert (last.text, last.actor, last.reason) == ("却下されました", boss.display_name, "今期の予算を超えます")
    for reason in ("", "  ", "長" * 501):
        with pytest.raises(NotPossible, match="理由"):
            refuse(order, boss, reason)


def test_approved_it_goes_on_as_if_just_accepted(asked, boss, company, clock):
    order = asked("tests.secret", pin="1234")
    now = clock.set("2026-11-23 11:00")
    approved = approve(order, boss)
    assert (approved.state, approved.phase, approved.accepted_at) == (State.ACKNOWLEDGED, "", now)
    assert (approved.actor, approved.expires_at, approved.due_at) == (company, None, now + timedelta(days=1))
    assert FinalToy.reserved == [order.pk]
    assert not OrderSecret.objects.exists()
    assert OrderKey.objects.get(is_open=True).order_id == order.pk
    assert Mail.objects.filter(template="order_accepted", to=company.email).count() == 1
    assert events(order) == [("order.pending", company.selfcare_id), ("order.acknowledged", boss.selfcare_id)]
    assert approved.shown["ja"]["promise"]["text"] == "11/24"
    clock.set("2026-11-24 11:00")
    assert due.run_local() == 1
    assert fresh(order).state == State.COMPLETED
    words = [entry.text for entry in timeline(AuditEvent.objects.visible_to(boss), order)]
    assert words == ["承認を待っています", "承認され、受け付けました", "完了しました"]


def test_what_is_due_at_once_is_done_with_the_approval_and_what_it_held_is_used(asked, boss):
    order = approve(asked("tests.holding", amount=4), boss)
    assert (order.state, left()) == (State.COMPLETED, 6)
    # A second answer changes nothing any more.
    assert service.approve(order_id=order.pk, shown="x", actor=boss)[1] is False
    assert service.refuse(order_id=order.pk, reason="x", actor=boss)[1] is False
    assert fresh(order).state == State.COMPLETED


def test_looking_at_what_an_order_holds_leaves_everything_as_it_is(asked, boss):
    order = asked("tests.holding", amount=9)
    assert service.look(order=order, actor=boss).problem == ""
    assert (left(), fresh(order).state) == (1, State.PENDING)
    assert AuditEvent.objects.about("order", order.pk).count() == 1


@pytest.mark.parametrize("who", ["requester", "viewer", "stranger", "suspended", "removed", "demoted"])
def test_who_may_not_approve_may_not_refuse_either(who, asked, boss, company, draft):
    order = asked()
    seen = approving.shown(order, boss)
    people = {
        "requester": company,
        "viewer": approving.second(company, Role.VIEWER),
        "stranger": builders.user(role=Role.OWNER),
    }
    user = people.get(who) or approving.second(company)
    # Changed behind the back of who has the page open.
    changes: dict[str, dict[str, Any]] = {
        "suspended": {"suspended_at": time.now()},
        "removed": {"is_active": False, "removed_at": time.now()},
        "demoted": {"role": Role.VIEWER},
    }
    User.objects.filter(pk=user.pk).update(**changes.get(who, {"name": "元の氏名"}))
    with pytest.raises(NotPossible, match=r"ご自分|役割"):
        approve(order, user, seen=seen)
    with pytest.raises(NotPossible, match=r"ご自分|役割"):
        refuse(order, user)
    assert fresh(order).awaits_approval
