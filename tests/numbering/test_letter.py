"""「IP電話サービス開始のご案内」: what is on the paper, where the window is, which fonts are in the file."""

import io
from itertools import pairwise
from typing import Any

import pypdf
import pypdfium2  # type: ignore[import-untyped]  # it ships no types
import pytest

from numbering import sip
from numbering.models import Credential
from selfcare.work import letters
from selfcare.work.models import Letter
from tests import builders
from tests.numbering.help import add, stock

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def printed(order, operator) -> bytes:
    letter = Letter.objects.get(reference=order.request_id)
    return letters.print_batch(letters=[letter], actor=operator)


@pytest.fixture
def pdf(clock, contract, owner):
    stock(12)
    customer = contract.customer
    customer.postal_code, customer.building = "100-0001", "架空ビル 8階"
    customer.save(update_fields=["postal_code", "building"])
    return printed(add(contract, 12, actor=owner), builders.operator())


def words(pdf: bytes) -> str:
    return "".join("".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages).split())


def test_it_names_the_numbers_and_passwords_that_register(pdf):
    text = words(pdf)
    credential = Credential.objects.order_by("username")[0]
    index = text.index("05000010000") + 11
    service, password = text[index : index + 8], text[index + 8 : index + 16]
    digests = sip.digests(username=credential.username, realm=credential.realm, password=password)
    assert digests.ha1 == credential.ha1
    assert service != password
    for expected in ("IP電話サービス開始のご案内", "架空商事", "御中", "〒100-0001", "2026年11月20日"):
        assert expected in text


def test_its_fonts_are_in_the_file(pdf):
    resources: list[Any] = [page["/Resources"] for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    fonts = [font.get_object() for one in resources for font in one["/Font"].values()]
    assert fonts
    for font in fonts:
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert any(name in descriptor for name in ("/FontFile", "/FontFile2", "/FontFile3"))


def test_the_address_lies_in_the_window_and_nothing_else_does(pdf):
    """長形3号: 20 to 110 mm from the left, 15 to 60 mm from the top."""
    page = pypdfium2.PdfDocument(pdf)[0]
    mm = 72 / 25.4
    height = page.get_height()
    text = page.get_textpage()
    inside = text.get_text_bounded(20 * mm, height - 60 * mm, 110 * mm, height - 15 * mm)
    assert "〒100-0001" in inside
    assert "架空ビル" in inside
    assert "御中" in inside
    assert "IP電話サービス" not in inside
    assert "R0" not in inside


def test_fifty_numbers_stand_on_two_sheets_each_with_the_table_head(clock, contract, owner):
    stock(50)
    pdf = printed(add(contract, 50, actor=owner), builders.operator())
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]
    assert len(pages) == 2
    for page in pages:
        assert "付加サービスパスワード IP加入電話パスワード" in page
    numbers = [word for page in pages for word in page.split() if word.startswith("050000")]
    assert len(numbers) == 50
    assert all(one < other for one, other in pairwise(numbers))


def test_sending_erases_it(clock, contract, owner):
    stock(1)
    operator = builders.operator()
    order = add(contract, 1, actor=owner)
    printed(order, operator)
    letter = Letter.objects.get(reference=order.request_id)
    assert letters.mark_sent(letters=[letter], actor=operator) == 1
    letter.refresh_from_db()
    assert letter.sealed is None
