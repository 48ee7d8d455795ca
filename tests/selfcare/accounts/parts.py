"""What the tests of the login share: walking through it as a browser does."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core import mail
from django.db import connections
from django.http import HttpRequest
from django.test import Client

from selfcare.accounts import stepup
from selfcare.accounts.models import User
from selfcare.work import jobs, outbox
from selfcare.work.models import Job
from tests.people import PASSWORD

#: Every test names both: the application's connection and the owner's.
DATABASES = ["default", "owner"]


def latest_code() -> str:
    """The code of the newest login mail, after the worker of that lane has run."""
    outbox.deliver_login()
    found = re.search(r"^認証コード: (\d{6})$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found, mail.outbox[-1].body
    return found[1]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def give_password(client: Client, user: User | str, password: str = PASSWORD, **extra: Any) -> Any:
    selfcare_id = user if isinstance(user, str) else user.selfcare_id
    return client.post("/login/", {"selfcare_id": selfcare_id, "password": password}, **extra)


def half_session(user: User, **meta: Any) -> Client:
    """A browser with the first step behind it."""
    client = Client(**meta)
    answer = give_password(client, user)
    assert answer.status_code == 302, answer.content.decode()
    assert answer["Location"] == "/login/code/"
    return client


def walk_in(user: User, **meta: Any) -> Client:
    """A browser that went through both pages."""
    client = half_session(user, **meta)
    answer = client.post("/login/code/", {"code": latest_code()})
    assert answer.status_code == 302, answer.content.decode()
    return client


def shown(client: Client) -> Client:
    """The browser, in which password and second factor were shown once more just now (see stepup.py)."""
    asking = HttpRequest()
    asking.session = client.session
    stepup.note_password(asking)
    stepup.note_factor(asking)
    asking.session.save()
    return client


def is_inside(client: Client) -> bool:
    return client.get("/account/sessions/").status_code == 200


def in_parallel(work: Callable[[int], Any], count: int, threads: int = 32) -> list[Any]:
    """Run `work(n)` for n below `count` from many threads that start at one moment; exceptions are results too."""
    gate = threading.Barrier(min(threads, count))
    numbers = iter(range(count))
    lock = threading.Lock()
    results: list[Any] = [None] * count

    def run() -> None:
        gate.wait()
        try:
            while True:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return
                try:
                    results[number] = work(number)
                except Exception as error:
                    results[number] = error
        finally:
            connections.close_all()

    running = [threading.Thread(target=run) for _ in range(gate.parties)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return results


@contextmanager
def column_frozen(table: str, *columns: str) -> Iterator[None]:
    """For negative controls: updates of these columns have no effect, as if the program did not count."""
    kept = " ".join(f"NEW.{column} := OLD.{column};" for column in columns)
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            f"CREATE FUNCTION test_frozen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {kept} RETURN NEW; END $$"
        )
        cursor.execute(
            f"CREATE TRIGGER test_frozen BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION test_frozen()"
        )
    try:
        yield
    finally:
        with connections["owner"].cursor() as cursor:
            cursor.execute("DROP FUNCTION test_frozen CASCADE")


def work() -> None:
    """What the workers do with the login's jobs and mails; other apps' periodic jobs are left out."""
    for row in Job.objects.filter(kind__startswith="accounts.", state=Job.State.WAITING).order_by("id"):
        jobs.kinds()[row.kind].work(row)
        Job.objects.filter(pk=row.pk).update(state=Job.State.DONE)
    while outbox.deliver_default():
        pass
