"""Billing cycles: one that is new begins where the others are, and a contract that has been billed keeps its own."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connections, transaction
from django.urls import reverse

from billing.closing.running import advance_due, close_voice, due_runs
from billing.models import Bill, ClosingRun
from billing.services.contracts import check_cycle
from selfcare import clock as time
from selfcare.accounts.models import AuditEvent, Contract
from tests.billing.closing import shop
from tests.selfcare.staff.people import inside, operator_of
from tests.staff.help import preview, take

pytestmark = [
    pytest.mark.django_db(databases=["default", "owner"], transaction=True),
    pytest.mark.usefixtures("shop_open"),
]

NUMBER = "07011110000"
FILE = "契約番号,請求締め\nC1,{}\n"


@pytest.fixture
def contract(shop_open) -> Contract:
    made = shop.contract(number="C1", functions=[])
    shop.charge(made, shop.NUMBER, NUMBER, "2027-03-01")
    return made


@pytest.fixture
def billed(contract) -> Contract:
    advance_due(time.now())
    assert Bill.objects.count() == 2
    return contract


def _months(cycle: str, day: str) -> list[str]:
    return [f"{one.month:%m}" for one in due_runs(date.fromisoformat(day)) if (one.kind, one.cycle) == ("bills", cycle)]


def test_a_new_cycle_begins_with_the_newest_month_that_has_bills_and_goes_on_from_there(billed):
    shop.charge(shop.contract(billing_cycle="25"), shop.NUMBER, "05011110000", "2026-07-01")
    assert _months("25", "2027-05-11") == ["04"]
    advance_due(time.now())
    assert _months("25", "2027-07-11") == ["04", "05", "06"]
    assert _months("month_end", "2027-07-11") == ["03", "04", "05", "06"]
    assert sorted(Bill.objects.filter(cycle="25").values_list("month__month", flat=True)) == [4]


def test_a_contract_that_has_been_billed_keeps_its_cycle_whoever_asks(billed):
    for alias in ("default", "owner"):
        with pytest.raises(IntegrityError, match="keeps its billing cycle"), transaction.atomic(using=alias):
            connections[alias].cursor().execute("UPDATE accounts_contract SET billing_cycle = '25'")
    assert Contract.objects.update(billing_cycle="month_end", name="改名") == 1
    other = shop.contract()
    Contract.objects.filter(pk=other.pk).update(billing_cycle="25")


def test_without_the_trigger_a_month_would_be_billed_twice(billed):
    """The negative control."""
    with shop.as_owner_without("accounts_contract", "billed_contract_keeps_cycle"):
        Contract.objects.update(billing_cycle="25")
    advance_due(time.now())
    assert list(Bill.objects.filter(month=date(2027, 4, 1)).values_list("net", flat=True)) == [1003, 1003]


def test_a_voice_statement_that_is_closed_holds_the_cycle_as_well(contract):
    shop.call(contract, NUMBER, "2027-03-10 10:00", "20")
    Contract.objects.update(billing_cycle="25")
    close_voice(date(2027, 4, 1), time.now())
    with pytest.raises(IntegrityError, match="keeps its billing cycle"), transaction.atomic():
        Contract.objects.update(billing_cycle="month_end")
    assert not ClosingRun.objects.filter(kind="bills").exists()


def _post(client, contract: Contract, cycle: str):
    fields = {
        "kind": contract.kind, "service": contract.service, "plan": contract.plan, "name": "改名",
        "functions": [], "billing_cycle": cycle, "started_on": "2026-04-01", "contact_name": "窓口",
        "contact_phone": contract.contact_phone,
    }  # fmt: skip
    return client.post(reverse("admin:accounts_contract_change", args=[contract.pk]), fields)


def test_the_form_and_the_file_say_beside_the_field_that_a_billed_contract_keeps_its_cycle(billed):
    client = inside(operator_of("provisioning"))
    answer = _post(client, billed, "25")
    assert answer.status_code == 200
    assert "請求締めは変更できません" in " ".join(answer.context["adminform"].errors["billing_cycle"])
    found = preview(client, "accounts_contract", FILE.format("25").encode())
    assert [(one.column, "変更できません" in one.reason) for one in found.problems] == [("請求締め", True)]
    assert _post(client, billed, "month_end").status_code == 302
    billed.refresh_from_db()
    assert (billed.name, billed.billing_cycle) == ("改名", "month_end")


def test_before_the_first_bill_the_form_and_the_file_change_the_cycle(contract):
    client = inside(operator_of("provisioning"))
    take(client, "accounts_contract", FILE.format("25").encode())
    assert Contract.objects.get().billing_cycle == "25"
    assert _post(client, contract, "10").status_code == 302
    assert Contract.objects.get().billing_cycle == "10"
    event = AuditEvent.objects.filter(action="contract.changed").latest("id")
    assert event.detail["billing_cycle"] == ["25", "10"]


@pytest.mark.parametrize("cycle", ["29", "0", "025", "２５", "month-end", "someday"])
def test_a_cycle_that_nobody_can_close_is_refused(contract, cycle):
    client = inside(operator_of("provisioning"))
    assert "billing_cycle" in _post(client, contract, cycle).context["adminform"].errors
    assert preview(client, "accounts_contract", FILE.format(cycle).encode()).problems[0].column == "請求締め"
    with pytest.raises(ValidationError, match="締め日"):
        check_cycle(None, {"billing_cycle": cycle})
