"""ログイン方法: whose choice it is, what the choice does to other browsers, and where the page and its link show."""

import re

import pytest
from django.core import mail
from django.test import Client

from selfcare.accounts.models import AuditEvent, CodeAddressChange, Contract, Customer, User
from selfcare.accounts.services import login_methods
from tests import builders
from tests.people import PASSWORD, log_in, person
from tests.selfcare.accounts.parts import (
    DATABASES,
    give_password,
    half_session,
    is_inside,
    latest_code,
    shown,
    walk_in,
    work,
)

pytestmark = pytest.mark.django_db(databases=DATABASES)

PAGE = "/account/login-method/"


@pytest.fixture
def chooser(db):
    """A mobile customer's user whose policy leaves the choice; two steps so far."""
    customer = builders.customer(login_policy=Customer.LoginPolicy.CHOICE)
    builders.contract(customer=customer, kind=Contract.Kind.MOBILE, mail="mobile@customer.example")
    return person("chooser_01", customer=customer)


def choose(client: Client, method: str, email: str = ""):
    return shown(client).post(PAGE, {"login_method": method, "email": email})


def method_of(user: User) -> str:
    return User.objects.get(pk=user.pk).login_method


def by_password(user: User) -> Client:
    client = Client()
    assert give_password(client, user)["Location"] == "/"
    return client


def test_the_page_offers_both_in_the_words_of_the_letter(chooser):
    page = shown(log_in(chooser)).get(PAGE).content.decode()
    assert "ID/パスワードのみでログイン" in page
    assert "認証コードを併用した二段階認証でログイン" in page
    assert "m***@customer.example" in page
    assert 'name="email"' not in page, "the registered address will do"


def test_choosing_the_password_alone_ends_the_other_sessions_and_is_told(chooser):
    here, there = walk_in(chooser), walk_in(chooser)
    assert choose(here, "password")["Location"] == "/"
    assert is_inside(here)
    assert not is_inside(there)
    assert is_inside(by_password(chooser))
    work()
    assert mail.outbox[-1].to == ["mobile@customer.example"]
    assert "ID/パスワードのみでログイン" in str(mail.outbox[-1].body)
    event = AuditEvent.objects.get(action="user.login_method_changed")
    assert (event.detail, event.actor_id) == ({"login_method": ["two_step", "password"]}, chooser.pk)


def test_choosing_two_steps_asks_this_browser_for_its_code_too(chooser):
    User.objects.filter(pk=chooser.pk).update(login_method="password")
    here, there = by_password(chooser), by_password(chooser)
    assert choose(here, "two_step")["Location"] == "/login/?ended=method"
    assert "認証コードを使って" in here.get("/login/?ended=method").content.decode()
    assert not is_inside(here)
    assert not is_inside(there)
    assert give_password(here, chooser)["Location"] == "/login/code/"
    assert here.post("/login/code/", {"code": latest_code()}).status_code == 302
    assert is_inside(here)


def test_password_and_factor_are_shown_before_the_method_is_changed(chooser):
    client = log_in(chooser)
    for answer in (client.get(PAGE), client.post(PAGE, {"login_method": "password"})):
        assert answer["Location"].startswith("/account/security/confirm/")
    assert method_of(chooser) == "two_step"


@pytest.fixture
def without_address(chooser):
    """A password is enough so far, and no address is known to reach the user: the contact address never was tried."""
    User.objects.filter(pk=chooser.pk).update(login_method="password")
    Contract.objects.filter(customer=chooser.customer).update(mail="")
    return chooser


def test_two_steps_without_an_address_begin_by_its_link(without_address):
    here, there = by_password(without_address), by_password(without_address)
    assert "届け先を入力してください" in choose(here, "two_step").content.decode()
    assert choose(here, "two_step", "hikari@customer.example")["Location"] == PAGE
    assert "申込中の変更があります" in here.get(PAGE).content.decode()
    assert method_of(without_address) == "password", "the old method stays in force"
    assert is_inside(by_password(without_address))
    work()
    assert mail.outbox[-1].to == ["hikari@customer.example"]
    assert "二段階認証でログイン" in str(mail.outbox[-1].body)
    link = re.search(r"/code-address/[\w-]+/", str(mail.outbox[-1].body))
    assert link
    fields = {"selfcare_id": without_address.selfcare_id, "password": PASSWORD}
    assert here.post(link[0], fields)["Location"] == "/login/?ended=address", "it never showed a code"
    assert method_of(without_address) == "two_step"
    assert not is_inside(here)
    assert not is_inside(there)
    half_session(without_address)
    latest_code()
    assert mail.outbox[-1].to == ["hikari@customer.example"]


def test_an_address_that_is_none_begins_nothing(without_address):
    client = by_password(without_address)
    assert choose(client, "two_step", "nonsense").status_code == 200
    assert not CodeAddressChange.objects.exists()
    assert choose(client, "password")["Location"] == PAGE, "which it is already"


def test_the_same_again_changes_nothing(chooser):
    here, there = walk_in(chooser), walk_in(chooser)
    assert choose(here, "two_step")["Location"] == PAGE
    assert is_inside(there)
    assert not AuditEvent.objects.filter(action="user.login_method_changed").exists()


def test_a_method_that_is_none_is_refused(chooser):
    assert choose(walk_in(chooser), "none").status_code == 200
    assert method_of(chooser) == "two_step"


def test_where_there_is_no_choice_the_page_says_why_and_changes_nothing(owner, chooser):
    fixed = shown(log_in(owner))
    assert "IP電話のご契約があるため" in fixed.get(PAGE).content.decode()
    assert "IP電話のご契約があるため" in choose(fixed, "password").content.decode()
    assert method_of(owner) == "two_step"
    Customer.objects.filter(pk=chooser.customer_id).update(login_policy="two_step")
    assert "ご契約者様の設定により" in choose(log_in(chooser), "password").content.decode()
    assert method_of(chooser) == "two_step"


def test_the_service_refuses_who_has_no_choice(owner):
    user = User.objects.for_login().get(pk=owner.pk)
    with pytest.raises(login_methods.NotTheUsersChoiceError):
        login_methods.change_login_method(user=user, method=User.LoginMethod.PASSWORD, session_key=None, actor=user)


def test_the_menu_has_the_link_only_where_it_applies(owner, chooser):
    assert PAGE in log_in(chooser).get("/").content.decode()
    assert PAGE not in log_in(owner).get("/").content.decode()
