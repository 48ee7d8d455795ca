"""Months that nobody has thought of: customers, lines, changes, calls, options and corrections, made up by chance.

Every bill is what a calculator comes to that shares nothing with the closing, and the reconciliation finds 0 yen.
"""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from billing import reconcile
from billing.closing.running import advance_due
from billing.models import Bill, BillLine, CallRecord, OnceCharge, RecurringCharge, Tariff, VoiceCharge
from selfcare import clock as business
from selfcare.accounts.models import Contract
from selfcare.calendar import TOKYO, add_months
from tests.billing.closing import calculator, shop
from tests.scale import FULL, scaled

pytestmark = [pytest.mark.django_db(databases=["default", "owner"]), pytest.mark.usefixtures("shop_open")]

FIRST = date(2027, 1, 1)
MONTHS = [add_months(FIRST, n) for n in range(4)]
FOREVER = date(9999, 1, 1)
DAYS = 125

_charge = st.tuples(
    st.sampled_from(list(shop.PRICES)), st.integers(-40, DAYS), st.one_of(st.none(), st.integers(0, 90))
)
_call = st.tuples(st.integers(0, 85), st.sampled_from(shop.RATES), st.integers(1, 1500))
_fee = st.tuples(st.integers(0, DAYS), st.sampled_from([shop.FEE, shop.PORT_OUT]), st.integers(1, 5000))
_correction = st.tuples(st.integers(0, DAYS), st.integers(-4000, 4000).filter(bool))
_line = st.fixed_dictionaries(
    {
        "charges": st.lists(_charge, max_size=5, unique_by=lambda one: one[0]),
        "calls": st.lists(_call, max_size=8),
        "fees": st.lists(_fee, max_size=2),
        "corrections": st.lists(_correction, max_size=2),
    }
)
_contract = st.tuples(st.sampled_from(["month_end", "25"]), st.lists(_line, min_size=1, max_size=3))
_customers = st.lists(st.lists(_contract, min_size=1, max_size=2), min_size=1, max_size=3)
World = dict[tuple[int, str], list[calculator.Line]]


class _Undone(Exception):
    pass


def _day(offset: int) -> date:
    return FIRST + timedelta(days=offset)


def _made(customers: list[Any]) -> World:
    """The rows in the database, and the same for the calculator by customer and cycle."""
    world: World = {}
    for n, contracts in enumerate(customers):
        # One that bills always, so that the first month is the first month.
        first = shop.contract()
        shop.charge(first, shop.NUMBER, f"0702{n:07}", "2027-01-01")
        steady = calculator.Line(f"0702{n:07}", [calculator.Charge(shop.NUMBER, FIRST, FOREVER)])
        world[first.customer_id, "month_end"] = [steady]
        for m, (cycle, lines) in enumerate(contracts):
            contract = shop.contract(customer=first.customer, billing_cycle=cycle)
            for k, line in enumerate(lines):
                made = _line_of(contract, f"0701{n:03}{m:02}{k:02}", line)
                world.setdefault((first.customer_id, cycle), []).append(made)
    return world


def _line_of(contract: Contract, number: str, drawn: dict[str, Any]) -> calculator.Line:
    made = calculator.Line(number)
    whose = {"customer_id": contract.customer_id, "contract_id": contract.pk}
    for item, began, length in drawn["charges"]:
        started, ended = _day(began), _day(began + length) if length is not None else None
        RecurringCharge.objects.create(**whose, item=item, subject=number, started_on=started, ended_on=ended)
        made.charges.append(calculator.Charge(item, started, ended or FOREVER))
    calls = []
    for n, (offset, (kind, prefix, unit, price, tax_class), seconds) in enumerate(drawn["calls"]):
        call = calculator.Call(_day(offset), str(kind), seconds, unit, Fraction(price))
        made.calls.append(call)
        calls.append(
            CallRecord(
                **whose, billed_month=add_months(_day(offset).replace(day=1), 1), number=number, seconds=seconds,
                started_at=datetime.combine(_day(offset), time(23, n), tzinfo=TOKYO), kind=kind, direction="out",
                other_number=prefix or "0312345678", price=Decimal(str(float(call.cost(seconds)))), file_id=1,
                tax_class=tax_class, tax_percent=10 if tax_class == "standard" else 0,
            )
        )  # fmt: skip
    CallRecord.objects.bulk_create(calls)
    for n, (offset, item, amount) in enumerate(drawn["fees"]):
        fee = {"item": item, "words": "費用", "cause": f"{number}/{n}", "subject": number}
        OnceCharge.objects.create(**whose, **fee, charged_on=_day(offset), amount=amount)
        made.fees.append(calculator.Fee(_day(offset), item, amount))
    for n, (offset, amount) in enumerate(drawn["corrections"]):
        fee = {"item": "correction", "words": "訂正", "cause": f"{number}/{n}", "subject": number, "reason": "誤り"}
        OnceCharge.objects.create(**whose, **fee, charged_on=_day(offset), amount=amount, corrects=FIRST)
        made.fees.append(calculator.Fee(_day(offset), "correction", amount, corrects=FIRST))
    return made


def _billed() -> dict[tuple[int, str, date], tuple[dict[str, int], int]]:
    found = {}
    for bill in Bill.objects.prefetch_related("lines"):
        kinds: dict[str, int] = {}
        for line in bill.lines.all():
            kinds[line.kind] = kinds.get(line.kind, 0) + line.amount
        assert bill.total == sum(kinds.values()) + (bill.tax or 0)
        found[bill.customer_id, bill.cycle, bill.month] = ({k: v for k, v in kinds.items() if v}, bill.tax or 0)
    return found


def _require_files_to_add_up(bills: set[tuple[int, str, date]]) -> None:
    """A customer's voice statement, and the voice charges of all his bills of that month."""
    for customer, month in {(customer, month) for customer, _cycle, month in bills}:
        for foreign, kind in ((False, "voice_taxed"), (True, "voice_untaxed")):
            charges = VoiceCharge.objects.filter(customer=customer, month=month)
            charges = charges.exclude(tax_class="standard") if foreign else charges.filter(tax_class="standard")
            billed = BillLine.objects.filter(bill__customer=customer, bill__month=month, kind=kind)
            exact = sum(charges.values_list("amount", flat=True), Decimal(0))
            assert sum(billed.values_list("amount", flat=True)) == int(exact), (customer, month, kind)


@pytest.fixture
def _prices(shop_open, clock):
    """The base fee rises in the middle of a month."""
    Tariff.objects.filter(item=shop.NUMBER).update(valid_until=date(2027, 3, 9))
    Tariff.objects.create(plan=shop.PLAN, item=shop.NUMBER, amount=1111, valid_from=date(2027, 3, 10))
    clock.set("2027-05-05 10:00")
    for month in (add_months(FIRST, n) for n in range(5)):
        shop.partition(month)


@pytest.mark.usefixtures("_prices")
@settings(
    max_examples=scaled(12, 400), deadline=None, derandomize=True,
    # Shrinking what has failed takes longer than a test may; the full scale has the time.
    phases=tuple(Phase) if FULL else (Phase.generate,),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@given(customers=_customers)
def test_every_generated_bill_is_what_a_calculator_comes_to_and_everything_adds_up(customers):
    with pytest.raises(_Undone), transaction.atomic():
        world = _made(customers)
        advance_due(business.now())
        wanted = {}
        for (customer, cycle), lines in world.items():
            # A cycle's first month is that of its first charge; what came once before is on its bill.
            months = sorted(Bill.objects.filter(cycle=cycle).values_list("run__month", flat=True).distinct())
            for month in months:
                before = world.get((customer, "25"), []) if cycle == "month_end" else []
                first = MONTHS[0] if cycle == "month_end" else months[0]
                bill = calculator.bill(lines, month, cycle, first, before)
                if bill is not None:
                    wanted[customer, cycle, month] = bill
        assert len(wanted) >= len(MONTHS) * len(customers)
        assert _billed() == wanted
        _require_files_to_add_up(set(wanted))
        assert reconcile.check(business.now()) == []
        raise _Undone
