"""Work beside the downloads: rendering what has been published before anybody asks, erasing what is kept no longer."""

import logging
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from billing import availability
from billing.models import StatementFile
from billing.statements import encodings, kinds, store
from billing.statements.finding import is_dateless
from billing.statements.kinds import Kind
from billing.statements.rendering import NotFinal, Wanted, render
from selfcare import clock
from selfcare.accounts import audit
from selfcare.accounts.models import Contract
from selfcare.calendar import add_months, today
from selfcare.work.models import Job

logger = logging.getLogger(__name__)

FUNCTION = "billing.statements"
#: Customers whose files are looked up at once.
_CHUNK = 500
#: A file gets its row within seconds, or never: the process that wrote it has died.
_WITHOUT_ROW = timedelta(days=1)
#: Daily files of which only the newest can be had.
_DAILY_KEPT = timedelta(days=7)
#: What this module names its files; invoices lie beside them.
_OURS = re.compile(r"[0-9a-f]{2}/[0-9a-f]{32}", re.ASCII)
#: Sentences of one report; the rest is counted.
_TOLD = 20


def publish(_row: Job) -> dict[str, Any]:
    """The UTF-8 files of the newest periods, for all customers, so that pages tell sizes and downloads have a length.

    What is stored already, or is not closed yet, is passed over: safe to repeat and to be killed anywhere.
    """
    now = clock.now()
    rendered = failed = 0
    for kind in kinds.every():
        for customers in _customers():
            for customer_id, period in _missing(kind, customers, now):
                try:
                    render(Wanted(kind, customer_id, period, encodings.UTF_8))
                    rendered += 1
                except NotFinal:
                    continue
                except Exception:
                    # The others' files do not wait for this one; its customer's download says what is wrong.
                    logger.exception("A statement could not be rendered ahead.", extra={"statement": kind.code})
                    failed += 1
    return {"rendered": rendered, "failed": failed}


def _customers() -> Iterator[list[int]]:
    """Those whose contracts have statements, in chunks."""
    last = 0
    while True:
        found = Contract.objects.with_function(FUNCTION).filter(customer__gt=last).order_by("customer")
        chunk = list(found.values_list("customer", flat=True).distinct()[:_CHUNK])
        if not chunk:
            return
        yield chunk
        last = chunk[-1]


def _missing(kind: Kind, customers: list[int], now: datetime) -> Iterator[tuple[int, date]]:
    """What of the newest periods, the one before its day included, is final and not stored."""
    newest = availability.newest_month(kind, now)
    shown = [add_months(newest, 1), newest]
    rows = StatementFile.objects.filter(kind=kind.code, encoding=encodings.UTF_8, customer__in=customers)
    stored = set(rows.filter(period__gte=min(newest, today(now) - _DAILY_KEPT)).values_list("customer", "period"))
    for customer in customers:
        if not is_dateless(kind) and all((customer, period) in stored for period in shown):
            continue
        final = kind.periods(customer)
        for period in final[:1] if is_dateless(kind) else [period for period in shown if period in final]:
            if (customer, period) not in stored:
                yield customer, period


def sweep(_row: Job) -> dict[str, Any]:
    """The daily job."""
    return {"erased": erase(clock.now()), "without_row": delete_without_row()}


def erase(now: datetime) -> int:
    """Files that are kept no longer, row and content; returns how many. Call history goes with its records, daily
    lists after some days; bills stay."""
    erased = 0
    for kind in kinds.every():
        before = _kept_from(kind, now)
        if before is None:
            continue
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT * FROM billing_erase_statements(%s, %s)", [kind.code, before])
            names = [name for (name,) in cursor.fetchall()]
            if names:
                detail = {"kind": kind.code, "before": before.isoformat(), "files": len(names)}
                audit.record(action="statements.erased", detail=detail)
        store.delete(*names)
        erased += len(names)
    return erased


def _kept_from(kind: Kind, now: datetime) -> date | None:
    """The oldest period whose files are kept."""
    if is_dateless(kind):
        return today(now) - _DAILY_KEPT
    if kind.code != "cdr":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT billing_oldest_month()")
        (month,) = cursor.fetchone()
    return month  # type: ignore[no-any-return]


def delete_without_row() -> int:
    """Files whose rendering did not get as far as its row; returns how many."""
    names = [name for name in store.files_before(clock.real_now() - _WITHOUT_ROW) if _OURS.fullmatch(name)]
    deleted = 0
    for at in range(0, len(names), _CHUNK):
        chunk = set(names[at : at + _CHUNK])
        orphans = chunk.difference(StatementFile.objects.filter(stored__in=chunk).values_list("stored", flat=True))
        store.delete(*orphans)
        deleted += len(orphans)
    return deleted


def lost(_now: datetime) -> list[str]:
    """Sentences about files that are missing or have another size: the next download makes a missing one anew while
    its rows are there, the others are to be brought back from the backup."""
    told: list[str] = []
    more = 0
    for row in StatementFile.objects.order_by("pk").iterator(chunk_size=500):
        size, expected = store.size(row.stored), row.blocks[-1] if row.blocks else 0
        if size == expected:
            continue
        state = "is missing" if size is None else f"has {size} bytes instead of {expected}"
        if len(told) < _TOLD:
            told.append(f"The file {row.stored} of statement {row.pk} ({row}) {state}.")
        else:
            more += 1
    return [*told, f"The files of {more} more statements are missing or have another size."] if more else told
