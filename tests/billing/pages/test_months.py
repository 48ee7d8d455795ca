"""ご請求・明細ダウンロード: what is there, from when the rest is, and only one's own."""

import re
from datetime import date

import pytest

from billing.models import StatementFile
from tests import builders
from tests.billing.pages import parts

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

PAGE = "/billing/"
APRIL = date(2027, 4, 1)


def months(first: date, count: int) -> list[date]:
    return [date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1) for n in range(count)]


@pytest.fixture
def office(contract, stranger):
    """Seven closed months to April 2027, of the office and of the stranger's company."""
    parts.statements(contract)
    other = parts.statements(stranger.customer.contracts.get())
    for month in months(date(2026, 10, 1), 7):
        parts.close_voice(month, {contract: [("07000000001", "520.5")], other: [("07000000009", "99.9")]})
        parts.close_bills(month, {contract: parts.SOME, other: [("base", "07000000009", 98_765)]})
    return contract


def stored(user, kind: str, encoding: str, *, rows: int, replaced: int = 0) -> None:
    """A file of April that somebody has fetched."""
    StatementFile.objects.create(
        customer=user.customer, kind=kind, period=APRIL, encoding=encoding, stored="ab/" + "0" * 32,
        sha256="0" * 64, size=2_345, header_size=45, rows=rows, replaced=replaced, blocks=[2_345],
    )  # fmt: skip


def row(answer, month: str):
    return next(row for row in answer.context["overview"].rows if row.code == month)


def states(answer, month: str) -> dict[str, str]:
    return {kind.code: file.state if file else "" for kind, file in row(answer, month).files}


def test_on_the_ninth_the_bill_of_the_month_before_says_from_when_it_will_be(clock, office, owner, as_user):
    clock.set("2027-05-09 23:59")
    answer = as_user(owner).get(PAGE)
    assert states(answer, "202704") == {"invoice": "early", "voice": "ready", "cdr": "ready"}
    assert row(answer, "202704").invoices == []
    assert "2027/05/10(月) から" in answer.content.decode()
    assert states(answer, "202703") == {"invoice": "ready", "voice": "ready", "cdr": "ready"}


def test_on_the_tenth_it_is_there_with_its_sum_and_its_pdf_in_the_making(clock, office, owner, as_user):
    clock.set("2027-05-10 00:00")
    answer = as_user(owner).get(PAGE)
    april = row(answer, "202704")
    assert april.bill.is_ready
    assert april.total == 1502 + 150
    html = answer.content.decode()
    assert "1,652円" in html
    assert "請求書（PDF）は作成中です" in html
    parts.invoice_file(april.invoices[0].bill)
    html = as_user(owner).get(PAGE).content.decode()
    assert f"/billing/files/{owner.customer.partner_id}_INVOICE_202704.pdf" in html


def test_on_the_25th_the_calls_of_the_month_before_are_there(clock, office, owner, as_user):
    parts.close_voice(date(2027, 5, 1), {office: [("07000000001", "1")]})
    clock.set("2027-05-24 23:59")
    answer = as_user(owner).get(PAGE)
    assert states(answer, "202705")["cdr"] == "early"
    clock.set("2027-05-25 00:00")
    answer = as_user(owner).get(PAGE)
    assert states(answer, "202705") == {"invoice": "early", "voice": "ready", "cdr": "ready"}


def test_a_month_that_is_due_and_not_closed_is_in_preparation(clock, office, owner, as_user):
    clock.set("2027-05-25 10:00")
    answer = as_user(owner).get(PAGE)
    assert states(answer, "202705")["voice"] == "late"
    assert "準備中" in answer.content.decode()


def test_six_billed_months_are_reached_and_no_seventh(clock, office, owner, as_user):
    clock.set("2027-05-12 10:00")
    answer = as_user(owner).get(PAGE)
    shown = [row.code for row in answer.context["overview"].rows]
    assert shown == ["202705", "202704", "202703", "202702", "202701", "202612", "202611"]
    assert "202610" not in answer.content.decode()
    assert states(answer, "202611") == {"invoice": "ready", "voice": "ready", "cdr": "ready"}


def test_rows_are_counted_before_anybody_has_fetched_a_file_and_sizes_told_after(clock, office, owner, as_user):
    clock.set("2027-05-12 10:00")
    client = as_user(owner)
    files = {kind.code: file for kind, file in row(client.get(PAGE), "202704").files}
    assert {code: (file.rows, file.size) for code, file in files.items()} == {
        "invoice": (3, None), "voice": (1, None), "cdr": (0, None),
    }  # fmt: skip
    stored(owner, "invoice", "utf-8", rows=3)
    fetched = {kind.code: file for kind, file in row(client.get(PAGE), "202704").files}
    assert (fetched["invoice"].rows, fetched["invoice"].size) == (3, 2_345)
    assert "2.3" in client.get(PAGE).content.decode()


def test_characters_that_shift_jis_does_not_have_are_counted(clock, office, owner, as_user):
    clock.set("2027-05-12 10:00")
    stored(owner, "cdr", "cp932", rows=12, replaced=3)
    html = as_user(owner).get(PAGE).content.decode()
    assert "Shift-JISでは3文字を置き換え" in html
    assert "12行" in html


def test_the_choice_of_encoding_and_header_row_is_sent_by_plain_forms(clock, office, owner, as_user):
    clock.set("2027-05-12 10:00")
    html = as_user(owner).get(PAGE).content.decode()
    assert "WindowsのExcelで開くときはShift-JIS" in html
    partner = owner.customer.partner_id
    for name in ("INVOICE", "INVOICE-VOICE", "CDR"):
        assert f'formaction="/billing/files/{partner}_{name}_202704.csv"' in html
    assert 'formaction="/billing/files/202704.zip"' in html
    form = html[html.index("<form", html.index('id="months-title"')) : html.index('formaction="')]
    assert 'method="get"' in form
    assert set(re.findall(r'name="(encoding|header)" value="([^"]+)"', form)) == {
        ("encoding", "utf-8"), ("encoding", "cp932"), ("header", "on"), ("header", "off"),
    }  # fmt: skip
    assert "通話定額を適用する前の標準料金" in html


def test_bills_of_two_cycles_share_their_month(clock, office, owner, as_user):
    cloud = builders.contract(customer=owner.customer, kind="cloud_phone", billing_cycle="25")
    (bill,) = parts.close_bills(APRIL, {cloud: [("base", "", 2000)]}, cycle="25")
    parts.invoice_file(bill)
    clock.set("2027-05-12 10:00")
    answer = as_user(owner).get(PAGE)
    assert row(answer, "202704").total == 1652 + 2200
    assert "25日締め" in answer.content.decode()


def test_a_strangers_months_are_not_on_it(clock, office, owner, stranger, as_user):
    clock.set("2027-05-12 10:00")
    mine, theirs = (as_user(who).get(PAGE).content.decode() for who in (owner, stranger))
    assert "108,641円" in theirs
    assert "108,641円" not in mine
    assert stranger.customer.partner_id not in mine


@pytest.mark.parametrize("who", ["owner", "colleague", "viewer"])
def test_all_of_the_office_see_it_and_owners_are_led_to_the_tokens(clock, office, who, request, as_user):
    clock.set("2027-05-12 10:00")
    answer = as_user(request.getfixturevalue(who)).get(PAGE)
    assert answer.status_code == 200
    main = answer.content.decode().partition("<main")[2]
    assert ("/billing/tokens/" in main) == (who == "owner")


def test_without_the_function_there_is_no_page(owner, as_user):
    answer = as_user(owner).get(PAGE)
    assert answer.status_code == 403
    assert "/billing/" not in as_user(owner).get("/").content.decode()


def test_a_new_customer_reads_from_when_there_will_be_something(clock, contract, owner, as_user):
    parts.statements(contract)
    clock.set("2027-05-12 10:00")
    answer = as_user(owner).get(PAGE)
    assert answer.status_code == 200
    assert answer.context["chart"].is_empty


def test_the_page_asks_no_more_for_more_months(clock, office, owner, as_user, django_assert_max_num_queries):
    clock.set("2027-05-12 10:00")
    client = as_user(owner)
    client.get(PAGE)
    with django_assert_max_num_queries(25):
        client.get(PAGE)
