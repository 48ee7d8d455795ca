"""How many tries there are, for whom, and that parallel ones are no more."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client

from selfcare.accounts.models import AuditEvent, ThrottleCounter, User
from selfcare.accounts.services import throttle
from tests.people import PASSWORD
from tests.selfcare.accounts.parts import (
    DATABASES,
    column_frozen,
    give_password,
    half_session,
    in_parallel,
    is_inside,
    latest_code,
    walk_in,
    work,
    wrong,
)

pytestmark = pytest.mark.django_db(databases=DATABASES)

HERE, THERE = "192.0.2.1", "198.51.100.7"


def _fail(user: User, times: int, address: str = HERE) -> None:
    for _ in range(times):
        give_password(Client(REMOTE_ADDR=address), user, "wrong-password")


def _may_try(user: User, address: str = HERE, client: Client | None = None) -> bool:
    answer = give_password(client or Client(), user, REMOTE_ADDR=address)
    return bool(answer.status_code == 302)


def test_after_ten_failures_the_pair_is_refused_for_30_minutes(owner):
    with time_machine.travel("2026-11-20 01:00:00Z", tick=False) as now:
        _fail(owner, 9)
        assert _may_try(owner)
        _fail(owner, 1)
        assert not _may_try(owner)
        now.shift(timedelta(minutes=29, seconds=59))
        assert not _may_try(owner)
        now.shift(1)
        assert _may_try(owner)


def test_failures_older_than_15_minutes_do_not_count(owner):
    with time_machine.travel("2026-11-20 01:00:00Z", tick=False) as now:
        for _ in range(30):
            _fail(owner, 1)
            now.shift(timedelta(seconds=100))
        assert _may_try(owner), "nine in every 15 minutes, for 50 minutes"


def test_the_user_is_told_once_by_mail(owner):
    _fail(owner, 14)
    work()
    told = [message for message in mail.outbox if message.to == ["office@customer.example"]]
    assert len(told) == 1
    assert "停止しました" in told[0].subject
    assert HERE in str(told[0].body)
    assert owner.selfcare_id in str(told[0].body)


def test_a_stranger_cannot_lock_the_owner_out(owner, colleague):
    _fail(owner, 50, THERE)
    assert _may_try(owner, HERE)
    assert _may_try(colleague, THERE), "nor the others at the stranger's address"


def test_a_browser_that_logged_in_before_has_counters_of_its_own(owner):
    client = walk_in(owner, REMOTE_ADDR=HERE)
    client.post("/logout/")
    _fail(owner, 50, HERE)
    assert not _may_try(owner, HERE)
    assert _may_try(owner, HERE, client)
    # They end like the others.
    for _ in range(10):
        give_password(client, owner, "wrong-password", REMOTE_ADDR=HERE)
    assert not _may_try(owner, HERE, client)


def test_the_mark_of_a_known_browser_helps_its_own_user_only_and_cannot_be_made_up(owner, stranger):
    client = walk_in(stranger)
    mark = client.cookies["selfcare_browser"].value
    _fail(owner, 10)
    assert not _may_try(owner, HERE, client)
    _fail(stranger, 10)
    forged = Client()
    forged.cookies["selfcare_browser"] = mark[:-2] + ("AA" if not mark.endswith("AA") else "BB")
    assert not _may_try(stranger, HERE, forged)


def test_wrong_codes_count_with_wrong_passwords(owner):
    _fail(owner, 7)
    client = half_session(owner, REMOTE_ADDR=HERE)
    code = latest_code()
    for _ in range(3):
        client.post("/login/code/", {"code": wrong(code)})
    assert not _may_try(owner)


def test_one_address_has_a_wider_limit_over_all_ids(owner):
    key = throttle.key(throttle.ADDRESS, HERE)
    now = datetime.now(UTC)
    ThrottleCounter.objects.create(key=key, tries=[now] * (throttle.ADDRESS.tries - 1), touched_at=now)
    assert _may_try(owner)
    _fail(owner, 1)
    assert not _may_try(owner)
    assert _may_try(owner, THERE)


def test_an_ipv6_customer_is_one_address(owner):
    for host in range(10):
        _fail(owner, 1, f"2001:db8:1:2::{host:x}")
    assert not _may_try(owner, "2001:db8:1:2:aaaa::1")
    assert _may_try(owner, "2001:db8:1:3::1")


def test_codes_are_mailed_30_times_in_15_minutes_at_most(owner):
    with time_machine.travel("2026-11-20 01:00:00Z", tick=False):
        for _ in range(throttle.MAILS.tries):
            half_session(owner)
        assert not _may_try(owner, "127.0.0.1")


def test_the_table_tells_neither_ids_nor_addresses(owner):
    _fail(owner, 2)
    stored = str(list(ThrottleCounter.objects.values()))
    assert owner.selfcare_id not in stored
    assert HERE not in stored


def _burst(user: User) -> int:
    """100 wrong passwords at once; how many were evaluated."""
    in_parallel(lambda _n: give_password(Client(REMOTE_ADDR=HERE), user, "wrong-password"), 100)
    return AuditEvent.objects.filter(action="login.failed").count()


@pytest.mark.django_db(transaction=True, databases=DATABASES)
def test_of_100_parallel_passwords_ten_are_evaluated(owner):
    assert _burst(owner) == 10
    assert not _may_try(owner)
    assert _may_try(owner, THERE)


@pytest.mark.django_db(transaction=True, databases=DATABASES)
def test_without_the_counting_the_same_burst_is_evaluated_entirely(owner):
    _fail(owner, 1)
    with column_frozen("accounts_throttlecounter", "tries"):
        assert _burst(owner) > 90


@pytest.mark.django_db(transaction=True, databases=DATABASES)
def test_a_right_password_in_the_middle_of_a_burst_gives_its_try_back(owner):
    answers = in_parallel(lambda n: _may_try(owner) if n % 2 else _fail(owner, 1), 10)
    assert answers.count(True) == 5
    _fail(owner, 4)
    assert _may_try(owner), "nine failures"
    _fail(owner, 1)
    assert not _may_try(owner)


def test_a_logged_in_browser_is_not_disturbed_by_refusals(owner):
    client = walk_in(owner)
    _fail(owner, 20, "127.0.0.1")
    assert is_inside(client)
    assert give_password(Client(), owner, PASSWORD).status_code == 200
