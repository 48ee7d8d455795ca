"""Rights that end or begin at the same moment: two owners who remove each other, one invitation accepted many times.

Each time the protection of the application and that of the database are looked at one without the other, and once
with neither.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connections
from django.utils import timezone

from selfcare.accounts.models import AuditEvent, Customer, Role, User
from selfcare.accounts.services import company_users, invitations
from tests import builders
from tests.people import person
from tests.scale import scaled
from tests.selfcare.accounts.parts import DATABASES, in_parallel, work

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

ROUNDS = scaled(10, 200)
ACCEPTING = 8
NEW, PASSWORD = "new@customer.example", "four green hedgehogs"
Change = Callable[[User, User], None]


@contextmanager
def executed(before: str, after: str) -> Iterator[None]:
    """As the owner of the tables: the application may do neither."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(before)
    try:
        yield
    finally:
        with connections["owner"].cursor() as cursor:
            cursor.execute(after)


def without_trigger():
    table = "ALTER TABLE accounts_user"
    return executed(f"{table} DISABLE TRIGGER user_last_owner", f"{table} ENABLE TRIGGER user_last_owner")


def remove(user: User, actor: User) -> None:
    company_users.remove(user=user, actor=actor)


def demote(user: User, actor: User) -> None:
    company_users.edit(
        user=user, name=user.name, selfcare_id=user.selfcare_id, role=Role.VIEWER, login_method="", actor=actor
    )


def plainly(user: User, actor: User) -> None:
    """Past the services, as a program that knows neither lock nor rule."""
    User.objects.filter(pk=user.pk).update(removed_at=timezone.now(), is_active=False)


def owners_left(customer: Customer) -> int:
    return User.objects.filter(customer=customer, role=Role.OWNER, removed_at=None, suspended_at=None).count()


def race(change: Change) -> tuple[Counter[int], set[type]]:
    """How many owners were left in how many companies, and what became of who was late."""
    left: Counter[int] = Counter()
    late: set[type] = set()
    for _round in range(ROUNDS):
        customer = builders.contract().customer
        pair = [builders.user(customer=customer, role=Role.OWNER) for _each in range(2)]
        ends = in_parallel(lambda number: change(pair[number], pair[1 - number]), 2)  # noqa: B023 (done in this round)
        late |= {type(end) for end in ends if end is not None}
        left[owners_left(customer)] += 1
    return left, late


@pytest.mark.parametrize("change", [remove, demote])
def test_of_two_owners_who_end_each_others_rights_one_is_left(change):
    left, late = race(change)
    print(f"\nfigure: {ROUNDS} pairs of owners who {change.__name__} each other: {dict(left)} owners left")
    assert left == {1: ROUNDS}
    assert late == {PermissionDenied}, "the second is told that he is no owner any more"
    assert AuditEvent.objects.filter(action__in=["user.removed", "user.role_changed"]).count() == ROUNDS


def test_one_is_left_by_the_services_alone():
    with without_trigger():
        assert race(remove) == ({1: ROUNDS}, {PermissionDenied})


def test_one_is_left_by_the_database_alone():
    assert race(plainly) == ({1: ROUNDS}, {IntegrityError})


def test_without_both_nobody_is_left():
    with without_trigger():
        assert race(plainly) == ({0: ROUNDS}, set())


def accepted_at_once() -> tuple[list[object], int]:
    """One link taken by several at one moment, each with a user name of his own; ends, and how many users there are."""
    contract = builders.contract()
    owner = person("race_owner", customer=contract.customer, role=Role.OWNER)
    invitations.invite(email=NEW, name="", role=Role.VIEWER, actor=owner)
    work()
    found = re.search(r"/invitation/([\w-]+)/", str(mail.outbox[-1].body))
    assert found is not None
    token = found[1]

    def accept(number: int) -> User:
        wishes = invitations.Wishes(f"racer_{number}", "競争 者", PASSWORD, "ja")
        return invitations.accept(token=token, wishes=wishes)

    ends = in_parallel(accept, ACCEPTING)
    return ends, User.objects.filter(selfcare_id__startswith="racer_").count()


def test_an_invitation_accepted_many_times_at_once_makes_one_user():
    ends, users = accepted_at_once()
    assert users == 1
    assert Counter(type(end).__name__ for end in ends) == {"User": 1, "VoidError": ACCEPTING - 1}
    assert {end.reason for end in ends if isinstance(end, invitations.VoidError)} == {invitations.Void.ACCEPTED}
    assert AuditEvent.objects.filter(action="user.joined").count() == 1


_FORGETFUL = """
CREATE FUNCTION test_forgets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.accepted_at := NULL;
    NEW.user_id := NULL;
    RETURN NEW;
END $$;
CREATE TRIGGER test_forgets BEFORE UPDATE ON accounts_invitation FOR EACH ROW EXECUTE FUNCTION test_forgets();
CREATE FUNCTION test_elsewhere() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.email := NEW.selfcare_id || '@elsewhere.example';
    NEW.code_email := NEW.email;
    RETURN NEW;
END $$;
CREATE TRIGGER test_elsewhere BEFORE INSERT ON accounts_user FOR EACH ROW EXECUTE FUNCTION test_elsewhere();
"""


def test_an_invitation_that_forgets_its_end_makes_many():
    """Neither that it was accepted nor that its address is in use is known."""
    with executed(_FORGETFUL, "DROP FUNCTION test_forgets, test_elsewhere CASCADE"):
        _ends, users = accepted_at_once()
    assert users == ACCEPTING


def test_of_two_who_choose_one_user_name_at_once_the_second_is_told():
    """In two companies, so that no lock is shared; and in two cases, which are one name."""
    customers = [builders.contract().customer for _each in range(2)]
    owners = [builders.user(customer=customer, role=Role.OWNER) for customer in customers]

    def rename(number: int) -> None:
        one, name = owners[number], ["same_name", "SAME_name"][number]
        company_users.edit(user=one, name="", selfcare_id=name, role=Role.OWNER, login_method="", actor=one)

    late = [end for end in in_parallel(rename, 2) if end is not None]
    assert [type(end) for end in late] == [ValidationError]
    assert "selfcare_id" in late[0].message_dict
    assert User.objects.filter(selfcare_id__iexact="same_name").count() == 1
