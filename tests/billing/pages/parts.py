"""Closed months for the pages, written as rows: what the closing makes of real charges is its own tests' matter."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import count

from billing.kinds import CostKind, VoiceKind
from billing.models import Bill, BillLine, BillTax, ClosingRun, InvoiceFile, VoiceCharge
from billing.taxes import TaxClass
from selfcare import clock
from selfcare.accounts.models import Contract
from selfcare.calendar import add_months, end_of_month

_numbers = count(700_001)
Line = tuple[str, str, int]
STANDARD = Decimal(10)


def statements(contract: Contract) -> Contract:
    """The contract with statements among its functions."""
    contract.functions = [*contract.functions, "billing.statements"]
    contract.save(update_fields=["functions"])
    return contract


def close_bills(month: date, lines: Mapping[Contract, Sequence[Line]], cycle: str = "month_end") -> list[Bill]:
    """Bills of these contracts, from (kind, number, yen without tax), and their month closed."""
    run = ClosingRun.objects.create(kind=ClosingRun.Kind.BILLS, month=month, cycle=cycle)
    bills = [_bill(run, contract, rows) for contract, rows in lines.items()]
    _close(run)
    return bills


def _bill(run: ClosingRun, contract: Contract, rows: Sequence[Line]) -> Bill:
    net = sum(amount for _kind, _number, amount in rows)
    tax = net // 10
    bill = Bill.objects.create(
        run=run,
        customer=contract.customer,
        month=run.month,
        cycle=run.cycle,
        number=next(_numbers),
        first_day=run.month,
        last_day=end_of_month(run.month),
        issued_on=add_months(run.month, 1).replace(day=5),
        due_on=end_of_month(add_months(run.month, 1)),
        payment_method="transfer",
        issuer={"name": "みなも通信株式会社", "registration_number": "T1234567890123"},
        recipient={"name": contract.customer.name, "partner_id": contract.customer.partner_id},
        net=net,
        tax=tax,
        total=net + tax,
    )
    BillLine.objects.bulk_create(
        BillLine(
            bill=bill, customer=contract.customer, contract=contract, number=number, kind=kind, item="tests.item",
            words=CostKind(kind).label, amount=amount, tax_class=TaxClass.STANDARD, tax_percent=STANDARD,
        )
        for kind, number, amount in rows
    )  # fmt: skip
    BillTax.objects.create(bill=bill, percent=STANDARD, tax_class=TaxClass.STANDARD, net=net, tax=tax)
    return bill


def close_voice(month: date, charges: Mapping[Contract, Sequence[tuple[str, str]]]) -> None:
    """Voice statements from (number, yen), and their month closed."""
    run = ClosingRun.objects.create(kind=ClosingRun.Kind.VOICE, month=month)
    VoiceCharge.objects.bulk_create(
        VoiceCharge(
            run=run, customer=contract.customer, contract=contract, month=month, number=number, kind=VoiceKind.XI,
            amount=Decimal(amount), tax_class=TaxClass.STANDARD, tax_percent=STANDARD,
        )
        for contract, rows in charges.items()
        for number, amount in rows
    )  # fmt: skip
    _close(run)


def _close(run: ClosingRun) -> None:
    """Last of all: a closed run takes nothing any more."""
    ClosingRun.objects.filter(pk=run.pk).update(closed_at=clock.real_now())


def invoice_file(bill: Bill) -> InvoiceFile:
    """The row of a PDF that is made; the file itself is another tests' matter."""
    token = f"{bill.pk:032x}"
    return InvoiceFile.objects.create(
        bill=bill, stored=f"invoices/{token[:2]}/{token}.pdf", sha256="0" * 64, size=123_456, pages=3
    )


SOME: list[Line] = [
    (CostKind.BASE, "07000000001", 1000),
    (CostKind.UNIVERSAL, "07000000001", 2),
    (CostKind.VOICE_TAXED, "07000000001", 500),
]
