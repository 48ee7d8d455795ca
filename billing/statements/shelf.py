"""What stands ready for a customer, month by month: for the page and for the ZIP of a month."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from billing import availability
from billing.availability import Availability, State
from billing.models import StatementFile
from billing.statements import kinds
from billing.statements.finding import is_dateless
from billing.statements.kinds import Kind
from selfcare.accounts.models import Customer
from selfcare.calendar import add_months


@dataclass(frozen=True)
class Item:
    """One file. Rows and sizes are those of what has been rendered: None before that."""

    kind: Kind
    name: str
    period: date
    availability: Availability
    #: Data rows, without the header.
    rows: int | None = None
    #: Bytes with the header row, by encoding.
    sizes: dict[str, int] | None = None
    #: Characters that CP932 does not have; None until somebody has asked for it.
    replaced: int | None = None

    @property
    def size(self) -> int | None:
        """Of the UTF-8 file."""
        return (self.sizes or {}).get("utf-8")


@dataclass(frozen=True)
class Month:
    month: date
    items: list[Item]


def months(customer: Customer, now: datetime) -> list[Month]:
    """The monthly files, newest month first: those that are there, and those that come next or are late.

    One query for each kind, and one for all stored files.
    """
    found: dict[date, list[tuple[Kind, Availability]]] = {}
    monthly = [kind for kind in kinds.every() if not is_dateless(kind)]
    # The month that comes next for one kind has all kinds: those that come later say from when.
    coming = max((add_months(availability.newest_month(kind, now), 1) for kind in monthly), default=None)
    for kind in monthly:
        final = kind.periods(customer.pk)
        # Before a customer's first closed month nothing is late: nothing will come. Without any the next one may be
        # the first.
        oldest = min(final, default=add_months(availability.newest_month(kind, now), 1))
        for period in _shown(kind, now, coming):
            state = availability.of(kind, period, now, final)
            if period >= oldest and state.state is not State.PAST:
                found.setdefault(period, []).append((kind, state))
    rows = _stored(customer, found)
    return [
        Month(month, [_item(customer, kind, month, state, rows) for kind, state in found[month]])
        for month in sorted(found, reverse=True)
        if any(state.state is not State.EARLY for _kind, state in found[month]) or month == max(found)
    ]


def lists(customer: Customer, now: datetime) -> list[Item]:
    """The files that have one name whatever the day: the newest of each."""
    newest = [
        (kind, final[0], availability.of(kind, final[0], now, final))
        for kind in kinds.every()
        if is_dateless(kind) and (final := kind.periods(customer.pk))
    ]
    rows = _stored(customer, [period for _kind, period, _state in newest])
    return [_item(customer, kind, period, state, rows) for kind, period, state in newest]


def _shown(kind: Kind, now: datetime, coming: date | None) -> list[date]:
    """Months up to the one that comes next, and those that customers reach. Newest first."""
    newest = availability.newest_month(kind, now)
    last = max(coming or newest, add_months(newest, 1))
    ahead = (last.year - newest.year) * 12 + last.month - newest.month
    return [add_months(newest, offset) for offset in range(ahead, -(kind.months_back or availability.MONTHS_BACK), -1)]


Rows = dict[tuple[str, date], list[StatementFile]]


def _stored(customer: Customer, periods: Iterable[date]) -> Rows:
    rows: Rows = {}
    found = StatementFile.objects.filter(customer=customer, period__in=list(periods)).defer(
        "blocks", "stored", "sha256"
    )
    for row in found:
        rows.setdefault((row.kind, row.period), []).append(row)
    return rows


def _item(customer: Customer, kind: Kind, period: date, state: Availability, rows: Rows) -> Item:
    stored = {row.encoding: row for row in rows.get((kind.code, period), ())}
    first = next(iter(stored.values()), None)
    return Item(
        kind=kind,
        name=kind.file_name(customer.partner_id, period),
        period=period,
        availability=state,
        rows=first.rows if first else None,
        sizes={encoding: row.size for encoding, row in stored.items()} if stored else None,
        replaced=stored["cp932"].replaced if "cp932" in stored else None,
    )
