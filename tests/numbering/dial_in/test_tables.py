"""Files of rows: what spreadsheets make of them is read, what is wrong is named by line and column (spec 5.4)."""

import csv
import io

import pytest

from numbering.dial_in.tables import cells, files
from numbering.dial_in.tables.at_once import COLUMNS
from numbering.dial_in.tables.columns import LARGEST, LONGEST, MOST, Row
from numbering.dial_in.tables.reading import read
from selfcare.tables import FileRefused

HEADING = "基本契約番号,種類,追加番号数,予約コード"
ONE = {"base": "0312345678", "kind": "0ABJ番号", "count": "10", "code": ""}


def rows_of(content, *, encoding="utf-8"):
    return [(row.line, row.cells) for row in read(COLUMNS, content.encode(encoding))]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_utf8_with_and_without_mark_and_shift_jis_are_told_apart(encoding, newline):
    content = newline.join([HEADING, "0312345678,0ABJ番号,10,"]) + newline
    assert rows_of(content, encoding=encoding) == [(2, ONE)]


def test_columns_stand_in_any_order_under_any_of_their_names_beside_others():
    content = "メモ,エラー内容,コード,番号数,種別,代表番号\n社内用,番号が違います,,10,0ABJ番号,0312345678\n"
    assert rows_of(content) == [(2, ONE)]


def test_without_a_heading_the_columns_stand_in_our_order():
    assert rows_of("0312345678,0ABJ番号,10\n") == [(1, ONE)]


def test_a_heading_without_a_needed_column_or_with_one_twice_is_refused():
    with pytest.raises(FileRefused, match="見出しに「基本契約番号」の列がありません"):
        rows_of("種類,追加番号数\n0ABJ番号,10\n")
    with pytest.raises(FileRefused, match="「種別」が2つあります"):
        rows_of("基本契約番号,種類,種別\n0312345678,0ABJ番号,0ABJ番号\n")


@pytest.mark.parametrize(
    "line",
    [
        '="0312345678",="0ABJ番号",="10",=""',
        '"=""0312345678""","0ABJ番号","10",""',
        "'0312345678,0ABJ番号,10,",
        "0312345678,0ABJ番号,10,,,,,,",
        "  0312345678 ,0ABJ番号 , 10,",
        "0312345678\t0ABJ番号\t10\t",
    ],
)
def test_what_spreadsheets_write_is_read(line):
    between = "\t" if "\t" in line else ","
    heading = HEADING.replace(",", between)
    assert rows_of(f"{heading}\n{line}\n{3 * between}\n\n \n") == [(2, ONE)]


def test_a_line_break_within_a_cell_does_not_shift_the_lines_that_are_named():
    content = f'{HEADING},メモ\n0312345678,0ABJ番号,10,,"一行目\n二行目"\n0399998888,050番号,x,,\n'
    assert [line for line, _cells in rows_of(content)] == [2, 4]


def test_two_thousand_rows_are_read_and_one_more_is_refused():
    lines = [f"03{n:08},0ABJ番号,1," for n in range(MOST + 1)]
    assert len(rows_of("\n".join([HEADING, *lines[:MOST]]))) == MOST
    with pytest.raises(FileRefused, match=r"2,000行までです（このファイルは2,001行）"):
        rows_of("\n".join([HEADING, *lines]))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "行が1つもありません"),
        (HEADING.encode(), "行が1つもありません"),
        ("基本契約番号,種類\n".encode("utf-16"), "文字コードを読み取れません"),
        ("基本契約番号,種類\n0312345678,0ABJ番号".encode("iso2022_jp"), "文字コードを読み取れません"),
        (b"PK\x03\x04" + b"\x00" * 40, "文字コードを読み取れません"),
        (f'{HEADING}\n"0312345678,0ABJ'.encode(), "引用符"),
        (b"0" * (LARGEST + 1), "ファイルが大きすぎます"),
        (f"{HEADING}\n{'9' * 140_000},,,".encode(), "2行目"),
    ],
)
def test_what_is_no_such_file_is_refused_as_a_whole(content, told):
    with pytest.raises(FileRefused, match=told):
        read(COLUMNS, content)


def test_a_cell_is_cut_where_no_good_one_reaches():
    ((_line, found),) = rows_of(f"{HEADING}\n0312345678,{'あ' * 9000},10,\n")
    assert len(found["kind"]) == LONGEST + 1


def test_the_file_to_correct_has_the_rows_as_they_were_written_and_is_read_again():
    bad = Row(7, {"base": "=HYPERLINK(1)", "kind": "0ABJ番号", "count": "12,00x", "code": "-1"})
    bad.refuse("base", "番号が\n違います")
    bad.refuse("", "行が違います")
    written = files.response(files.to_correct(COLUMNS, [bad]), "x").content.decode("utf-8-sig")
    heading, line = list(csv.reader(io.StringIO(written)))
    assert heading == ["基本契約番号", "種類", "追加番号数", "予約コード", "エラー内容"]
    assert line == ["'=HYPERLINK(1)", "0ABJ番号", "12,00x", "'-1", "基本契約番号：番号が\n違います／行が違います"]
    ((_line, again),) = rows_of(written)
    assert again == bad.cells
    assert Row.from_json(bad.as_json()) == bad


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("03-1234-5678", "0312345678"),
        ("０３（１２３４）５６７８", "0312345678"),
        ("312345678", "0312345678"),
        ("+81 3 1234 5678", "0312345678"),
        ("5012345678", "05012345678"),
        ("", ""),
    ],
)
def test_telephone_numbers_as_people_and_spreadsheets_write_them(typed, digits):
    assert cells.phone(typed) == digits


def test_a_number_whose_digits_are_lost_is_refused():
    with pytest.raises(ValueError, match="桁が失われています"):
        cells.phone("3.12E+08")


@pytest.mark.parametrize(("typed", "count"), [("10", 10), ("１０", 10), ("1,000", 1000), ("10.00", 10), (" 7 ", 7)])
def test_counts_as_spreadsheets_show_them(typed, count):
    assert cells.count(typed) == count


@pytest.mark.parametrize("typed", ["1.5", "-1", "10²", "1,00", "十", "1e3"])
def test_what_is_no_count_is_refused(typed):
    with pytest.raises(ValueError, match="数字で入力"):
        cells.count(typed)


@pytest.mark.parametrize(
    ("typed", "value"),
    [("契約する", True), ("有り", True), ("○", True), ("契約しない", False), ("", False), ("－", False)],
)
def test_yes_and_no(typed, value):
    assert cells.yes_no(typed) is value


def test_what_is_neither_is_told_what_is_offered():
    with pytest.raises(ValueError, match="「契約する」「契約しない」のどれかを入力してください"):
        cells.yes_no("たぶん")
