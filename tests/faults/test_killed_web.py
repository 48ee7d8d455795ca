"""kill -9 of the web server while it accepts: the order is accepted with all that belongs to it, or still a draft."""

import random
from collections.abc import Iterator
from threading import Thread
from typing import Any

import httpx
import pytest

from tests.faults import client, seed
from tests.faults.help import MARKS, WEB
from tests.faults.planted import flag, unplant
from tests.harness import Stack, running
from tests.scale import scaled

pytestmark = MARKS

NUMBERS = 2
ROUNDS, DRAFTS = scaled(1, 20), 12
DRAFT = ("draft", 0, 0, 0, 0, 0, 0, 0)
ACCEPTED = ("acknowledged", NUMBERS, 0, NUMBERS, 1, 1, 0, 0)
COMPLETED = ("completed", 0, NUMBERS, NUMBERS, 2, 2, 0, 1)
#: What is left when the process that serves dies by itself, and at last the whole server with it.
DEATHS = [
    ("kill-alone:accept.reserved", DRAFT),
    ("kill-alone:accept.moved", DRAFT),
    ("kill-alone:accept.committed", ACCEPTED),
    ("kill:accept.applied", ACCEPTED),
]
#: The only process of its server: who answers after it has died can only be the one that has taken its place.
ALONE = {"SELFCARE_WEB_WORKERS": "1"}

TRACES = """
SELECT o.state,
    (SELECT count(*) FROM numbering_assignment WHERE order_id = o.id AND state = 'reserved'),
    (SELECT count(*) FROM numbering_assignment WHERE order_id = o.id AND state = 'active'),
    coalesce((SELECT added FROM numbering_allowance WHERE contract_id = o.contract_id), 0),
    (SELECT count(*) FROM accounts_auditevent WHERE object_type = 'order' AND object_id = o.id::text),
    (SELECT count(DISTINCT template) FROM work_mail WHERE customer_id = o.customer_id AND template LIKE 'order_%%'),
    (SELECT count(*) - count(DISTINCT (template, "to")) FROM work_mail WHERE customer_id = o.customer_id),
    (SELECT count(*) FROM work_letter WHERE customer_id = o.customer_id)
FROM orders_order AS o WHERE o.uuid = %s
"""

TAKEN = "SELECT count(*) FROM orders_order WHERE uuid = ANY(%s::uuid[]) AND accepted_at IS NOT NULL"


@pytest.fixture(scope="module")
def _everybody() -> Iterator[tuple[Stack, list[seed.Shopper]]]:
    with running() as stack:
        seed.set_clock(stack, "2026-11-20 12:00")  # no hour of an opening or of the night strikes meanwhile
        yield stack, seed.shoppers(stack, 2 + ROUNDS * DRAFTS, numbers=3000)


@pytest.fixture
def everybody(_everybody: tuple[Stack, list[seed.Shopper]]) -> Iterator[tuple[Stack, list[seed.Shopper]]]:
    """A portal without a web server, and a customer for each order."""
    yield _everybody
    _everybody[0].kill_all()
    unplant(_everybody[0].var)


def traces(stack: Stack, uuid: str) -> tuple[Any, ...]:
    """State; numbers reserved, issued, counted against the limit; events; kinds of mails, mails too many; letters."""
    return stack.sql(TRACES, uuid)[0]


def is_up(stack: Stack) -> bool:
    try:
        return httpx.get(f"{stack.web_url}/readyz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def post(browser: client.Browser, page: httpx.Response) -> httpx.Response | None:
    """None when the server died before it answered."""
    try:
        return browser.send(page)
    except httpx.HTTPError:
        return None


def drafts(stack: Stack, shoppers: list[seed.Shopper]) -> list[tuple[client.Browser, httpx.Response]]:
    """One draft each, on its confirm page."""
    browsers = [client.of(stack, shopper) for shopper in shoppers]
    return [(browser, browser.draft("/numbering/add/", count=str(NUMBERS))) for browser in browsers]


def test_a_web_process_killed_at_any_point_of_the_acceptance_leaves_all_or_nothing(
    everybody: tuple[Stack, list[seed.Shopper]],
) -> None:
    stack, shoppers = everybody
    stack.start("web")
    [(browser, page)] = drafts(stack, shoppers[:1])
    uuid = client.uuid_of(page)
    for fault, left in DEATHS:
        stack.kill("web")
        # Afresh each time: a process that dies soon after it has taken another one's place ends the server.
        stack.start("web", entry=WEB, env={"FAULTS": fault, **ALONE})
        assert post(browser, page) is None
        assert flag(stack.var, fault.partition(":")[2]).exists()
        assert traces(stack, uuid) == left, fault
        if fault.startswith("kill:"):
            stack.kill("web")
            stack.start("web")
        back = stack.wait(lambda: is_up(stack), seconds=40)
        print(f"\nfigure: {fault}: the order is {left[0]}, the portal answers after {back:.1f} s")
    done = post(browser, page)
    assert done is not None
    assert done.url.path == f"/orders/{uuid}/"
    assert traces(stack, uuid) == COMPLETED


def test_orders_cut_off_at_random_moments_are_finished_by_sending_them_again(
    everybody: tuple[Stack, list[seed.Shopper]],
) -> None:
    stack, shoppers = everybody
    left: dict[str, int] = {}
    for number in range(ROUNDS):
        stack.start("web")
        mine = drafts(stack, shoppers[2 + number * DRAFTS :][:DRAFTS])
        uuids = [client.uuid_of(page) for _browser, page in mine]
        pressing = Thread(target=client.at_once, args=(DRAFTS, lambda n: post(*mine[n])))  # noqa: B023 - joined below
        pressing.start()
        enough = random.randint(1, DRAFTS - 3)
        stack.wait(lambda: stack.value(TAKEN, uuids) >= enough, seconds=30, every=0.005)  # noqa: B023 - called here
        stack.kill("web")
        pressing.join()
        for uuid in uuids:
            found = traces(stack, uuid)
            assert found in (DRAFT, ACCEPTED, COMPLETED), found
            left[found[0]] = left.get(found[0], 0) + 1
        stack.start("web")
        assert all(post(browser, page) is not None for browser, page in mine)
        assert {traces(stack, uuid) for uuid in uuids} == {COMPLETED}
        stack.kill("web")
    print(f"\nfigure: {ROUNDS * DRAFTS} orders, web killed {ROUNDS} times: {left}; all finished by sending them again")


def test_numbers_reserved_in_another_transaction_are_lost_with_the_process(
    everybody: tuple[Stack, list[seed.Shopper]],
) -> None:
    """The negative control: what is left is neither a draft nor an order."""
    stack, shoppers = everybody
    stack.start("web", entry=WEB, env={"FAULTS": "kill-alone:accept.moved early-reserve", **ALONE})
    [(browser, page)] = drafts(stack, shoppers[1:2])
    assert post(browser, page) is None
    found = traces(stack, client.uuid_of(page))
    print(f"\nfigure: without the common transaction: {found}")
    assert found not in (DRAFT, ACCEPTED, COMPLETED)
