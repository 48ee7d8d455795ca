"""What a voice statement has: calls by line and kind, paid options, port-out fees, and what flat rates take off."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection

from billing.closing.running import NotClosed, advance, close_bills, close_voice
from billing.kinds import CallKind
from billing.models import Bill, CallRate, ClosingRun, OnceCharge, VoiceCharge
from billing.statements import kinds
from billing.taxes import TaxClass
from selfcare import clock as time
from tests.billing.closing import shop

pytestmark = [pytest.mark.django_db(databases=["default", "owner"]), pytest.mark.usefixtures("shop_open")]

APRIL = date(2027, 4, 1)
NUMBER = "07011110000"


@pytest.fixture
def contract():
    return shop.contract()


def close() -> dict[tuple[str, str], Decimal]:
    """The voice statement of April: yen by number and kind."""
    close_voice(APRIL, time.now())
    return {(row.number, row.kind): row.amount for row in VoiceCharge.objects.all()}


def test_a_line_that_only_has_data_is_in_neither_file(contract):
    """It costs every month, and neither calls nor has a voice option."""
    shop.charge(contract, shop.NUMBER, "07011110009", "2027-01-01")
    shop.charge(contract, shop.NUMBER, NUMBER, "2027-01-01")
    shop.call(contract, NUMBER, "2027-03-10 10:00", "20")
    assert close() == {(NUMBER, "other"): Decimal(20)}
    for code in ("voice", "cdr"):
        asked = kinds.get(code).rows(contract.customer_id, APRIL)
        with connection.cursor() as cursor:
            cursor.execute(asked.sql, dict(asked.params))
            assert [row[0] for row in cursor.fetchall()] == [NUMBER]


def test_calls_are_summed_by_line_and_kind_with_their_decimals_and_taxes(contract):
    for n, (kind, price, tax_class, percent) in enumerate(
        [
            (CallKind.XI, "20", "standard", "10"),
            (CallKind.OTHER, "7.90", "standard", "10"),
            (CallKind.OTHER, "7.90", "standard", "10"),
            (CallKind.SERVICE, "9.35", "standard", "10"),
            (CallKind.SMS, "3.30", "standard", "10"),
            (CallKind.INTERNATIONAL, "45.55", "export", "0"),
            (CallKind.INTERNATIONAL_SMS, "50", "export", "0"),
            (CallKind.ROAMING_IN, "110.15", "outside", "0"),
            (CallKind.ROAMING_SMS, "100", "outside", "0"),
        ]
    ):
        fields = {"kind": kind, "tax_class": tax_class, "tax_percent": Decimal(percent)}
        shop.call(contract, NUMBER, f"2027-03-10 10:{n:02}", price, **fields)
    shop.call(contract, "07011110001", "2027-03-31 23:59", "20")
    shop.call(contract, "07011110002", "2027-03-31 23:59", "0", kind=CallKind.XI)
    shop.call(contract, NUMBER, "2027-04-01 00:00", "999")
    assert close() == {
        (NUMBER, "xi"): Decimal(20),
        (NUMBER, "other"): Decimal("15.80"),
        (NUMBER, "service"): Decimal("9.35"),
        (NUMBER, "sms"): Decimal("3.30"),
        (NUMBER, "international"): Decimal("95.55"),
        (NUMBER, "roaming"): Decimal("210.15"),
        ("07011110001", "other"): Decimal(20),
    }
    taxes = VoiceCharge.objects.values_list("kind", "tax_class", "tax_percent").order_by("kind")
    assert set(taxes.filter(kind__in=["international", "roaming"])) == {
        ("international", "export", Decimal(0)), ("roaming", "outside", Decimal(0)),
    }  # fmt: skip


def test_options_of_the_month_of_the_calls_are_charged_by_line_and_by_their_share(contract):
    shop.charge(contract, shop.OPTION, NUMBER, "2026-04-01")
    shop.charge(contract, shop.FLAT, NUMBER, "2027-03-16")  # 16 of 31 days of 500
    shop.charge(contract, shop.OPTION, "07011110001", "2027-04-01")
    assert close() == {(NUMBER, "option"): Decimal(300 + 258)}


#: Kind, seconds, price; what the flat rate of 5 minutes leaves. A unit is 30 seconds for 20 yen.
FLAT = [
    (CallKind.XI, 300, "200", "0"),
    (CallKind.XI, 301, "220", "20"),
    (CallKind.OTHER, 600, "400", "200"),
    (CallKind.SERVICE, 60, "9.35", "9.35"),
    (CallKind.SMS, 0, "3.30", "3.30"),
]


@pytest.mark.parametrize(("kind", "seconds", "price", "left"), FLAT)
def test_a_flat_rate_takes_off_the_price_of_its_seconds(contract, kind, seconds, price, left):
    shop.charge(contract, shop.FLAT, NUMBER, "2026-04-01")
    shop.call(contract, NUMBER, "2027-03-10 10:00", price, kind=kind, seconds=seconds)
    found = close()
    assert found.pop((NUMBER, "option")) == 500
    assert sum(found.values()) == Decimal(left)


def test_a_flat_rate_holds_on_its_days_only_and_for_its_contract_and_the_longer_one_counts(contract):
    shop.charge(contract, shop.FLAT, NUMBER, "2026-04-01", "2027-03-10")
    shop.charge(contract, shop.UNLIMITED, NUMBER, "2027-03-10", "2027-03-10")
    for day, seconds, price in (("10", 6000, "4000"), ("11", 60, "40")):
        shop.call(contract, NUMBER, f"2027-03-{day} 10:00", price, seconds=seconds)
    shop.call(shop.contract(), NUMBER, "2027-03-09 10:00", "40")
    assert sum(amount for (_number, kind), amount in close().items() if kind == "discount") == -4000


def test_the_price_of_the_covered_seconds_is_that_of_the_rate_with_the_longest_beginning(contract):
    shop.charge(contract, shop.FLAT, NUMBER, "2026-04-01")
    # To 050: 3 minutes for 7.90; 300 seconds are two units, 400 are three.
    shop.call(contract, NUMBER, "2027-03-10 10:00", "23.70", seconds=400, other_number="05011112222")
    assert close()[NUMBER, "discount"] == Decimal("-15.80")


def test_a_long_call_whose_rate_is_gone_stops_the_step_and_leaves_nothing(contract):
    shop.charge(contract, shop.FLAT, NUMBER, "2026-04-01")
    shop.call(contract, NUMBER, "2027-03-10 10:00", "220", seconds=301)
    CallRate.objects.all().delete()
    with pytest.raises(NotClosed, match="no_rate"):
        close()
    assert not VoiceCharge.objects.exists()


def test_port_out_fees_go_through_the_voice_statement_and_no_other_fee_does(contract):
    fee = shop.once(contract, 3000, "2027-03-31", item=shop.PORT_OUT)
    shop.once(contract, 3000, "2027-04-01", item=shop.PORT_OUT)
    shop.once(contract, 2000, "2027-03-31")
    assert close() == {(NUMBER, "port_out"): Decimal(3000)}
    fee.refresh_from_db()
    assert fee.voiced == ClosingRun.objects.get(kind="voice")
    close_bills(APRIL, "month_end", time.now())
    assert shop.lines_of(Bill.objects.get()) == [(NUMBER, "once", 2000), (NUMBER, "voice_taxed", 3000)]
    assert OnceCharge.objects.filter(billed=None, voiced=None).count() == 1


def test_calls_that_come_between_the_steps_are_taken_in_and_after_the_freeze_the_statement_stays(contract):
    shop.call(contract, NUMBER, "2027-03-10 10:00", "20")
    shop.once(contract, 3000, "2027-03-31", item=shop.PORT_OUT)
    run = ClosingRun.objects.create(kind="voice", month=APRIL)
    assert advance(run, now=time.now())
    shop.call(contract, NUMBER, "2027-03-10 11:00", "7.90")
    advance(run, now=time.now())
    run.refresh_from_db()
    assert run.closed_at
    assert run.finished_at
    assert run.steps.get(name="charges").result["records"] == 1
    told = run.steps.get(name="freeze").result
    assert (told["charges"], told["again"], told["records"], told["price"]) == (2, True, 2, "27.90")
    amounts = {row.kind: row.amount for row in VoiceCharge.objects.all()}
    assert amounts == {"other": Decimal("27.90"), "port_out": Decimal(3000)}


def test_a_month_is_not_frozen_before_its_calls_are_over(contract):
    with pytest.raises(NotClosed, match="too_early"):
        close_voice(APRIL, shop.japan("2027-03-31 23:59"))
    close_voice(APRIL, shop.japan("2027-04-01 00:00"))


def test_a_late_call_under_another_tax_rate_has_a_row_of_its_own(contract):
    shop.call(contract, NUMBER, "2027-03-10 10:00", "20")
    shop.call(contract, NUMBER, "2027-03-10 10:01", "20", tax_percent=Decimal(8), tax_class=TaxClass.STANDARD)
    close_voice(APRIL, time.now())
    close_bills(APRIL, "month_end", time.now())
    taxes = Bill.objects.get().taxes.order_by("percent").values_list("percent", "net", "tax")
    assert list(taxes) == [(Decimal(8), 20, 1), (Decimal(10), 20, 2)]
