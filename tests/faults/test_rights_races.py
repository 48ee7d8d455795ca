"""Requests racing the end of what they ask by: once it is committed, no request that starts is accepted.

Some requests are in the middle of a page when the change is committed (`rights.held`): they finish or are refused, and
bring no session back. Others come from many threads, half of them before the change and half after it.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from selfcare.accounts.models import Role, User, UserSession
from selfcare.accounts.services import company_users, passwords, sessions, users
from selfcare.accounts.sessions import digest
from tests.faults import rights
from tests.people import PASSWORD, log_in
from tests.scale import scaled
from tests.selfcare.accounts.parts import DATABASES

pytestmark = [
    pytest.mark.serial,
    pytest.mark.faults,
    pytest.mark.timeout(scaled(300, 1800)),
    pytest.mark.django_db(transaction=True, databases=DATABASES),
    pytest.mark.urls("tests.faults.rights"),
]

REQUESTS = scaled(60, 1000)
#: In the middle of a page when the change comes; and threads that keep asking.
RUNNING, THREADS = 4, 8
NEW = "battery-staple-correct"


@dataclass(frozen=True)
class Race:
    """`after`: statuses of requests that started after the commit; `finished`: of those in the middle; `broken`: of
    any that was no answer."""

    after: list[int]
    finished: list[int]
    broken: list[int]
    sessions: int


def _logout(user: User, actor: User, cookie: str) -> None:
    _browser(cookie).post("/logout/")


def _end(user: User, actor: User, cookie: str) -> None:
    assert sessions.end_session(user=user, session=digest(cookie), actor=user)


def _password(user: User, actor: User, cookie: str) -> None:
    passwords.change_password(user=user, current=PASSWORD, new=NEW, browser="", session_key=None, actor=user)


def _lock(user: User, actor: User, cookie: str) -> None:
    users.lock_user(user=user, reason="紛失の連絡", actor=actor)


def _suspend(user: User, actor: User, cookie: str) -> None:
    company_users.suspend(user=user, actor=actor)


def _remove(user: User, actor: User, cookie: str) -> None:
    company_users.remove(user=user, actor=actor)


def _role(user: User, actor: User, cookie: str) -> None:
    company_users.edit(
        user=user, name=user.name, selfcare_id=user.selfcare_id, role=Role.VIEWER, login_method="", actor=actor
    )


CHANGES: dict[str, Callable[[User, User, str], None]] = {
    "logout": _logout,
    "end of the session": _end,
    "change of the password": _password,
    "lock": _lock,
    "suspension": _suspend,
    "removal": _remove,
    "another role": _role,
}


def _browser(cookie: str) -> Client:
    client = Client(raise_request_exception=False)
    client.cookies["selfcare"] = cookie
    return client


def _race(user: User, change: Callable[[str], None], page: str = "/numbering/add/", count: int = REQUESTS) -> Race:
    """At least `count` requests for `page`, half of them after the change; every fourth one writes the session."""
    cookie = log_in(user).cookies["selfcare"].value
    gate = rights.gates[user.selfcare_id] = rights.Gate()
    asked, over = threading.Semaphore(0), threading.Event()
    after: list[int] = []
    finished: list[int] = []
    broken: list[int] = []

    def keep_asking(turn: int) -> None:
        left = count // 2 // THREADS
        while left:
            turn += 1
            is_after, writes = over.is_set(), turn % 4 == 0
            client = _browser(cookie)
            answer = client.post("/account/sessions/", {"end": "none"}) if writes else client.get(page)
            asked.release()
            if answer.status_code >= 500:
                broken.append(answer.status_code)
            if is_after and (not writes or answer.get("Location", "").startswith("/login/")):
                after.append(answer.status_code)
            left -= is_after
        connections.close_all()

    def be_held(_number: int) -> None:
        finished.append(_browser(cookie).get("/test/held/").status_code)
        connections.close_all()

    threads = [threading.Thread(target=be_held, args=(n,)) for n in range(RUNNING)]
    threads += [threading.Thread(target=keep_asking, args=(n,)) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for _n in range(RUNNING):
        assert gate.inside.acquire(timeout=60)
    for _n in range(count // 2):
        assert asked.acquire(timeout=60)
    change(cookie)
    over.set()
    gate.opened.set()
    for thread in threads:
        thread.join()
    return Race(after, finished, broken, UserSession.objects.filter(user=user).count())


@pytest.fixture
def member(contract: Any, colleague: User) -> User:
    """Who orders; of a company with another owner."""
    return colleague


@pytest.mark.parametrize("kind", CHANGES)
def test_no_request_that_starts_after_the_change_is_accepted(kind, owner, member):
    race = _race(member, lambda cookie: CHANGES[kind](member, owner, cookie))
    print(
        f"\nfigure: {kind}: {REQUESTS} requests, {len(race.after)} began afterwards, {race.after.count(200)} accepted"
    )
    assert len(race.after) >= REQUESTS // 4
    assert set(race.after) == ({403} if kind == "another role" else {302})
    assert race.broken == []
    assert set(race.finished) <= {200, 302}
    assert len(race.finished) == RUNNING
    assert race.sessions == (1 if kind == "another role" else 0)


def test_a_store_that_writes_ended_sessions_anew_is_seen(settings, owner, member):
    settings.SESSION_ENGINE = "tests.faults.rights"
    race = _race(member, lambda cookie: CHANGES["suspension"](member, owner, cookie), count=24)
    assert race.sessions > 0


def test_a_backend_that_remembers_whom_it_has_seen_is_seen(settings, owner, member):
    settings.AUTHENTICATION_BACKENDS = ["tests.faults.rights.Remembering"]
    race = _race(member, lambda cookie: CHANGES["another role"](member, owner, cookie), count=24)
    assert 200 in race.after


@pytest.mark.parametrize("kind", ["change of the password", "lock", "suspension", "removal"])
def test_a_login_that_was_on_its_way_opens_nothing_once_the_change_is_committed(kind, owner, member):
    """Password and code were right; the session is written after the change, and is worth nothing."""
    on_its_way = User.objects.get(pk=member.pk)
    assert log_in(on_its_way).get("/numbering/add/").status_code == 200
    CHANGES[kind](member, owner, "")
    assert log_in(on_its_way).get("/numbering/add/")["Location"].startswith("/login/")
    assert Client().post("/login/", {"selfcare_id": member.selfcare_id, "password": PASSWORD}).status_code == 200
