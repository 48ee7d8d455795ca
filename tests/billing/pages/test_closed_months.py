"""Closed months stay closed, whatever contracts become; a month without a bill says so."""

from datetime import date

import pytest

from billing.models import ClosingRun, RecurringCharge
from billing.statements import own
from tests import builders
from tests.billing.pages import parts
from tests.billing.pages.test_months import PAGE, months, row, states, stored

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
APRIL = date(2027, 4, 1)
CYCLE = "25"


@pytest.fixture
def office(clock, contract):
    """Two closed months, March and April; it is 12 May."""
    parts.statements(contract)
    for month in months(date(2027, 3, 1), 2):
        parts.close_voice(month, {contract: [("07000000001", "1")]})
        parts.close_bills(month, {contract: parts.SOME})
    clock.set("2027-05-12 10:00")
    return contract


def final(contract) -> list[date]:
    return own.INVOICE.periods(contract.customer_id)


def charge(contract) -> None:
    RecurringCharge.objects.create(
        customer=contract.customer, contract=contract, item="tests.item", subject="05000000001",
        started_on=date(2027, 1, 1),
    )  # fmt: skip


def test_a_contract_of_a_cycle_without_runs_hides_nothing(office, owner, as_user):
    builders.contract(customer=office.customer, kind="cloud_phone", billing_cycle=CYCLE, started_on=date(2027, 1, 1))
    assert final(office) == [APRIL, date(2027, 3, 1)]
    assert states(as_user(owner).get(PAGE), "202704")["invoice"] == "ready"


@pytest.mark.parametrize("has_charges", [True, False])
def test_an_open_run_holds_the_month_back_of_those_whom_it_bills(office, has_charges):
    cloud = builders.contract(customer=office.customer, kind="cloud_phone", billing_cycle=CYCLE)
    if has_charges:
        charge(cloud)
    ClosingRun.objects.create(kind=ClosingRun.Kind.BILLS, month=APRIL, cycle=CYCLE)
    assert (APRIL in final(office)) is not has_charges


def test_what_has_been_given_away_never_goes_back(office, owner):
    stored(owner, "invoice", "utf-8", rows=3)
    charge(builders.contract(customer=office.customer, kind="cloud_phone", billing_cycle=CYCLE))
    for month in months(date(2027, 3, 1), 2):
        ClosingRun.objects.create(kind=ClosingRun.Kind.BILLS, month=month, cycle=CYCLE)
    # March, which nobody has had yet, waits.
    assert final(office) == [APRIL]


def test_a_closed_month_without_a_bill_says_so(office, stranger, owner, as_user, clock):
    other = parts.statements(stranger.customer.contracts.get())
    may = date(2027, 5, 1)
    run = ClosingRun.objects.create(kind=ClosingRun.Kind.BILLS, month=may, cycle="month_end")
    clock.set("2027-06-12 10:00")
    client = as_user(owner)
    assert row(client.get(PAGE), "202705").bill.state == "late"
    run.delete()
    parts.close_bills(may, {other: parts.SOME})
    answer = client.get(PAGE)
    assert (row(answer, "202705").bill.state, states(answer, "202705")["invoice"]) == ("none", "ready")
    assert "ご請求はありません" in answer.content.decode()


def test_a_file_that_comes_later_than_its_month_says_when(office, owner, as_user, clock):
    """From the 25th on the next month stands there for its calls; its bill comes in the month after the next."""
    clock.set("2027-04-26 10:00")
    answer = as_user(owner).get(PAGE)
    assert states(answer, "202705") == {"invoice": "early", "voice": "early", "cdr": "early"}
    html = answer.content.decode()
    assert "2027/06/10(木) から" in html
    assert "提供期間が終わりました" not in html
    zipped = as_user(owner).get("/billing/files/202705.zip")
    assert "2027年5月25日から" in zipped.content.decode()


def test_a_file_that_was_and_one_that_never_was_are_told_apart(office, owner, as_user, clock):
    for month in months(date(2027, 5, 1), 6):
        parts.close_voice(month, {office: [("07000000001", "1")]})
        parts.close_bills(month, {office: parts.SOME})
    clock.set("2027-11-01 10:00")
    answer = as_user(owner).get(PAGE)
    # The bill is reached a month longer than the calls, which came earlier.
    assert states(answer, "202704") == {"invoice": "ready", "voice": "past", "cdr": "past"}
    assert "提供期間が終わりました" in answer.content.decode()
