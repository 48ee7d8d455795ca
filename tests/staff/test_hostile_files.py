"""Files that nobody should read: refused as a whole, with words, before they cost anything."""

import io
import zipfile

import pytest
from openpyxl import Workbook

from selfcare.accounts.models import Customer
from selfcare.staff.files import reading
from selfcare.staff.models import ImportFile
from tests import builders
from tests.selfcare.staff.people import inside, operator_of
from tests.staff.help import DATABASES, as_xlsx, preview, refusal

pytestmark = pytest.mark.django_db(databases=DATABASES)

NOUN = "accounts_customer"
HEADING = "パートナーID,契約者名,郵便番号,住所"
HEADINGS = HEADING.split(",")


@pytest.fixture
def client(clock):
    return inside(operator_of("provisioning"))


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    """The workbook with one more part, or another content of it."""
    to = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            if info.filename != name:
                new.writestr(info.filename, old.read(info))
        new.writestr(name, part)
    return to.getvalue()


def workbook(*rows: list[object]) -> bytes:
    return as_xlsx([HEADINGS, *rows])


def sheet_of(rows: str) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'.encode()


PLAIN = workbook(["N1", "名", "1", "x"])
SHEET = "xl/worksheets/sheet1.xml"
FILES = {
    "macros": (with_part(PLAIN, "xl/vbaProject.bin", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000), "マクロ"),
    "formula": (workbook(["N1", "=1+1", "1", "x"]), "数式のあるセルがあります（B2）"),
    "formula that calls a program": (workbook(["=cmd|' /C calc'!A0", "x", "1", "x"]), "数式"),
    "bomb": (with_part(PLAIN, "xl/sharedStrings.xml", b" " * 60_000_000), "極端に圧縮されたファイル"),
    "entities": (with_part(PLAIN, SHEET, b'<!DOCTYPE x [<!ENTITY a "b">]>' + sheet_of("")), "DOCTYPE"),
    "no sheet": (with_part(PLAIN, SHEET, b"<broken"), "読み取れません"),
    "one cell far below": (with_part(PLAIN, SHEET, sheet_of(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>パートナーID</t></is></c></row>'
        '<row r="1048576"><c r="A1048576"><v>1</v></c></row>')), "空の行が多すぎます"),
    "cut off": (PLAIN[: len(PLAIN) // 2], ""),
    "old format": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 4096, "古い形式（.xls）"),
    "empty": (b"\n \n", "見出しの行がありません"),
    "not text": (bytes(range(256)), "文字コードを読み取れません"),
    "UTF-16": (f"{HEADING}\nN1,a,1,b\n".encode("utf-16"), "文字コードを読み取れません"),
    "too many rows": (f"{HEADING}\n".encode() + b"N1,a,1,b\n" * (reading.MOST_ROWS + 1), "2,000行まで"),
    "too large": (b"x" * (reading.LARGEST + 1), "5MBまで"),
    "unknown column": (f"{HEADING},パスワード\nN1,a,1,b,c\n".encode(), "知らない列があります：パスワード"),
    "column twice": (f"{HEADING},name\nN1,a,1,b,c\n".encode(), "同じ列が2つ"),
    "no key": ("契約者名\na\n".encode(), "行を見分ける列がありません：パートナーID"),
    "cells without heading": (f"{HEADING}\nN1,a,1,b,c\n".encode(), "2行目に、見出しのない列"),
    "long cell": (f"{HEADING}\nN1,{'a' * 3000},1,b\n".encode(), "長すぎるセル"),
    "quotes": (f'{HEADING}\nN1,"a"b,1,b\n'.encode(), "引用符"),
    "many columns": (",".join(f"c{n}" for n in range(200)).encode(), "列が多すぎます"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_it_is_refused_with_words(client, name):
    content, words = FILES[name]
    told = refusal(client, NOUN, content, "rows.xlsx" if content.startswith(b"PK") else "rows.csv")
    assert words in told
    assert told
    assert not ImportFile.objects.exists()


def test_the_same_workbook_without_harm_is_read(client):
    """The negative control of the refused ones."""
    assert len(preview(client, NOUN, PLAIN, "rows.xlsx").new) == 1


def test_the_content_says_what_a_file_is_and_not_its_name(client):
    assert len(preview(client, NOUN, PLAIN, "rows.csv").new) == 1
    assert len(preview(client, NOUN, f"{HEADING}\nN1,a,1,b\n".encode(), "../../x.xlsx").new) == 1


def test_what_a_sheet_says_of_its_own_size_is_not_believed(client):
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(HEADINGS)
    sheet.append(["N1", "名", "1", "x"])
    to = io.BytesIO()
    book.save(to)
    with zipfile.ZipFile(to) as file:
        told = file.read(SHEET).replace(b"<sheetData>", b'<dimension ref="A1:XFD1048576"/><sheetData>')
    assert len(preview(client, NOUN, with_part(to.getvalue(), SHEET, told), "rows.xlsx").new) == 1


def test_names_that_are_programs_stay_names(client):
    builders.customer(partner_id="K1")
    content = f"{HEADING}\nK1,<script>alert(1)</script>,1,<img src=x>\n".encode()
    answer = client.post("/admin/accounts/customer/import/", {"file": io.BytesIO(content)})
    text = answer.content.decode()
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert(1)" not in text
    assert "<img src=x" not in text


def test_a_nul_in_a_cell_is_refused_and_changes_nothing(client):
    before = Customer.objects.count()
    assert "文字コードを読み取れません" in refusal(client, NOUN, f"{HEADING}\nN1,a\0b,1,b\n".encode())
    assert Customer.objects.count() == before
