"""Coming in by a passkey alone."""

from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_otp_webauthn.models import WebAuthnCredential

from selfcare import clock
from selfcare.accounts.models import AuditEvent, Customer, LoginAttempt, User
from tests.selfcare.accounts.authenticator import SEEN, USER_PRESENT, Authenticator
from tests.selfcare.accounts.parts import DATABASES, in_parallel, is_inside, work
from tests.selfcare.accounts.passkeys import come_in, question, registered

pytestmark = pytest.mark.django_db(databases=DATABASES)
REFUSED = "このパスキーではログインできません"


@pytest.fixture
def phone(owner: User) -> Authenticator:
    """The owner's telephone, with a passkey of the portal."""
    made = Authenticator()
    registered(owner, made)
    return made


def test_a_passkey_is_both_steps(owner, phone, browser):
    client = browser()
    page = client.get("/login/").content.decode()
    assert "パスキーでログイン" in page
    client.cookies["selfcare"] = "a-key-that-somebody-planted-0001"
    asked = question(client)
    assert not asked.get("allowCredentials")
    assert asked["userVerification"] == "required"
    before = client.cookies["selfcare"].value
    answer = client.post("/login/passkey/", {"passkey": phone.get(asked), "next": "/orders/?page=2"})
    assert answer["Location"] == "/orders/?page=2"
    assert client.cookies["selfcare"].value not in (before, "a-key-that-somebody-planted-0001")
    assert is_inside(client)
    assert "selfcare_browser" in client.cookies
    event = AuditEvent.objects.get(action="login.succeeded")
    assert (event.actor, event.detail) == (owner, {"method": "passkey"})
    passkey = WebAuthnCredential.objects.get()
    assert passkey.sign_count == 1
    assert abs((clock.real_now() - passkey.last_used_at).total_seconds()) < 60
    assert not LoginAttempt.objects.exists(), "no code is mailed"


def test_who_was_asked_and_did_not_answer_is_not_told_of_an_end(owner, browser):
    client = browser()
    question(client)
    assert client.get("/")["Location"] == "/login/?next=%2F"


def test_it_leads_to_this_host_only(phone, browser):
    client = browser()
    sent = {"passkey": phone.get(question(client)), "next": "https://evil.example/"}
    assert client.post("/login/passkey/", sent)["Location"] == "/"


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "https://evil.example"},
        {"host": "evil.example"},
        {"challenge": "AAAA"},
        {"challenge": ""},
        {"flags": USER_PRESENT},
        {"flags": 0},
        {"flags": SEEN | 0x10},
        {"user_handle": b"x" * 64},
        {"user_handle": b""},
    ],
    ids=["origin", "host", "challenge", "none", "not verified", "nobody", "backup", "another user", "no user"],
)
def test_an_answer_that_is_not_right_opens_nothing(phone, browser, lie):
    client = browser()
    if lie == {"challenge": ""}:
        answer = client.post("/login/passkey/", {"passkey": phone.get({"rpId": "localhost", "challenge": ""})})
    else:
        answer = come_in(client, phone, **lie)
    assert REFUSED in answer.content.decode()
    assert not is_inside(client)
    assert AuditEvent.objects.get(action="login.failed").detail["step"] == "passkey"


@pytest.mark.parametrize("sent", ["", "-", "[]", "{}", '{"id":"x"}', "[" * 5000, "x" * 40_000, "\0"])
def test_what_no_authenticator_says_is_refused_with_the_same_words(owner, browser, sent):
    client = browser()
    question(client)
    answer = client.post("/login/passkey/", {"passkey": sent})
    assert (answer.status_code, REFUSED in answer.content.decode()) == (200, True)


def test_an_answer_opens_once(phone, browser):
    client = browser()
    sent = {"passkey": phone.get(question(client))}
    copy = Client()
    copy.cookies["selfcare"] = client.cookies["selfcare"].value
    assert client.post("/login/passkey/", sent).status_code == 302
    assert REFUSED in copy.post("/login/passkey/", sent).content.decode()
    assert REFUSED in browser().post("/login/passkey/", sent).content.decode()


def test_a_question_waits_for_five_minutes(phone, browser):
    with time_machine.travel("2026-11-20 01:00:00Z", tick=False) as now:
        early, late = browser(), browser()
        asked = [question(client) for client in (early, late)]
        now.shift(299)
        assert early.post("/login/passkey/", {"passkey": phone.get(asked[0])}).status_code == 302
        now.shift(1)
        assert REFUSED in late.post("/login/passkey/", {"passkey": phone.get(asked[1])}).content.decode()


def test_a_counter_that_goes_back_is_a_copy_and_refused(phone, browser):
    come_in(browser(), phone)
    phone.passkeys[0].count = 0
    client = browser()
    assert REFUSED in come_in(client, phone).content.decode()
    assert come_in(client, phone).status_code == 302, "the real one has counted on"


def test_one_that_never_counts_and_is_synchronised_works(owner, browser):
    synced = Authenticator(counts=False)
    registered(owner, synced)
    for _ in range(2):
        assert come_in(browser(), synced, flags=SEEN | 0x18).status_code == 302
    assert WebAuthnCredential.objects.get().backup_state


@pytest.mark.parametrize("why", ["locked", "suspended", "inactive", "customer", "unconfirmed", "staff", "expired"])
def test_a_login_that_may_not_be_used_reads_like_every_failure(owner, phone, browser, why):
    now = clock.real_now()
    # A company keeps an owner.
    User.objects.create(selfcare_id="second_owner", customer=owner.customer, role="owner")
    user = User.objects.filter(pk=owner.pk)
    if why == "locked":
        user.update(locked_at=now)
    elif why == "suspended":
        user.update(suspended_at=now)
    elif why == "inactive":
        user.update(is_active=False)
    elif why == "customer":
        Customer.objects.filter(pk=owner.customer_id).update(state="ended")
    elif why == "unconfirmed":
        WebAuthnCredential.objects.update(confirmed=False)
    elif why == "staff":
        WebAuthnCredential.objects.all().delete()
        phone.passkeys.clear()
        registered(User.objects.create(selfcare_id="op_first", is_staff=True), phone)
    else:
        user.update(password_expires_at=now)
    client = browser()
    assert REFUSED in come_in(client, phone).content.decode()
    assert not is_inside(client)


def statements(client: Client, sent: str) -> list[str]:
    question(client)
    with CaptureQueriesContext(connections["default"]) as seen:
        assert REFUSED in client.post("/login/passkey/", {"passkey": sent}).content.decode()
    return [query["sql"].split(" WHERE ")[0][:40] for query in seen.captured_queries if "SAVEPOINT" not in query["sql"]]


def test_a_passkey_that_nobody_has_costs_the_same_statements(owner, phone, browser):
    stranger = Authenticator()
    registered(owner, stranger)
    WebAuthnCredential.objects.filter(pk=WebAuthnCredential.objects.latest("pk").pk).delete()
    asked = question(browser())
    known = statements(browser(), phone.get(asked, user_handle=b"x" * 64))
    unknown = statements(browser(), stranger.get(asked))
    assert len(known) - len(unknown) <= 1, "whose handle it is, is asked about a known one only"


def test_ten_failures_refuse_the_eleventh_even_if_right_and_the_user_is_told(owner, phone, browser):
    for _ in range(10):
        come_in(browser(), phone, flags=USER_PRESENT)
    client = browser()
    assert REFUSED in come_in(client, phone).content.decode()
    assert come_in(browser(REMOTE_ADDR="192.0.2.99"), phone).status_code == 302
    work()
    assert "【Selfcare】" in mail.outbox[-1].subject
    assert not is_inside(client)


def test_questions_to_one_address_are_limited(browser):
    client = browser()
    asked = [client.post("/login/passkey/").status_code for _ in range(301)]
    assert asked[-2:] == [200, 429]


#: Takes the protection away from outside: each try stands alone, and only the session forgets its challenge.
UNCOUNTED = """
CREATE FUNCTION test_uncounted() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN NEW.key := md5(random()::text || clock_timestamp()::text); RETURN NEW; END $$;
CREATE TRIGGER test_uncounted BEFORE INSERT ON accounts_throttlecounter
FOR EACH ROW EXECUTE FUNCTION test_uncounted()
"""


def together(owner: User) -> int:
    """How many of eight copies of one session get in by one and the same answer."""
    synced = Authenticator(counts=False)
    registered(owner, synced)
    client = Client()
    sent: dict[str, Any] = {"passkey": synced.get(question(client))}
    key = client.cookies["selfcare"].value

    def one(_number: int) -> bool:
        copy = Client()
        copy.cookies["selfcare"] = key
        return bool(copy.post("/login/passkey/", sent).get("Location") == "/")

    return sum(came_in is True for came_in in in_parallel(one, 8, 8))


@pytest.mark.django_db(databases=DATABASES, transaction=True)
def test_one_answer_sent_by_eight_at_once_opens_once(owner):
    assert together(owner) == 1
    with connections["owner"].cursor() as cursor:
        cursor.execute(UNCOUNTED)
    try:
        assert together(owner) > 1, "the test would not see an answer that opens twice"
    finally:
        with connections["owner"].cursor() as cursor:
            cursor.execute("DROP FUNCTION test_uncounted CASCADE")
