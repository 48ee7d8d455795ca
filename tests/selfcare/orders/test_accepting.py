"""A draft is accepted once, as it was shown, or not at all."""

import pytest
from django.db import IntegrityError, connection

from selfcare.accounts.models import AuditEvent, Contract
from selfcare.orders import due
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.accepting import Changed, DraftExpired, accept
from selfcare.orders.services.offers import offer, seal_shown
from selfcare.orders.states import State
from selfcare.work.models import Mail
from tests import builders
from tests.selfcare.orders.conftest import confirm

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def test_an_accepted_order_keeps_what_was_shown(draft, member):
    order = confirm(draft(amount=3), member)
    assert order.state == State.ACKNOWLEDGED
    assert order.shown["ja"]["quote"]["monthly"] == 300
    assert order.shown["en"]["rows"] == [{"label": "数", "new": "3", "old": ""}]
    assert order.due_at is not None
    assert order.accepted_at is not None


def test_a_second_acceptance_finds_the_first_and_changes_nothing(draft, member):
    order = draft()
    confirm(order, member)
    again, first = accept(order_id=order.pk, shown="whatever", session_digest="", actor=member)
    assert not first
    assert again.pk == order.pk
    assert AuditEvent.objects.about("order", order.pk).count() == 1


def test_acceptance_writes_the_audit_event_and_the_mail_with_it(draft, member):
    order = confirm(draft(), member)
    event = AuditEvent.objects.about("order", order.pk).get()
    assert (event.action, event.actor_name, event.customer_id) == (
        "order.acknowledged",
        member.selfcare_id,
        member.customer_id,
    )
    assert Mail.objects.get(to=member.email).context["items"][0]["request_id"] == order.request_id


def test_a_price_that_changed_since_the_page_was_shown_goes_back_with_what_changed(draft, member, toy, clock):
    order = draft(amount=2)
    shown = seal_shown(order, offer(order, now=clock.set("2026-11-20 10:00")))
    toy.price = 150
    with pytest.raises(Changed) as caught:
        accept(order_id=order.pk, shown=shown, session_digest="", actor=member)
    assert [(row.old, row.new) for row in caught.value.rows] == [("200円", "300円")]
    order.refresh_from_db()
    assert order.state == State.DRAFT


def test_a_promise_that_changed_goes_back_with_what_changed(draft, member, clock):
    order = draft("tests.exclusive")
    shown = seal_shown(order, offer(order, now=clock.set("2026-11-20 10:00")))
    clock.set("2026-11-21 09:00")
    with pytest.raises(Changed) as caught:
        accept(order_id=order.pk, shown=shown, session_digest="", actor=member)
    assert "11/22" in caught.value.rows[0].new


@pytest.mark.parametrize("token", ["", "bent", "eyJ4IjoxfQ:1:1"])
def test_a_confirmation_that_no_page_of_ours_made_is_shown_again(draft, member, token):
    order = draft()
    with pytest.raises(Changed):
        accept(order_id=order.pk, shown=token, session_digest="", actor=member)


def test_what_was_shown_of_one_draft_does_not_confirm_another(draft, member, clock):
    one, other = draft(amount=1), draft(amount=2)
    shown = seal_shown(one, offer(one, now=clock.set("2026-11-20 10:00")))
    with pytest.raises(Changed):
        accept(order_id=other.pk, shown=shown, session_digest="", actor=member)


def test_eligibility_lost_after_the_page_was_shown_refuses_with_the_reason(draft, member, toy):
    order = draft()
    toy.refuse = "在庫がありません"
    with pytest.raises(NotPossible, match="在庫がありません"):
        confirm(order, member)


def test_a_contract_that_ended_meanwhile_refuses(draft, member):
    order = draft()
    Contract.objects.filter(customer=member.customer).update(state="ended", ended_on="2026-11-20")
    with pytest.raises(NotPossible, match="終了"):
        confirm(order, member)


def test_a_function_taken_from_the_contract_meanwhile_refuses(draft, member):
    order = draft()
    Contract.objects.filter(customer=member.customer).update(functions=[])
    with pytest.raises(NotPossible, match="機能"):
        confirm(order, member)


def test_a_viewer_cannot_accept_whatever_draft_he_holds(draft, member):
    viewer = builders.user(customer=member.customer, role="viewer")
    order = draft(actor=viewer)
    with pytest.raises(NotPossible, match="役割"):
        confirm(order, viewer)


def test_a_draft_of_yesterday_has_expired_and_keeps_its_input(draft, member, clock):
    order = draft(amount=4)
    clock.set("2026-11-21 10:00")
    with pytest.raises(DraftExpired):
        confirm(order, member)
    order.refresh_from_db()
    assert order.data == {"amount": 4}


def test_two_open_orders_with_one_key_are_refused_even_when_the_check_is_blind(draft, member):
    confirm(draft("tests.exclusive"), member)
    with pytest.raises(NotPossible, match="同時"):
        confirm(draft("tests.exclusive"), member)
    assert Order.objects.filter(procedure="tests.exclusive", state=State.ACKNOWLEDGED).count() == 1


def test_the_key_is_free_again_when_the_order_has_ended(draft, member, clock):
    confirm(draft("tests.exclusive"), member)
    clock.set("2026-11-21 10:00")
    due.run_local()
    assert confirm(draft("tests.exclusive"), member).state == State.ACKNOWLEDGED


def test_content_that_another_tab_changed_is_shown_before_it_is_accepted(draft, member, toy, clock):
    """Price and promise are the same: what differs is what was asked for."""
    toy.price = 0
    order = draft(amount=5)
    shown = seal_shown(order, offer(order, now=clock.set("2026-11-20 10:00")))
    Order.objects.filter(pk=order.pk).update(data={"amount": 8})
    with pytest.raises(Changed) as caught:
        accept(order_id=order.pk, shown=shown, session_digest="", actor=member)
    assert [(row.old, row.new) for row in caught.value.rows] == [("5", "8")]


def test_the_same_wish_from_two_windows_is_one_draft(draft):
    assert draft(amount=3).pk == draft(amount=3).pk
    assert draft(amount=3).pk != draft(amount=4).pk


def test_a_constraint_that_is_no_race_is_a_defect_and_not_an_answer(draft, member, toy):
    def broken(self, order):
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO orders_orderkey (order_id, key, is_open) VALUES (NULL, 'x', true)")

    kept, toy.reserve = toy.reserve, broken
    try:
        with pytest.raises(IntegrityError):
            confirm(draft(), member)
    finally:
        toy.reserve = kept
