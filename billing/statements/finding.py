"""Which file a name means. Only the asker's own names are compared: anybody else's is as unknown as any other text."""

from dataclasses import dataclass
from datetime import date, datetime

from billing.statements import kinds
from billing.statements.kinds import Kind
from selfcare.accounts.models import Customer
from selfcare.calendar import add_months, today

#: Months around the current one whose names are recognised, so that the page can say from when or until when.
_BEFORE, _AFTER = 24, 2
#: Two days that any name with a day or a month in it tells apart.
_DAYS = (date(2001, 1, 1), date(2002, 2, 2))


@dataclass(frozen=True)
class Found:
    """`period` is None for a daily file of which there is none yet."""

    kind: Kind
    period: date | None


def find(customer: Customer, name: str, now: datetime) -> Found | None:
    """What this name of this customer's means; None for every other text, which asks the database for nothing."""
    this_month = today(now).replace(day=1)
    months = [add_months(this_month, offset) for offset in range(_AFTER, -_BEFORE - 1, -1)]
    for kind in kinds.every():
        if is_dateless(kind):
            if kind.file_name(customer.partner_id, _DAYS[0]) == name:
                return Found(kind, next(iter(kind.periods(customer.pk)), None))
        else:
            for month in months:
                if kind.file_name(customer.partner_id, month) == name:
                    return Found(kind, month)
    return None


def is_dateless(kind: Kind) -> bool:
    """Whether the newest file has the only name: the daily ones."""
    return len({kind.file_name("", day) for day in _DAYS}) == 1
