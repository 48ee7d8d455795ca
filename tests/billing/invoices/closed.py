"""Closed bills for tests, written as the closing writes them, with its taxes: once for each rate, rounded down."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from billing.kinds import CostKind
from billing.models import Bill, BillLine, BillTax, ClosingRun
from billing.taxes import TaxClass
from selfcare import calendar, clock, money
from selfcare.accounts.models import Contract, Customer

_numbers = count(1)
MONTH = date(2026, 9, 1)
#: 国税庁's own corporate number, with its check digit.
ISSUER = {
    "name": "架空テレコム株式会社",
    "registration_number": "T7000012050002",
    "postal_code": "100-0001",
    "address": "東京都千代田区架空1-2-3 架空ビル10階",
    "phone": "0120000000",
    "bank": "架空銀行 本店 普通 1234567\nカクウテレコム（カ",
}
#: number, kind, words, amount; then class and per cent of the tax, and days.
Row = tuple[Any, ...]


def base(number: str, amount: int, words: str = "音声プラン 3GB", days: int | None = None) -> Row:
    return (number, CostKind.BASE, words, amount, TaxClass.STANDARD, 10, days)


def line(number: str, kind: CostKind, words: str, amount: int, tax: TaxClass = TaxClass.STANDARD) -> Row:
    percent = {TaxClass.STANDARD: 10, TaxClass.REDUCED: 8}.get(tax, 0)
    return (number, kind, words, amount, tax, percent, None)


def rows_of(numbers: int) -> list[Row]:
    """Four rows of each of so many telephone numbers."""
    rows = []
    for place in range(numbers):
        number = f"070{place:08}"
        rows += [
            base(number, 980 + place % 7 * 100),
            line(number, CostKind.UNIVERSAL, CostKind.UNIVERSAL.label, 2),
            line(number, CostKind.RELAY, CostKind.RELAY.label, 1),
            line(number, CostKind.VOICE_TAXED, CostKind.VOICE_TAXED.label, 37 * place % 5000),
        ]
    return rows


def run_of(month: date = MONTH, cycle: str = "month_end") -> ClosingRun:
    return ClosingRun.objects.create(kind=ClosingRun.Kind.BILLS, month=month, cycle=cycle)


def bill_in(run: ClosingRun, contract: Contract, rows: Sequence[Row], **fields: Any) -> Bill:
    """A numbered bill of a run that is still open."""
    sums: dict[tuple[str, Decimal], int] = {}
    for row in rows:
        key = (row[4], Decimal(row[5]))
        sums[key] = sums.get(key, 0) + row[3]
    taxes = {key: money.whole_yen(net * key[1] / 100, money.Round.DOWN) for key, net in sums.items()}
    net, tax = sum(sums.values()), sum(taxes.values())
    end = calendar.end_of_month(run.month)
    bill = Bill.objects.create(
        **{
            "run": run,
            "customer": contract.customer,
            "month": run.month,
            "cycle": run.cycle,
            "number": next(_numbers),
            "first_day": run.month,
            "last_day": end,
            "issued_on": calendar.add_months(run.month, 1).replace(day=5),
            "due_on": calendar.end_of_month(calendar.add_months(run.month, 1)),
            "payment_method": "transfer",
            "issuer": ISSUER,
            "recipient": recipient(contract.customer),
            "net": net,
            "tax": tax,
            "total": net + tax,
            **fields,
        }
    )
    _rows(bill, contract, rows)
    BillTax.objects.bulk_create(
        BillTax(bill=bill, tax_class=tax_class, percent=percent, net=sums[tax_class, percent], tax=amount)
        for (tax_class, percent), amount in taxes.items()
    )
    return bill


def recipient(customer: Customer) -> dict[str, str]:
    names = ("name", "postal_code", "address", "building", "partner_id")
    return {name: getattr(customer, name) for name in names}


def _rows(bill: Bill, contract: Contract, rows: Sequence[Row]) -> None:
    BillLine.objects.bulk_create(
        BillLine(
            bill=bill,
            customer=contract.customer,
            contract=contract,
            number=number,
            kind=kind,
            words=words,
            amount=amount,
            tax_class=tax_class,
            tax_percent=percent,
            days=days,
        )
        for number, kind, words, amount, tax_class, percent, days in rows
    )


def close(run: ClosingRun) -> None:
    """Last of all: nothing of the run can be written any more."""
    ClosingRun.objects.filter(pk=run.pk).update(closed_at=clock.now())


def bill(
    contract: Contract, rows: Sequence[Row], *, month: date = MONTH, cycle: str = "month_end", **fields: Any
) -> Bill:
    """One closed bill in a run of its own."""
    run = run_of(month, cycle)
    made = bill_in(run, contract, rows, **fields)
    close(run)
    return Bill.objects.select_related("run", "customer").get(pk=made.pk)
