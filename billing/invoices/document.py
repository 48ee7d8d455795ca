"""What an invoice says: the facts of a closed bill, and nothing that may have changed since.

The six items of a 適格請求書 (消費税法57条の4): the issuer with its registration number, the period of the supplies,
what was supplied (with a mark where the reduced rate holds), the totals and the tax of each rate, and the recipient.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import models
from django.db.models import Count, F
from django.utils.translation import gettext as _

from billing.invoices import chart, names
from billing.kinds import CostKind
from billing.models import Bill, BillLine, BillTax, PaymentTerms
from billing.taxes import TAXED, TaxClass, label
from selfcare import calendar, phones, text
from selfcare.accounts.models import Customer

#: Lines that the statement by line prints; a bill of more refers to the customer's file, and stays a few pages.
LINES_PRINTED = 2_000
#: Rows of the breakdown on the first page; of more different words, kinds are summed up.
ITEMS_PRINTED = 18
#: Of what the reduced rate holds for; a note below the table says so.
REDUCED_MARK = "※"
#: Months of the picture, the invoice's own among them.
MONTHS_DRAWN = 6

_KIND_ORDER = {kind: place for place, kind in enumerate(CostKind.values)}


class Sum(NamedTuple):
    kind: str
    words: str
    tax_class: str
    tax_percent: Decimal
    lines: int
    amount: int


@dataclass(frozen=True)
class Item:
    kind: str
    words: str
    count: int
    amount: int
    rate: str
    is_reduced: bool

    @property
    def marked(self) -> str:
        return f"{self.words} {REDUCED_MARK}" if self.is_reduced else self.words


@dataclass(frozen=True)
class Tax:
    label: str
    net: int
    tax: int
    is_taxed: bool


@dataclass(frozen=True)
class Line:
    """A row of the statement by line; `sum` is that of all rows of its number, said on the last of them."""

    number: str
    words: str
    rate: str
    amount: int
    is_first: bool
    is_last: bool
    sum: int


@dataclass(frozen=True)
class Reissue:
    revision: int
    on: date


@dataclass(frozen=True)
class Invoice:
    bill: Bill
    issuer: dict[str, str]
    recipient: dict[str, str]
    #: The recipient as one writes to it.
    addressee: str
    items: list[Item]
    taxes: list[Tax]
    history: chart.Chart | None
    line_count: int
    #: The file that has the lines; empty where the invoice has them itself.
    refers_to: str
    reissue: Reissue | None

    @property
    def title(self) -> str:
        words = _("%(year)d年%(month)d月分 請求書 %(code)s %(name)s")
        month = self.bill.month
        return words % {
            "year": month.year, "month": month.month, "code": self.bill.code, "name": self.addressee,
        }  # fmt: skip

    @property
    def running(self) -> str:
        """What the head of the following pages says."""
        month = self.bill.month
        words = _("請求書　%(name)s　%(year)d年%(month)d月分") % {
            "year": month.year, "month": month.month, "name": self.addressee,
        }  # fmt: skip
        return _("%(words)s（再発行）") % {"words": words} if self.reissue else words

    @property
    def made_on(self) -> date | None:
        return self.reissue.on if self.reissue else self.bill.issued_on

    @property
    def method(self) -> str:
        return str(PaymentTerms.Method(self.bill.payment_method).label) if self.bill.payment_method else ""

    @property
    def how_to_pay(self) -> str:
        return {
            "": "",
            PaymentTerms.Method.TRANSFER: self.issuer["bank"],
            PaymentTerms.Method.DEBIT: _("お支払期日に、ご登録の口座から振り替えます。"),
            PaymentTerms.Method.CARD: _("ご登録のクレジットカードに請求します。"),
        }[self.bill.payment_method]

    @property
    def has_reduced(self) -> bool:
        return any(item.is_reduced for item in self.items)


def of(bill: Bill, reissue: Reissue | None = None) -> Invoice:
    """The invoice of a bill that is closed. Raises ValueError for one that is not."""
    if bill.number is None or bill.run.closed_at is None:
        raise ValueError(f"Bill {bill.pk} is not closed.")
    found = sums(bill)
    count = sum(row.lines for row in found)
    file = names.lines_file(bill.recipient["partner_id"], bill.month)
    return Invoice(
        bill=bill,
        issuer={"postal_code": "", "address": "", "phone": "", "bank": "", **bill.issuer},
        recipient={"postal_code": "", "address": "", "building": "", **bill.recipient},
        addressee=addressee(bill),
        items=items(found),
        taxes=taxes(bill),
        history=_history(bill),
        line_count=count,
        refers_to=file if count > LINES_PRINTED else "",
        reissue=reissue,
    )


def addressee(bill: Bill) -> str:
    """A company's name with 御中, a person's with 様; a name that was given as the invoice's recipient has its own."""
    name = bill.recipient["name"]
    if name.endswith(("御中", "様")):
        return str(name)
    if bill.customer.kind == Customer.Kind.CORPORATE:
        return _("%(name)s 御中") % {"name": name}
    return _("%(name)s 様") % {"name": name}


def rate(tax_class: str, percent: Decimal) -> str:
    """How the rate of a row is called: 10%, 8%（軽減）, or why there is none."""
    if tax_class not in TAXED:
        return str(TaxClass(tax_class).label)
    figure = f"{percent.normalize():f}"
    return _("%(percent)s%%（軽減）") % {"percent": figure} if tax_class == TaxClass.REDUCED else f"{figure}%"


def taxes(bill: Bill) -> list[Tax]:
    """The totals of each rate, taxed ones first, higher rates first."""
    rows = sorted(bill.taxes.all(), key=lambda row: (row.tax_class not in TAXED, -row.percent, row.tax_class))
    return [
        Tax(
            label=_rate_of(row),
            net=row.net,
            tax=row.tax,
            is_taxed=row.tax_class in TAXED,
        )
        for row in rows
    ]


def _rate_of(row: BillTax) -> str:
    words = rate(row.tax_class, row.percent)
    return _("%(rate)s 対象") % {"rate": words} if row.tax_class in TAXED else words


def sums(bill: Bill) -> list[Sum]:
    """The bill's lines added up by what they are for; of a closed bill this never changes."""
    rows = (
        bill.lines.order_by()
        .values_list("kind", "words", "tax_class", "tax_percent")
        .annotate(counted=Count("pk"), yen=models.Sum(F("amount")))
    )
    return [Sum(*row) for row in rows]


def items(found: Iterable[Sum]) -> list[Item]:
    """The breakdown in the order of the kinds of costs; of too many different words, each kind is one row."""
    rows = list(found)
    if len(rows) > ITEMS_PRINTED:
        rows = _by_kind(rows)
    rows.sort(key=lambda row: (_KIND_ORDER[row.kind], row.words, row.tax_class, row.tax_percent))
    return [
        Item(
            kind=row.kind,
            words=text.fullwidth_katakana(row.words or CostKind(row.kind).label),
            count=row.lines,
            amount=row.amount,
            rate=rate(row.tax_class, row.tax_percent),
            is_reduced=row.tax_class == TaxClass.REDUCED,
        )
        for row in rows
    ]


def _by_kind(rows: Iterable[Sum]) -> list[Sum]:
    kinds: dict[tuple[str, str, Decimal], Sum] = {}
    for row in rows:
        key = (row.kind, row.tax_class, row.tax_percent)
        known = kinds.get(key, row._replace(words="", lines=0, amount=0))
        kinds[key] = known._replace(lines=known.lines + row.lines, amount=known.amount + row.amount)
    return list(kinds.values())


def statement(rows: Iterable[BillLine]) -> Iterator[Line]:
    """The statement by line of rows in the order of their numbers; what belongs to no line comes first."""
    group: list[BillLine] = []
    for row in rows:
        if group and group[0].number != row.number:
            yield from _of_number(group)
            group = []
        group.append(row)
    yield from _of_number(group)


def _of_number(group: list[BillLine]) -> Iterator[Line]:
    group.sort(key=lambda row: (_KIND_ORDER[row.kind], row.pk))
    total = sum(row.amount for row in group)
    for place, row in enumerate(group):
        yield Line(
            number=phones.display(row.number) if row.number else _("（回線なし）"),
            words=_words(row),
            rate=label(row.tax_percent),
            amount=row.amount,
            is_first=place == 0,
            is_last=place == len(group) - 1,
            sum=total,
        )


def _words(row: BillLine) -> str:
    words = text.fullwidth_katakana(row.words)
    if row.days is not None:
        words = _("%(words)s（%(days)d日分）") % {"words": words, "days": row.days}
    return f"{words} {REDUCED_MARK}" if row.tax_class == TaxClass.REDUCED else words


def _history(bill: Bill) -> chart.Chart | None:
    """The bills of this cycle up to this one; a single one is no picture."""
    first = calendar.add_months(bill.month, 1 - MONTHS_DRAWN)
    rows = list(
        Bill.objects.filter(
            customer_id=bill.customer_id, cycle=bill.cycle, month__range=(first, bill.month), number__isnull=False
        )
        .order_by("month")
        .values_list("month", "total")
    )
    return chart.draw([(month, total or 0) for month, total in rows], slots=MONTHS_DRAWN) if len(rows) > 1 else None
