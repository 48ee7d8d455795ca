"""After a whole day at the portal no secret lies anywhere: not in a table, a log, Redis, a mail or a command line."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from selfcare.runtime import registrar
from tests.e2e.portal import Portal
from tests.faults.own import Own
from tests.harness import Stack
from tests.hostile import leaks
from tests.hostile.deeds import Day
from tests.hostile.leaks import Places, Secret

pytestmark = pytest.mark.serial

CREDENTIALS = "table public.numbering_credential"


@dataclass
class Left:
    """What a day left behind, place by place."""

    own: Own
    day: Day
    places: dict[str, Places]
    mails: dict[str, str]

    @property
    def stack(self) -> Stack:
        return self.own.stack

    def found(self, place: str) -> list[leaks.Found]:
        return self.places[place].search(self.day.secrets)


@pytest.fixture(scope="module")
def left() -> Iterator[Left]:
    with leaks.portal(with_registrar=True, SELFCARE_LOG_LEVEL="DEBUG") as own:
        stack = own.stack
        watch = leaks.Watch(stack)
        watch.start()
        if registrar.program() is not None:
            stack.start("registrar")
        stack.start("web", "worker", "login-worker", "dispatch", "beat", "carrier-simulator")
        portal = Portal(stack)
        portal.carrier(delay=[0.1, 0.2])
        portal.set_clock(portal.day)
        day = Day(portal)
        day.live()
        watch.stop()
        places = _places(own, watch)
        yield Left(own, day, places, _mails(stack))


def _places(own: Own, watch: leaks.Watch) -> dict[str, Places]:
    stack, superuser = own.stack, own.server.url()
    logs = [*(stack.folder / "log").glob("*.log"), own.server.log]
    apart = {"mail", "static", "log", "redis"}
    files = [path for top in stack.folder.iterdir() if top.name not in apart for path in [top, *top.rglob("*")]]
    return {
        "tables": Places(blobs=leaks.dump(stack, superuser)),
        "files of the database server": Places(files=leaks.server_files(superuser, stack.database)),
        "logs": Places(files=logs),
        "Redis": Places(blobs={"keys": leaks.redis_content(stack), "traffic": bytes(watch.heard)}),
        "command lines": Places(blobs={"processes": b"\n".join(watch.commands)}),
        "other files of the portal": Places(files=[path for path in files if path.is_file()]),
    }


def _mails(stack: Stack) -> dict[str, str]:
    """Every mail as it can be read: headers and all parts, decoded."""
    return {path.name: _readable(path) for path in (stack.var / "mail").glob("*.eml")}


def _readable(path: Path) -> str:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    parts = [part.get_content() for part in message.walk() if part.get_content_maintype() == "text"]
    return "\n".join([*(f"{name}: {value}" for name, value in message.items()), *map(str, parts)])


PLACES = ["tables", "files of the database server", "logs", "Redis", "command lines", "other files of the portal"]


@pytest.mark.parametrize("place", PLACES)
def test_no_secret_lies_in(left, place):
    searched = left.places[place]
    size = sum(map(len, searched.blobs.values())) + sum(path.stat().st_size for path in searched.files)
    found = left.found(place)
    print(
        f"figure: {len(left.day.secrets)} secrets, {len(searched.blobs) + len(searched.files)} {place},"
        f" {size / 1e6:.1f} MB: {len(found)} found"
    )
    assert size > 0
    assert found == []


def test_a_code_and_a_link_stand_in_their_own_mail_and_nothing_else_in_any(left):
    mailed = {secret.value for secret in left.day.mailed}
    assert len(mailed) == 3
    for secret in left.day.secrets:
        texts = Places(blobs={name: text.encode() for name, text in left.mails.items()}).search([secret])
        assert len({found.place for found in texts}) == (secret.value in mailed), texts
    print(f"figure: {len(left.mails)} mails read")


@pytest.mark.parametrize("place", [place for place in PLACES if place != "files of the database server"])
def test_digests_of_sip_passwords_lie_with_the_credentials_and_not_in(left, place):
    """The server's own files hold the credentials' rows."""
    found = [one for one in left.places[place].search(left.day.digests) if one.place != CREDENTIALS]
    print(f"figure: {len(left.day.digests)} digests, {place}: {len(found)} found")
    assert found == []


def test_digests_are_in_no_mail_and_the_search_finds_them_where_they_belong(left):
    mails = Places(blobs={name: text.encode() for name, text in left.mails.items()})
    assert mails.search(left.day.digests) == []
    rows = Places(blobs={CREDENTIALS: left.places["tables"].blobs[CREDENTIALS]}).search(left.day.digests)
    kept = left.stack.value(
        "SELECT count(*) FROM unnest(%s::text[]) AS d WHERE EXISTS"
        " (SELECT FROM numbering_credential WHERE d IN (ha1, ha1b, ha1_sha256))",
        [digest.value for digest in left.day.digests],
    )
    assert len(rows) == kept > 9


def test_sessions_are_found_by_a_digest_of_the_cookie(left):
    keys = {key for (key,) in left.stack.sql("SELECT session_key FROM accounts_usersession")}
    cookies = [secret.value for secret in left.day.secrets if secret.name.startswith("cookie selfcare,")]
    assert len(cookies) >= 5
    assert not keys & set(cookies)
    assert keys & {hashlib.sha256(cookie.encode()).hexdigest()[:40] for cookie in cookies}, "who is in is found"


def test_the_day_left_what_it_should(left):
    """The search is worth nothing if nothing was written."""
    tables = ("work_letter", "work_mail", "accounts_auditevent", "numbering_passwordreveal", "lines_carrierorder")
    count = {name: left.stack.value(f"SELECT count(*) FROM {name}") for name in tables}
    assert all(count.values()), count
    assert b"selfcare" in left.places["Redis"].blobs["traffic"]
    assert b"celery" in left.places["command lines"].blobs["processes"]
    assert left.stack.value("SELECT count(*) FROM orders_batch WHERE accepted_at IS NOT NULL") >= 1
    if registrar.program() is not None:
        assert b"kamailio" in left.places["command lines"].blobs["processes"]
        assert "registrar.log" in {path.name for path in left.places["logs"].files}
    assert len(left.day.secrets) > 30
    assert len({secret.value for secret in left.day.secrets}) > 25


def test_a_planted_secret_is_found_wherever_it_lies(left):
    planted = Secret("planted", "planted-4r7zQm-secret"), Secret("planted code", "918273")
    for secret in planted:
        row = "INSERT INTO shell_notice (title, body, shown_from, kinds) VALUES (%s, '', now(), '[]')"
        left.stack.sql(row, secret.value)
        left.stack.sql("DELETE FROM shell_notice WHERE title = %s", secret.value)
        left.stack.sql(
            "INSERT INTO staff_importfile (uuid, operator_id, noun, name, content, sha256, seen, created_at)"
            " SELECT gen_random_uuid(), min(id), '', '', %s, '', '', now() FROM accounts_user WHERE is_staff",
            f"in bytes {secret.value}".encode(),
        )
        with (left.stack.folder / "log" / "web.log").open("a") as log:
            print(f'{{"message": "code={secret.value}"}}', file=log)
        with left.stack.redis.client() as client:
            client.set(f"planted {secret.value}", "x")
        (left.stack.var / f"{secret.name}.json").write_text(f'["{secret.value}"]')
    watch = leaks.Watch(left.stack)
    watch.start()
    subprocess.run([sys.executable, "-c", "import time; time.sleep(2)", *(secret.value for secret in planted)])
    with left.stack.redis.client() as client:
        client.publish("anything", " ".join(secret.value for secret in planted))
    watch.stop()
    for name, places in _places(left.own, watch).items():
        assert {found.secret for found in places.search(planted)} == {secret.name for secret in planted}, name


@pytest.mark.parametrize(
    ("content", "is_found"),
    [
        ("code 123456.", True),
        ("12:00:00.123456+00", False),
        ("0123456", False),
        ("1234567", False),
        ('"123456"', True),
        (" MTIzNDU2 ", True),
        (" 313233343536 ", True),
        (hashlib.sha256(b"123456").hexdigest(), True),
    ],
)
def test_six_digits_count_only_where_they_stand_alone(content, is_found):
    found = Places(blobs={"x": content.encode()}).search([Secret("code", "123456")])
    assert bool(found) == is_found
