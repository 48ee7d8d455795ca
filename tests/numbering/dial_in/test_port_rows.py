"""Numbers that are brought: which may come, which only move, what is asked of their line, and the file that remains."""

import io
from datetime import date

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from numbering.dial_in.contents import PortRow
from numbering.dial_in.functions import Functions
from numbering.dial_in.models import DialInPart, DialInPartInput
from numbering.dial_in.services import ports
from selfcare.documents.models import Document
from selfcare.orders.models import Order
from tests.numbering.dial_in import parts
from tests.numbering.dial_in.entering import (
    BROUGHT,
    Office,
    brought,
    choose_base,
    errors,
    port_row,
    return_for_correction,
    rows_of,
    save,
    url,
)

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
PDF += b"trailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.fixture
def office(clock):
    return Office()


@pytest.fixture
def page(office, as_user):
    return as_user(office.owner)


@pytest.fixture
def order(office, page):
    order = office.draft()
    choose_base(page, order, "port", office.base)
    return order


def send(page, order, *rows):
    return page.post(url("rows", order.uuid, "port"), rows_of(*rows))


def kept():
    return [PortRow.from_json(row) for row in DialInPartInput.objects.get().content["rows"]]


def test_a_number_is_brought_with_all_that_is_asked_of_its_line(page, order):
    others = {"holder": "other", "holder_name": "架空 太郎", "place": "other", "address": "東京都みなも区1-2-3"}
    answer = send(page, order, port_row("03-3234-5678", carrier2="卸元", dsu_removal="yes", **others))
    assert answer["Location"] == url("functions", order.uuid, "port")
    page.post(url("functions", order.uuid, "port"), {"f-0": "yes", "go": "check"})
    assert save(page, order, "port").status_code == 302
    assert DialInPart.objects.get().rows == [
        brought(carrier2="卸元", line_kind="isdn", dsu_removal=True, functions={"message_box": True}, **others)
    ]


@pytest.mark.parametrize(
    "number",
    ["", "050-1234-5678", "090-1234-5678", "0120-123-456", "110", "03-1234", "abc", "0" * 40, "03\x0032345678"],
)
def test_only_geographic_numbers_come(page, order, number):
    answer = send(page, order, port_row(number))
    # The control character is dropped, and what is left is a good number.
    assert answer.status_code == (302 if "\x00" in number else 200)
    if answer.status_code == 200:
        assert len(errors(answer)) == 1
        assert kept() == []


def test_what_is_lacking_is_said_beside_each_field(page, order):
    row = port_row(carrier1=" ", line_kind="", holder="other", place="other", remaining="maybe")
    told = errors(send(page, order, row))
    reasons = ("事業者名1を", "回線種別を", "回線名義人を", "設置場所住所を", "どれかを")
    assert all(any(reason in one for one in told) for reason in reasons)
    assert len(told) == len(reasons)


def test_texts_are_of_a_length_and_printable(page, order):
    row = port_row(carrier1="あ" * 41, holder="other", holder_name="改\u202e行", place="other", address="ア" * 101)
    told = errors(send(page, order, row))
    assert [("40文字" in told[0]), ("使えない文字" in told[1]), ("100文字" in told[2])] == [True] * 3


def test_ones_own_dial_in_number_moves_and_nothing_is_asked_of_its_line(office, page, order):
    other = parts.base(office.site)
    (number,) = parts.dial_ins(other)
    assert send(page, order, {"number": number.digits}).status_code == 302
    (row,) = kept()
    assert (row.number, row.move, row.carrier1) == (number.digits, True, "")


def test_a_number_that_moves_keeps_its_functions_unless_others_are_chosen(office, page, order):
    had = Functions(message_box=True, reject_nuisance=True)
    (number,) = parts.dial_ins(parts.base(office.site), functions=had)
    send(page, order, {"number": number.digits})
    assert kept()[0].functions == had
    where = url("functions", order.uuid, "port")
    page.post(f"{where}?tab=message_box", {"f-0": "no", "go": "check"})
    save(page, order, "port")
    (part,) = DialInPart.objects.all()
    assert PortRow.from_json(part.rows[0]).functions == Functions(reject_nuisance=True)
    send_again = page.post(url("rows", order.uuid, part.pk), rows_of({"number": number.digits}))
    assert send_again.status_code == 302
    assert kept()[0].functions == Functions(reject_nuisance=True)


def test_numbers_that_are_here_already_do_not_come(office, page, order):
    (own,) = parts.dial_ins(office.base)
    (ip_phone,) = parts.dial_ins(parts.base(office.site), kind="050")
    other = parts.base(office.site)
    (foreign,) = parts.dial_ins(parts.base())
    rows = [port_row(one.digits) for one in (own, ip_phone, other, foreign)]
    told = errors(send(page, order, *rows))
    reasons = ("すでにこの基本契約番号の", "0ABJ番号を入力", "移動できるのは", "引き継げません")
    assert [reason in one for reason, one in zip(reasons, told, strict=True)] == [True] * 4


def test_a_free_number_of_ours_cannot_be_chosen_by_bringing_it(office, page, order):
    (free,), (given_up,) = parts.free(1), parts.free(1, since=date(2999, 1, 1))
    (told,) = errors(send(page, order, port_row(free)))
    assert "当社の番号のため" in told
    assert send(page, order, port_row(given_up)).status_code == 302


def test_a_number_comes_once(office, page, order):
    office.part(order, [brought("0332345670")], "port")
    elsewhere = office.draft()
    ports.hold(order=elsewhere, digits=["0332345671"])
    numbers = ("0332345670", "0332345671", "0332345672", "03-3234-5672")
    told = errors(send(page, order, *map(port_row, numbers)))
    reasons = ("別の内容にすでに", "進行中の別のお申し込み", "2回入力")
    assert [reason in one for reason, one in zip(reasons, told, strict=True)] == [True] * 3


def test_a_returned_orders_own_numbers_are_no_obstacle_to_it(office, page, order):
    part = office.part(order, [brought()], "port")
    return_for_correction(order)
    ports.hold(order=order, digits=[BROUGHT])
    answer = page.post(url("rows", order.uuid, part.pk), rows_of(port_row(carrier1="別の電話")))
    assert answer.status_code == 302


def test_a_colleague_who_brings_the_same_number_meanwhile_is_said_when_saving(office, page, order):
    send(page, order, port_row())
    office.part(order, [brought()], "port")
    assert save(page, order, "port")["Location"] == url("rows", order.uuid, "port")
    assert "別の内容にすでに" in errors(page.get(url("rows", order.uuid, "port")))[0]
    assert DialInPart.objects.count() == 1


def upload(page, order, which, content=PDF, name="残回線.pdf"):
    return page.post(url("remaining", order.uuid, which), {"remaining": SimpleUploadedFile(name, content)})


def test_with_numbers_that_remain_the_file_is_mandatory(page, order):
    answer = send(page, order, port_row(remaining="yes"))
    assert answer["Location"] == url("remaining", order.uuid, "port")
    assert save(page, order, "port")["Location"] == url("remaining", order.uuid, "port")
    assert page.post(answer["Location"]).context["form"].errors["remaining"]
    assert upload(page, order, "port", b"\x7fELF", "a.pdf").context["form"].errors["remaining"]
    assert upload(page, order, "port")["Location"] == url("functions", order.uuid, "port")
    assert save(page, order, "port")["Location"] == url("menu", order.uuid)
    part = DialInPart.objects.get()
    document = Document.objects.get()
    order.refresh_from_db()
    assert order.data["remaining"] == {str(part.pk): str(document.uuid)}
    assert (document.order, document.kind) == (order, "numbering.dial_in.remaining")


def test_a_new_file_takes_the_place_of_the_old_one_only_when_saved(page, order):
    send(page, order, port_row(remaining="yes"))
    upload(page, order, "port")
    save(page, order, "port")
    part = DialInPart.objects.get()
    old = Document.objects.get()
    upload(page, order, part.pk, name="新.pdf")
    assert set(Document.objects.values_list("name", flat=True)) == {"残回線.pdf", "新.pdf"}
    order.refresh_from_db()
    assert order.data["remaining"] == {str(part.pk): str(old.uuid)}
    assert save(page, order, part.pk).status_code == 302
    new = Document.objects.get()
    order.refresh_from_db()
    assert (new.name, order.data["remaining"]) == ("新.pdf", {str(part.pk): str(new.uuid)})
    page.post(url("part-remove", order.uuid, part.pk), {"version": 2})
    order.refresh_from_db()
    assert (order.data["remaining"], Document.objects.count()) == ({}, 0)


def test_a_part_without_its_file_keeps_the_way_on_closed(office, page, order):
    office.part(order, [brought(remaining=True)], "port")
    menu = page.get(url("menu", order.uuid))
    assert menu.context["lacks"]
    assert "残回線構成表が添付されていません" in menu.content.decode()


def test_a_document_of_another_order_is_not_taken_for_ones_own(office, page, order):
    send(page, order, port_row(remaining="yes"))
    upload(page, order, "port")
    second = office.draft()
    Document.objects.update(order=second)
    assert save(page, order, "port")["Location"] == url("remaining", order.uuid, "port")
    assert not Order.objects.get(pk=order.pk).data.get("remaining")


def test_the_blank_form_is_a_workbook_with_the_words_of_the_page(page):
    answer = page.get(reverse("numbering:dial-in-by-date-remaining-form"))
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    words = " ".join(str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value)
    assert "残回線構成表" in words
    assert "IP Voice名義と同じ" in words
    assert sheet["A9"].number_format == "@"


def test_no_geographic_number_hangs_on_a_050_number(office, page):
    order = office.draft()
    base = parts.base(office.site, kind="050")
    assert choose_base(page, order, "port", base).context["form"].errors["base"]
    assert base not in page.get(url("part", order.uuid, "port")).context["bases"]
    assert base in page.get(url("part", order.uuid, "add")).context["bases"]
