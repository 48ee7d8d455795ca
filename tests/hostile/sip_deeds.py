"""The part of the day about SIP passwords: changed one by one and by file, mistyped, refused, registered with."""

import csv
import io
import secrets
import string
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import httpx

from numbering import sip
from selfcare.runtime import registrar
from tests.faults import client
from tests.harness import Stack
from tests.harness.sip import registers
from tests.hostile.leaks import Secret

PAGE, FILE = "/numbering/sip-password/", "/numbering/sip-password/file/"
_ALPHABET = string.ascii_letters + string.digits


class Day(Protocol):
    digests: list[Secret]

    @property
    def stack(self) -> Stack: ...
    def keep(self, name: str, value: str, **options: bool) -> str: ...


def live(day: Day, browser: client.Browser, issued: str) -> None:
    """`issued` is the order that added three numbers or more."""
    held = _issued(browser, issued)
    (number, old), *others = held
    for digits, password in held:
        _digests(day, "old", digits, password)
    _register(day, number, old)
    _mistakes(day, browser, number, old)
    new = _new(day, number)
    fields = _fields(number, old, new)
    confirm = browser.draft(PAGE, **fields)
    with _database_refuses(day.stack, number):
        assert browser.send(confirm).status_code == 409
    order = client.uuid_of(browser.send(browser.get(confirm.url.path)))
    _register(day, number, old)
    _register(day, number, new)
    browser.send(browser.get(f"/orders/{order}/cancel/"))
    assert day.stack.value("SELECT state FROM orders_order WHERE uuid = %s", order) == "cancelled"
    browser.order(PAGE, **_fields(number, old, _new(day, number)))
    _by_file(day, browser, others)


def _issued(browser: client.Browser, order: str) -> list[tuple[str, str]]:
    """Number and SIP password, as the file says them."""
    text = browser.get(f"/numbering/issued/{order}.csv").text.lstrip("\ufeff")
    return [("".join(filter(str.isdigit, row[0])), row[2]) for row in list(csv.reader(io.StringIO(text)))[1:]]


def _password() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(8))


def _new(day: Day, number: str) -> str:
    new = day.keep(f"a new SIP password of {number}", _password())
    _digests(day, "new", number, new)
    return new


def _digests(day: Day, whose: str, number: str, password: str) -> None:
    realm = day.stack.value("SELECT realm FROM numbering_credential LIMIT 1")
    made = sip.digests(username=number, realm=realm, password=password)
    values = {"MD5": made.ha1, "MD5 with domain": made.ha1b, "SHA-256": made.ha1_sha256}
    day.digests += [Secret(f"{name} of the {whose} password of {number}", value) for name, value in values.items()]


def _fields(number: str, old: str, new: str) -> dict[str, str]:
    return {"number": number, "current_password": old, "new_password": new, "new_password_confirm": new, "when": "now"}


def _mistakes(day: Day, browser: client.Browser, number: str, old: str) -> None:
    """A wrong password, a new one in the wrong place, one that is too long, two that differ."""
    wrong, one = (day.keep("a mistyped SIP password", secrets.token_hex(6)) for _ in range(2))
    for fields in (
        _fields(number, wrong, wrong[:8]),
        _fields(one, old, one[:8]),
        _fields(number, old, one),
        {**_fields(number, old, wrong[:8]), "new_password_confirm": one},
        {**_fields(number, old, wrong[:8]), "when": one},
    ):
        answer = browser.send(browser.get(PAGE), **fields)
        assert answer.url.path == PAGE
        assert old not in answer.text


@contextmanager
def _database_refuses(stack: Stack, number: str) -> Iterator[None]:
    """A constraint that the new row breaks: what the server says of it holds the row."""
    stack.sql(f"ALTER TABLE numbering_credential ADD CONSTRAINT planted CHECK (username <> '{number}') NOT VALID")
    try:
        yield
    finally:
        stack.sql("ALTER TABLE numbering_credential DROP CONSTRAINT planted")


def _register(day: Day, number: str, password: str) -> None:
    """A telephone that knows this password, whatever becomes of it; nothing without Kamailio."""
    if registrar.program() is not None:
        realm = day.stack.value("SELECT realm FROM numbering_credential LIMIT 1")
        assert registers(number, realm, password, day.stack.sip_address) in {200, 403}


def _by_file(day: Day, browser: client.Browser, held: list[tuple[str, str]]) -> None:
    """First with a bad line, then whole."""
    rows = [(number, old, _new(day, number)) for number, old in held]
    wrong = day.keep("a wrong SIP password in a file", secrets.token_hex(6))
    refused = _upload(browser, [*rows[:-1], (rows[-1][0], wrong, rows[-1][2])])
    assert refused.status_code == 200
    assert not any(password in refused.text for _number, *passwords in rows for password in passwords)
    accepted = _upload(browser, rows)
    assert accepted.is_redirect, client.main(accepted.text)
    page = browser.send(browser.get(accepted.headers["location"]))
    assert "/batches/" in page.url.path
    assert not page.url.path.endswith("/confirm/")


def _upload(browser: client.Browser, rows: list[tuple[str, str, str]]) -> httpx.Response:
    content = "\n".join(",".join(row) for row in rows).encode()
    data: dict[str, Any] = {**client.hidden(browser.get(FILE).text), "when": "now"}
    return browser.http.post(FILE, data=data, files={"file": ("passwords.csv", content, "text/csv")})
