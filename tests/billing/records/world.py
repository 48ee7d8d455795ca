"""Two lines of one customer with their prices, and rows of files about them."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile

from billing import items
from billing.models import CallRate, RecordFile, RecurringCharge, TaxRate
from billing.records import bringing, checking, files
from selfcare.accounts.models import Contract
from tests import builders
from tests.clock import Clock

PLAN, ITEM = "tests_mobile", "tests.number"
NUMBER, SECOND = "07000000001", "07000000002"
BEGAN = date(2020, 1, 1)
#: kind, prefix, seconds of a unit, price of a unit, tax class
RATES = [
    ("xi", "", 30, "20", "standard"),
    ("other", "", 30, "20", "standard"),
    ("other", "0120", 30, "0", "standard"),
    ("service", "", 30, "20", "standard"),
    ("service", "0570", 60, "9.35", "standard"),
    ("sms", "", 0, "3", "standard"),
    ("international", "", 30, "98", "export"),
    ("international", "0101", 30, "46", "export"),
    ("roaming_in", "", 60, "110", "outside"),
]


def rate(**fields: Any) -> CallRate:
    return CallRate.objects.create(**{"plan": PLAN, "prefix": "", "valid_from": BEGAN, **fields})


def prices() -> None:
    for kind, prefix, seconds, price, tax_class in RATES:
        rate(kind=kind, prefix=prefix, unit_seconds=seconds, unit_price=Decimal(price), tax_class=tax_class)
    TaxRate.objects.create(tax_class="standard", percent=10, valid_from=BEGAN)


def number(number: str, contract: Contract, **fields: Any) -> RecurringCharge:
    return RecurringCharge.objects.create(
        **{
            "customer": contract.customer,
            "contract": contract,
            "item": ITEM,
            "subject": number,
            "started_on": date(2026, 1, 1),
            **fields,
        }
    )


def make() -> Contract:
    """With prices and two numbers; the item must be registered, see `registered`."""
    contract = builders.contract(kind=Contract.Kind.MOBILE, plan=PLAN)
    prices()
    number(NUMBER, contract)
    number(SECOND, contract)
    return contract


@pytest.fixture
def registered(tmp_path: Path, settings: Any) -> Iterator[None]:
    """The item that stands for a number, and a folder for files."""
    options = {**settings.STORAGES["imports"]["OPTIONS"], "location": tmp_path / "imports"}
    settings.STORAGES = {**settings.STORAGES, "imports": {**settings.STORAGES["imports"], "OPTIONS": options}}
    items.register([items.Item(ITEM, "番号", is_number=True)])
    yield
    items._items.pop(ITEM)


@pytest.fixture
def world(registered: None, clock: Clock) -> Contract:
    """It is 20 November 2026, 10:00."""
    return make()


def call(**cells: Any) -> list[Any]:
    """A row of a file of calls: half a minute on 5 November."""
    found = {
        "number": NUMBER,
        "at": "2026-11-05 12:00:00",
        "other": "09000000009",
        "name": "携帯電話",
        "seconds": 30,
        "kind": "other",
        "direction": "発信",
        **cells,
    }
    return list(found.values())


def calls(count: int) -> list[list[Any]]:
    """So many different calls of both numbers, in October and November."""
    return [
        call(
            number=(NUMBER, SECOND)[n % 2],
            at=f"2026-{10 + n % 2}-{n % 19 + 1:02} {n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02}",
            seconds=n % 600,
        )
        for n in range(count)
    ]


def usage(**cells: Any) -> list[Any]:
    return list({"day": "2026-11-18", "number": NUMBER, "bytes": 1_234_567, **cells}.values())


def take(content: bytes, kind: str = "calls", name: str = "calls.csv", actor: Any = None) -> RecordFile:
    return files.take_file(kind=kind, name=name, upload=ContentFile(content, name=name), actor=actor)


def checked(rows: Iterable[Sequence[Any]], kind: str = "calls", **options: Any) -> RecordFile:
    return checking.check(take(bringing.content(kind, rows, **options), kind))


def wrongs(file: RecordFile) -> list[tuple[int, str, str]]:
    return list(file.bad_rows.order_by("line", "column").values_list("line", "column", "reason"))
