"""The execute button pressed 200 times at once: one order, its numbers once, the same page for everybody."""

import re
from dataclasses import dataclass

import httpx
import pytest

from tests.faults import client, seed
from tests.faults.help import MARKS, WEB
from tests.harness import Stack
from tests.scale import FULL

pytestmark = MARKS

POSTS, NUMBERS = 200, 3
#: The window that the lock closes is widened; at full scale the lock is also shown to close the wider one.
CONTROLS = [("slow:0.3 no-locks", False), *([("slow:0.3", True)] if FULL else [])]
#: What is another one with every request: the line for paper with the time, the note that says "already", and what
#: forms prove by where they come from.
_VARYING = re.compile(
    r'<p class="paper">.*?</p>|<(ul|div|section) class="messages.*?</\1>|name="csrfmiddlewaretoken" value="\w+"|\s+',
    re.DOTALL,
)


@dataclass
class Result:
    pages: set[tuple[str, str]]
    statuses: set[int]
    slowest: float
    assigned: int
    added: int
    letters: int
    #: Of one kind to one address.
    mails: int


def press(stack: Stack, shopper: seed.Shopper, times: int) -> Result:
    """Draft an addition, and send its confirmation `times` times at once; logged in through the pages if possible."""
    browser = client.of(stack, shopper, seconds=60)
    if stack.is_running("login-worker"):
        browser = client.Browser(stack.web_url, seconds=60)
        browser.log_in(stack, shopper.selfcare_id)
    page = browser.draft("/numbering/add/", count=str(NUMBERS))
    browser.took.clear()
    answers = client.at_once(times, lambda _n: browser.send(page))
    failed = [answer for answer in answers if not isinstance(answer, httpx.Response)]
    assert not failed, failed[:3]
    counted = "WHERE customer_id = (SELECT customer_id FROM accounts_contract WHERE id = %s)"
    mails = f'SELECT count(*) AS n FROM work_mail {counted} GROUP BY template, "to"'
    result = Result(
        pages={(answer.url.path, _VARYING.sub("", client.main(answer.text))) for answer in answers},
        statuses={answer.status_code for answer in answers},
        slowest=max(took.seconds for took in browser.took),
        assigned=stack.value(f"SELECT count(*) FROM numbering_assignment {counted}", shopper.contract),
        added=stack.value("SELECT added FROM numbering_allowance WHERE contract_id = %s", shopper.contract),
        letters=stack.value(f"SELECT count(*) FROM work_letter {counted}", shopper.contract),
        mails=stack.value(f"SELECT max(n) FROM ({mails}) AS told", shopper.contract),
    )
    print(f"\nfigure: {times} posts: {result.assigned} of {NUMBERS} numbers, {result.mails} mails")
    return result


def is_once(result: Result) -> bool:
    return (len(result.pages), result.statuses, result.assigned, result.added, result.letters, result.mails) == (
        (1, {200}, NUMBERS, NUMBERS, 1, 1)
    )


def test_two_hundred_identical_posts_are_one_order_and_one_page(stack: Stack) -> None:
    stack.start("web", "login-worker")
    (shopper,) = seed.shoppers(stack, numbers=2000)
    result = press(stack, shopper, POSTS)
    orders = stack.value("SELECT count(*) FROM orders_order")
    print(
        f"\nfigure: {POSTS} identical posts: {orders} order, {result.assigned} of {NUMBERS} numbers, "
        f"{len(result.pages)} page, slowest request {result.slowest:.2f} s"
    )
    assert orders == 1
    assert is_once(result), result


@pytest.mark.parametrize(("faults", "once"), CONTROLS)
def test_without_the_lock_the_same_posts_have_more_than_one_effect(stack: Stack, faults: str, once: bool) -> None:
    stack.start("web", entry=WEB, env={"FAULTS": faults, "SELFCARE_WEB_WORKERS": "4"})
    # Up to the first one that shows it: whether two of the posts meet is a matter of chance.
    rounds = (press(stack, shopper, 20) for shopper in seed.shoppers(stack, 5, numbers=2000))
    assert all(is_once(result) for result in rounds) == once
