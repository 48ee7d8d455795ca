"""The page of a bill: what the invoice says, all lines with their search, and what is not there yet."""

from datetime import date

import pytest

from billing.invoices import files
from billing.kinds import CostKind
from billing.taxes import TaxClass
from tests.billing.invoices import closed

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def test_the_page_says_what_the_invoice_says(as_user, owner, bill):
    files.original(bill)
    answer = as_user(owner).get("/billing/202609/")
    page = answer.content.decode()
    assert answer.status_code == 200
    for words in (bill.code, "T7000012050002", "架空テレコム株式会社", f"{bill.total:,}円", f"{bill.tax:,}円", "御中"):
        assert words in page
    assert "2026年10月31日(土)" in page  # the due date is the bill's, shifted when it was closed
    assert f"{owner.customer.partner_id}_INVOICE_202609.pdf" in page
    assert "作成中" not in page
    assert page.count('<tr role="row">') == 13  # a heading and 12 lines


def test_while_the_pdf_is_being_made_the_page_says_so_and_waits_for_nothing(as_user, owner, bill):
    page = as_user(owner).get("/billing/202609/").content.decode()
    assert "請求書（PDF）は作成中です" in page
    assert "開き直してください" in page
    assert ".pdf" not in page


def test_lines_are_found_by_number_and_kind(as_user, owner, bill):
    client = as_user(owner)
    found = client.get("/billing/202609/?q=0000001").context
    assert {line.number for line, *_words in found["rows"]} == {"07000000001"}
    assert found["sum"] == sum(line.amount for line, *_words in found["rows"])
    found = client.get(f"/billing/202609/?kind={CostKind.UNIVERSAL}").context
    assert [line.kind for line, *_words in found["rows"]] == [CostKind.UNIVERSAL] * 3
    assert client.get("/billing/202609/?q=99999").context["rows"] == []
    assert client.get("/billing/202609/?kind=none&q=%00").status_code == 200
    assert len(client.get("/billing/202609/?kind=none").context["rows"]) == 12


def test_many_lines_are_turned_page_by_page(as_user, owner, billed):
    closed.bill(billed, closed.rows_of(30))
    client = as_user(owner)
    first = client.get("/billing/202609/").context["page"]
    second = client.get("/billing/202609/", {"after": first.after}).context["page"]
    third = client.get("/billing/202609/", {"after": second.after}).context["page"]
    numbers = [(line.number, line.kind) for page in (first, second, third) for line in page.rows]
    assert len(numbers) == len(set(numbers)) == 120
    assert numbers == sorted(numbers)
    assert third.after == ""


def test_a_bill_is_there_from_the_tenth_and_for_six_months(as_user, owner, billed, clock):
    for month in (date(2026, 10, 1), date(2026, 11, 1)):
        closed.bill(billed, closed.rows_of(1), month=month)
    client = as_user(owner)
    clock.set("2026-12-09 23:59")
    early = client.get("/billing/202611/")
    assert (early.status_code, "2026年12月10日" in early.content.decode()) == (404, True)
    clock.set("2026-12-10 00:00")
    assert client.get("/billing/202611/").status_code == 200
    clock.set("2027-05-09 23:59")
    assert client.get("/billing/202610/").status_code == 200
    clock.set("2027-05-10 00:00")
    assert client.get("/billing/202610/").status_code == 404
    assert client.get("/billing/202612/").status_code == 404  # nothing was billed
    for nonsense in ("202613", "0", "999999999999"):
        assert client.get(f"/billing/{nonsense}/").status_code == 404


def test_a_bill_that_is_not_closed_is_not_shown(as_user, owner, billed):
    closed.bill_in(closed.run_of(), billed, closed.rows_of(1))
    assert as_user(owner).get("/billing/202609/").status_code == 404


def test_a_stranger_finds_nothing(as_user, stranger, owner, bill):
    files.original(bill)
    client = as_user(stranger)
    assert client.get("/billing/202609/").status_code == 404
    for partner_id in (owner.customer.partner_id, stranger.customer.partner_id):
        assert client.get(f"/billing/files/{partner_id}_INVOICE_202609.pdf").status_code == 404


def test_bills_of_two_billing_cycles_have_a_page_each(as_user, owner, bill, billed):
    other = closed.bill(billed, closed.rows_of(1), cycle="25")
    client = as_user(owner)
    assert client.get("/billing/202609/").context["shown"].bill == bill
    assert "/billing/202609/25/" in client.get("/billing/202609/").content.decode()
    assert client.get("/billing/202609/25/").context["shown"].bill == other
    assert client.get("/billing/202609/26/").status_code == 404


def test_rates_and_what_is_paid_back_are_shown(as_user, owner, billed):
    rows = [
        closed.base("07000000001", 480, days=12),
        closed.line("07000000001", CostKind.VOICE_UNTAXED, CostKind.VOICE_UNTAXED.label, 120, TaxClass.EXPORT),
        closed.line("", CostKind.ONCE, "飲料水", 1000, TaxClass.REDUCED),
        closed.line("07000000001", CostKind.CORRECTION, "2026年7月分の訂正", -1500),
    ]
    closed.bill(billed, rows)
    page = as_user(owner).get("/billing/202609/").content.decode()
    for words in ("-1,500円", "8%（軽減）", "飲料水 ※", "免税（国際通話）", "12日分", "（回線なし）"):
        assert words in page


def test_a_bill_of_nothing_is_a_page_all_the_same(as_user, owner, billed):
    closed.bill(billed, [])
    page = as_user(owner).get("/billing/202609/").content.decode()
    assert "この月のご請求はありません" in page
    assert "0円" in page
