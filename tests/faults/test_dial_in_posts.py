"""Two thousand dial-in numbers, the button pressed more than once: one order, its numbers once, the same page."""

import re
import time
from dataclasses import dataclass
from uuid import uuid4

import httpx

from tests.faults import client, seed
from tests.faults.help import MARKS, WEB
from tests.harness import Stack
from tests.scale import scaled

pytestmark = MARKS

NUMBERS, BASES = 2_000, 2
POSTS = scaled(2, 50)
#: How many companies may try until two of their posts meet without the lock.
ROUNDS = scaled(5, 10)
ENTRY = "/numbering/dial-in/at-once"
#: What is another one with every request: the line for paper with the time, the note that says "already", the token.
_VARYING = re.compile(
    r'<p class="paper">.*?</p>|<(ul|div|section) class="messages.*?</\1>|<input type="hidden"[^>]*>|\s+', re.DOTALL
)


@dataclass
class Result:
    pages: set[tuple[str, str]]
    statuses: set[int]
    numbers: int
    charges: int
    orders: int
    slowest: float


def fill_in(browser: client.Browser, office: seed.Office) -> httpx.Response:
    """From the consent to the confirm page, by the pages."""
    page = browser.get(f"{ENTRY}/new/{office.group}/?key={uuid4()}")
    page = browser.send(page, go="next", agreed="on")
    page = browser.send(page, go="next", method="screen")
    for base in office.bases:
        page = browser.send(page, go="add", pick=str(base))
    page = browser.send(page, go="next")
    rows: dict[str, str] = {}
    for base in office.bases:
        # The page numbers the rows through.
        key = re.search(rf'name="(new-{base}-[0-9]+)-count"', page.text)
        assert key, client.main(page.text)
        rows |= {f"{key[1]}-kind": "0abj", f"{key[1]}-count": str(NUMBERS // BASES)}
    page = browser.send(page, go="next", **rows)
    contact = {"company": "架空商事", "department": "", "name": "花子", "kana": "ハナコ", "phone": "0312345678"}
    page = browser.send(page, go="next", mail="hanako@customer.example", **contact)
    assert page.url.path.endswith("/confirm/"), client.main(page.text)
    return page


def press(stack: Stack, office: seed.Office, times: int) -> Result:
    browser = client.of(stack, office.shopper, seconds=60)
    page = fill_in(browser, office)
    browser.took.clear()
    began = time.monotonic()
    answers = client.at_once(times, lambda _n: browser.send(page))
    failed = [answer for answer in answers if not isinstance(answer, httpx.Response)]
    assert not failed, failed[:3]
    contract = office.shopper.contract
    active = (
        "SELECT count(*) FROM numbering_assignment WHERE contract_id = %s AND origin = 'added' AND state = 'active'"
    )
    result = Result(
        pages={(answer.url.path, _VARYING.sub("", client.main(answer.text))) for answer in answers},
        statuses={answer.status_code for answer in answers},
        numbers=stack.value(active, contract),
        charges=stack.value("SELECT count(*) FROM billing_recurringcharge WHERE contract_id = %s", contract),
        orders=stack.value("SELECT count(*) FROM orders_order WHERE contract_id = %s", contract),
        slowest=max(took.seconds for took in browser.took),
    )
    print(
        f"\nfigure: {times} posts for {NUMBERS:,} dial-in numbers: {result.orders} order, {result.numbers:,} numbers, "
        f"{len(result.pages)} page, {time.monotonic() - began:.2f} s, slowest request {result.slowest:.2f} s"
    )
    return result


def is_once(result: Result) -> bool:
    shown = (len(result.pages), result.statuses, result.orders)
    return shown == (1, {200}, 1) and result.numbers == result.charges == NUMBERS


def test_two_thousand_numbers_pressed_more_than_once_are_one_order(stack: Stack) -> None:
    stack.start("web")
    (office,) = seed.dial_in_offices(stack, 1, bases=BASES, numbers=NUMBERS + 500)
    result = press(stack, office, POSTS)
    assert is_once(result), result
    assert result.slowest < 10


def test_without_the_orders_lock_the_same_posts_are_not_answered_alike(stack: Stack) -> None:
    stack.start("web", entry=WEB, env={"FAULTS": "slow:0.3 no-locks", "SELFCARE_WEB_WORKERS": "4"})
    # Up to the first one that shows it: whether two of the posts meet is a matter of chance.
    offices = seed.dial_in_offices(stack, ROUNDS, bases=BASES, numbers=ROUNDS * NUMBERS)
    assert not all(is_once(press(stack, office, 8)) for office in offices)
