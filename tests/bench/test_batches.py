"""A file of 10,000 lines: seconds to its preview, to the answer of its one confirmation, and to the last acceptance.

The acceptance stands beside bare SQL that makes the same rows in the same tables.
"""

import time
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from lines.models import Line
from selfcare import clock as time_of_day
from selfcare.accounts.models import Contract, User
from selfcare.orders import procedures
from selfcare.orders.models import Batch
from selfcare.orders.services import batches, bulk, taking
from selfcare.orders.states import State
from tests import builders

pytestmark = [
    pytest.mark.bench,
    pytest.mark.serial,
    pytest.mark.timeout(900),
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
]

SIZES = (1000, 10_000)
BAD = 7
#: Seconds: a file of 5,000 rows from its first row to its confirm page, and the answer to the confirmation of 10,000.
PREVIEW, ANSWER = 3.0, 2.0
#: Of the script's time: the product writes what was shown in every language, and the texts of the search.
LIMIT = 5.0

_COPY = """
CREATE TEMP TABLE again ON COMMIT DROP AS
SELECT * FROM orders_order WHERE batch_id = %(batch)s AND state = 'acknowledged';
UPDATE orders_order SET state = 'draft', due_at = NULL, cancel_until = NULL, accepted_at = NULL, shown = '{}',
    search = ''
WHERE id IN (SELECT id FROM again);
DELETE FROM orders_orderkey WHERE order_id IN (SELECT id FROM again);
UPDATE lines_line SET open_changes = '{}' WHERE id IN (SELECT subject_id FROM again);
"""
_BARE = """
UPDATE orders_order AS o SET state = again.state, due_at = again.due_at, cancel_until = again.cancel_until,
    shown = again.shown, search = again.search, accepted_at = again.accepted_at
FROM again WHERE o.id = again.id;
INSERT INTO orders_orderkey (order_id, key, is_open) SELECT id, 'lines.status:' || subject_id, true FROM again;
UPDATE lines_line SET open_changes = array_append(open_changes, 'status')
WHERE id IN (SELECT subject_id FROM again);
INSERT INTO accounts_auditevent (business_at, action, actor_name, customer_id, object_type, object_id, detail,
    request_id)
SELECT accepted_at, 'order.acknowledged', '', customer_id, 'order', id::text, '{"from": "draft"}', '' FROM again;
"""


@pytest.fixture
def mobile(owner: User, clock: Any) -> Contract:
    clock.set("2026-11-20 14:00")
    return builders.contract(customer=owner.customer, kind=Contract.Kind.MOBILE, functions=["lines.status"])


def lines(contract: Contract, count: int) -> list[Line]:
    """So many in use, but for BAD that are suspended already."""
    first = Line.objects.count()
    return Line.objects.bulk_create(
        [
            Line(
                customer=contract.customer, contract=contract, number=f"0801{first + n:07}",
                sim_serial=f"DN{first + n:013}", carrier="docomo", sim_kind="voice", sim_size="nano",
                status="suspended" if n < BAD else "active",
            )
            for n in range(count)
        ],
        batch_size=2000,
    )  # fmt: skip


def preview(browser: Any, owner: User, contract: Contract, size: int) -> tuple[Batch, str, float]:
    """The draft, what its page showed, and the seconds from rows of a file to that page."""
    made = lines(contract, size)
    procedure, now = procedures.get("lines.suspend"), time_of_day.now()
    began = time.perf_counter()
    wishes, refused = bulk.read(procedure, [(line, {}) for line in made], now=now, actor=owner)
    batch = batches.draft(procedure=procedure, wishes=wishes, refused=refused, source="lines.csv", now=now, actor=owner)
    page = browser.get(f"/orders/batches/{batch.uuid}/confirm/")
    took = time.perf_counter() - began
    assert page.context["sentence"].startswith(f"{size:,}件のうち{size - BAD:,}件")
    return batch, page.context["shown"], took


def accept(batch: Batch) -> tuple[float, int]:
    """Seconds of one worker from the confirmation to the end of the acceptance, and its statements."""
    began = time.perf_counter()
    with CaptureQueriesContext(connection) as queries:
        while taking.run():
            pass
    took = time.perf_counter() - began
    assert batch.orders.filter(state=State.ACKNOWLEDGED).count() == batch.count - BAD
    assert batch.refusals.count() == BAD
    return took, len(queries)


def bare(batch: Batch) -> float:
    """The script's seconds for the same rows, after their acceptance has been taken away again."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_COPY, {"batch": batch.pk})
        began = time.perf_counter()
        cursor.execute(_BARE)
        return time.perf_counter() - began


def test_a_file_of_five_thousand_is_previewed_in_seconds(owner, mobile, as_user):
    *_batch, took = preview(as_user(owner), owner, mobile, 5000)
    print(f"\nfigure: 5,000 lines of a file, {BAD} of them bad, from rows to the confirm page: {took:.2f} s")
    assert took < PREVIEW


def test_ten_thousand_are_confirmed_in_a_moment_and_accepted_in_a_few_times_the_script(owner, mobile, as_user):
    browser = as_user(owner)
    found = {}
    for size in SIZES:
        batch, shown, _took = preview(browser, owner, mobile, size)
        began = time.perf_counter()
        answer = browser.post(f"/orders/batches/{batch.uuid}/confirm/", {"shown": shown})
        answered = time.perf_counter() - began
        assert answer["Location"] == batch.get_absolute_url()
        began = time.perf_counter()
        assert browser.get(batch.get_absolute_url()).status_code == 200
        page = time.perf_counter() - began
        found[size] = (answered, page, *accept(batch), bare(batch))
    (_answered, _page, _took, few, _script), (answered, page, took, many, script) = (found[size] for size in SIZES)
    print(
        f"\nfigure: {SIZES[1]:,} lines confirmed: answer after {answered:.2f} s, its page {page:.2f} s, all accepted "
        f"by one worker after {took:.1f} s in {many} statements (of {SIZES[0]:,}: {few}), bare script {script:.2f} s, "
        f"ratio {took / script:.2f}"
    )
    assert answered < ANSWER
    # The same number of statements for each chunk.
    assert many / few < SIZES[1] / SIZES[0] * 1.1
    assert took / script < LIMIT
