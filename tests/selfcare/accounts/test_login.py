"""ID and password, then the mailed code."""

import pytest
import time_machine
from django.core import mail
from django.test import Client

from selfcare.accounts.models import Contract, Customer, LoginAttempt, User
from tests import builders
from tests.people import PASSWORD
from tests.selfcare.accounts.parts import DATABASES, give_password, half_session, is_inside, latest_code, walk_in, wrong

pytestmark = pytest.mark.django_db(databases=DATABASES)


def test_password_and_mailed_code_lead_home(owner, browser):
    client = browser()
    assert client.get("/login/").status_code == 200
    assert give_password(client, owner)["Location"] == "/login/code/"
    page = client.get("/login/code/")
    assert 'autocomplete="one-time-code"' in page.content.decode()
    answer = client.post("/login/code/", {"code": latest_code()})
    assert answer["Location"] == "/"
    assert is_inside(client)


def test_the_code_goes_to_the_code_address_and_else_to_the_one_registered_at_contract(owner):
    half_session(owner)
    latest_code()
    assert mail.outbox[-1].to == ["office@customer.example"]
    assert mail.outbox[-1].subject == "認証コードのご案内"
    User.objects.filter(pk=owner.pk).update(code_email="own@customer.example")
    half_session(owner)
    latest_code()
    assert mail.outbox[-1].to == ["own@customer.example"]


def test_the_page_shows_the_address_masked_and_how_long_the_code_is_good(owner):
    page = half_session(owner).get("/login/code/")
    assert "o***@customer.example" in page.content.decode()
    assert "office@" not in page.content.decode()
    assert 88 <= page.context["mailed"]["seconds_left"] <= 90
    assert page.context["mailed"]["sends_left"] == 2
    assert 28 <= page.context["mailed"]["resend_in"] <= 30


def test_full_width_digits_and_spaces_are_understood(owner):
    client = half_session(owner)
    code = latest_code()
    typed = "".join(chr(ord(digit) + 0xFEE0) for digit in code)
    assert client.post("/login/code/", {"code": f" {typed[:3]}　{typed[3:]} "}).status_code == 302
    assert is_inside(client)


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "12345a", "-12345", "１２３４５", "²34567"])
def test_what_is_no_code_is_no_guess(owner, typed):
    client = half_session(owner)
    assert client.post("/login/code/", {"code": typed}).status_code == 200
    assert LoginAttempt.objects.get().guesses == 0


def test_the_session_key_changes_at_each_step_and_the_old_keys_are_dead(owner, browser):
    client = browser()
    client.cookies["selfcare"] = "a-key-that-somebody-planted-0001"
    keys = ["a-key-that-somebody-planted-0001"]
    give_password(client, owner)
    keys.append(client.cookies["selfcare"].value)
    client.post("/login/code/", {"code": latest_code()})
    keys.append(client.cookies["selfcare"].value)
    assert len(set(keys)) == 3
    assert is_inside(client)
    for key in keys[:2]:
        other = Client()
        other.cookies["selfcare"] = key
        assert not is_inside(other)
        assert other.get("/login/code/")["Location"] == "/login/"


def test_three_wrong_codes_end_the_attempt_and_say_why(owner):
    client = half_session(owner)
    code = latest_code()
    page = client.post("/login/code/", {"code": wrong(code)})
    assert "あと2回入力できます" in page.content.decode()
    client.post("/login/code/", {"code": wrong(code)})
    answer = client.post("/login/code/", {"code": wrong(code)})
    assert answer["Location"] == "/login/?ended=wrong"
    assert "3回間違えた" in client.get(answer["Location"]).content.decode()
    # The right one comes too late, in this session and in a copy of it.
    assert client.post("/login/code/", {"code": code})["Location"] == "/login/"
    assert not is_inside(client)


def test_a_code_is_good_for_90_seconds_and_no_longer(owner):
    with time_machine.travel("2026-11-20 01:00:00Z", tick=False) as now:
        client = half_session(owner)
        code = latest_code()
        now.shift(89)
        assert client.get("/login/code/").status_code == 200
        now.shift(1)
        answer = client.post("/login/code/", {"code": code})
        assert answer["Location"] == "/login/?ended=expired"
        assert "有効期限が切れました" in client.get(answer["Location"]).content.decode()
        assert not is_inside(client)


def test_a_code_works_once(owner):
    client = half_session(owner)
    copy = Client()
    copy.cookies["selfcare"] = client.cookies["selfcare"].value
    code = latest_code()
    assert client.post("/login/code/", {"code": code})["Location"] == "/"
    assert copy.post("/login/code/", {"code": code})["Location"] == "/login/"
    assert not is_inside(copy)
    # Nor does it open another attempt of the same user.
    again = half_session(owner)
    assert again.post("/login/code/", {"code": code}).status_code == 200
    assert not is_inside(again)


def test_a_second_login_neither_uses_nor_voids_the_first_ones_code(owner):
    first = half_session(owner)
    first_code = latest_code()
    second = half_session(owner)
    second_code = latest_code()
    assert second.post("/login/code/", {"code": first_code}).status_code == (200 if first_code != second_code else 302)
    first.post("/login/code/", {"code": first_code})
    assert is_inside(first)
    second.post("/login/code/", {"code": second_code})
    assert is_inside(second)


def test_another_code_can_be_had_after_30_seconds_three_in_all_and_voids_the_one_before(owner):
    with time_machine.travel("2026-11-20 01:00:00Z", tick=False) as now:
        client = half_session(owner)
        codes = [latest_code()]
        client.post("/login/code/", {"action": "resend"})
        assert len(mail.outbox) == 1, "too early"
        for _ in range(2):
            now.shift(30)
            client.post("/login/code/", {"action": "resend"})
            codes.append(latest_code())
        now.shift(30)
        client.post("/login/code/", {"action": "resend"})
        assert len(mail.outbox) == 3
        assert client.get("/login/code/").context["mailed"]["sends_left"] == 0
        now.shift(30)
        if codes[0] != codes[2]:
            assert client.post("/login/code/", {"code": codes[0]}).status_code == 200
        assert client.post("/login/code/", {"code": codes[2]})["Location"] == "/", "90 s from its own issue"


def test_the_last_login_is_kept_for_the_home_page(owner):
    with time_machine.travel("2026-11-20 01:00:00Z", tick=False) as now:
        walk_in(owner)
        owner.refresh_from_db()
        assert owner.previous_login is None
        first = owner.last_login
        now.shift(3600)
        walk_in(owner)
        owner.refresh_from_db()
        assert owner.previous_login == first


@pytest.mark.parametrize(
    ("wanted", "led"),
    [
        ("/orders/?page=2", "/orders/?page=2"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("http://testserver/orders/", "http://testserver/orders/"),
    ],
)
def test_the_login_leads_on_to_this_host_only(owner, browser, wanted, led):
    client = browser()
    client.post("/login/", {"selfcare_id": owner.selfcare_id, "password": PASSWORD, "next": wanted})
    assert client.post("/login/code/", {"code": latest_code()})["Location"] == led


def _policy(user: User, policy: str, kind: str = Contract.Kind.MOBILE) -> None:
    Contract.objects.filter(customer=user.customer).update(kind=kind)
    Customer.objects.filter(users=user).update(login_policy=policy)
    User.objects.filter(pk=user.pk).update(login_method="password")


def test_password_alone_is_enough_where_policy_and_user_say_so(owner, browser):
    _policy(owner, "choice")
    client = browser()
    assert give_password(client, owner)["Location"] == "/"
    assert is_inside(client)
    assert not LoginAttempt.objects.exists()
    # The operator takes the choice back: the session without a code is over.
    Customer.objects.filter(pk=owner.customer_id).update(login_policy="two_step")
    assert not is_inside(client)


@pytest.mark.parametrize(("policy", "kind"), [("two_step", "mobile"), ("choice", "ip_phone")])
def test_the_code_is_needed_without_that_policy_and_always_with_an_ip_phone_contract(owner, browser, policy, kind):
    _policy(owner, policy, kind)
    assert give_password(browser(), owner)["Location"] == "/login/code/"


def test_a_one_time_password_opens_nothing_but_its_replacement(contract, browser):
    user = builders.user(customer=contract.customer, password=PASSWORD, must_change_password=True)
    client = walk_in(user)
    assert client.get("/")["Location"] == "/account/password/"
    page = client.get("/account/password/")
    assert page.status_code == 200
    assert page.context["forced"]


def test_an_expired_one_time_password_is_refused_like_a_wrong_one(contract, browser):
    with time_machine.travel("2026-11-20 01:00:00Z", tick=False):
        user = builders.user(customer=contract.customer, password=PASSWORD, password_expires_at="2026-11-20T00:59:00Z")
        assert give_password(browser(), user).status_code == 200
