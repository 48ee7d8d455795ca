"""A bill of thousands of lines costs its page no query more, and a list of many bills the operators none."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.invoices import files
from tests import builders
from tests.billing.invoices import closed
from tests.selfcare.staff.people import inside, operator_of

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def asked(client, path: str) -> tuple[int, list[str]]:
    """The second time, when what is kept per process is there."""
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries), [query["sql"][:200] for query in queries]


@pytest.mark.parametrize("query", ["", "?q=0000001", "?kind=base"])
def test_the_page_of_a_bill(as_user, owner, billed, clock, query):
    small = closed.bill(billed, closed.rows_of(3))
    files.original(small)
    client = as_user(owner)
    before, _queries = asked(client, f"/billing/202609/{query}")
    closed.bill(billed, closed.rows_of(1000), month=small.month.replace(month=10))
    after, queries = asked(client, f"/billing/202610/{query}")
    # What does not fit on one page is counted as well.
    assert before <= after <= before + 1, queries
    # One of them for the menu, which counts what waits for approval.
    assert after <= 15, queries


def test_the_operators_list(billed):
    client = inside(operator_of("billing"))
    run = closed.run_of()
    for _ in range(2):
        closed.bill_in(run, builders.contract(), [])
    before, _queries = asked(client, "/admin/billing/bill/")
    for _ in range(40):
        closed.bill_in(run, builders.contract(), [])
    after, queries = asked(client, "/admin/billing/bill/")
    assert before == after, queries


def test_the_lines_of_a_page_come_from_the_index(as_user, owner, billed):
    """Deep in a long bill the page reads its own rows, none of those before."""
    bill = closed.bill(billed, closed.rows_of(2500))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE billing_billline")
    page = as_user(owner).get("/billing/202609/", {"after": '["07000002000","base","0"]'}).context["page"]
    assert page.rows[0].number == "07000002000"
    with CaptureQueriesContext(connection) as queries:
        as_user(owner).get("/billing/202609/", {"after": '["07000002000","base","0"]'})
    sql = next(query["sql"] for query in queries if "ROW(" in query["sql"] and "ORDER BY" in query["sql"])
    with connection.cursor() as cursor:
        # Of a table this small the planner may well read everything and sort it; a large one gives it no choice.
        cursor.execute("SET LOCAL enable_bitmapscan = off; SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
        plan = cursor.fetchone()[0][0]["Plan"]
    assert "bill_line_of_bill" in str(plan)
    assert _read(plan) < 500, plan
    assert bill.lines.count() == 10_000


def _read(plan: dict) -> int:
    """Rows that were looked at below this node, thrown away ones included."""
    own = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
    return int(max([own, *(_read(child) for child in plan.get("Plans", []))]))
