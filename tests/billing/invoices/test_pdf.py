"""The PDF of a bill: what it says, how it is built, and that the same bill gives the same bytes."""

import io
import re
from datetime import date
from typing import Any

import pytest
from pypdf import PdfReader

from billing.invoices import document, rendering
from billing.kinds import CostKind
from billing.models import PaymentTerms
from billing.models.issuing import validate_registration_number
from billing.taxes import TaxClass
from selfcare import calendar
from tests import builders
from tests.billing.invoices import closed

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def read(bill, reissue=None) -> PdfReader:
    return PdfReader(io.BytesIO(rendering.render(bill, reissue).content))


def words_of(pdf: PdfReader) -> str:
    """All text, without the spaces that extraction puts in between."""
    return re.sub(r"\s", "", "".join(page.extract_text() for page in pdf.pages))


def test_the_six_items_of_a_qualified_invoice(bill):
    words = words_of(read(bill))
    assert "架空テレコム株式会社" in words
    assert "登録番号T7000012050002" in words
    validate_registration_number("T7000012050002")
    assert "対象期間2026年9月1日〜2026年9月30日" in words
    assert "音声プラン3GB3" in words
    assert f"10%対象{bill.net:,}{bill.tax:,}" in words
    assert f"{bill.customer.name}御中" in words
    assert bill.code in words
    assert "発行日2026年10月5日" in words
    assert "お支払期日2026年10月31日(土)" in words
    assert f"{bill.total:,}円" in words


def test_every_page_has_its_number_and_following_pages_say_whose_they_are(billed):
    bill = closed.bill(billed, closed.rows_of(40))
    pdf = read(bill)
    count = len(pdf.pages)
    assert count >= 4
    for number, page in enumerate(pdf.pages, start=1):
        words = page.extract_text()
        assert f"{number} / {count}" in words
        assert bill.code in words
        assert bill.customer.name in words
        box = page.mediabox
        assert (round(float(box.width)), round(float(box.height))) == (595, 842)  # A4
        if number > 1:
            assert "回線電話番号" in words  # the table's head
    assert words_of(pdf).count("07000000039") == 4


def test_it_is_archival_and_accessible(bill):
    before = closed.bill(bill.lines.first().contract, closed.rows_of(1), month=date(2026, 8, 1))
    pdf = read(bill)
    root: Any = pdf.trailer["/Root"]
    assert root["/Lang"] == "ja"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    metadata = root["/Metadata"].get_object().get_data().decode()
    assert re.search(r'pdfaid:part="2"', metadata)
    assert re.search(r'pdfaid:conformance="A"', metadata)
    assert 'pdfuaid:part="1"' in metadata
    assert metadata.count("<rdf:RDF") == metadata.count("</rdf:RDF>") == 1
    assert root["/OutputIntents"][0].get_object()["/S"] == "/GTS_PDFA1"
    assert bill.code in str(pdf.metadata and pdf.metadata.title)
    kinds = _structure(root["/StructTreeRoot"])
    assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/Figure", "/P"} <= set(kinds)
    picture = f"2026年8月分 {before.total:,}円、2026年9月分 {bill.total:,}円"
    assert _texts(root["/StructTreeRoot"]) == [picture]


def test_all_fonts_are_embedded_and_can_be_read_back(bill):
    pages: Any = read(bill).pages
    fonts = [font.get_object() for page in pages for font in page["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert "/FontFile2" in descriptor or "/FontFile3" in descriptor
        assert "/ToUnicode" in font
        # The Japanese faces only: a style that is not understood would fall back to whatever the machine has.
        assert re.search("IPAex|Noto-?Sans", font["/BaseFont"]), font["/BaseFont"]


def test_the_same_bill_gives_the_same_bytes(bill):
    assert rendering.render(bill).content == rendering.render(bill).content


def test_a_reissue_says_so_on_every_page(bill):
    pdf = read(bill, document.Reissue(2, date(2026, 11, 20)))
    assert all("再発行" in page.extract_text() for page in pdf.pages)
    assert "再発行日2026年11月20日（2回目）" in words_of(pdf)
    assert "再発行" not in words_of(read(bill))


def test_reduced_and_other_rates_are_told_apart(billed):
    rows = [
        closed.base("07000000001", 1980),
        closed.line("", CostKind.ONCE, "防災備蓄品（飲料水）", 1000, TaxClass.REDUCED),
        closed.line("07000000001", CostKind.VOICE_UNTAXED, CostKind.VOICE_UNTAXED.label, 480, TaxClass.EXPORT),
    ]
    words = words_of(read(closed.bill(billed, rows)))
    assert "防災備蓄品（飲料水）※18%（軽減）1,000" in words
    assert "※は軽減税率の対象です" in words
    assert "8%（軽減）対象1,00080" in words
    assert "10%対象1,980198" in words
    assert "免税（国際通話）480—" in words


def test_what_is_paid_back_is_negative_and_a_bill_of_nothing_is_an_invoice(billed):
    rows = [closed.line("07000000001", CostKind.CORRECTION, "2026年7月分の訂正", -1500)]
    bill = closed.bill(billed, rows, due_on=calendar.end_of_month(date(2026, 10, 1)))
    assert "10%対象-1,500-150" in words_of(read(bill))
    nothing = closed.bill(billed, [], month=date(2026, 8, 1), payment_method=PaymentTerms.Method.DEBIT)
    pdf = read(nothing)
    assert len(pdf.pages) == 1
    assert "この月のご請求はありません" in words_of(pdf)
    assert "ご登録の口座から振り替えます" in words_of(pdf)


def test_a_person_is_addressed_as_one(billed):
    person = builders.contract(customer=builders.customer(kind="personal", name="架空 太郎"))
    assert "架空太郎様" in words_of(read(closed.bill(person, closed.rows_of(1), cycle="25")))


def test_a_bill_that_is_not_closed_is_no_invoice(billed):
    bill = closed.bill_in(closed.run_of(), billed, closed.rows_of(1))
    with pytest.raises(ValueError, match="not closed"):
        rendering.render(bill)


def test_beyond_so_many_lines_the_invoice_refers_to_the_file(billed):
    at_most = closed.bill(billed, closed.rows_of(500))
    more = closed.bill(billed, [*closed.rows_of(500), closed.base("07000099999", 1)], month=date(2026, 10, 1))
    assert at_most.lines.count() == document.LINES_PRINTED
    page = rendering.page(at_most)
    assert (page.count("07000000499"), "記載していません" in page) == (4, False)
    pdf = read(more)
    name = f"{billed.customer.partner_id}_INVOICE_202610.csv"
    assert len(pdf.pages) == 1
    assert f"回線ごとの明細は2,001行あるため、この請求書には記載していません。請求明細のファイル「{name}」" in words_of(
        pdf
    )


def test_of_too_many_different_words_each_kind_is_one_row(billed):
    rows = [closed.line("", CostKind.ONCE, f"作業費{place}", 100 + place) for place in range(30)]
    bill = closed.bill(billed, [*rows, closed.base("07000000001", 980)])
    found = document.items(document.sums(bill))
    assert [(item.words, item.count, item.amount) for item in found] == [
        (CostKind.BASE.label, 1, 980),
        (CostKind.ONCE.label, 30, 3435),
    ]
    assert sum(item.amount for item in document.items(document.sums(bill)[:5])) <= (bill.net or 0)


def _structure(element, found=None) -> list[str]:
    found = [] if found is None else found
    element = element.get_object()
    if isinstance(element, dict):
        if "/S" in element:
            found.append(element["/S"])
        children = element.get("/K", [])
        for child in children if isinstance(children, list) else [children]:
            _structure(child, found)
    return found


def _texts(element) -> list[str]:
    """What figures say instead of being seen."""
    element = element.get_object()
    if not isinstance(element, dict):
        return []
    children = element.get("/K", [])
    below = [text for child in (children if isinstance(children, list) else [children]) for text in _texts(child)]
    return [*([element["/Alt"]] if "/Alt" in element else []), *below]
