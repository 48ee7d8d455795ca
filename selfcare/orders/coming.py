"""What is still to come of a customer's orders: how much on which day, and the list, many of one batch as one entry."""

import heapq
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby, islice
from typing import Any

from django import forms
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from selfcare import calendar, phones
from selfcare.accounts.models import User
from selfcare.orders import procedures
from selfcare.orders.models import Batch, Order
from selfcare.orders.search import containing
from selfcare.paging import COUNT_LIMIT

_EPOCH = datetime(1970, 1, 1, tzinfo=calendar.TOKYO)
_MICROSECOND = timedelta(microseconds=1)
_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)
#: What a page has no use for, and is long.
_UNUSED = ("data", "result", "search", "trouble")

#: Where an entry stands: moment, batches before single orders, the row's id.
Key = tuple[datetime, int, int]


def _kinds() -> list[tuple[str, Any]]:
    return [("", _("すべて")), *procedures.choices()]


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}))


def _storable(day: date) -> date:
    """The ends of the calendar have no day beyond them."""
    return min(max(day, _FIRST_DAY), _LAST_DAY)


class Filters(forms.Form):
    """What narrows it; everything is optional, nonsense is said beside its field and narrows nothing."""

    # Shorter ones are in everything, and no index finds them.
    q = forms.CharField(label=gettext_lazy("電話番号・キーワード"), required=False, min_length=3, max_length=100)
    kind = forms.ChoiceField(label=gettext_lazy("手続き"), required=False, choices=_kinds)
    since = _day(gettext_lazy("反映日（から）"))
    until = _day(gettext_lazy("反映日（まで）"))

    def wanted(self, name: str) -> Any:
        """A cleaned value, or None."""
        self.is_valid()
        return self.cleaned_data.get(name) or None

    def has(self, day: date) -> bool:
        """Whether the day is in the period."""
        return (self.wanted("since") or day) <= day <= (self.wanted("until") or day)

    def within(self, orders: QuerySet[Order]) -> QuerySet[Order]:
        """Those of the period."""
        if since := self.wanted("since"):
            orders = orders.filter(due_at__gte=calendar.midnight(_storable(since)))
        if until := self.wanted("until"):
            orders = orders.filter(due_at__lt=calendar.midnight(_storable(until) + calendar.ONE_DAY))
        return orders

    def narrow(self, orders: QuerySet[Order]) -> QuerySet[Order]:
        """By everything but the period: the calendar shows the days beside it, too."""
        if kind := self.wanted("kind"):
            orders = orders.filter(procedure=kind)
        if text := self.wanted("q"):
            orders = containing(orders, text)
        return orders


@dataclass(frozen=True)
class Entry:
    """An order, or those of one batch on one day: `count` of them from `due` on."""

    due: datetime
    order: Order | None = None
    batch: Batch | None = None
    count: int = 1
    #: What is shown of an order's subject.
    label: str = ""
    #: Whether this user can still undo it, or something of it.
    can_cancel: bool = False


@dataclass(frozen=True)
class Page:
    """`days` are the entries by day, each with how much there is on it in all; cursors as in `selfcare.paging`."""

    days: list[tuple[date, int, list[Entry]]]
    counts: Counter[date]
    count: int
    more: bool
    before: str
    after: str


@dataclass(frozen=True)
class Cell:
    """One day of a calendar, with how many orders take effect on it."""

    date: date
    count: int
    is_today: bool
    is_past: bool


def cells(weeks: Sequence[Sequence[date]], counts: Counter[date], today: date) -> list[list[Cell]]:
    return [[Cell(day, counts[day], day == today, day < today) for day in week] for week in weeks]


def of(user: User, now: datetime) -> QuerySet[Order]:
    """What is to come for the user's customer: `visible_to` without a draft, so that an index alone can count it."""
    if not user.customer_id:
        return Order.objects.none()
    return Order.objects.open().filter(customer_id=user.customer_id, due_at__gt=now)


def page(
    user: User,
    filters: Filters,
    now: datetime,
    *,
    span: tuple[date, date],
    before: str = "",
    after: str = "",
    size: int = 50,
) -> Page:
    """One page of the list, by moment, with the counts of all days of `span` (first, last) and of its own, whatever
    the period. Who searches for a text wants those orders: then none is hidden in a batch.
    """
    by_text = filters.wanted("q") is not None
    all_groups = [] if by_text else _groups(user, filters, now)
    groups = [group for group in all_groups if filters.has(calendar.today(group.due))]
    all_orders = filters.narrow(of(user, now))
    if not by_text:
        all_orders = all_orders.filter(batch=None)
    orders = filters.within(all_orders)
    earlier, later = _key(before), _key(after)
    found = _merged(orders, groups, earlier, later, size + 1)
    rows = found[:size] if earlier is None else found[:size][::-1]
    has_before, has_after = (len(found) > size, True) if earlier else (later is not None, len(found) > size)
    singles = orders.order_by()[: COUNT_LIMIT + 1].count()
    counts = _count_by_day(all_orders, all_groups, [*span, *(calendar.today(entry.due) for entry in rows)])
    return Page(
        days=_by_day(_told(rows, user, now), counts),
        counts=counts,
        count=min(singles, COUNT_LIMIT) + sum(group.count for group in groups),
        more=singles > COUNT_LIMIT,
        before=_cursor(rows[0]) if rows and has_before else "",
        after=_cursor(rows[-1]) if rows and has_after else "",
    )


def _by_day(entries: Iterable[Entry], counts: Counter[date]) -> list[tuple[date, int, list[Entry]]]:
    days = groupby(entries, key=lambda entry: calendar.today(entry.due))
    return [(day, counts[day], list(of_day)) for day, of_day in days]


def _count_by_day(orders: QuerySet[Order], groups: Iterable[Entry], days: Sequence[date]) -> Counter[date]:
    """How many take effect on each day from the first to the last of these."""
    begins, ends = calendar.midnight(min(days)), calendar.midnight(max(days) + calendar.ONE_DAY)
    # By moment, in the index's own order: to make days of them there costs three times as much.
    moments = orders.filter(due_at__gte=begins, due_at__lt=ends).order_by("due_at").values_list("due_at")
    counts: Counter[date] = Counter()
    for due, n in moments.annotate(n=Count("*")):
        counts[calendar.today(due)] += n
    for group in groups:
        counts[calendar.today(group.due)] += group.count
    return counts


def _merged(
    orders: QuerySet[Order], groups: Sequence[Entry], earlier: Key | None, later: Key | None, most: int
) -> list[Entry]:
    """The nearest entries after `later`, or, backwards, before `earlier`."""
    if earlier is not None:
        past = orders.filter(due_at__lte=earlier[0]).filter(Q(due_at__lt=earlier[0]) | Q(pk__lt=_order_id(earlier)))
        singles = past.order_by("-due_at", "-pk")[:most]
        kept = sorted((one for one in groups if _place(one) < earlier), key=_place, reverse=True)
    else:
        singles = orders.order_by("due_at", "pk")
        kept = sorted(groups, key=_place)
        if later is not None:
            singles = singles.filter(due_at__gte=later[0]).filter(Q(due_at__gt=later[0]) | Q(pk__gt=_order_id(later)))
            kept = [one for one in kept if _place(one) > later]
        singles = singles[:most]
    rows = (Entry(order.due_at, order=order) for order in _without_unused(singles) if order.due_at is not None)
    return list(islice(heapq.merge(kept, rows, key=_place, reverse=earlier is not None), most))


def _without_unused(orders: QuerySet[Order]) -> QuerySet[Order]:
    return orders.defer(*_UNUSED).select_related("batch")


def _groups(user: User, filters: Filters, now: datetime) -> list[Entry]:
    """What batches still have to come, by batch and day. Only batches that are not over have anything.

    Asked by batch and moment, which an index alone can count.
    """
    batches = Batch.objects.visible_to(user).filter(accepted_at__isnull=False, finished_at=None)
    if kind := filters.wanted("kind"):
        batches = batches.filter(procedure=kind)
    known = {batch.pk: batch for batch in batches}
    moments = Order.objects.open().filter(batch__in=list(known), due_at__gt=now)
    found: dict[tuple[int, date], tuple[datetime, int]] = {}
    rows = moments.order_by("batch", "due_at").values_list("batch_id", "due_at").annotate(n=Count("*"))
    for batch_id, due, n in rows if known else ():
        day = (batch_id, calendar.today(due))
        first, before = found.get(day, (due, 0))
        found[day] = (first, before + n)
    return [Entry(due, batch=known[batch_id], count=n) for (batch_id, _day), (due, n) in found.items()]


def _told(entries: Iterable[Entry], user: User, now: datetime) -> list[Entry]:
    """With what the page says of each: labels by one query for each procedure, batches by one for all."""
    entries = list(entries)
    by_procedure: dict[str, list[Order]] = {}
    for entry in entries:
        if entry.order is not None:
            by_procedure.setdefault(entry.order.procedure, []).append(entry.order)
    for orders in by_procedure.values():
        procedures.subjects_of(orders)
    open_batches = _can_be_undone([entry.batch.pk for entry in entries if entry.batch is not None], now)
    return [_with_words(entry, user, now, open_batches) for entry in entries]


def _with_words(entry: Entry, user: User, now: datetime, open_batches: set[int]) -> Entry:
    if entry.order is not None:
        order = entry.order
        return Entry(entry.due, order=order, label=_label(order), can_cancel=may_cancel(order, user, now))
    if entry.batch is None:
        return entry
    may = procedures.may_order(entry.batch.handler, user) and entry.batch.pk in open_batches
    return Entry(entry.due, batch=entry.batch, count=entry.count, can_cancel=may)


def _label(order: Order) -> str:
    """As `Order.subject_label`, of what has been read for all: a row that is gone is not asked for again."""
    label = order.subject_label if hasattr(order, "_subject") else ""
    return phones.display(label) if label.isdecimal() else label


def may_cancel(order: Order, user: User, now: datetime) -> bool:
    return procedures.may_order(order.handler, user) and order.can_cancel(now)


def _can_be_undone(batch_ids: Sequence[int], now: datetime) -> set[int]:
    if not batch_ids:
        return set()
    in_time = Order.objects.open().filter(batch=OuterRef("pk"), cancel_until__gt=now)
    return set(Batch.objects.filter(Exists(in_time), pk__in=batch_ids).values_list("pk", flat=True))


def _place(entry: Entry) -> Key:
    row: Any = entry.order or entry.batch
    return (entry.due, int(entry.order is not None), row.pk)


def _order_id(key: Key) -> int:
    """From which id on an order of the key's moment stands behind it: batches stand before all of them."""
    return key[2] if key[1] else 0


def _cursor(entry: Entry) -> str:
    due, rank, pk = _place(entry)
    return f"{(due - _EPOCH) // _MICROSECOND}-{rank}-{pk}"


def _key(cursor: str) -> Key | None:
    """What a cursor says; None for one that is none of ours."""
    parts = cursor.split("-")
    if len(parts) != 3 or not all(part.isascii() and part.isdecimal() and len(part) < 18 for part in parts):
        return None
    microseconds, rank, pk = map(int, parts)
    try:
        return _EPOCH + microseconds * _MICROSECOND, rank, pk
    except OverflowError:
        return None
