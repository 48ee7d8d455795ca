"""Loading a checked file: one transaction that prices and adds all of it, or none."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from billing.models import RecordFile
from billing.records import checking, files, partitions, pricing
from billing.records.files import Refused
from selfcare import calendar
from selfcare.accounts import audit
from selfcare.accounts.models import User

State = RecordFile.State


class Changed(Exception):
    """What loading would add is not what the check has found: staged lines, prices or months differ."""


# In the order of the primary key, so that its index grows at one place.
_CALLS = """
WITH {ctes}, priced AS NOT MATERIALIZED ({sql})
INSERT INTO billing_callrecord (
    billed_month, customer_id, contract_id, number, started_at, other_number, other_name, seconds, kind, direction,
    price, tax_class, tax_percent, file_id
)
SELECT m.billed, p.customer_id, p.contract_id, p.number, p.started AT TIME ZONE 'Asia/Tokyo', p.other_number,
    p.other_name, p.seconds, p.kind, p.direction, p.price, p.tax_class, p.tax_percent, %(file)s
FROM priced AS p
JOIN unnest(%(months)s::date[], %(billed)s::date[]) AS m (month, billed) ON m.month = date_trunc('month', p.day)::date
WHERE p.price IS NOT NULL AND p.tax_percent IS NOT NULL
ORDER BY p.customer_id, p.number, p.started
"""
_USAGE = """
WITH {ctes}, priced AS NOT MATERIALIZED ({sql})
INSERT INTO billing_datausage (used_on, number, customer_id, contract_id, bytes, file_id)
SELECT p.used_on, p.number, p.customer_id, p.contract_id, p.bytes, %(file)s
FROM priced AS p WHERE p.holder IS NOT NULL
ORDER BY p.used_on
"""
_PRICE = "SELECT sum(price) FROM billing_callrecord WHERE billed_month = ANY(%s) AND file_id = %s"


def approve(*, file: RecordFile, actor: User) -> None:
    """Ask for the load, which is done in the background. Raises Refused where anything is wrong with the file."""
    with transaction.atomic():
        row = _locked(file)
        if row.state != State.CHECKED:
            raise Refused(_told(row))
        _refuse_bad(row)
        row.state = State.APPROVED
        row.save(update_fields=["state"])
        audit.record(action="records.approved", obj=row, detail=files.facts(row), actor=actor)
        files.ask(row, "billing.load_records", actor)


def load(*, file: RecordFile, actor: User | None) -> RecordFile:
    """Add the rows of a file without a bad line; it is loaded once, whoever comes for it.

    Where the check holds no more (prices or charges changed, a month closed, the staged lines are gone with a crash),
    nothing is loaded and the file waits for a new check and approval. Raises Refused.
    """
    try:
        with transaction.atomic():
            row = _locked(file)
            if row.state not in (State.CHECKED, State.APPROVED):
                raise Refused(_told(row))
            _refuse_bad(row)
            months = _add(row)
            detail = {**files.facts(row), "months": months}
            audit.record(action="records.loaded", obj=row, detail=detail, actor=actor)
            files.close(row, State.LOADED, actor)
        return row
    except Changed:
        pass
    return _check_again(file)


def _check_again(file: RecordFile) -> RecordFile:
    with transaction.atomic():
        row = _locked(file)
        if row.state in (State.CHECKED, State.APPROVED):
            row.state = State.UPLOADED
            row.save(update_fields=["state"])
            files.ask(row, "billing.check_records")
    return row


def _locked(file: RecordFile) -> RecordFile:
    """Who comes second waits here, and then finds it done."""
    return RecordFile.objects.select_for_update().get(pk=file.pk)


def _told(row: RecordFile) -> str:
    return _("このファイルは「%(state)s」のため、取り込めません。") % {"state": row.get_state_display()}


def _refuse_bad(row: RecordFile) -> None:
    if row.bad or not row.rows:
        raise Refused(_("誤りのある行があるため、取り込めません。直したファイルを登録してください。"))


def _add(row: RecordFile) -> list[str]:
    """Returns the months that the rows went to. Raises Changed."""
    months = sorted({date.fromisoformat(entry["month"]) for entry in row.summary["months"]})
    days = (months[0], calendar.end_of_month(months[-1]))
    staged = checking.table(row)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [staged])
        if cursor.fetchone() != (True,):
            raise Changed
        cursor.execute("SET LOCAL work_mem = '256MB'")
    if row.kind == RecordFile.Kind.USAGE:
        partitions.make(row.kind, months)
        priced = pricing.usage(staged, *days)
        _insert(row, _USAGE.format(ctes=priced.ctes, sql=priced.sql), priced.params)
        return [month.isoformat() for month in months]
    opened = partitions.hold_open(partitions.billed_month(month) for month in months)
    billed = [opened[partitions.billed_month(month)] for month in months]
    shown = {date.fromisoformat(entry["month"]): entry["billed"] for entry in row.summary["months"]}
    if [month.isoformat() for month in billed] != [shown[month] for month in months]:
        raise Changed
    partitions.make(row.kind, billed)
    priced = pricing.calls(staged, *days)
    _insert(row, _CALLS.format(ctes=priced.ctes, sql=priced.sql), {**priced.params, "months": months, "billed": billed})
    _compare(row, billed)
    return [month.isoformat() for month in sorted(set(billed))]


def _insert(row: RecordFile, statement: str, params: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        try:
            cursor.execute(statement, {**params, "file": row.pk})
        except IntegrityError as error:
            # Another file with some of these records was loaded after the check.
            raise Changed from error
        if cursor.rowcount != row.rows:
            raise Changed


def _compare(row: RecordFile, billed: list[date]) -> None:
    """What the operator has seen is what is loaded."""
    with connection.cursor() as cursor:
        cursor.execute(_PRICE, [billed, row.pk])
        (price,) = cursor.fetchone()
    if price != sum(Decimal(entry["price"]) for entry in row.summary["months"]):
        raise Changed
