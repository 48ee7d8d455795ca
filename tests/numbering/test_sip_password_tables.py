"""Files of SIP passwords as programs and people really write them; and what is none."""

import io
import zipfile

import pytest

from numbering.services.sip_password_tables import CURRENT, LARGEST, LINE, NEW, NUMBER, read
from selfcare.tables import FileRefused

NUMBERS = "05012345678"
ROW = f"{NUMBERS},Altpass1,Neu1pass"


def values(content):
    """(number, current, new) of the lines, none of which may be bad."""
    if isinstance(content, str):
        content = content.encode()
    entries = read(content)
    assert [entry.problems for entry in entries] == [[] for _entry in entries]
    return [(entry.number, entry.current, entry.new) for entry in entries]


def columns(content):
    (entry,) = read(content.encode())
    return [problem.column for problem in entry.problems]


ONE = [(NUMBERS, "Altpass1", "Neu1pass")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    "heading", ["", "番号,現在のパスワード,新しいパスワード", "Number,Current password,New password"]
)
def test_encodings_line_ends_and_headings(encoding, newline, heading):
    content = newline.join(filter(None, [heading, ROW, ""]))
    assert values(content.encode(encoding)) == ONE


@pytest.mark.parametrize(
    "row",
    [
        "050-1234-5678,Altpass1,Neu1pass",
        "０５０－１２３４－５６７８，".replace("，", ",") + "Ａｌｔｐａｓｓ１,Ｎｅｕ１ｐａｓｓ",
        '"05012345678","Altpass1","Neu1pass"',
        " 05012345678 , Altpass1 ,\u3000Neu1pass",
        "5012345678,Altpass1,Neu1pass",
        '="05012345678",Altpass1,Neu1pass',
        "'05012345678,Altpass1,Neu1pass",
        "+81 50 1234 5678,Altpass1,Neu1pass",
        "05012345678,Altpass1,Neu1pass,,,",
        "05012345678\tAltpass1\tNeu1pass",
        "\u200e05012345678,Altpass1,Neu1pass",
        "\n,,\n  \n05012345678,Altpass1,Neu1pass\n,,\n\n",
    ],
)
def test_what_spreadsheets_and_hands_make_of_a_line(row):
    assert values(row) == ONE


def test_columns_in_another_order_are_found_by_their_headings():
    assert values(f"新しいパスワード,番号,現在のパスワード\nNeu1pass,{NUMBERS},Altpass1") == ONE


def test_lines_are_counted_as_the_editor_counts_them():
    entries = read(f"\n\n{ROW}\n\n\n{ROW}".encode())
    assert [entry.line for entry in entries] == [3, 6]


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        (",Altpass1,Neu1pass", [NUMBER]),
        ("=1+2,Altpass1,Neu1pass", [NUMBER]),
        ("@SUM(A1),Altpass1,Neu1pass", [NUMBER]),
        ("5.01235E+09,Altpass1,Neu1pass", [NUMBER]),
        ("abc,,", [NUMBER, CURRENT, NEW]),
        (NUMBERS, [CURRENT, NEW]),
        (f"{NUMBERS},Altpass1", [NEW]),
        (f"{ROW},more", [LINE]),
        ("٠٥٠١٢٣٤٥٦٧٨,Altpass1,Neu1pass", [NUMBER]),
    ],
)
def test_every_fault_of_a_line_is_found(row, wrong):
    assert columns(row) == wrong


def test_a_password_in_the_column_of_numbers_is_not_shown():
    for cell in ("Altpass1", "12345678", "Alt-pass"):
        (entry,) = read(f"{cell},{NUMBERS},Neu1pass".encode())
        assert entry.shown == ""
        assert "pass" not in repr(entry)


def test_passwords_are_not_printed():
    (entry,) = read(ROW.encode())
    assert "pass" not in repr(entry)
    assert entry.shown == "050-1234-5678"


def _workbook():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as book:
        book.writestr("xl/workbook.xml", "<workbook/>")
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xef\xbb\xbf",
        b"\n\n,,\n",
        "番号,現在のパスワード,新しいパスワード\n".encode(),
        ROW.encode("utf-16"),
        ROW.encode("utf-16-le"),
        f"番号\n{ROW}".encode("iso2022_jp"),
        f"番号\n{ROW}".encode("euc_jp") + b"\xff\xfe",
        b"\x89PNG\r\n\x1a\n\x00\x00",
        bytes(range(256)) * 100,
        _workbook(),
        f'"{ROW}'.encode(),
        f'"{NUMBERS}"x,Altpass1,Neu1pass'.encode(),
        ("\n" + ROW).encode() * 10_001,
        b"1\n" * (LARGEST // 2),
        b"0" * (LARGEST + 1),
    ],
)
def test_what_is_no_such_file_is_refused_as_a_whole(content):
    with pytest.raises(FileRefused) as caught:
        read(content)
    assert str(caught.value)
    assert "Altpass1" not in str(caught.value)


@pytest.mark.parametrize("content", [b"%PDF-1.7\n\xe2\xe3\xcf\xd3", b'"' * 200_000, b"GIF89a;", b"{}", b"<html>"])
def test_what_can_be_read_as_text_has_nothing_but_bad_lines(content):
    assert all(entry.problems for entry in read(content))


def test_ten_thousand_lines_are_the_most():
    assert len(read(("\n" + ROW).encode() * 10_000)) == 10_000


def test_one_cell_of_a_megabyte_is_an_answer():
    with pytest.raises(FileRefused):
        read(f"{NUMBERS},{'x' * 140_000},Neu1pass".encode())
    assert columns("0" * 100_000 + ",a,b") == [NUMBER]
