"""A bill worked out by hand, day by day and in fractions: nothing of it is shared with what it is compared to."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from math import trunc

DAY = timedelta(days=1)
FOREIGN = {"international", "roaming_out", "roaming_in"}
FLAT = {"tests.flat": 300, "tests.unlimited": 10**9}


@dataclass
class Charge:
    item: str
    began: date
    ended: date

    def days(self, first: date, last: date) -> list[date]:
        return [day for day in every_day(first, last) if self.began <= day <= self.ended]


@dataclass
class Call:
    day: date
    kind: str
    seconds: int
    unit: int
    price: Fraction

    def cost(self, seconds: int) -> Fraction:
        return self.price * (-(-seconds // self.unit) if self.unit else 1)


@dataclass
class Fee:
    day: date
    item: str
    amount: int
    corrects: date | None = None


@dataclass
class Line:
    number: str
    charges: list[Charge] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    fees: list[Fee] = field(default_factory=list)


def every_day(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += DAY


def month_before(month: date) -> date:
    return (month - DAY).replace(day=1)


def last_of(month: date) -> date:
    return (month + 31 * DAY).replace(day=1) - DAY


def span(month: date, cycle: str) -> tuple[date, date]:
    if cycle == "25":
        return month_before(month).replace(day=26), month.replace(day=25)
    return month, last_of(month)


def price(item: str, day: date) -> int:
    """As the test has entered them: the base fee rises on 10 March 2027."""
    if item == "tests.number":
        return 1000 if day < date(2027, 3, 10) else 1111
    return {
        "tests.by_days": 310,
        "tests.first_free": 200,
        "tests.option": 300,
        "tests.flat": 500,
        "tests.unlimited": 1600,
    }[item]


def due(charge: Charge, first: date, last: date) -> int:
    days = charge.days(first, last)
    if not days:
        return 0
    amount, whole = price(charge.item, days[0]), len(list(every_day(first, last)))
    if len(days) == whole:
        return amount
    if charge.item in {"tests.by_days", "tests.flat"}:
        return amount * len(days) // whole
    return 0 if charge.item == "tests.first_free" and charge.began > first else amount


def discounted(line: Line, call: Call) -> Fraction:
    """What the call costs after the flat rate of its day."""
    free = max((FLAT[c.item] for c in line.charges if c.item in FLAT and c.began <= call.day <= c.ended), default=0)
    whole = call.cost(call.seconds)
    if call.kind not in {"xi", "other"} or not free:
        return whole
    return Fraction(0) if call.seconds <= free else max(whole - call.cost(free), Fraction(0))


def voice(line: Line, month: date, first_month: date) -> tuple[Fraction, Fraction]:
    """With tax, without tax: of the month of use, and port-out fees that no earlier statement has."""
    first = month_before(month)
    last = last_of(first)
    taxed = untaxed = Fraction(0)
    for call in line.calls:
        if first <= call.day <= last:
            if call.kind in FOREIGN:
                untaxed += call.cost(call.seconds)
            else:
                taxed += discounted(line, call)
    options = {"tests.option", "tests.flat", "tests.unlimited"}
    taxed += sum(due(charge, first, last) for charge in line.charges if charge.item in options)
    since = date.min if month == first_month else first
    taxed += sum(fee.amount for fee in line.fees if fee.item == "tests.port_out" and since <= fee.day <= last)
    return taxed, untaxed


def bill(
    lines: list[Line], month: date, cycle: str, first_month: date, before: list[Line]
) -> tuple[dict[str, int], int] | None:
    """Yen by kind and the tax, of one customer's lines of one cycle; None without anything to pay.

    `before` are his lines of the cycles before this one: the decimals of their calls run on in this bill.
    """
    first, last = span(month, cycle)
    since = date.min if month == first_month else first
    kinds: dict[str, int] = defaultdict(int)
    taxed = untaxed = Fraction(0)
    count = 0
    for line in lines:
        fees = [due(charge, first, last) for charge in line.charges if charge.item in MONTHLY]
        count += sum(fee != 0 for fee in fees)
        kinds["base"] += sum(fees)
        if any(charge.item == "tests.number" and charge.began <= last <= charge.ended for charge in line.charges):
            kinds["universal"] += 2
            kinds["relay"] += 1
        for fee in line.fees:
            if since <= fee.day <= last and fee.item != "tests.port_out":
                kinds["correction" if fee.corrects else "once"] += fee.amount
                count += 1
        more, free = voice(line, month, first_month)
        taxed, untaxed = taxed + more, untaxed + free
    others = [voice(line, month, first_month) for line in before]
    for kind, own, other in (
        ("voice_taxed", taxed, sum((one for one, _ in others), Fraction(0))),
        ("voice_untaxed", untaxed, sum((one for _, one in others), Fraction(0))),
    ):
        kinds[kind] = trunc(other + own) - trunc(other)
    if not count and not any(kinds.values()):
        return None
    net = sum(amount for kind, amount in kinds.items() if kind != "voice_untaxed")
    return {kind: amount for kind, amount in kinds.items() if amount}, trunc(Fraction(net, 10))


MONTHLY = {"tests.number", "tests.by_days", "tests.first_free"}
