"""The authenticator app of a customer's user: set up, replaced, removed."""

import re

import pytest
import time_machine
from django.core import mail
from django.test import Client

from selfcare.accounts.models import AuditEvent, AuthenticatorApp, Contract, Customer, RecoveryCode, User
from tests.people import log_in
from tests.selfcare.accounts.factor_parts import APP, SECURITY, app_of, code_of, shown_codes, wrong_of
from tests.selfcare.accounts.parts import DATABASES, give_password, half_session, is_inside, shown, work

pytestmark = pytest.mark.django_db(databases=DATABASES)


def begin(client: Client) -> AuthenticatorApp:
    client.post(APP, {"action": "begin"})
    return AuthenticatorApp.objects.get(confirmed=False)


def test_the_first_right_code_sets_it_up_with_recovery_codes_and_tells_user_and_owners(owner, colleague):
    User.objects.filter(pk=owner.pk).update(code_email="owner@customer.example", language="en")
    User.objects.filter(pk=colleague.pk).update(code_email="jiro@customer.example")
    client = shown(log_in(colleague))
    pending = begin(client)
    page = client.get(APP).content.decode()
    key = re.search(r'id="key"[^>]*>([A-Z2-7 ]+)<', page)
    assert key
    assert "<svg" in page
    assert key[1].replace(" ", "").encode() not in bytes(pending.sealed)
    assert "数字が違います" in client.post(APP, {"code": wrong_of(pending)}).content.decode()
    made = client.post(APP, {"code": code_of(pending)})
    codes = shown_codes(made)
    assert len(set(codes)) == 10
    assert RecoveryCode.objects.filter(device__user=colleague, used_at=None).count() == 10
    app = AuthenticatorApp.objects.get(user=colleague)
    assert app.confirmed
    actions = list(
        AuditEvent.objects.filter(object_id=str(colleague.pk)).order_by("id").values_list("action", flat=True)
    )
    assert actions == ["user.app_added", "user.recovery_codes_made"]
    work()
    told = [(sent.to[0], sent.subject) for sent in mail.outbox]
    assert sorted({to for to, _subject in told}) == ["jiro@customer.example", "owner@customer.example"]
    assert len(told) == 4
    assert not any(code in str(sent.body) for sent in mail.outbox for code in codes)


def test_the_old_app_is_in_force_until_the_new_ones_first_code(owner):
    old = app_of(owner)
    client = shown(log_in(owner))
    new = begin(client)
    half = half_session(owner)
    assert half.post("/login/code/", {"by": "app", "code": code_of(new)}).status_code == 200
    assert half.post("/login/code/", {"by": "app", "code": code_of(old)})["Location"] == "/"
    client.post(APP, {"code": code_of(new)})
    assert AuthenticatorApp.objects.get(user=owner).pk == new.pk
    assert AuditEvent.objects.filter(action="user.app_replaced").exists()
    assert not is_inside(half), "a session that stood on the old one"
    assert is_inside(client)
    again = half_session(owner)
    assert again.post("/login/code/", {"by": "app", "code": code_of(old, 1)}).status_code == 200


def test_a_key_is_known_to_its_session_for_a_quarter_of_an_hour_and_until_the_next(owner):
    with time_machine.travel("2026-11-20 01:00:00Z", tick=False) as now:
        here, there = shown(log_in(owner)), shown(log_in(owner))
        first = begin(here)
        assert "<svg" not in there.get(APP).content.decode().split("<main")[1]
        there.post(APP, {"code": code_of(first)})
        assert not AuthenticatorApp.objects.get().confirmed
        second = begin(there)
        here.post(APP, {"code": code_of(first)})
        assert not AuthenticatorApp.objects.get().confirmed
        now.shift(900)
        shown(there).post(APP, {"code": code_of(second)})
        assert not AuthenticatorApp.objects.get().confirmed
        assert "登録をはじめる" in there.get(APP).content.decode()


def test_removing_it_turns_the_mail_on_again_and_ends_sessions_that_stood_on_it(owner):
    app = app_of(owner)
    User.objects.filter(pk=owner.pk).update(mail_codes=False)
    here, there = half_session(owner), half_session(owner)
    here.post("/login/code/", {"by": "app", "code": code_of(app)})
    there.post("/login/code/", {"by": "app", "code": code_of(app, 1)})
    assert is_inside(there)
    page = shown(here).post(APP, {"action": "remove"}, follow=True).content.decode()
    assert "メールの認証コードを使う設定に戻しました" in page
    assert is_inside(here)
    assert not is_inside(there)
    assert User.objects.get(pk=owner.pk).mail_codes
    actions = set(AuditEvent.objects.filter(object_id=str(owner.pk)).values_list("action", flat=True))
    assert {"user.app_removed", "user.mail_codes_changed"} <= actions
    assert not half_session(owner).get("/login/code/").context["others"]


def test_who_came_in_by_password_alone_stays_and_needs_the_second_step_from_now_on(contract, owner):
    Contract.objects.filter(pk=contract.pk).update(kind=Contract.Kind.MOBILE)
    Customer.objects.filter(pk=owner.customer_id).update(login_policy=Customer.LoginPolicy.CHOICE)
    User.objects.filter(pk=owner.pk).update(login_method="password")
    here, there = Client(), Client()
    give_password(here, owner)
    assert give_password(there, owner)["Location"] == "/"
    here.post(APP, {"code": code_of(begin(shown(here)))})
    assert is_inside(here)
    assert not is_inside(there)
    assert give_password(there, owner)["Location"] == "/login/code/"


def test_the_overview_says_what_there_is(owner):
    client = log_in(owner)
    page = client.get(SECURITY).content.decode()
    assert page.count("登録がありません") == 2
    assert "o***@customer.example" in page
    app_of(owner)
    page = client.get(SECURITY).content.decode()
    assert "使えるリカバリーコードがありません" in page
    assert "認証アプリを置き換える・削除する" in page
