"""Links of addresses at one moment: followed by several, cancelled meanwhile, asked for by several."""

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections, transaction

from selfcare import clock
from selfcare.accounts import links
from selfcare.accounts.models import AuditEvent, CodeAddressChange, Customer, NotificationAddress, User
from selfcare.accounts.services import code_addresses, notification_addresses
from selfcare.accounts.services.code_addresses import LinkRefusedError, Login, LoginRefusedError
from selfcare.accounts.services.notification_addresses import MOST
from selfcare.work.models import Mail
from tests import builders
from tests.selfcare.accounts.parts import DATABASES, column_frozen, in_parallel

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

PASSWORD = "correct-horse-battery"
#: Threads of which each has a try of its own before the throttle of one login is full.
AT_ONCE = 8
FROZEN = ("accounts_codeaddresschange", "state", "ended_at")


@pytest.fixture(autouse=True)
def _quick_hashes(settings):
    """Hundreds of passwords are compared here, and none of them is a secret."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def waiting(users: list[User]) -> list[str]:
    """An open change for each, and the tokens of their links."""
    now = clock.real_now()
    made = [links.make() for _user in users]
    CodeAddressChange.objects.bulk_create(
        CodeAddressChange(
            user=user,
            email=f"new-{user.pk}@customer.example",
            token_digest=link.digest,
            asked_by=user,
            created_at=now,
            expires_at=now + timedelta(hours=24),
        )
        for user, link in zip(users, made, strict=True)
    )
    return [link.token for link in made]


def people(count: int) -> list[User]:
    customer = builders.contract().customer
    return [builders.user(customer=customer, password=PASSWORD) for _n in range(count)]


def company(user: User) -> Customer:
    assert user.customer is not None
    return user.customer


def confirm(user: User, token: str) -> str:
    """`done`, or why not."""
    try:
        code_addresses.confirm(token=token, login=Login(user.selfcare_id, PASSWORD), signed_in=None)
    except LinkRefusedError as refused:
        return refused.reason
    return "done"


def raced(rounds: int) -> list[tuple[str, str]]:
    """(what the link said, what cancelling said) of as many users, each asked for both at about one moment.

    One comes clearly before the other in half of the rounds, so that both ends are seen.
    """
    users = people(rounds)
    tokens = waiting(users)
    lead = 3 * AT_ONCE
    tasks = sorted((2 * n - (lead if n % 4 == kind else 0), n, kind) for n in range(rounds) for kind in (0, 1))
    said: list[list[str]] = [["", ""] for _n in range(rounds)]

    def do(task: int) -> None:
        _order, n, kind = tasks[task]
        if kind == 0:
            said[n][0] = confirm(users[n], tokens[n])
        else:
            said[n][1] = "done" if code_addresses.cancel(user=users[n], actor=users[n]) else "nothing"

    errors = [error for error in in_parallel(do, len(tasks), threads=AT_ONCE) if error is not None]
    assert errors == []
    return [(link, cancelled) for link, cancelled in said]


def test_cancelling_races_confirming_200_times_and_one_of_them_happens():
    outcomes = Counter(raced(200))
    assert set(outcomes) == {("done", "nothing"), ("cancelled", "done")}
    print(f"figure: cancel against confirm: {dict(outcomes)}")
    states = Counter(CodeAddressChange.objects.values_list("state", flat=True))
    assert states == {"done": outcomes["done", "nothing"], "cancelled": outcomes["cancelled", "done"]}
    assert User.objects.exclude(code_email="").count() == states["done"]
    events = Counter(AuditEvent.objects.filter(object_type="user").values_list("action", flat=True))
    assert events == {"user.code_address_changed": states["done"], "user.code_address_cancelled": states["cancelled"]}


def test_without_the_state_that_is_compared_both_happen():
    with column_frozen(*FROZEN):
        assert ("done", "done") in raced(20)


def test_a_link_followed_20_times_at_once_is_used_once():
    [user] = people(1)
    [token] = waiting([user])
    said = Counter(in_parallel(lambda _n: confirm(user, token), 20, threads=AT_ONCE))
    assert said == {"done": 1, "used": 19}
    assert AuditEvent.objects.filter(action="user.code_address_changed").count() == 1


def test_without_the_state_that_is_compared_it_is_used_again():
    [user] = people(1)
    [token] = waiting([user])
    with column_frozen(*FROZEN):
        said = Counter(in_parallel(lambda _n: confirm(user, token), 20, threads=AT_ONCE))
    assert said == {"done": 20}


def test_asked_for_eight_times_at_once_one_change_is_open():
    [user] = people(1)
    asked = in_parallel(lambda n: code_addresses.ask(user=user, email=f"a{n}@b.example", actor=user), 8, threads=8)
    assert all(isinstance(change, CodeAddressChange) for change in asked), asked
    states = Counter(CodeAddressChange.objects.values_list("state", flat=True))
    assert states == {"open": 1, "replaced": 7}


def _somebody_waits() -> bool:
    """Asked by the other connection: inside a transaction the answer would stay the first one."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE NOT granted AND datname = current_database()"
        )
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize("what", ["password", "suspended", "nothing"])
def test_what_is_taken_away_between_the_password_and_the_change_counts(what):
    """The link waits for the user's row, its password compared already, while somebody else changes that row."""
    [user] = people(1)
    [token] = waiting([user])
    said: list[Any] = []
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        thread = threading.Thread(target=lambda: said.extend(in_parallel(lambda _n: confirm(user, token), 1)))
        thread.start()
        while not _somebody_waits():
            assert thread.is_alive(), said
        if what == "password":
            locked.set_password("another-password-12")
        elif what == "suspended":
            locked.suspended_at = clock.real_now()
        locked.save()
    thread.join()
    if what == "nothing":
        assert said == ["done"]
    else:
        assert isinstance(said[0], LoginRefusedError)
        assert CodeAddressChange.objects.get().state == "open"


def unconfirmed(user: User) -> str:
    now, link = clock.real_now(), links.make()
    NotificationAddress.objects.create(
        customer=company(user),
        email="keiri@customer.example",
        token_digest=link.digest,
        asked_at=now,
        expires_at=now + timedelta(days=7),
    )
    return link.token


def _confirmed_at_once(user: User) -> int:
    token = unconfirmed(user)
    in_parallel(lambda _n: notification_addresses.confirm(token=token), 20, threads=AT_ONCE)
    return AuditEvent.objects.filter(action="notification_address.confirmed").count()


def test_a_notification_address_followed_20_times_at_once_is_confirmed_once(owner):
    assert _confirmed_at_once(owner) == 1
    assert Mail.objects.filter(template="notification_address_confirmed").count() == 1


def test_without_the_moment_that_is_compared_it_is_confirmed_again(owner):
    with column_frozen("accounts_notificationaddress", "confirmed_at"):
        assert _confirmed_at_once(owner) == 20


def _add(owner: User, n: int) -> None:
    """One address in another case each time, and one of its own."""
    email = "Keiri@customer.example" if n % 2 else "keiri@customer.example"
    notification_addresses.add(email=email if n < 4 else f"n{n}@customer.example", actor=owner)


def _add_at_once(owner: User, n: int, gate: threading.Barrier) -> None:
    """The same without the customer's row to wait for."""
    known = NotificationAddress.objects.filter(customer=owner.customer).count()
    gate.wait()
    if known < MOST:
        NotificationAddress.objects.create(customer=company(owner), email=f"n{n}@customer.example")


def test_addresses_added_at_once_are_no_more_than_allowed_and_none_is_there_twice(owner):
    for n in range(MOST - 3):
        NotificationAddress.objects.create(customer=owner.customer, email=f"old{n}@customer.example")
    in_parallel(lambda n: _add(owner, n), 8, threads=8)
    emails = [email.casefold() for email in NotificationAddress.objects.values_list("email", flat=True)]
    assert len(emails) == len(set(emails)) == MOST


def test_without_waiting_there_are_more(owner):
    gate = threading.Barrier(8)
    for n in range(MOST - 3):
        NotificationAddress.objects.create(customer=owner.customer, email=f"old{n}@customer.example")
    in_parallel(lambda n: _add_at_once(owner, n, gate), 8, threads=8)
    assert NotificationAddress.objects.count() > MOST
