"""What an invoice says: the facts of a closed bill, and nothing that may have changed since.

The six items of a 適格請求書 (消費税法57条の4): the issuer with its registration number, the period of the supplies,
what was supplied (with a mark where the reduced rate holds), the totals and the tax of each rate, and the recipient.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, Sum
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


@dataclass(frozen=True)
class Item:
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
    count = bill.lines.count()
    file = names.lines_file(bill.recipient["partner_id"], bill.month)
    return Invoice(
        bill=bill,
        issuer={"postal_code": "", "address": "", "phone": "", "bank": "", **bill.issuer},
        recipient={"postal_code": "", "address": "", "building": "", **bill.recipient},
        addressee=addressee(bill),
        items=items(bill),
        taxes=taxes(bill),
        history=_history(bill),
        line_count=count,
        refers_to=file if count > LINES_PRINTED else "",
        reissue=reissue,
    )


def addressee(bill: Bill) -> str:
    """A company's name with 御中, a person's with 様; a name that was given as the invoice's recipient has its own."""
    name = bill.recipient["name"]
    if name.endswith((_("御中"), _("様"))):
        return str(name)
    if bill.customer.kind == Customer.Kind.CORPORATE:
        return _("%(name)s 御中") % {"name": name}
    return _("%(name)s 様") % {"name": name}


def rate(line: BillLine | BillTax) -> str:
    """How the rate of a row is called: 10%, 8%（軽減）, or why there is none."""
    if line.tax_class not in TAXED:
        return str(TaxClass(line.tax_class).label)
    percent = f"{line.tax_percent if isinstance(line, BillLine) else line.percent:f}".rstrip("0").rstrip(".")
    return _("%(percent)s%%（軽減）") % {"percent": percent} if _is_reduced(line) else f"{percent}%"


def _is_reduced(line: BillLine | BillTax) -> bool:
    return line.tax_class == TaxClass.REDUCED


def taxes(bill: Bill) -> list[Tax]:
    """The totals of each rate, taxed ones first, higher rates first."""
    rows = sorted(bill.taxes.all(), key=lambda row: (row.tax_class not in TAXED, -row.percent, row.tax_class))
    return [
        Tax(
            label=_("%(rate)s 対象") % {"rate": rate(row)} if row.tax_class in TAXED else rate(row),
            net=row.net,
            tax=row.tax,
            is_taxed=row.tax_class in TAXED,
        )
        for row in rows
    ]


def items(bill: Bill) -> list[Item]:
    """The breakdown: the bill's lines summed up by what they are for, in the order of the kinds of costs."""
    by_words = _summed(bill, "words")
    if len(by_words) <= ITEMS_PRINTED:
        return by_words
    return _summed(bill)


def _summed(bill: Bill, *more: str) -> list[Item]:
    groups = (
        bill.lines.order_by()
        .values("kind", "tax_class", "tax_percent", *more)
        .annotate(lines=Count("pk"), yen=Sum(F("amount")))
    )
    rows = sorted(groups, key=lambda row: (_KIND_ORDER[row["kind"]], row.get("words", ""), row["tax_class"]))
    found = []
    for row in rows:
        line = BillLine(tax_class=row["tax_class"], tax_percent=row["tax_percent"])
        found.append(
            Item(
                words=text.fullwidth_katakana(row.get("words") or CostKind(row["kind"]).label),
                count=row["lines"],
                amount=row["yen"],
                rate=rate(line),
                is_reduced=_is_reduced(line),
            )
        )
    return found


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
    return f"{words} {REDUCED_MARK}" if _is_reduced(row) else words


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
    return chart.draw(rows, slots=MONTHS_DRAWN) if len(rows) > 1 else None
