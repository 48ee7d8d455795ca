"""Changing a password, forgetting it, forgetting the ID."""

import re

import pytest
import time_machine
from django.contrib.auth.password_validation import validate_password
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connections
from django.test import Client

from selfcare.accounts.models import AuditEvent, Contract, Customer, User
from selfcare.work import outbox
from selfcare.work.models import Mail
from tests import builders
from tests.people import PASSWORD
from tests.selfcare.accounts.parts import DATABASES, give_password, half_session, is_inside, walk_in, work

pytestmark = pytest.mark.django_db(databases=DATABASES)

NEW = "vier-grüne-Igel-lesen"


def _change(client: Client, current: str = PASSWORD, new: str = NEW, again: str | None = None):
    fields = {"current_password": current, "new_password": new, "new_password_confirm": again or new}
    return client.post("/account/password/", fields)


def _plain(answer) -> str:
    """The page without its CSRF tokens."""
    return re.sub(r'value="\w{64}"', "", answer.content.decode())


def _link() -> str:
    found = re.search(r"/reset/[\w-]+/", str(mail.outbox[-1].body))
    assert found
    return found[0]


def _ask(selfcare_id: str, email: str = "office@customer.example") -> str:
    """The mailed link, or empty."""
    before = len(mail.outbox)
    answer = Client().post("/forgotten/", {"selfcare_id": selfcare_id, "email": email})
    assert answer.status_code == 200
    work()
    return _link() if len(mail.outbox) > before else ""


def _set(link: str, new: str = NEW):
    return Client().post(link, {"new_password": new, "new_password_confirm": new})


def test_a_changed_password_ends_the_other_sessions_and_is_told_by_mail(owner):
    here, there, half = walk_in(owner), walk_in(owner), half_session(owner)
    key = here.cookies["selfcare"].value
    assert _change(here)["Location"] == "/"
    assert is_inside(here)
    assert here.cookies["selfcare"].value != key
    assert not is_inside(there)
    assert half.get("/login/code/").status_code == 302
    assert give_password(Client(), owner).status_code == 200
    assert give_password(Client(), owner, NEW).status_code == 302
    work()
    assert "パスワードが変更されました" in mail.outbox[-1].subject
    assert AuditEvent.objects.filter(action="user.password_changed", actor=owner).exists()


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"current": "not-the-password"}, "current_password"),
        ({"new": "too-short-1"}, "new_password"),
        ({"new": "password1234"}, "new_password"),
        ({"new": "office_owner1"}, "new_password"),
        ({"new": PASSWORD}, "new_password"),
        ({"again": NEW + "x"}, "new_password_confirm"),
    ],
)
def test_a_change_that_is_refused_changes_nothing(owner, typed, field):
    here, there = walk_in(owner), walk_in(owner)
    answer = _change(here, **typed)
    assert answer.status_code == 200
    assert answer.context["form"].errors.get(field)
    assert is_inside(there)
    owner.refresh_from_db()
    assert owner.check_password(PASSWORD)


def test_the_current_password_cannot_be_guessed_in_an_open_session(owner):
    client = walk_in(owner)
    for _ in range(10):
        _change(client, current="a-guess-of-somebody")
    assert _change(client).context["form"].errors["current_password"]


def test_a_one_time_password_is_replaced_and_then_everything_is_open(contract):
    user = builders.user(
        customer=contract.customer,
        password=PASSWORD,
        must_change_password=True,
        password_expires_at="2100-01-01T00:00Z",
    )
    client = walk_in(user)
    assert _change(client)["Location"] == "/"
    assert is_inside(client)
    user.refresh_from_db()
    assert (user.must_change_password, user.password_expires_at) == (False, None)


@pytest.mark.parametrize(
    "password",
    [
        "office_owner99",
        "sample@2026!ok",
        "架空商事カクウショウジ",
        "selfcare2026",
        "P999901-2026",
        "パスワードパスワード",
    ],
)
def test_passwords_made_of_ones_own_data_are_refused(contract, owner, password):
    contract.customer.partner_id = "P999901"
    contract.customer.name = "架空商事"
    contract.customer.save(update_fields=["partner_id", "name"])
    owner.email = "sample@2026.example"
    with pytest.raises(ValidationError):
        validate_password(password, owner)


@pytest.mark.parametrize(
    "password",
    ["a b c d e f g h", "office_owner reads four green hedgehogs", "ながいながいあいことば！", "x" * 13 + "y" * 51],
)
def test_long_ones_are_fine_whatever_their_characters(owner, password):
    validate_password(password, owner)


def test_a_link_sets_a_new_password_once_and_does_not_log_in(owner):
    there = walk_in(owner)
    link = _ask(owner.selfcare_id)
    client = Client()
    assert client.get(link).status_code == 200
    assert client.get(link).status_code == 200, "scanners open links; only the form uses it up"
    answer = _set(link)
    assert answer["Location"] == "/login/?ended=reset"
    assert not is_inside(there)
    assert _set(link).status_code == 404
    assert Client().get(link).status_code == 404
    assert give_password(Client(), owner, NEW)["Location"] == "/login/code/", "the second step is still to come"


def test_a_link_is_good_for_30_minutes(owner):
    with time_machine.travel("2026-11-20 01:00:00Z", tick=False) as now:
        link = _ask(owner.selfcare_id)
        now.shift(1799)
        assert Client().get(link).status_code == 200
        now.shift(1)
        assert Client().get(link).status_code == 404
        assert _set(link).status_code == 404


def test_a_newer_link_voids_the_older_and_three_an_hour_are_enough(owner):
    first = _ask(owner.selfcare_id)
    second = _ask(owner.selfcare_id)
    assert _set(first).status_code == 404
    assert Client().get(second).status_code == 200
    assert _ask(owner.selfcare_id)
    assert not _ask(owner.selfcare_id)


@pytest.mark.parametrize("rights", [{"locked_at": "2026-11-01T00:00Z"}, {"suspended_at": "2026-11-01T00:00Z"}])
def test_a_link_is_worth_nothing_while_the_login_is_not_usable(colleague, rights):
    link = _ask(colleague.selfcare_id)
    User.objects.filter(pk=colleague.pk).update(**rights)
    assert Client().get(link).status_code == 404
    assert _set(link).status_code == 404
    User.objects.filter(pk=colleague.pk).update(locked_at=None, suspended_at=None)
    assert _set(link).status_code == 302


def test_who_logs_in_by_password_alone_does_so_with_the_new_one(owner):
    """The link shows that mail reaches the user, and changes nothing about how he logs in."""
    Customer.objects.filter(pk=owner.customer_id).update(login_policy="choice")
    Contract.objects.filter(customer=owner.customer_id).update(kind="mobile")
    User.objects.filter(pk=owner.pk).update(login_method="password")
    there = Client()
    assert give_password(there, owner)["Location"] == "/"
    assert _set(_ask(owner.selfcare_id)).status_code == 302
    assert not is_inside(there)
    assert give_password(Client(), owner, PASSWORD).status_code == 200
    assert give_password(Client(), owner, NEW)["Location"] == "/"


def test_a_refused_password_leaves_the_link_good(owner):
    link = _ask(owner.selfcare_id)
    assert _set(link, "short").status_code == 200
    assert _set(link).status_code == 302


def test_the_lost_id_mail_names_ids_contracts_and_the_answer_tells_nothing(owner, colleague, contract, stranger):
    answers = [
        Client().post("/lost-id/", {"email": email}) for email in ("OFFICE@customer.example", "nobody@else.example")
    ]
    assert _plain(answers[0]) == _plain(answers[1])
    work()
    assert len(mail.outbox) == 1
    body = str(mail.outbox[0].body)
    for word in (owner.selfcare_id, colleague.selfcare_id, contract.number, contract.customer.name):
        assert word in body
    assert stranger.selfcare_id not in body


def test_a_code_address_gets_its_own_id_only(owner, colleague):
    User.objects.filter(pk=colleague.pk).update(code_email="own@customer.example")
    Client().post("/lost-id/", {"email": "own@customer.example"})
    work()
    assert colleague.selfcare_id in str(mail.outbox[-1].body)
    assert owner.selfcare_id not in str(mail.outbox[-1].body)


def test_nothing_readable_is_left_of_codes_links_passwords_and_what_was_typed(owner):
    client = half_session(owner)
    outbox.deliver_login()
    code = re.search(r"\d{6}", str(mail.outbox[-1].body))
    assert code
    client.post("/login/code/", {"code": code[0]})
    link = _ask(owner.selfcare_id)
    Client().post("/forgotten/", {"selfcare_id": "My_Password_In_The_Wrong_Field", "email": "a@b.example"})
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        dump = ""
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" AS t')
            dump += "\n".join(row for (row,) in cursor.fetchall())
    assert len(dump) > 1000
    for secret in (link.split("/")[2], PASSWORD, "My_Password", client.cookies["selfcare"].value):
        assert secret not in dump
    assert not re.search(rf"(?<![\w.-]){code[0]}(?![\w.-])", dump)
    assert not Mail.objects.filter(state="sent", sealed__isnull=False).exists()
