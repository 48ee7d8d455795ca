"""Which runs are due on which day, in which order they close, and what stops them."""

from datetime import date

import pytest

from billing import items
from billing.closing import running, trouble
from billing.closing.running import NotClosed, advance_due, close_bills, close_voice, due_runs
from billing.models import Bill, BillLine, ClosingRun, ClosingStep, Issuer, OnceCharge, Tariff, TaxRate, VoiceCharge
from selfcare import clock as time
from selfcare.accounts.models import AuditEvent
from tests.billing.closing import shop

pytestmark = [pytest.mark.django_db(databases=["default", "owner"]), pytest.mark.usefixtures("shop_open")]

MARCH, APRIL = date(2027, 3, 1), date(2027, 4, 1)
NUMBER = "07011110000"


def due(day: str) -> list[tuple[str, str, str]]:
    return [(one.kind, f"{one.month:%m}", one.cycle) for one in due_runs(date.fromisoformat(day))]


def test_runs_are_due_on_their_days_from_the_first_month_with_charges():
    assert due("2027-05-11") == []
    shop.charge(shop.contract(), shop.NUMBER, NUMBER, "2027-03-15")
    shop.charge(shop.contract(billing_cycle="25"), shop.NUMBER, "05011110000", "2027-03-26")
    assert due("2027-03-24") == []
    assert due("2027-03-25") == due("2027-04-04") == [("voice", "03", "")]
    assert due("2027-04-05") == [("voice", "03", ""), ("bills", "03", "month_end")]
    assert due("2027-05-05") == [
        ("voice", "03", ""),
        ("bills", "03", "month_end"),
        ("voice", "04", ""),
        ("bills", "04", "25"),
        ("bills", "04", "month_end"),
    ]


def test_who_moves_here_with_old_charges_begins_with_the_first_issuer_or_the_oldest_run():
    shop.charge(shop.contract(), shop.NUMBER, NUMBER, "2015-03-15")
    assert due("2020-05-05")[0] == ("voice", "04", "")
    Issuer.objects.update(valid_from=date(2027, 4, 10))
    assert due("2027-05-05") == [("voice", "04", ""), ("bills", "04", "month_end")]
    ClosingRun.objects.create(kind="voice", month=MARCH)
    assert len(due("2027-05-05")) == 4


def test_months_that_were_missed_are_closed_in_order_each_once_and_told_in_the_trail(clock):
    clock.set("2027-05-05 10:00")
    shop.charge(shop.contract(), shop.NUMBER, NUMBER, "2027-02-15")
    now = time.now()
    assert advance_due(now) == 3 * 2 + 3 * 3
    runs = ClosingRun.objects.filter(kind="bills").order_by("closed_at", "pk")
    assert [run.month for run in runs] == [date(2027, 2, 1), MARCH, APRIL]
    assert [bill.number for bill in Bill.objects.order_by("month")] == [1, 2, 3]
    steps = list(ClosingStep.objects.order_by("pk").values())
    lines = list(BillLine.objects.order_by("pk").values())
    assert advance_due(now) == 0
    assert (list(ClosingStep.objects.order_by("pk").values()), list(BillLine.objects.order_by("pk").values())) == (
        steps,
        lines,
    )
    assert AuditEvent.objects.filter(action="month.closed").count() == 6


def test_bills_wait_for_the_voice_statement_and_for_the_month_before(clock):
    now = time.now()
    close_voice(MARCH, now)
    with pytest.raises(NotClosed, match="waits for 音声課金の確定 2027-04"):
        close_bills(APRIL, "month_end", now)
    bills = ClosingRun.objects.get(kind="bills", month=APRIL)
    before = ClosingRun.objects.create(kind="bills", month=MARCH, cycle="month_end")
    voice = ClosingRun.objects.create(kind="voice", month=APRIL)
    assert running.waits_for(bills) == before
    assert not running.advance(bills, now=now)
    with pytest.raises(NotClosed, match="waits for"):
        close_bills(APRIL, "month_end", now)
    close_voice(APRIL, now)
    close_bills(MARCH, "month_end", now)
    assert running.waits_for(bills) is None
    assert close_bills(APRIL, "month_end", now).closed_at == now
    voice.refresh_from_db()
    assert voice.finished_at == now


def _unregistered(contract):
    shop.charge(contract, "nobody.knows", NUMBER, "2027-03-01")


def _once_unregistered(contract):
    shop.once(contract, 100, "2027-03-01", item="nobody.knows")


def _no_tariff(contract):
    shop.charge(contract, shop.OPTION, NUMBER, "2027-03-01")
    Tariff.objects.filter(item=shop.OPTION).delete()


def _no_fee(contract):
    Tariff.objects.filter(item=items.RELAY_SERVICE).delete()


def _no_tax(contract):
    TaxRate.objects.all().delete()


def _no_issuer(contract):
    Issuer.objects.all().delete()


#: What is wrong, which runs say so, and how.
WRONG = [
    (_unregistered, {"bills", "voice"}, "unregistered"),
    (_once_unregistered, {"bills", "voice"}, "unregistered"),
    (_no_tariff, {"voice"}, "no_tariff"),
    (_no_fee, {"bills"}, "no_fee"),
    (_no_tax, {"bills"}, "no_tax_rate"),
    (_no_issuer, {"bills"}, "no_issuer"),
]


@pytest.mark.parametrize(("spoil", "kinds", "code"), WRONG)
def test_what_cannot_be_charged_stops_the_step_with_a_list_and_leaves_nothing(clock, spoil, kinds, code):
    clock.set("2027-05-05 10:00")
    contract = shop.contract()
    shop.charge(contract, shop.NUMBER, NUMBER, "2027-03-01")
    fee = shop.once(contract, 2000, "2027-03-10")
    spoil(contract)
    now = time.now()
    advance_due(now)
    stopped = ClosingRun.objects.exclude(trouble=[])
    assert {run.kind for run in stopped} == kinds
    assert {one["code"] for run in stopped for one in run.trouble} == {code}
    assert all(trouble.sentence(one) for run in stopped for one in run.trouble)
    assert not stopped.exclude(closed_at=None)
    fee.refresh_from_db()
    if code not in {"no_issuer", "no_tariff"}:  # the one comes after the lines are there, the other after the bill
        assert fee.billed is None
        assert not BillLine.objects.exists()
    assert not VoiceCharge.objects.exists()


def test_what_has_been_put_right_goes_on_and_the_trouble_is_gone(clock):
    clock.set("2027-04-05 10:00")
    shop.charge(shop.contract(), shop.NUMBER, NUMBER, "2027-03-01")
    Tariff.objects.filter(item=items.RELAY_SERVICE).update(item="elsewhere")
    advance_due(time.now())
    assert ClosingRun.objects.get(kind="bills").trouble[0]["count"] == 1
    Tariff.objects.filter(item="elsewhere").update(item=items.RELAY_SERVICE)
    advance_due(time.now())
    run = ClosingRun.objects.get(kind="bills")
    assert run.trouble == []
    assert run.closed_at == time.now()
    assert OnceCharge.objects.count() == 0


def test_what_is_free_needs_no_tariff(clock):
    clock.set("2027-04-05 10:00")
    items.register([items.Item("tests.free", "無料の機能", items.Statement.OPTION, is_free=True)])
    shop.charge(shop.contract(), "tests.free", NUMBER, "2027-03-01")
    advance_due(time.now())
    assert ClosingRun.objects.filter(closed_at=None).count() == 0
    items._items.pop("tests.free")


def test_a_cycle_that_nobody_knows_is_trouble_and_stops_no_other(clock):
    clock.set("2027-04-05 10:00")
    shop.charge(shop.contract(), shop.NUMBER, NUMBER, "2027-03-01")
    shop.charge(shop.contract(billing_cycle="someday"), shop.NUMBER, "07011110001", "2027-03-01")
    advance_due(time.now())
    assert ClosingRun.objects.get(cycle="someday").trouble == [{"code": "unknown_cycle", "item": "someday", "count": 1}]
    assert ClosingRun.objects.get(cycle="month_end").closed_at
