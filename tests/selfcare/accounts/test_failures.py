"""A login that fails tells nothing: one text, one status, the same work, whatever was wrong."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from selfcare.accounts.models import AuditEvent, Contract, Customer, LoginAttempt, User, UserSession
from selfcare.work.models import Job, Mail
from tests.people import PASSWORD, person
from tests.selfcare.accounts.hashers import Counting
from tests.selfcare.accounts.parts import DATABASES, give_password

pytestmark = pytest.mark.django_db(databases=DATABASES)

TEXT = "ログインできません。"


@pytest.fixture(autouse=True)
def counting(settings):
    settings.PASSWORD_HASHERS = ["tests.selfcare.accounts.hashers.Counting"]


def _set(user: User, **fields: object) -> str:
    User.objects.filter(pk=user.pk).update(**fields)
    return user.selfcare_id


def _end_customer(user: User) -> str:
    Customer.objects.filter(users=user).update(state="ended")
    return user.selfcare_id


def _end_contract(user: User) -> str:
    Contract.objects.filter(customer__users=user).update(state="ended", ended_on=date(2026, 10, 31))
    return user.selfcare_id


#: Each makes the login of the user unusable and returns the ID to type; the password stays right but in `wrong`.
CASES: dict[str, Callable[[User], str]] = {
    "unknown": lambda user: "no_such_user",
    "wrong": lambda user: user.selfcare_id,
    "no password": lambda user: _set(user, password="!unusable"),
    "locked": lambda user: _set(user, locked_at="2026-11-01T00:00:00Z"),
    "inactive": lambda user: _set(user, is_active=False),
    "expired": lambda user: _set(user, password_expires_at="2026-01-01T00:00:00Z"),
    "ended customer": _end_customer,
    "ended contract": _end_contract,
    "operator": lambda user: person("operator_09", is_staff=True, customer=None).selfcare_id,
}


def _attempt(case: str, user: User, address: str = "192.0.2.1") -> tuple[int, str, int, list[str]]:
    """Status, text, hashes and the shapes of all statements of one try."""
    selfcare_id = CASES[case](user)
    password = "not-the-password" if case in {"wrong", "no password"} else PASSWORD
    before = Counting.computed
    with CaptureQueriesContext(connection) as queries:
        answer = give_password(Client(REMOTE_ADDR=address), selfcare_id, password)
    page = answer.content.decode().replace(selfcare_id, "ID")
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)
    shapes = [re.sub(r"'(?:[^']|'')*'(?:::\w+)?|\b\d+\b|NULL", "?", query["sql"]) for query in queries]
    return answer.status_code, page, Counting.computed - before, shapes


@pytest.mark.parametrize("case", CASES)
def test_every_failure_has_one_text_one_status_one_hash_and_the_same_statements(case, owner, stranger):
    status, page, hashes, shapes = _attempt("wrong", stranger, "192.0.2.9")
    assert (status, hashes) == (200, 1)
    assert TEXT in page
    assert _attempt(case, owner) == (status, page, hashes, shapes)


def test_a_right_password_costs_one_hash_too(owner):
    before = Counting.computed
    assert give_password(Client(), owner).status_code == 302
    assert Counting.computed - before == 1


def test_the_tenth_failure_costs_the_same_for_an_id_that_does_not_exist(owner):
    tenth = {}
    for case in ("unknown", "wrong"):
        for _ in range(9):
            _attempt(case, owner, "192.0.2.5")
        tenth[case] = _attempt(case, owner, "192.0.2.5")
    assert tenth["unknown"] == tenth["wrong"]
    assert Job.objects.filter(kind="accounts.login_refused").count() == 2


def test_a_refused_try_says_the_same_and_computes_nothing(owner):
    for _ in range(10):
        expected = _attempt("wrong", owner)
    status, page, hashes, _ = _attempt("wrong", owner)
    assert (status, page) == expected[:2]
    assert hashes == 0


def test_nothing_is_mailed_no_attempt_and_no_session_is_made_by_a_failure(owner):
    for case in CASES:
        _attempt(case, owner)
    assert not Mail.objects.exists()
    assert not LoginAttempt.objects.exists()
    assert not UserSession.objects.exists()


def test_the_audit_trail_has_the_failure_without_what_was_typed(owner):
    _attempt("wrong", owner)
    give_password(Client(), "Typed_Password_As_Id_7", "irrelevant-password")
    known, unknown = AuditEvent.objects.filter(action="login.failed").order_by("id")
    assert (known.object_id, known.customer_id) == (str(owner.pk), owner.customer_id)
    assert known.address == "192.0.2.1"
    assert known.request_id
    assert known.detail == {"step": "password", "reason": "password"}
    assert (unknown.object_id, unknown.detail["reason"]) == ("", "unknown")
    assert not re.search("Typed_Password|irrelevant|not-the-password", str(AuditEvent.objects.values()))


@pytest.mark.parametrize("fields", [{}, {"selfcare_id": "x" * 5000, "password": "y"}, {"password": "y" * 5000}])
def test_odd_input_is_an_error_on_the_page(owner, browser, fields):
    assert browser().post("/login/", fields).status_code == 200


def test_null_bytes_and_control_characters_are_an_error_on_the_page(browser):
    for typed in ("a\x00b", "\x00", "\ud800".encode("utf-8", "surrogatepass").decode("latin1")):
        assert give_password(browser(), typed, typed).status_code == 200


def test_the_django_admins_way_in_takes_operators_only_and_counts_like_the_login(owner, operator):
    from django.contrib.auth import authenticate
    from django.test import RequestFactory

    request = RequestFactory().get("/")
    assert authenticate(request, username=owner.selfcare_id, password=PASSWORD) is None
    assert authenticate(request, username=operator.selfcare_id, password=PASSWORD) == operator
    for _ in range(10):
        authenticate(request, username=operator.selfcare_id, password="wrong")
    before = Counting.computed
    assert authenticate(request, username=operator.selfcare_id, password=PASSWORD) is None
    assert Counting.computed == before
