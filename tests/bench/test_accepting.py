"""Accepting 5,000 password changes with one confirmation: seconds, statements, beside bare SQL for the same rows."""

import time
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from numbering.models import Assignment, Credential
from numbering.services import password_check
from selfcare import clock as time_of_day
from selfcare.accounts.models import User
from selfcare.orders import procedures
from selfcare.orders.models import Batch, Order
from selfcare.orders.services import batches
from selfcare.orders.states import State
from tests.numbering.sip_password_crowd import crowd

pytestmark = [
    pytest.mark.bench,
    pytest.mark.serial,
    pytest.mark.timeout(900),
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
]

SIZES = (500, 5000)
#: The product writes what was shown in every language, and the texts of the search; the script only copies them.
LIMIT = 6.0

_COPY = """
CREATE TEMP TABLE again ON COMMIT DROP AS
SELECT * FROM orders_order WHERE batch_id = %(batch)s;
UPDATE orders_order SET state = 'draft', due_at = NULL, cancel_until = NULL, accepted_at = NULL, shown = '{}',
    search = ''
WHERE batch_id = %(batch)s;
DELETE FROM orders_orderkey WHERE order_id IN (SELECT id FROM again);
CREATE TEMP TABLE made ON COMMIT DROP AS
SELECT * FROM numbering_credential WHERE order_id IN (SELECT id FROM again);
DELETE FROM numbering_credential WHERE id IN (SELECT id FROM made);
UPDATE numbering_credential SET live = tstzrange(lower(live), NULL) WHERE id IN (SELECT replaces_id FROM made);
"""
_BARE = """
UPDATE orders_order AS o SET state = again.state, due_at = again.due_at, cancel_until = again.cancel_until,
    shown = again.shown, search = again.search, accepted_at = again.accepted_at
FROM again WHERE o.id = again.id;
INSERT INTO orders_orderkey (order_id, key, is_open)
SELECT id, 'numbering.sip_password:' || subject_id, true FROM again;
UPDATE numbering_credential AS c SET live = tstzrange(lower(c.live), again.accepted_at)
FROM again JOIN made ON made.order_id = again.id WHERE c.id = made.replaces_id;
INSERT INTO numbering_credential OVERRIDING SYSTEM VALUE SELECT * FROM made;
INSERT INTO accounts_auditevent (business_at, action, actor_name, customer_id, object_type, object_id, detail,
    request_id)
SELECT accepted_at, 'order.acknowledged', '', customer_id, 'order', id::text, '{"from": "draft"}', '' FROM again;
"""


def draft(owner: User, contract, size: int) -> Batch:
    digits = crowd(contract, "b2bua", size)
    held = list(Assignment.objects.filter(digits__in=digits).select_related("contract"))
    now = time_of_day.now()
    live = dict(Credential.objects.filter(username__in=digits).values_list("username", "pk"))
    wishes = [
        batches.Wish(
            one,
            {"number": one.digits, "at": "", "credential": live[one.digits]},
            {"digests": password_check.digests_of(one, "Neupass2")},
        )
        for one in held
    ]
    procedure = procedures.get("numbering.sip_password")
    return batches.draft(procedure=procedure, wishes=wishes, source="a.csv", now=now, actor=owner)


def place(batch: Batch, owner: User) -> tuple[float, int]:
    """Seconds from the button to the commit, and statements."""
    orders = batches.orders_of(batch)
    now = time_of_day.now()
    batches.problems(orders, now=now, actor=owner)
    shown = batches.seal_shown(batch, batches.offers_of(orders, now=now))
    began = time.perf_counter()
    with CaptureQueriesContext(connection) as queries:
        batches.place(batch_id=batch.pk, shown=shown, session_digest="", actor=owner)
    took = time.perf_counter() - began
    assert Order.objects.filter(batch=batch, state=State.ACKNOWLEDGED).count() == batch.count
    return took, len(queries)


def bare(batch: Batch) -> float:
    """The script's seconds for the same rows, after their acceptance has been taken away again."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_COPY, {"batch": batch.pk})
        began = time.perf_counter()
        cursor.execute(_BARE)
        return time.perf_counter() - began


def test_a_file_of_five_thousand_takes_as_many_statements_as_a_small_one_and_a_few_times_the_script(
    clock, contract, owner
):
    clock.set("2026-11-20 14:00")
    found = {}
    for size in SIZES:
        batch = draft(owner, contract, size)
        found[size] = (*place(batch, owner), bare(batch))
        clock.set(time_of_day.now() + timedelta(minutes=1))
    (_took, few, _bare), (took, many, script) = (found[size] for size in SIZES)
    print(
        f"\nfigure: {SIZES[1]:,} password changes accepted with one confirmation: {took:.2f} s, {many} statements "
        f"(for {SIZES[0]}: {few}), bare script {script:.2f} s, ratio {took / script:.2f}"
    )
    assert many <= few + 8  # rows go in portions
    assert took / script < LIMIT
