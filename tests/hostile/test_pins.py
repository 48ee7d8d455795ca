"""Network PINs on a real portal: told to the carrier, and in no table, file, log, page, mail, nor in Redis' traffic."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest

from tests.e2e.portal import Portal
from tests.faults import client
from tests.harness import Stack
from tests.hostile import leaks
from tests.hostile.deeds import COMPANY, Day
from tests.hostile.leaks import Places, Secret
from tests.hostile.test_secrets import PLACES, _mails, _places

pytestmark = pytest.mark.serial

_STATE = "SELECT state FROM orders_order WHERE uuid = %s"
#: With a leading zero: rows, ports and processes are not numbered so.
_FOUR = re.compile(rb"(?<![\w.-])0[0-9]{3}(?![\w-])")


@dataclass
class Left:
    pins: list[Secret]
    places: dict[str, Places]
    pages: dict[str, bytes] = field(default_factory=dict)


def _read(places: dict[str, Places]) -> dict[str, Places]:
    """Their files as they are now: a server that is still running cuts off and renames its own."""
    read = {}
    for name, place in places.items():
        files = {str(path): path.read_bytes() for path in place.files if path.is_file()}
        read[name] = Places(blobs={**place.blobs, **files})
    return read


def _absent(places: dict[str, Places], count: int) -> list[str]:
    """PINs that stand nowhere yet."""
    seen: set[bytes] = set()
    for place in places.values():
        for content in place.blobs.values():
            seen |= set(_FOUR.findall(content))
    free = [f"{n:04}" for n in range(100, 1000) if f"{n:04}".encode() not in seen and len(set(f"{n:04}")) > 2]
    return secrets.SystemRandom().sample(free, count)


def _lines(stack: Stack) -> Iterator[int]:
    query = """
        SELECT l.id FROM lines_line l JOIN accounts_user u USING (customer_id) WHERE u.selfcare_id = %s
        AND l.status = 'active' AND l.sim_kind = 'voice' AND l.open_changes = '{}' AND l.ends_on IS NULL ORDER BY l.id
    """
    return (int(row[0]) for row in stack.sql(query, COMPANY))


@dataclass
class Changes:
    """What customers do with PINs, and every page that they see meanwhile."""

    portal: Portal
    browser: client.Browser
    lines: Iterator[int]
    pages: dict[str, bytes] = field(default_factory=dict)

    def seen(self, page: httpx.Response) -> httpx.Response:
        self.pages[f"{len(self.pages)} {page.url.path}"] = page.content
        return page

    def order(self, day: str = "today", **typed: str) -> str:
        path = f"/lines/{next(self.lines)}/voice-options/"
        page = self.seen(self.browser.send(self.browser.get(path), day=day, **typed))
        answer = self.seen(self.browser.confirm(page))
        return answer.url.path.split("/")[2]

    def ends(self, uuid: str, state: str) -> None:
        self.portal.stack.wait(lambda: self.portal.stack.value(_STATE, uuid) == state, seconds=60)
        self.seen(self.browser.get(f"/orders/{uuid}/"))


def _live(changes: Changes, pins: list[str]) -> None:
    """Done, refused by the carrier, taken back, mistyped beside another mistake, and left as a draft."""
    portal, browser = changes.portal, changes.browser
    changes.ends(changes.order(pin=pins[0], voicemail="on"), "completed")
    portal.carrier(fail_order_next="回線で別の手続きが進行中です。")
    changes.ends(changes.order(pin=pins[1]), "failed")
    booked = changes.order(pin=pins[2], day="first")
    changes.seen(browser.send(browser.get(f"/orders/{booked}/cancel/")))
    changes.ends(booked, "cancelled")
    path = f"/lines/{next(changes.lines)}/voice-options/"
    typed = {"pin": pins[3], "voicemail": "maybe", "day": "today"}
    assert "入力内容をご確認ください" in changes.seen(browser.send(browser.get(path), **typed)).text
    changes.seen(browser.send(browser.get(path), day="today", pin=pins[4]))
    for page in ("/orders/", "/", "/lines/"):
        changes.seen(browser.get(page))


@pytest.fixture(scope="module")
def left() -> Iterator[Left]:
    with leaks.portal(SELFCARE_LOG_LEVEL="DEBUG") as own:
        stack = own.stack
        watch = leaks.Watch(stack)
        watch.start()
        stack.start("web", "worker", "login-worker", "dispatch", "beat", "carrier-simulator")
        portal = Portal(stack)
        portal.carrier(delay=[0.1, 0.2])
        portal.set_clock(portal.day)
        browser = Day(portal).log_in(COMPANY)
        pins = _absent(_read(_places(own, watch)), 5)
        changes = Changes(portal, browser, _lines(stack))
        _live(changes, pins)
        watch.stop()
        places = _read(_places(own, watch))
        places["mails"] = Places(blobs={name: text.encode() for name, text in _mails(stack).items()})
        places["pages"] = Places(blobs=changes.pages)
        control = f"{stack.env['CARRIER_URL']}/control"
        told = {what: httpx.get(f"{control}/{what}").content for what in ("ledger", "messages")}
        places["the carrier's ledger"] = Places(blobs=told)
        assert stack.value("SELECT count(*) FROM lines_pinchange") == 0
        assert told["ledger"].count(b'"has_pin": true') == 1, told["ledger"]
        yield Left([Secret(f"PIN {n}", pin) for n, pin in enumerate(pins)], places)


@pytest.mark.parametrize("place", [*PLACES, "mails", "pages", "the carrier's ledger"])
def test_no_pin_lies_in(left, place):
    searched = left.places[place]
    size = sum(map(len, searched.blobs.values()))
    found = searched.search(left.pins)
    print(f"figure: {len(left.pins)} PINs, {place}, {size / 1e6:.1f} MB: {len(found)} found")
    assert size > 0
    assert found == []


def test_a_pin_that_lay_there_would_be_found(left):
    (pin, *_rest) = left.pins
    assert Places(blobs={"x": f'{{"networkPin": "{pin.value}"}}'.encode()}).search([pin])
    assert "変更する" in b"".join(left.places["pages"].blobs.values()).decode()
    assert b"networkPin" in left.places["the carrier's ledger"].blobs["messages"]
