"""Operators and SIP passwords: reflecting now, taking back with a reason, bringing the one before back."""

import pytest
from django.urls import reverse

from numbering.models import Credential
from numbering.services import registrations
from numbering.services.sip_password_operating import force
from selfcare import clock as clocks
from selfcare.accounts.models import AuditEvent
from selfcare.orders import due
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.ending import cancel
from selfcare.orders.services.operating import refuse
from selfcare.orders.states import State
from selfcare.work.models import Mail
from tests.numbering.help import draft, take
from tests.numbering.passwords import OLD, change, live_password, number_of

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def number(clock, contract):
    clock.set("2026-11-20 14:00")
    return number_of(contract, "b2bua")


def restore(number, *, actor, reason="お客様のご依頼による"):
    live = Credential.objects.get(number=number.number, live__contains=clocks.now())
    data = {"reason": reason, "credential": live.pk}
    order = take(draft("numbering.sip_password_restore", number, data, actor=actor), actor=actor)
    due.run_now([order.pk])
    order.refresh_from_db()
    return order


def test_forced_the_new_password_is_live_now_and_the_order_is_completed(clock, number, owner, as_user, operator):
    order = change(as_user(owner), number, "Neu1pass")
    clock.set("2026-11-20 15:00")
    force(order=order, reason="お急ぎのため", actor=operator)
    assert order.state == State.COMPLETED
    assert live_password(number, "Neu1pass")
    event = AuditEvent.objects.get(action="order.completed")
    assert (event.actor, event.detail["reason"], event.detail["forced"]) == (operator, "お急ぎのため", True)
    mail = Mail.objects.filter(template="order_completed").latest("pk")
    assert mail.context["items"][0]["reason"] == "お急ぎのため"
    assert registrations.drop_due() == 1
    clock.set("2026-11-20 18:00")
    assert due.run_local() == 0
    assert live_password(number, "Neu1pass")


def test_forced_before_its_booked_moment_the_old_password_ends_now(clock, number, owner, as_user, operator):
    order = change(as_user(owner), number, "Neu1pass", when="at", at="2026-11-21T23:59")
    assert live_password(number, OLD)
    force(order=order, reason="お急ぎのため", actor=operator)
    assert live_password(number, "Neu1pass")
    assert Credential.objects.filter(number=number.number).count() == 2


def test_the_slot_and_a_cancellation_are_faster(clock, number, owner, as_user, operator):
    order = change(as_user(owner), number, "Neu1pass")
    clock.set("2026-11-20 17:30")
    with pytest.raises(NotPossible):
        force(order=order, reason="x", actor=operator)
    due.run_local()
    clock.set("2026-11-20 17:31")
    second = change(as_user(owner), number, "Neu2pass", current_password="Neu1pass")
    cancel(order=second, actor=owner)
    with pytest.raises(NotPossible):
        force(order=second, reason="x", actor=operator)
    assert live_password(number, "Neu1pass")


def test_taken_back_by_an_operator_the_customer_reads_why(clock, number, owner, as_user, operator):
    page = as_user(owner)
    order = change(page, number, "Neu1pass")
    clock.set("2026-11-20 17:29:59")
    cancel(order=order, actor=operator, reason="設備の点検のため")
    assert live_password(number, OLD)
    assert "設備の点検のため" in page.get(order.get_absolute_url()).content.decode()
    mail = Mail.objects.filter(template="order_cancelled").latest("pk")
    assert mail.context["items"][0]["reason"] == "設備の点検のため"


def test_the_password_before_is_live_again_and_the_customer_reads_why(clock, number, owner, as_user, operator):
    page = as_user(owner)
    change(page, number, "Neu1pass")
    clock.set("2026-11-20 18:00")
    due.run_local()
    order = restore(number, actor=operator)
    assert order.state == State.COMPLETED
    assert live_password(number, OLD)
    assert "お客様のご依頼による" in page.get(order.get_absolute_url()).content.decode()
    assert order.request_id in page.get(reverse("orders:history")).content.decode()
    mail = Mail.objects.filter(template="order_completed").latest("pk")
    assert {"label": "理由", "new": "お客様のご依頼による", "old": ""} in mail.context["items"][0]["rows"]
    clock.set("2026-11-20 18:01")
    restore(number, actor=operator)
    assert live_password(number, "Neu1pass")


def test_there_may_be_nothing_to_go_back_to(clock, number, owner, as_user, operator):
    with pytest.raises(NotPossible, match="まだ変更されていない"):
        restore(number, actor=operator)
    order = change(as_user(owner), number, "Neu1pass", when="at", at="2026-11-21T23:59")
    with pytest.raises(NotPossible, match="反映待ち"):
        restore(number, actor=operator)
    force(order=order, reason="x", actor=operator)
    registrations.drop_due()
    clock.set("2026-12-25 10:00")
    assert registrations.erase_ended() == 1
    with pytest.raises(NotPossible, match="消去"):
        restore(number, actor=operator)


def test_customers_cannot_order_it(clock, number, owner, as_user):
    change(as_user(owner), number, "Neu1pass")
    clock.set("2026-11-20 18:00")
    due.run_local()
    with pytest.raises(NotPossible, match="役割"):
        restore(number, actor=owner)


def test_another_password_than_the_one_on_the_form_is_left_alone(clock, number, owner, as_user, operator):
    change(as_user(owner), number, "Neu1pass")
    clock.set("2026-11-20 18:00")
    due.run_local()
    live = Credential.objects.get(number=number.number, live__contains=clocks.now())
    old = draft("numbering.sip_password_restore", number, {"reason": "x", "credential": live.pk}, actor=operator)
    restore(number, actor=operator)
    clock.set("2026-11-20 18:01")
    with pytest.raises(NotPossible, match="パスワードが変わりました"):
        take(old, actor=operator)


def test_what_has_taken_effect_is_not_refused(clock, number, owner, as_user, operator):
    order = change(as_user(owner), number, "Neu1pass")
    clock.set("2026-11-20 18:00")
    due.hold(order.pk, "planted")
    order.refresh_from_db()
    with pytest.raises(NotPossible, match="すでに反映"):
        refuse(order=order, reason="x", actor=operator)
    assert live_password(number, "Neu1pass")
