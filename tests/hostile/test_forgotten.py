"""パスワードを忘れた: whoever asks about whatever pair gets one answer for one and the same work; a link works once."""

import re
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from selfcare.accounts.models import Contract, PasswordReset, Role, User
from selfcare.work.models import Job
from tests import builders
from tests.people import PASSWORD, person
from tests.selfcare.accounts.parts import DATABASES, column_frozen, give_password, in_parallel, is_inside, walk_in, work

pytestmark = pytest.mark.django_db(databases=DATABASES)

REGISTERED = "office@customer.example"
NEW = "vier-grüne-Igel-lesen"


@pytest.fixture
def pairs(owner: User, stranger: User, operator: User) -> dict[str, tuple[str, str]]:
    """By kind what is typed: ID and address. Only the first pair may lead to a mail."""

    def colleague(name: str, **state: Any) -> str:
        return person(name, customer=owner.customer, role=Role.MEMBER, **state).selfcare_id

    now = timezone.now()
    ended = builders.contract(state=Contract.State.ENDED, ended_on="2026-10-31", mail="former@customer.example")
    former = person("former_user", customer=ended.customer)
    User.objects.filter(pk=operator.pk).update(email="op@carrier.example", code_email="op@carrier.example")
    return {
        "right": (owner.selfcare_id, REGISTERED),
        "wrong address": (owner.selfcare_id, "else@customer.example"),
        "another company's address": (owner.selfcare_id, "other@stranger.example"),
        "unknown ID": ("nobody_here", REGISTERED),
        "unknown ID and address": ("nobody_here", "nobody@nowhere.example"),
        "operator": (operator.selfcare_id, "op@carrier.example"),
        "locked": (colleague("office_locked", locked_at=now), REGISTERED),
        "suspended": (colleague("office_suspended", suspended_at=now), REGISTERED),
        "removed": (colleague("office_removed", is_active=False, removed_at=now), REGISTERED),
        "ended contract": (former.selfcare_id, "former@customer.example"),
    }


def _shape(statement: str) -> str:
    """A statement without its values."""
    return re.sub(r"'(?:[^']|'')*'|\b\d+\b", "?", statement)


def _asked(selfcare_id: str, email: str) -> tuple[int, str, list[str]]:
    """Status, the page without its CSRF tokens, and what the database was asked."""
    with CaptureQueriesContext(connection) as asked:
        answer = Client().post("/forgotten/", {"selfcare_id": selfcare_id, "email": email})
    page = re.sub(r'value="\w{64}"', "", answer.content.decode())
    return answer.status_code, page, [_shape(statement["sql"]) for statement in asked.captured_queries]


def test_every_pair_gets_the_same_answer_for_the_same_statements_and_one_a_mail(owner, pairs):
    first = _asked(*pairs["right"])
    assert first[0] == 200
    assert len(first[2]) > 1, "the statements are seen"
    for kind, pair in pairs.items():
        Job.objects.all().delete()
        assert _asked(*pair) == first, kind
        assert Job.objects.filter(kind="accounts.send_reset").count() == 1, "what differs is a worker's"
        work()
        assert [message.to for message in mail.outbox] == ([[REGISTERED]] if kind == "right" else []), kind
        assert set(PasswordReset.objects.values_list("user", flat=True)) <= {owner.pk}
        mail.outbox.clear()


def test_statements_that_tell_who_is_there_are_seen(owner):
    """The negative control: a way in that looks for the user within the request."""
    with CaptureQueriesContext(connection) as there:
        User.objects.filter(selfcare_id=owner.selfcare_id, password=owner.password).exists()
    assert _shape(there.captured_queries[0]["sql"]) not in _asked(owner.selfcare_id, REGISTERED)[2]
    assert _shape("WHERE id = 12 AND name = 'it''s'") == "WHERE id = ? AND name = ?"


def _link(pairs: dict[str, tuple[str, str]]) -> str:
    _asked(*pairs["right"])
    work()
    found = re.search(r"/reset/[\w-]+/", str(mail.outbox[-1].body))
    assert found
    return found[0]


def _used_20_times_at_once(link: str) -> list[int]:
    def use(number: int) -> int:
        fields = dict.fromkeys(("new_password", "new_password_confirm"), f"{NEW}-{number}")
        return Client().post(link, fields).status_code

    return sorted(in_parallel(use, 20, threads=10))


@pytest.mark.django_db(transaction=True, databases=DATABASES)
def test_a_link_used_20_times_at_once_sets_one_password_and_ends_the_sessions(owner, pairs):
    there = walk_in(owner)
    assert _used_20_times_at_once(_link(pairs)) == [302] + [404] * 19
    assert not is_inside(there)
    assert give_password(Client(), owner, PASSWORD).status_code == 200
    with column_frozen("accounts_passwordreset", "used_at", "expires_at"):
        assert _used_20_times_at_once(_link(pairs)).count(302) > 1, "a link that is not used up is seen"


@pytest.mark.parametrize("state", ["suspended_at", "locked_at", "removed_at"])
def test_a_link_of_before_opens_nothing_once_the_rights_have_ended(owner, pairs, state):
    link = _link(pairs)
    User.objects.filter(pk=person("office_second", customer=owner.customer, role=Role.OWNER).pk).update(name="残る")
    User.objects.filter(pk=owner.pk).update(**{state: timezone.now(), "is_active": state != "removed_at"})
    fields = {"new_password": NEW, "new_password_confirm": NEW}
    assert Client().get(link).status_code == 404
    assert Client().post(link, fields).status_code == 404
    owner.refresh_from_db()
    assert owner.check_password(PASSWORD)
