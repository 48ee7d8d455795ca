"""Many at the same number at once: guessing the current password, and changing it; each with its control."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections, transaction
from django.test import Client

from numbering.models import Assignment, Credential
from numbering.services import password_check
from selfcare import clock as clocks
from selfcare.accounts.models import Role, ThrottleCounter, User
from selfcare.accounts.services import throttle
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.accepting import overtaken_is_not_possible, take
from selfcare.orders.services.drafts import require_possible
from selfcare.orders.services.offers import offer
from selfcare.orders.states import State
from tests.numbering.help import SESSION, together
from tests.numbering.passwords import OLD, change, number_of, typed
from tests.people import log_in, person

pytestmark = [
    pytest.mark.faults,
    pytest.mark.serial,
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
]

PAGE = "/numbering/sip-password/"
WRONG, BLOCKED = "現在のパスワードが正しくありません", "間違いが続いたため"
GUESSES = 50


@pytest.fixture
def number(clock, contract):
    return number_of(contract, "b2bua")


def guess(browser: Client, number: Assignment, password: str) -> str:
    """What becomes of a guessed current password: "wrong", "blocked" or "right".

    Read off the page: the test client's `context` holds what any thread has drawn meanwhile.
    """
    answer = browser.post(PAGE, typed(number, "Neu1pass", current_password=password))
    text = answer.content.decode()
    return (
        "right" if answer.status_code == 302 else "wrong" if WRONG in text else "blocked" if BLOCKED in text else text
    )


def many_guesses(number: Assignment, users: list[User]) -> tuple[int, int]:
    """How many of GUESSES at once were looked at, and how many were turned away."""
    calls = [partial(guess, log_in(users[n % len(users)]), number, f"Rate{n:04}") for n in range(GUESSES)]
    said = together(calls, workers=25)
    assert set(said) <= {"wrong", "blocked"}, said
    return said.count("wrong"), said.count("blocked")


def test_of_fifty_guesses_at_once_five_are_looked_at(number, owner, colleague):
    evaluated, refused = many_guesses(number, [owner, colleague])
    print(f"figure: {GUESSES} guesses at once, {evaluated} evaluated, {refused} refused")
    assert (evaluated, refused) == (5, GUESSES - 5)
    assert guess(log_in(owner), number, OLD) == "blocked", "now the right one is not looked at either"
    assert not Order.objects.exists()


@contextmanager
def forgetful_counters() -> Iterator[None]:
    """As if tries were not counted."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION tests_forget() RETURNS trigger LANGUAGE plpgsql AS"
            " $$BEGIN NEW.tries := '{}'; NEW.refused_until := NULL; RETURN NEW; END$$;"
            " CREATE TRIGGER tests_forget BEFORE INSERT OR UPDATE ON accounts_throttlecounter"
            " FOR EACH ROW EXECUTE FUNCTION tests_forget()"
        )
        try:
            yield
        finally:
            cursor.execute("DROP FUNCTION tests_forget() CASCADE")


def test_control_uncounted_all_of_them_are_looked_at(number, owner, colleague):
    with forgetful_counters():
        evaluated, refused = many_guesses(number, [owner, colleague])
    assert (evaluated, refused) == (GUESSES, 0)


def guess_by_file(browser: Client, number: Assignment, password: str) -> str:
    file = SimpleUploadedFile("p.csv", f"{number.digits},{password},Neu1pass".encode(), "text/csv")
    answer = browser.post(f"{PAGE}file/", {"file": file, "when": "now"})
    text = answer.content.decode()
    if answer.status_code == 302:
        return "right"
    return "wrong" if WRONG in text else "blocked" if BLOCKED in text else text


def test_guesses_by_page_and_by_file_are_counted_together(number, owner, colleague):
    users = [owner, colleague]
    ways = [guess, guess_by_file]
    calls = [partial(ways[n % 2], log_in(users[n // 2 % 2]), number, f"Rate{n:04}") for n in range(GUESSES)]
    said = together(calls, workers=25)
    assert set(said) == {"wrong", "blocked"}, said
    assert said.count("wrong") == 5
    assert guess_by_file(log_in(owner), number, OLD) == "blocked"


def test_another_customers_guesses_do_not_block_the_number(number, owner, stranger):
    number_of(stranger.customer.contracts.get(), "b2bua")
    browser = log_in(stranger)
    for n in range(30):
        answer: Any = browser.post(PAGE, typed(number, "Neu1pass", current_password=f"Rate{n:04}"))
        assert list(answer.context["form"].errors) == ["number"]
    assert change(log_in(owner), number, "Neu1pass").state == State.ACKNOWLEDGED


def age_counters(by: timedelta) -> None:
    """As if that much real time had gone by."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_throttlecounter SET refused_until = refused_until - make_interval(secs => %(by)s),"
            " tries = ARRAY(SELECT t - make_interval(secs => %(by)s) FROM unnest(tries) AS t)",
            {"by": by.total_seconds()},
        )


def test_the_block_ends_after_fifteen_minutes_and_not_before(number, owner):
    browser = log_in(owner)
    for n in range(5):
        assert guess(browser, number, f"Rate{n:04}") == "wrong"
    assert guess(browser, number, OLD) == "blocked"
    age_counters(timedelta(minutes=14, seconds=30))
    assert guess(browser, number, OLD) == "blocked"
    age_counters(timedelta(seconds=40))
    assert change(browser, number, "Neu1pass").state == State.ACKNOWLEDGED
    key = throttle.key(password_check.LIMIT, str(number.number_id))
    assert ThrottleCounter.objects.get(key=key).tries == [], "the right one counts for nothing"


def test_right_ones_between_wrong_ones_give_no_further_tries(number, owner, clock):
    """Four wrong, the right one, and a fifth wrong: the block comes all the same."""
    browser = log_in(owner)
    for n in range(4):
        assert guess(browser, number, f"Rate{n:04}") == "wrong"
    assert guess(browser, number, OLD) == "right"
    assert guess(browser, number, "Rate0005") == "wrong"
    assert guess(browser, number, OLD) == "blocked"


def confirmable(number: Assignment, user: User, new: str, **others: Any) -> tuple[Client, str, str]:
    """A browser before its confirm page: address and token."""
    browser = log_in(user)
    url = browser.post(PAGE, typed(number, new, **others)).url  # type: ignore[attr-defined]
    return browser, url, browser.get(url).context["shown"]


def test_of_two_users_at_the_same_moment_one_wins_and_the_other_is_told(contract, owner, colleague, clock):
    users = [owner, colleague, *(person(f"more_{n}", customer=contract.customer, role=Role.MEMBER) for n in range(4))]
    for _round in range(5):
        number = number_of(contract, "b2bua")
        ready = [confirmable(number, user, f"Neu{n}pass") for n, user in enumerate(users)]
        presses = [partial(browser.post, url, {"shown": shown}) for browser, url, shown in ready]
        answers = together(presses, workers=6)
        # On a slow machine one may wait for the winner longer than the portal lets it, and is asked to try again.
        for place, answer in enumerate(answers):
            if "混み合っている" in answer.content.decode():
                answers[place] = presses[place]()
        assert sorted(answer.status_code for answer in answers) == [302, *[409] * 5]
        (won,) = Order.objects.filter(subject_id=number.pk, accepted_at__isnull=False)
        told = [answer.content.decode() for answer in answers if answer.status_code == 409]
        assert all("反映待ちの変更" in text and won.request_id in text for text in told), told
        assert Credential.objects.filter(number_id=number.number_id).count() == 2


def test_pressed_ten_times_at_once_it_is_one_order(number, owner):
    _browser, url, shown = confirmable(number, owner, "Neu1pass")
    browsers = [log_in(owner) for _again in range(10)]
    answers = together([partial(one.post, url, {"shown": shown}) for one in browsers], workers=10)
    assert {(answer.status_code, answer.url) for answer in answers} == {(302, answers[0].url)}
    assert Order.objects.count() == 1
    assert Credential.objects.filter(number_id=number.number_id).count() == 2


def overtaken(number: Assignment, owner: User, colleague: User) -> list[str]:
    """Two changes that both passed every check before either was written: what became of each."""
    later = {"when": "at", "at": "2026-11-20T23:59"}
    for user, new, when in ((owner, "Neu1pass", later), (colleague, "Neu2pass", {})):
        confirmable(number, user, new, **when)
    orders = list(Order.objects.filter(subject_id=number.pk).order_by("pk"))
    now = clocks.now()
    for order, user in zip(orders, (owner, colleague), strict=True):
        require_possible(order, now=now, actor=user)
    results = []
    for order, user in zip(orders, (owner, colleague), strict=True):
        try:
            with overtaken_is_not_possible(), transaction.atomic():
                take({order: offer(order, now=now)}, now=now, session_digest=SESSION, actor=user)
            results.append("accepted")
        except NotPossible:
            results.append("refused")
    return results


@contextmanager
def without_constraints() -> Iterator[None]:
    """The last word taken away: the key of open orders, and that passwords of one number never overlap."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT pg_get_indexdef('order_key_once_open'::regclass)")
        (key,) = cursor.fetchone()
        cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'credential_one_live'")
        (live,) = cursor.fetchone()
        cursor.execute("DROP INDEX order_key_once_open")
        cursor.execute("ALTER TABLE numbering_credential DROP CONSTRAINT credential_one_live")
        try:
            yield
        finally:
            cursor.execute("TRUNCATE orders_orderkey, numbering_credential CASCADE")
            cursor.execute(key)
            cursor.execute(f"ALTER TABLE numbering_credential ADD CONSTRAINT credential_one_live {live}")


def test_without_lock_and_checks_the_constraints_still_let_one_in(number, owner, colleague):
    assert overtaken(number, owner, colleague) == ["accepted", "refused"]
    assert Credential.objects.filter(number_id=number.number_id).count() == 2


def test_control_without_the_constraints_either_both_get_in(number, owner, colleague):
    with without_constraints():
        assert overtaken(number, owner, colleague) == ["accepted", "accepted"]
        assert Credential.objects.filter(number_id=number.number_id).count() == 3
