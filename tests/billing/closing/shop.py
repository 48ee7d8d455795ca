"""A carrier with few things to sell, made up for the tests of closing: its items, prices and customers."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, connections

from billing import items
from billing.items import Item, Statement
from billing.kinds import CallKind
from billing.models import Bill, CallRate, CallRecord, Issuer, OnceCharge, RecurringCharge, Tariff, TaxRate
from billing.taxes import TaxClass
from selfcare.accounts.models import Contract
from selfcare.calendar import TOKYO
from tests import builders

NUMBER, BY_DAYS, FIRST_FREE = "tests.number", "tests.by_days", "tests.first_free"
OPTION, FLAT, UNLIMITED, PORT_OUT, FEE = (
    "tests.option", "tests.flat", "tests.unlimited", "tests.port_out", "tests.fee",
)  # fmt: skip
ITEMS = [
    Item(NUMBER, "基本料", is_number=True),
    Item(BY_DAYS, "日割りの機能"),
    Item(FIRST_FREE, "初月無料の機能"),
    Item(OPTION, "留守番", Statement.OPTION),
    Item(FLAT, "5分かけ放題", Statement.OPTION, free_seconds=300),
    Item(UNLIMITED, "かけ放題", Statement.OPTION, free_seconds=items.UNLIMITED),
    Item(PORT_OUT, "MNP転出手数料", Statement.PORT_OUT),
    Item(FEE, "SIM再発行手数料"),
]
PRICES = {NUMBER: 1000, BY_DAYS: 310, FIRST_FREE: 200, OPTION: 300, FLAT: 500, UNLIMITED: 1600}
SHARES = {BY_DAYS: "days", FIRST_FREE: "first_free", FLAT: "days"}
FEES = {items.UNIVERSAL_SERVICE: 2, items.RELAY_SERVICE: 1}
BEGAN = date(2020, 4, 1)
PLAN = "tests_plan"
RATES: list[tuple[str, str, int, str, str]] = [
    (CallKind.XI, "", 30, "20", TaxClass.STANDARD),
    (CallKind.OTHER, "", 30, "20", TaxClass.STANDARD),
    (CallKind.OTHER, "050", 180, "7.90", TaxClass.STANDARD),
    (CallKind.SERVICE, "", 60, "9.35", TaxClass.STANDARD),
    (CallKind.SMS, "", 0, "3.30", TaxClass.STANDARD),
    (CallKind.INTERNATIONAL, "", 30, "45.55", TaxClass.EXPORT),
    (CallKind.ROAMING_OUT, "", 60, "175.25", TaxClass.OUTSIDE),
    (CallKind.ROAMING_IN, "", 60, "110.15", TaxClass.OUTSIDE),
]


def open_shop() -> None:
    """Items are registered for the process, as by an app; prices and taxes are rows."""
    items.register(ITEMS)
    Tariff.objects.bulk_create(
        Tariff(plan=plan, item=item, amount=amount, share=SHARES.get(item, "full"), valid_from=BEGAN)
        for plan, prices in ((PLAN, PRICES), ("", FEES))
        for item, amount in prices.items()
    )
    CallRate.objects.bulk_create(
        CallRate(
            plan=PLAN, kind=kind, prefix=prefix, unit_seconds=seconds, unit_price=price, tax_class=tax_class,
            valid_from=BEGAN,
        )
        for kind, prefix, seconds, price, tax_class in RATES
    )  # fmt: skip
    TaxRate.objects.bulk_create(
        TaxRate(tax_class=tax_class, percent=percent, valid_from=BEGAN)
        for tax_class, percent in ((TaxClass.STANDARD, 10), (TaxClass.REDUCED, 8))
    )
    issuer()


def issuer(**fields: Any) -> Issuer:
    return Issuer.objects.create(
        **{
            "name": "架空通信株式会社",
            "registration_number": "T7000012050002",
            "postal_code": "100-0000",
            "address": "東京都みなも区",
            "phone": "0120000000",
            "bank": "架空銀行",
            "valid_from": BEGAN,
            **fields,
        }
    )


def contract(**fields: Any) -> Contract:
    return builders.contract(**{"kind": Contract.Kind.MOBILE, "plan": PLAN, **fields})


def charge(to: Contract, item: str, subject: str, started: str, ended: str | None = None) -> RecurringCharge:
    return RecurringCharge.objects.create(
        customer_id=to.customer_id, contract=to, item=item, subject=subject, started_on=date.fromisoformat(started),
        ended_on=date.fromisoformat(ended) if ended else None,
    )  # fmt: skip


def once(to: Contract, amount: int, on: str, **fields: Any) -> OnceCharge:
    return OnceCharge.objects.create(
        **{
            "customer_id": to.customer_id,
            "contract": to,
            "item": FEE,
            "words": "SIM再発行手数料",
            "subject": "07011110000",
            "charged_on": date.fromisoformat(on),
            "amount": amount,
            "cause": f"tests:{OnceCharge.objects.count()}",
            **fields,
        }
    )


def partition(month: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT billing_make_partition('calls', %s)", [month])


def call(to: Contract, number: str, at: str, price: str, **fields: Any) -> CallRecord:
    """A call of `price` yen, billed in the month after it."""
    moment = datetime.fromisoformat(at).replace(tzinfo=TOKYO)
    month = date(moment.year + moment.month // 12, moment.month % 12 + 1, 1)
    made = CallRecord(
        **{
            "billed_month": month,
            "customer_id": to.customer_id,
            "contract": to,
            "number": number,
            "started_at": moment,
            "other_number": "0312345678",
            "seconds": 60,
            "kind": CallKind.OTHER,
            "direction": "out",
            "price": Decimal(price),
            "tax_class": TaxClass.STANDARD,
            "tax_percent": Decimal(10),
            "file_id": 1,
            **fields,
        }
    )
    partition(made.billed_month)
    CallRecord.objects.bulk_create([made])
    return made


def lines_of(bill: Bill) -> list[tuple[str, str, int]]:
    """Number, kind and yen of each line, in the bill's order."""
    return list(bill.lines.order_by("number", "kind", "item", "pk").values_list("number", "kind", "amount"))


@contextmanager
def as_owner_without(table: str, *triggers: str) -> Iterator[Any]:
    """The owner's cursor while these triggers of the table are off."""
    with connections["owner"].cursor() as cursor:
        for trigger in triggers:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
        try:
            yield cursor
        finally:
            for trigger in triggers:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")


def japan(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=TOKYO)
