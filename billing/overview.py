"""What the page of bills and statements lists: each month with its bills and files, and the lists beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from django.core.cache import cache
from django.db import connection
from django.utils import dateformat
from django.utils.translation import gettext as _

from billing import availability, figures
from billing.availability import Availability, State
from billing.invoices import names
from billing.models import Bill, InvoiceFile
from billing.statements import shelf
from billing.statements.kinds import Kind, Query
from selfcare import calendar
from selfcare.accounts.models import Customer, User

#: Seconds for which the rows of a file, which never change, are kept in the process.
_KEPT = 24 * 60 * 60


@dataclass(frozen=True)
class Invoice:
    """A bill, and its PDF where it is made. `cycle` is the day on which it closes; empty for the calendar month's."""

    bill: Bill
    cycle: str
    name: str
    file: InvoiceFile | None


@dataclass(frozen=True)
class File:
    """A file as the page has it. `covers` is its month or day in words; rows, size and the number of characters that
    Shift-JIS has replaced are None where nobody has counted them yet.
    """

    title: str
    name: str
    covers: str
    state: State
    since: date
    rows: int | None
    size: int | None
    replaced: int | None

    @property
    def rows_text(self) -> str:
        return f"{self.rows or 0:,}"


@dataclass(frozen=True)
class Row:
    """One billed month. `files` has a place for each of the page's kinds; None: nothing of the kind was ever made."""

    month: date
    bill: Availability
    invoices: list[Invoice]
    files: list[tuple[Kind, File | None]]
    has_zip: bool

    @property
    def code(self) -> str:
        return f"{self.month:%Y%m}"

    @property
    def total(self) -> int:
        return sum(invoice.bill.total or 0 for invoice in self.invoices)


@dataclass(frozen=True)
class Overview:
    kinds: list[Kind]
    rows: list[Row]
    lists: list[File]

    @property
    def replaced(self) -> int:
        """Characters that Shift-JIS has replaced in all files of the page."""
        files = [file for row in self.rows for _kind, file in row.files if file]
        return sum(file.replaced or 0 for file in files)


def of(user: User, billed: Sequence[figures.MonthlyBills], now: datetime) -> Overview:
    """`billed` is what figures.billed found for the same user and moment."""
    customer = cast(Customer, user.customer)
    months = shelf.months(customer, now)
    monthly = [item for month in months for item in month.items]
    lists = [*shelf.lists(customer, now), *(item for item in monthly if not _is_statement(item.kind))]
    counted = _counted(customer, [*monthly, *lists])
    statements = {
        month.month: files
        for month in months
        if (files := {item.kind.code: _file(item, counted) for item in month.items if _is_statement(item.kind)})
    }
    found = {item.kind.code: item.kind for item in monthly if _is_statement(item.kind)}
    kinds = sorted(found.values(), key=lambda kind: (kind.order, kind.code))
    invoices = _invoices(customer, billed)
    rows = [
        Row(
            month=month,
            bill=_bill(month, now, month in invoices, files.get("invoice")),
            invoices=invoices.get(month, []),
            files=[(kind, files.get(kind.code) or _past(customer, kind, month, now)) for kind in kinds],
            has_zip=any(file.state is State.READY for file in files.values()),
        )
        for month, files in statements.items()
    ]
    return Overview(kinds, rows, [_file(item, counted) for item in sorted(lists, key=lambda item: item.kind.order)])


def _is_statement(kind: Kind) -> bool:
    """Statements come in the encoding that the customer chooses, lists in one."""
    return len(kind.encodings) > 1


Counts = dict[tuple[str, date], int]


def _counted(customer: Customer, items: Sequence[shelf.Item]) -> Counts:
    """Rows of files that nobody has fetched yet: of a closed month they never change, and are counted once a day."""
    ready = [item for item in items if item.availability.is_ready and item.rows is None]
    keys = {f"billing.rows:{customer.pk}:{item.kind.code}:{item.period}": item for item in ready}
    found: dict[str, int] = cache.get_many(keys)
    missing = {key: _count(item.kind.count(customer.pk, item.period)) for key, item in keys.items() if key not in found}
    cache.set_many(missing, _KEPT)
    return {(item.kind.code, item.period): (found | missing)[key] for key, item in keys.items()}


def _count(query: Query) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query.sql, query.params)
        (count,) = cursor.fetchone()
    return int(count)


def _file(item: shelf.Item, counted: Counts) -> File:
    of_months = item.kind.months_back is not None
    return File(
        title=str(item.kind.title),
        name=item.name,
        covers=dateformat.format(item.period, _("Y年n月") if of_months else _("Y年n月j日(D)")),
        state=item.availability.state,
        since=item.availability.since,
        rows=counted.get((item.kind.code, item.period)) if item.rows is None else item.rows,
        size=item.size,
        replaced=item.replaced,
    )


def _past(customer: Customer, kind: Kind, month: date, now: datetime) -> File | None:
    """A file that customers have no longer; None where there never was any."""
    state = availability.of(kind, month, now, [])
    if state.state is not State.PAST:
        return None
    return _file(shelf.Item(kind, kind.file_name(customer.partner_id, month), month, state), {})


def _invoices(customer: Customer, months: Sequence[figures.MonthlyBills]) -> dict[date, list[Invoice]]:
    bills = [bill.pk for month in months for bill in month.bills]
    files = {file.bill_id: file for file in InvoiceFile.objects.filter(bill__in=bills, revision=0)}
    return {
        month.month: [
            Invoice(
                bill=bill,
                cycle="" if bill.cycle == names.MONTH_END else bill.cycle,
                name=names.pdf_file(customer.partner_id, bill.month, bill.cycle),
                file=files.get(bill.pk),
            )
            for bill in month.bills
        ]
        for month in months
    }


def _bill(month: date, now: datetime, is_there: bool, statement: File | None) -> Availability:
    """Of the bill itself and its invoice: as of the files. Without a bill a closed month has an empty statement."""
    since = availability.bill_from(month)
    if since > calendar.today(now):
        return Availability(State.EARLY, since)
    if month < calendar.add_months(figures.newest_month(now), 1 - availability.MONTHS_BACK):
        return Availability(State.PAST, since)
    if is_there:
        return Availability(State.READY, since)
    is_closed = statement is not None and statement.state is State.READY
    return Availability(State.NONE if is_closed else State.LATE, since)
