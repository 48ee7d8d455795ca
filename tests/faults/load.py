"""Orders placed over HTTP at a steady pace while something goes wrong, and what must be true of them afterwards."""

import re
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from email import message_from_bytes, policy

import httpx

from tests.faults import client, seed
from tests.faults.client import Took
from tests.harness import Stack

_REQUEST_ID = re.compile(r"R[0-9]{8}")


@dataclass
class Load:
    """`place` orders additions and suspensions by turns; `orders` are the uuids of those that were answered.

    A `stubborn` customer sends what was not answered well again, until it is.
    """

    stack: Stack
    shoppers: list[seed.Shopper]
    stubborn: bool = False
    orders: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.browsers = [client.of(self.stack, shopper) for shopper in self.shoppers]

    @property
    def took(self) -> list[Took]:
        return [took for browser in self.browsers for took in browser.took]

    def slowest(self) -> Took:
        return max(self.took, key=lambda took: took.seconds)

    def place(self, count: int, *, seconds: float) -> None:
        """`count` orders spread over `seconds`, each customer one at a time."""
        began = time.monotonic()

        def customer(number: int) -> None:
            for turn in range(number, count, len(self.browsers)):
                time.sleep(max(0.0, began + turn * seconds / count - time.monotonic()))
                try:
                    self.orders.append(self._order(number, turn))
                except Exception as error:
                    self.troubles.append(f"{turn}: {error!r}"[:300])

        with ThreadPoolExecutor(len(self.browsers)) as pool:
            list(pool.map(customer, range(len(self.browsers))))
        time.sleep(max(0.0, began + seconds - time.monotonic()))

    def _order(self, number: int, turn: int) -> str:
        browser = self.browsers[number]
        if turn // len(self.browsers) % 2:
            line = self.shoppers[number].lines.pop()
            page = self._until_done(lambda: browser.draft(f"/lines/{line}/suspend/"))
        else:
            page = self._until_done(lambda: browser.draft("/numbering/add/", count="1"))
        return client.uuid_of(self._until_done(lambda: browser.confirm(page)))

    def _until_done(self, send: Callable[[], httpx.Response]) -> httpx.Response:
        """What `send` brings; the same again after an error, if stubborn."""
        end = time.monotonic() + (60 if self.stubborn else 0)
        while True:
            try:
                response = send()
                if response.status_code == 200:
                    return response
                trouble = f"{response.status_code} {response.url}"
            except (httpx.HTTPError, AssertionError) as error:
                trouble = repr(error)[:300]
            if time.monotonic() > end:
                raise AssertionError(trouble)
            time.sleep(0.2)

    def drain(self, *, seconds: float) -> None:
        """Until all that was accepted is done."""
        going = "SELECT count(*) FROM orders_order WHERE state IN ('acknowledged', 'in_progress')"
        self.stack.wait(lambda: self.stack.value(going) == 0, seconds=seconds)

    def drain_mails(self, *, seconds: float) -> None:
        waiting = "SELECT count(*) FROM work_mail WHERE state = 'queued'"
        self.stack.wait(lambda: self.stack.value(waiting) == 0, seconds=seconds)


def lateness(stack: Stack, procedure: str, *, since: int = 0) -> float:
    """Seconds from due to done of the latest order."""
    query = (
        "SELECT max(finished_at - due_at) FROM orders_order WHERE procedure = %s AND id > %s AND state = 'completed'"
    )
    found = stack.value(query, procedure, since)
    return float(found.total_seconds()) if found is not None else 0.0


LOSSES = {
    "orders did not end well": """
        SELECT count(*) FROM orders_order WHERE accepted_at IS NOT NULL AND state <> 'completed'""",
    "additions have not their one number": """
        SELECT count(*) FROM orders_order AS o WHERE procedure = 'numbering.add' AND accepted_at IS NOT NULL
        AND (SELECT count(*) FROM numbering_assignment WHERE order_id = o.id) <> 1""",
    "numbers hang on no order": """
        SELECT count(*) FROM numbering_assignment AS a
        WHERE NOT EXISTS (SELECT FROM orders_order WHERE id = a.order_id AND state = 'completed')""",
    "orders were accepted or completed twice": """
        SELECT count(*) FROM (SELECT FROM accounts_auditevent WHERE action IN ('order.acknowledged', 'order.completed')
        GROUP BY object_id, action HAVING count(*) > 1) AS twice""",
    "suspended lines are not": """
        SELECT count(*) FROM orders_order AS o JOIN lines_line AS l ON l.id = o.subject_id
        WHERE procedure = 'lines.suspend' AND o.state = 'completed' AND l.status <> 'suspended'""",
    "mails were not sent": "SELECT count(*) FROM work_mail WHERE state <> 'sent'",
}


def losses(stack: Stack) -> list[str]:
    """What was lost or done twice, in sentences; nothing when all is well."""
    counted = {what: stack.value(query) for what, query in LOSSES.items()}
    return [f"{count} {what}" for what, count in counted.items() if count] + _mails(stack)


def _mails(stack: Stack) -> list[str]:
    """Every address got each of its orders' mails in exactly one message."""
    got: Counter[tuple[str, str]] = Counter()
    for file in (stack.var / "mail").glob("*.eml"):
        message = message_from_bytes(file.read_bytes(), policy=policy.default)
        body = message.get_body(("plain",))
        for request_id in set(_REQUEST_ID.findall(str(body.get_content()))) if body else ():
            got[str(message["To"]), request_id] += 1
    wanted = stack.sql(
        "SELECT \"to\", item ->> 'request_id', count(*)"
        " FROM work_mail, jsonb_array_elements(context -> 'items') AS item"
        " WHERE template LIKE 'order_%%' GROUP BY 1, 2"
    )
    wrong = [row for row in wanted if got[row[0], row[1]] != row[2]]
    return [f"{len(wrong)} orders were not told as often as they should: {wrong[:3]}"] if wrong else []
