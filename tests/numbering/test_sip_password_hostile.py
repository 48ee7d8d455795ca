"""Hostile input at the password page: numbers of others, other people's drafts, and what nobody types by accident."""

import re
from statistics import median
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from numbering.models import Assignment, Number
from numbering.services.blocking import block_number
from selfcare import clock as clocks
from selfcare.orders.models import Order
from selfcare.orders.states import State
from tests import builders
from tests.numbering.help import stock as fill
from tests.numbering.passwords import OLD, change, live_password, number_of, press, typed

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

PAGE = "/numbering/sip-password/"


@pytest.fixture
def number(clock, contract):
    return number_of(contract, "b2bua")


@pytest.fixture
def page(owner, as_user):
    return as_user(owner)


@pytest.fixture
def not_theirs(number, contract, operator) -> dict[str, str]:
    """Digits of numbers that this customer cannot change, by what is the matter with them."""

    def in_state(on: Any, state: str, released: str | None, started: str | None) -> str:
        held = number_of(on, "b2bua")
        Assignment.objects.filter(pk=held.pk).update(state=state, released_on=released, started_on=started)
        return held.digits

    stranger = builders.contract()
    free, blocked = fill(2)
    block_number(number=Number.objects.get(digits=blocked), reason="x", actor=operator)
    return {
        "nobody's": "05012340000",
        "another customer's": number_of(stranger, "b2bua").digits,
        "another customer's released one": in_state(stranger, "released", "2026-01-31", "2025-04-01"),
        "one's own, in quarantine": in_state(contract, "released", "2026-11-01", "2025-04-01"),
        "one's own, reserved": in_state(contract, "reserved", None, None),
        "in stock": free,
        "blocked": blocked,
    }


def ask(page: Any, number: Assignment, digits: str) -> Any:
    return page.post(PAGE, typed(number, "Neu1pass", number=digits))


def words(answer: Any, digits: str) -> str:
    """The page without what differs from one drawing to the next: marks, and the proposal for a new password."""
    text = answer.content.decode().replace(digits, "NUMBER")
    drawn = r'csrfmiddlewaretoken" value="\w+"|<output.*?</output>|[0-9a-f]{8}-[0-9a-f-]{27}|\b[0-9a-f]{16,}\b'
    return re.sub(drawn, "", text)


def shapes(queries: CaptureQueriesContext) -> list[str]:
    return [re.sub(r"'[^']*'|\b\d+\b", "?", query["sql"]) for query in queries.captured_queries]


def test_every_number_that_is_not_theirs_is_answered_like_one_that_nobody_has(page, number, not_theirs):
    answers, statements = {}, {}
    ask(page, number, "05012340001")  # what a process reads once
    for what, digits in not_theirs.items():
        with CaptureQueriesContext(connection) as queries:
            answer = ask(page, number, digits)
        assert list(answer.context["form"].errors) == ["number"], what
        answers[what], statements[what] = words(answer, digits), shapes(queries)
    assert len(statements["nobody's"]) > 3
    assert {what: text for what, text in answers.items() if text != answers["nobody's"]} == {}
    assert {what: kind for what, kind in statements.items() if kind != statements["nobody's"]} == {}
    assert not Order.objects.exists()


def test_a_link_with_such_a_number_tells_nothing_either(page, number, not_theirs):
    answers = {
        what: (answer := page.get(PAGE, {"number": digits})).status_code == 200 and words(answer, digits)
        for what, digits in not_theirs.items()
    }
    assert len(set(answers.values())) == 1


@pytest.mark.timing
@pytest.mark.serial
def test_and_in_the_same_time(page, number, not_theirs):
    took: dict[str, list[float]] = {what: [] for what in not_theirs}
    for _round in range(60):
        for what, digits in not_theirs.items():
            began = clocks.monotonic()
            ask(page, number, digits)
            took[what].append(clocks.monotonic() - began)
    pairs = {
        what: median(one / none for one, none in zip(times, took["nobody's"], strict=True))
        for what, times in took.items()
    }
    print("figure:", {what: f"{ratio:.3f}" for what, ratio in pairs.items()}, f"{median(took[what]) * 1000:.1f} ms")
    assert all(0.8 < ratio < 1.25 for ratio in pairs.values()), pairs


def test_thirty_days_to_the_minute(page, number, clock):
    order = change(page, number, "Neu1pass", when="at", at="2026-12-20T10:00")
    assert order.state == State.ACKNOWLEDGED
    clock.set("2026-12-20 09:59:59")
    assert live_password(number, OLD)
    clock.set("2026-12-20 17:30")
    assert live_password(number, "Neu1pass")


@pytest.mark.parametrize(
    "at",
    [
        "2026-11-20T10:00", "2026-11-20T09:59", "2025-11-21T10:00", "2026-12-20T10:01", "2027-01-01T00:00",
        "2026-11-31T10:00", "2027-02-29T10:00", "2026-11-21T24:00", "2026-11-21T10:60", "2026-11-21T10:00Z",
        "2026-11-21T10:00+00:00", "2026-11-21T10:00:30.5", "0001-01-01T00:00", "9999-12-31T23:59", "0000-00-00T00:00",
        "99999-01-01T00:00", "1e9", "-1", "now", "2026-11-21", "2026-11-21T10:00\0", "1" * 100_000, "\u202e2026-11-21",
    ],
)  # fmt: skip
def test_a_moment_that_cannot_be_booked_is_an_error_of_its_field(page, number, at):
    answer = page.post(PAGE, typed(number, "Neu1pass", when="at", at=at))
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == ["at"]
    assert not Order.objects.exists()


BAD_PASSWORDS = {
    "100 kB": "x" * 100_000,
    "100 kB of combining marks": "e" + "\u0301" * 50_000,
    "NUL": "Neu1pas\0",
    "a control character": "Neu1\x07pas",
    "a line break": "Neu1\npas",
    "a combining mark": "Neu1pase\u0301",
    "eight with a letter and its mark": "Neu1pae\u0301s",
    "an umlaut": "Nèu1pass",
    "Cyrillic that looks Latin": "Nеu1раss",
    "a zero-width space": "Neu1pas\u200bs",
    "a zero-width space among eight": "Neu1pa\u200bs",
    "written from right to left": "\u202eNeu1pas",
    "digits of another script": "Neupas१२",
    "half-width kana": "ﾊﾟｽﾜｰﾄﾞ1",
    "markup": "<b>x</b>",
    "a quote": "Neu1pas'",
    "blanks only": "        ",
    "an emoji": "Neu1pas😀",
    "a ligature that grows to nine": "Neu1pasﬁ",
}


@pytest.mark.parametrize("what", BAD_PASSWORDS)
def test_a_new_password_of_anything_else_is_an_error_and_not_shown_again(page, number, what):
    password = BAD_PASSWORDS[what]
    answer = page.post(PAGE, typed(number, password))
    assert answer.status_code == 200
    assert "new_password" in answer.context["form"].errors
    assert password.strip() == "" or password not in answer.content.decode()
    assert not Order.objects.exists()


@pytest.mark.parametrize("field", ["number", "current_password", "new_password_confirm", "when"])
@pytest.mark.parametrize("what", ["100 kB", "NUL", "a control character", "written from right to left", "an emoji"])
def test_the_other_fields_refuse_it_as_well(page, number, field, what):
    answer = page.post(PAGE, {**typed(number, "Neu1pass"), field: BAD_PASSWORDS[what]})
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert len(answer.content) < 400_000
    assert live_password(number, OLD)


def test_all_in_full_width_is_all_in_half_width(page, number, clock):
    wide = str.maketrans({chr(n): chr(n + 0xFEE0) for n in range(0x21, 0x7F)})
    fields = {name: value.translate(wide) for name, value in typed(number, "Neu1pass").items()}
    press(page, page.post(PAGE, fields).url)
    clock.set("2026-11-20 17:30")
    assert live_password(number, "Neu1pass")
