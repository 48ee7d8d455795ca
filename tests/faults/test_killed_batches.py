"""kill -9 of the worker that accepts a confirmed batch: each order is accepted once, within a minute, by others."""

import pytest

from tests.faults import seed
from tests.faults.help import ENTRY, MARKS, Portal, dying, states
from tests.scale import FULL, scaled

pytestmark = MARKS

#: Several chunks.
ORDERS = scaled(1200, 5000)
WITHIN = 60.0
#: One pool process after the other is killed by itself, and at last the whole worker, between two chunks.
DEATHS = ["kill-alone:accept.reserved kill-alone:accept.moved kill:batch.committed"]
if FULL:
    DEATHS += ["kill:accept.reserved", "kill:accept.moved"]


def kill(portal: Portal, faults: str) -> tuple[int, list[int]]:
    """A batch that has been confirmed while a worker dies as `faults` says, and has ended."""
    stack = portal.stack
    # It only rings: what takes over from a worker that is slow to come back would leave nobody to be killed.
    stack.start("dispatch", entry=ENTRY, env={"FAULTS": "patience:20"}, ready=False)
    with dying(stack, faults):
        batch, ids = seed.confirmed_batch(stack, portal.shopper, ORDERS)
    stack.wait(lambda: stack.value("SELECT finished_at IS NOT NULL FROM orders_batch WHERE id = %s", batch), seconds=90)
    return batch, ids


@pytest.mark.parametrize("faults", DEATHS)
def test_a_batch_whose_worker_is_killed_is_accepted_once_within_a_minute(portal: Portal, faults: str) -> None:
    batch, ids = kill(portal, faults)
    stack = portal.stack
    took = (
        "SELECT max(at) - min(at) FROM accounts_auditevent WHERE action = 'order.acknowledged' AND object_id = ANY(%s)"
    )
    seconds = stack.value(took, [str(pk) for pk in ids]).total_seconds()
    print(f"\nfigure: {faults}: a batch of {ORDERS} accepted once each, {seconds:.1f} s from the first to the last")
    assert states(stack, ids) == {"completed": ORDERS}
    assert portal.times_done(ids) == {1: ORDERS}
    assert seconds < WITHIN
    told = "SELECT count(*) FROM accounts_auditevent WHERE action = 'order.acknowledged' AND object_id = ANY(%s)"
    assert stack.value(told, [str(pk) for pk in ids]) == ORDERS
    assert stack.value("SELECT count(*) FROM orders_batchrefusal WHERE batch_id = %s", batch) == 0
    mails = "SELECT count(*) FROM work_mail WHERE template = %s AND context->>'url' LIKE %s GROUP BY \"to\""
    url = f"%{stack.value('SELECT uuid FROM orders_batch WHERE id = %s', batch)}%"
    for template in ("batch_accepted", "batch_finished"):
        assert {count for (count,) in stack.sql(mails, template, url)} == {1}


def test_what_a_chunk_reserves_outside_of_its_transaction_is_reserved_again_after_a_kill(portal: Portal) -> None:
    """The negative control: what one transaction for a chunk is good for."""
    _batch, ids = kill(portal, "kill:accept.moved early-reserve")
    print(f"\nfigure: without the common transaction: times reserved {dict(portal.times_done(ids))}")
    assert portal.times_done(ids)[2] > 0
