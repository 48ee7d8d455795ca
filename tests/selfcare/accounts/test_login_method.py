"""ログイン方法: whose choice it is, what the choice does to other browsers, and where the page and its link show."""

import pytest
from django.core import mail
from django.test import Client

from selfcare.accounts.models import AuditEvent, Contract, Customer, User
from selfcare.accounts.services import login_methods
from tests import builders
from tests.people import PASSWORD, log_in, person
from tests.selfcare.accounts.parts import DATABASES, give_password, is_inside, latest_code, walk_in, work

pytestmark = pytest.mark.django_db(databases=DATABASES)

PAGE = "/account/login-method/"


@pytest.fixture
def chooser(db):
    """A mobile customer's user whose policy leaves the choice; two steps so far."""
    customer = builders.customer(login_policy=Customer.LoginPolicy.CHOICE)
    builders.contract(customer=customer, kind=Contract.Kind.MOBILE, mail="mobile@customer.example")
    return person("chooser_01", customer=customer)


def choose(client: Client, method: str, password: str = PASSWORD):
    return client.post(PAGE, {"login_method": method, "current_password": password})


def method_of(user: User) -> str:
    return User.objects.get(pk=user.pk).login_method


def by_password(user: User) -> Client:
    client = Client()
    assert give_password(client, user)["Location"] == "/"
    return client


def test_the_page_offers_both_in_the_words_of_the_letter(chooser):
    page = log_in(chooser).get(PAGE).content.decode()
    assert "ID/パスワードのみでログイン" in page
    assert "認証コードを併用した二段階認証でログイン" in page
    assert "m***@customer.example" in page
    assert 'autocomplete="current-password"' in page


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


def test_two_steps_need_an_address_for_the_code(chooser):
    User.objects.filter(pk=chooser.pk).update(login_method="password", email="")
    Contract.objects.filter(customer=chooser.customer).update(mail="")
    client = by_password(chooser)
    assert "届け先がない" in choose(client, "two_step").content.decode()
    assert method_of(chooser) == "password"
    assert is_inside(client)


def test_the_current_password_is_needed_and_counted(chooser):
    client = walk_in(chooser)
    page = choose(client, "password", "wrong-password-here")
    assert "現在のパスワードが違います" in page.content.decode()
    assert "wrong-password-here" not in page.content.decode()
    assert method_of(chooser) == "two_step"
    assert AuditEvent.objects.filter(action="login.failed").count() == 1
    assert choose(client, "password", "").status_code == 200


def test_the_same_again_changes_nothing(chooser):
    here, there = walk_in(chooser), walk_in(chooser)
    assert choose(here, "two_step")["Location"] == PAGE
    assert is_inside(there)
    assert not AuditEvent.objects.filter(action="user.login_method_changed").exists()


def test_a_method_that_is_none_is_refused(chooser):
    assert choose(walk_in(chooser), "none").status_code == 200
    assert method_of(chooser) == "two_step"


def test_where_there_is_no_choice_the_page_says_why_and_changes_nothing(owner, chooser):
    fixed = log_in(owner)
    assert "IP電話のご契約があるため" in fixed.get(PAGE).content.decode()
    assert "IP電話のご契約があるため" in choose(fixed, "password").content.decode()
    assert method_of(owner) == "two_step"
    Customer.objects.filter(pk=chooser.customer_id).update(login_policy="two_step")
    assert "ご契約者様の設定により" in choose(log_in(chooser), "password").content.decode()
    assert method_of(chooser) == "two_step"


def test_the_service_refuses_who_has_no_choice(owner):
    user = User.objects.for_login().get(pk=owner.pk)
    with pytest.raises(login_methods.NotTheUsersChoiceError):
        login_methods.change_login_method(
            user=user, method=User.LoginMethod.PASSWORD, current=PASSWORD, browser="", session_key=None, actor=user
        )


def test_the_menu_has_the_link_only_where_it_applies(owner, chooser):
    assert PAGE in log_in(chooser).get("/").content.decode()
    assert PAGE not in log_in(owner).get("/").content.decode()
