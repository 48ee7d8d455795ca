"""The numbers that an order has issued, read from their assignments: passwords are not among it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from numbering.models import Assignment, Kind
from selfcare import phones
from selfcare.orders.models import Order


@dataclass(frozen=True)
class IssuedNumber:
    """`base`: digits of the base number that it hangs on, empty where it hangs on none. `released_on`: the first day
    without it. `is_moved`: the customer had it before, and the order moved it to this base number."""

    digits: str
    kind: str
    base: str
    started_on: date | None
    released_on: date | None
    is_moved: bool = False

    @property
    def kind_label(self) -> str:
        label = str(Kind(self.kind).label)
        return _("%(kind)s（番号の移動）") % {"kind": label} if self.is_moved else label


@dataclass(frozen=True)
class Group:
    """Numbers of one kind under one base number, ascending."""

    kind_label: str
    base: str
    numbers: list[IssuedNumber]


def issued_by(order: Order) -> list[IssuedNumber]:
    """By base number, kind and digits; what the order has only reserved is not issued yet.

    One query, and another one for numbers that the order has moved: their assignments are of earlier orders.
    """
    own = _read(Assignment.objects.filter(order=order))
    moved = set((order.result or {}).get("numbers", [])) - {one.digits for one in own}
    if not moved:
        return own
    # Had and given back before, it has several: the last one is what the order moved.
    theirs = Assignment.objects.filter(
        number__digits__in=moved, customer_id=order.customer_id, dial_in_number__isnull=False
    )
    latest = theirs.order_by("number", "-started_on", "-pk").distinct("number").values("pk")
    both = [*own, *_read(Assignment.objects.filter(pk__in=latest), is_moved=True)]
    return sorted(both, key=lambda one: (one.base, one.kind, one.is_moved, one.digits))


def _read(assignments: QuerySet[Assignment], *, is_moved: bool = False) -> list[IssuedNumber]:
    rows = (
        assignments.exclude(state=Assignment.State.RESERVED)
        .order_by("dial_in_number__base__digits", "number__kind", "digits")
        .values_list("digits", "number__kind", "dial_in_number__base__digits", "started_on", "released_on")
    )
    return [IssuedNumber(digits, kind, base or "", since, until, is_moved) for digits, kind, base, since, until in rows]


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
