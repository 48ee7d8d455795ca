"""What the database does for the searches of a big customer: no table is read from end to end.

Every statement of the page is explained with the rows in place, once for a customer who has all of them and once
beside one who has them: the plan has to be good for both.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from selfcare.accounts.models import User
from tests import builders
from tests.hostile import crowd
from tests.people import log_in, person
from tests.scale import scaled

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])

ROWS = scaled(20_000, 100_000)
BIG = ("orders_order", "lines_line", "numbering_assignment", "numbering_number", "accounts_auditevent")
#: Page and what it must not read whole. `{}` is a number somewhere in the middle.
SEARCHES = {
    "history by text": "/orders/?q=070{}",
    "history by part of a number": "/orders/?q={}",
    "history by request id": "/orders/?q=R{}",
    "history by state": "/orders/?state=held",
    "history by a word of a procedure": "/orders/?state=numbering.dial_in_by_date:arranged",
    "history, a page deep inside": "/orders/?after={}",
    "what is to come": "/orders/coming/",
    "what is to come, by text": "/orders/coming/?q=070{}",
    "what is to come, a page deep inside": "/orders/coming/?after=1767225600000000-1-{}",
    "lines by number": "/lines/?q=070{}",
    "lines by part of a number": "/lines/?q={}",
    "lines by SIM serial": "/lines/?q=DN00000{}",
    "lines, a page deep inside": "/lines/?after=070{}",
    "numbers by number": "/numbering/?q=050{}",
    "numbers, a page deep inside": "/numbering/?after=050{}",
    "global search": "/search/?q={}",
    "audit trail": "/account/audit/",
    "audit trail of a kind": "/account/audit/?kind=login",
    "audit trail of nobody": "/account/audit/?person=system&since=2026-11-01",
    "audit trail, a page deep inside": "/account/audit/?after={}",
}


@pytest.fixture
def crowded(clock: Any) -> tuple[User, User]:
    """The owner of everything, and one of a customer with few rows beside them.

    A company has a hundred thousand lines, but of numbers at most some hundreds: the others hold most of them.
    """
    big, small = builders.contract(name="大口"), builders.contract(name="小口")
    owners = (
        person("big_owner", customer=big.customer, role="owner"),
        person("small_owner", customer=small.customer, role="owner"),
    )
    crowd.lines(big, ROWS)
    crowd.orders(owners[0], big, ROWS, open_every=100)
    crowd.numbers(big, ROWS // 20)
    crowd.numbers(builders.contract(), ROWS, ROWS // 20)
    crowd.trail(owners[0], big, ROWS // 5)
    crowd.trail(owners[1], small, 10)
    crowd.lines(small, 50, ROWS)
    crowd.orders(owners[1], small, 50, ROWS)
    crowd.numbers(small, 50, ROWS * 2)
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE {', '.join(BIG)}")
    return owners


def plans(user: User, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every SELECT of the page with its plan."""
    client = log_in(user)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    for query in queries:
        if query["sql"].startswith("SELECT"):
            yield query["sql"], explained(query["sql"])


def explained(sql: str) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
        (plan,) = cursor.fetchone()
    whole: list[dict[str, Any]] = json.loads(plan) if isinstance(plan, str) else plan
    return dict(whole[0]["Plan"])


def read_whole(plan: dict[str, Any]) -> list[str]:
    """The big tables that a plan reads from end to end for the sake of few rows.

    Counting what a customer has who has nearly everything is no search: nothing is faster than reading it.
    """
    scan = plan["Node Type"] == "Seq Scan" and plan["Relation Name"] in BIG and plan["Plan Rows"] < ROWS / 5
    own = [plan["Relation Name"]] if scan else []
    return own + [table for part in plan.get("Plans", []) for table in read_whole(part)]


def test_no_search_reads_a_big_table_from_end_to_end(crowded):
    middle = str(ROWS // 2).zfill(8)
    found, asked = [], 0
    for user in crowded:
        for name, path in SEARCHES.items():
            for sql, plan in plans(user, path.format(middle)):
                asked += 1
                found += [f"{user} {name}: {table}: {sql[-400:]}" for table in read_whole(plan)]
    print(f"figure: {asked} statements of {len(SEARCHES)} searches explained with {ROWS} rows each, {len(found)} scans")
    assert found == []
    assert asked > len(SEARCHES) * 2
    # The control: what no index serves is seen.
    assert read_whole(explained("SELECT 1 FROM orders_order WHERE md5(search) = 'x'")) == ["orders_order"]
