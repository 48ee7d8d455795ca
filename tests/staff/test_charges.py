"""Charges and fees by file: closed months stay as they are, nobody pays twice, corrections are new rows."""

from datetime import date

import pytest

from billing.models import ClosingRun, ClosingStep, OnceCharge, RecurringCharge, Tariff, TaxRate
from numbering import items
from selfcare.accounts.models import AuditEvent
from tests import builders
from tests.selfcare.staff.people import inside, operator_of
from tests.staff.help import DATABASES, preview, take

pytestmark = pytest.mark.django_db(databases=DATABASES)

HEADING = "契約番号,品目,対象,課金開始日,課金終了日\n"
FEES = "contract,item,words,subject,charged_on,amount,cause,corrects,reason\n"


@pytest.fixture
def client(clock):
    return inside(operator_of("billing"))


@pytest.fixture
def charged(clock):
    TaxRate.objects.create(tax_class="standard", percent=10, valid_from=date(2019, 10, 1))
    return builders.contract(number="C1", billing_cycle="month_end")


def closed(month: date, *, step: bool = False) -> None:
    run = ClosingRun.objects.create(kind="bills", cycle="month_end", month=month)
    if step:
        ClosingStep.objects.create(run=run, name="charges")
    else:
        ClosingRun.objects.filter(pk=run.pk).update(closed_at="2026-11-05T00:00Z")


def charge(start: str, end: str = "", subject: str = "05000000001") -> bytes:
    return f"{HEADING}C1,{items.MONTHLY_050},{subject},{start},{end}\n".encode()


def reasons(found) -> str:
    return " ".join(problem.reason for problem in found.problems)


def test_a_charge_begins_and_ends_by_file(client, charged):
    take(client, "billing_recurringcharge", charge("2026-11-01"))
    row = RecurringCharge.objects.get()
    assert (row.customer_id, row.ended_on) == (charged.customer_id, None)
    take(client, "billing_recurringcharge", charge("2026-11-01", "2026-11-30"))
    row.refresh_from_db()
    assert row.ended_on == date(2026, 11, 30)
    assert [event.action for event in AuditEvent.objects.filter(object_type="recurringcharge").order_by("id")] == [
        "recurringcharge.created", "recurringcharge.changed",
    ]  # fmt: skip


@pytest.mark.parametrize("step", [False, True])
def test_nothing_begins_or_ends_in_a_month_that_has_been_charged(client, charged, step):
    take(client, "billing_recurringcharge", charge("2026-09-01"))
    closed(date(2026, 10, 1), step=step)
    assert "2026-10-31までは請求が確定" in reasons(preview(client, "billing_recurringcharge", charge("2026-10-15")))
    ended = preview(client, "billing_recurringcharge", charge("2026-09-01", "2026-10-30"))
    assert "2026-10-31までは請求が確定" in reasons(ended)
    assert preview(client, "billing_recurringcharge", charge("2026-09-01", "2026-10-31")).changed
    assert preview(client, "billing_recurringcharge", charge("2026-11-01", subject="05000000002")).new


def test_nobody_pays_twice(client, charged):
    take(client, "billing_recurringcharge", charge("2026-09-01", "2026-10-15"))
    assert "重なっています" in reasons(preview(client, "billing_recurringcharge", charge("2026-10-01")))
    take(client, "billing_recurringcharge", charge("2026-10-16"))
    twice = charge("2026-11-01")
    assert "重なっています" in reasons(preview(client, "billing_recurringcharge", twice))


def test_what_a_charge_is_of_is_not_changed(client, charged):
    take(client, "billing_recurringcharge", charge("2026-11-01"))
    builders.contract(number="C2")
    moved = charge("2026-11-01").replace(b"C1", b"C2")
    assert {p.column for p in preview(client, "billing_recurringcharge", moved).problems} == {"契約番号"}


def test_an_item_that_nobody_sells_is_refused(client, charged):
    found = preview(client, "billing_recurringcharge", f"{HEADING}C1,nonsense,0500,2026-11-01,\n".encode())
    assert {p.column for p in found.problems} >= {"品目"}


def test_a_fee_is_charged_once_and_never_edited(client, charged):
    row = f"{FEES}C1,{items.MONTHLY_050},工事費,,2026-11-02,5000,paper-1,,\n"
    take(client, "billing_oncecharge", row.encode())
    fee = OnceCharge.objects.get()
    assert (fee.amount, fee.customer_id, fee.tax_class) == (5000, charged.customer_id, "standard")
    assert preview(client, "billing_oncecharge", row.encode()).unchanged == 1
    assert "新しい行" in reasons(preview(client, "billing_oncecharge", row.replace("5000", "6000").encode()))
    fee.refresh_from_db()
    assert fee.amount == 5000


def test_what_is_paid_back_says_for_which_month_and_why(client, charged):
    bare = f"{FEES}C1,{items.MONTHLY_050},訂正,,2026-11-02,-300,paper-2,,\n"
    assert preview(client, "billing_oncecharge", bare.encode()).wrong == 1
    told = bare.replace("paper-2,,", "paper-2,2026-10-15,誤請求")
    take(client, "billing_oncecharge", told.encode())
    assert OnceCharge.objects.get().corrects == date(2026, 10, 1)


@pytest.mark.parametrize(("days", "column"), [
    ("2026-11-02,-300,paper-3,2010-01-01,誤請求", "訂正する請求月"),
    ("2026-11-02,-300,paper-3,2026-12-01,誤請求", "訂正する請求月"),
    ("2010-11-02,300,paper-3,,", "発生日"),
])  # fmt: skip
def test_days_that_no_bill_could_take_are_refused(client, charged, days, column):
    found = preview(client, "billing_oncecharge", f"{FEES}C1,{items.MONTHLY_050},訂正,,{days}\n".encode())
    assert [problem.column for problem in found.problems] == [column]


def test_a_new_price_closes_the_old_one_in_one_file(client, charged):
    Tariff.objects.create(plan="basic", item=items.MONTHLY_050, amount=300, valid_from=date(2026, 1, 1))
    head = "料金プラン,品目,金額（円・税抜）,適用開始日,適用終了日\n"
    new = f"basic,{items.MONTHLY_050},350,2027-01-01,\n"
    old = f"basic,{items.MONTHLY_050},300,2026-01-01,2026-12-31\n"
    assert "重なっています" in reasons(preview(client, "billing_tariff", (head + new).encode()))
    take(client, "billing_tariff", (head + old + new).encode())
    assert list(Tariff.objects.order_by("valid_from").values_list("amount", flat=True)) == [300, 350]


@pytest.mark.parametrize("group", ["support", "provisioning"])
def test_money_is_entered_by_billing_only(clock, group):
    client = inside(operator_of(group))
    for noun in ("tariff", "callrate", "recurringcharge", "oncecharge"):
        assert client.get(f"/admin/billing/{noun}/import/").status_code == 403
