"""The numbers that an order has issued, read from their assignments: passwords are not among it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _

from numbering.models import Assignment, Kind
from selfcare import phones
from selfcare.orders.models import Order


@dataclass(frozen=True)
class IssuedNumber:
    """`base`: digits of the base number that it hangs on, empty where it hangs on none. `released_on`: the first day
    without it."""

    digits: str
    kind: str
    base: str
    started_on: date | None
    released_on: date | None

    @property
    def kind_label(self) -> str:
        return str(Kind(self.kind).label)


@dataclass(frozen=True)
class Group:
    """Numbers of one kind under one base number, ascending."""

    kind_label: str
    base: str
    numbers: list[IssuedNumber]


def issued_by(order: Order) -> list[IssuedNumber]:
    """By base number, kind and digits, in one query; what the order has only reserved is not issued yet."""
    rows = (
        Assignment.objects.filter(order=order)
        .exclude(state=Assignment.State.RESERVED)
        .order_by("dial_in_number__base__digits", "number__kind", "digits")
        .values_list("digits", "number__kind", "dial_in_number__base__digits", "started_on", "released_on")
    )
    return [IssuedNumber(digits, kind, base or "", *days) for digits, kind, base, *days in rows]


def grouped(numbers: Iterable[IssuedNumber]) -> list[Group]:
    """As `issued_by` sorts them."""
    groups: Iterator[Any] = groupby(numbers, key=lambda one: (one.kind_label, one.base))
    return [Group(kind, base, list(some)) for (kind, base), some in groups]


def table(numbers: Iterable[IssuedNumber]) -> Iterator[list[str]]:
    """As rows of a file, header first; the base number has a column where there is one."""
    listed = list(numbers)
    has_base = any(one.base for one in listed)
    head = [_("基本契約番号")] if has_base else []
    yield [*head, _("電話番号"), _("電話番号（ハイフンなし）"), _("種類"), _("ご利用開始日"), _("状態")]
    for one in listed:
        state = Assignment.State.RELEASED if one.released_on else Assignment.State.ACTIVE
        yield [
            *([one.base] if has_base else []),
            phones.display(one.digits),
            one.digits,
            one.kind_label,
            one.started_on.isoformat() if one.started_on else "",
            str(state.label),
        ]
