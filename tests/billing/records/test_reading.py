"""What a file may look like: encodings, line ends, quotes; and every way in which a line can be wrong."""

import io
from typing import Any

import pytest

from billing.models import RecordFile
from billing.records import bringing, checking, formats, reading
from selfcare.accounts.models import Contract
from tests.billing.records.world import call, calls, checked, number, rate, take, usage, wrongs

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("newline", ["\r\n", "\n"])
@pytest.mark.parametrize("quoted", [False, True])
def test_files_are_read_as_carriers_write_them(world: Contract, encoding: str, newline: str, quoted: bool):
    lines = bringing.content("calls", [call(name="東京表示能力"), call(seconds=31, number="07000000002")]).decode()
    if quoted:
        lines = "\r\n".join('"' + line.replace(",", '","') + '"' for line in lines.splitlines()) + "\r\n"
    file = checking.check(take(lines.replace("\r\n", newline).encode(encoding)))
    assert (file.encoding, file.rows, file.bad) == (encoding, 2, 0)


def test_the_last_line_needs_no_end_and_empty_lines_are_passed_over(world: Contract):
    content = bringing.content("calls", [call(), call(number="07000000002")]).rstrip(b"\r\n")
    file = checking.check(take(content.replace(b"\r\n", b"\r\n\r\n")))
    assert (file.rows, file.bad) == (2, 0)


def test_a_file_without_rows_cannot_be_loaded(world: Contract):
    assert checked([]).rows == 0


WRONG_CALLS: list[tuple[dict[str, Any], str, str]] = [
    ({"number": "0700000000"[:9]}, "回線電話番号", "number"),
    ({"number": "070-0000-0001"}, "回線電話番号", "number"),
    ({"number": "０７０００００００１"}, "回線電話番号", "number"),
    ({"number": "17000000001"}, "回線電話番号", "number"),
    ({"number": ""}, "回線電話番号", "number"),
    ({"number": "07000000009"}, "回線電話番号", "unknown_number"),
    ({"at": "2026-02-29 10:00:00"}, "通信開始日時", "moment"),
    ({"at": "2026-11-05 24:00:00"}, "通信開始日時", "moment"),
    ({"at": "2026/11/05 10:00:00"}, "通信開始日時", "moment"),
    ({"at": "2026-11-05T10:00:00"}, "通信開始日時", "moment"),
    ({"at": "2026-11-05"}, "通信開始日時", "moment"),
    ({"at": "2026-11-20 10:00:01"}, "通信開始日時", "future"),
    ({"at": "2026-03-31 23:59:59"}, "通信開始日時", "too_old"),
    ({"other": "=1+1"}, "通信先電話番号", "other_number"),
    ({"other": "+819000000009"}, "通信先電話番号", "other_number"),
    ({"other": "9" * 31}, "通信先電話番号", "other_number"),
    ({"other": ""}, "通信先電話番号", "other_number_missing"),
    ({"name": "あ" * 61}, "通信先", "text"),
    ({"seconds": -1}, "通信時間(秒)", "seconds"),
    ({"seconds": 86_401}, "通信時間(秒)", "seconds"),
    ({"seconds": "1.5"}, "通信時間(秒)", "seconds"),
    ({"seconds": "1e3"}, "通信時間(秒)", "seconds"),
    ({"seconds": "９"}, "通信時間(秒)", "seconds"),
    ({"seconds": ""}, "通信時間(秒)", "seconds"),
    ({"kind": "fax"}, "通信の種類", "kind"),
    ({"kind": "XI"}, "通信の種類", "kind"),
    ({"kind": "roaming_sms"}, "通信の種類", "no_rate"),
    ({"direction": "発"}, "発着", "direction"),
    ({"direction": "着信"}, "発着", "direction_of_kind"),
    ({"kind": "roaming_in"}, "発着", "direction_of_kind"),
]


@pytest.mark.parametrize(("cells", "column", "reason"), WRONG_CALLS)
def test_a_wrong_call_is_named_by_line_and_column(world: Contract, cells: dict[str, Any], column: str, reason: str):
    number("07000000004", world)
    # March is kept no more, April is.
    rows = [call(at="2026-04-01 00:00:00"), call(**cells), call(number="07000000004")]
    file = checked(rows)
    assert wrongs(file) == [(3, column, reason)]
    assert (file.rows, file.bad) == (3, 1)


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ({"day": "2026-11-31"}, "利用日", "day"),
        ({"day": "20261118"}, "利用日", "day"),
        ({"day": "2026-11-21"}, "利用日", "future"),
        ({"day": "2026-04-30"}, "利用日", "too_old"),
        ({"number": "0700"}, "回線電話番号", "number"),
        ({"number": "07000000009"}, "回線電話番号", "unknown_number"),
        ({"bytes": -1}, "バイト数", "bytes"),
        ({"bytes": "10000000000000"}, "バイト数", "bytes"),
        ({"bytes": "1,000"}, "バイト数", "bytes"),
    ],
)
def test_wrong_usage_is_named_by_line_and_column(world: Contract, cells: dict[str, Any], column: str, reason: str):
    assert wrongs(checked([usage(day="2026-05-01"), usage(**cells)], "usage")) == [(3, column, reason)]


def test_several_columns_of_a_line_count_as_one_bad_line(world: Contract):
    file = checked([call(seconds="x", kind="y")])
    assert wrongs(file) == [(2, "通信の種類", "kind"), (2, "通信時間(秒)", "seconds")]
    assert file.bad == 1


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"07000000001,2026-11-05", "columns"),
        (b"a,b,c,d,e,f,g,h", "columns"),
        (b"x" * 1001, "too_long"),
        (b"x" * 3_000_000, "too_long"),
        (b'07000000001,"2026-11-05 12:00:00', "quotes"),
        (b'07000000001,"2026"x', "quotes"),
        (b"07000000001,\0,,,,,", "control"),
        (b"\\.", "columns"),
        (b"a\rb", "control"),
        ("a\u2028b".encode(), "control"),
        (b"\x82\xa0\xff", "encoding"),
        ("東京".encode("cp932"), "encoding"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_the_others_are_looked_at(world: Contract, line: bytes, reason: str):
    content = bringing.content("calls", [call(), call(kind="fax")]).splitlines(keepends=True)
    file = checking.check(take(b"".join([content[0], content[1], line + b"\r\n", content[2]])))
    assert wrongs(file) == [(3, "", reason), (4, "通信の種類", "kind")]
    assert (file.rows, file.bad) == (3, 2)


def test_half_a_character_at_the_end_of_a_line_is_named(world: Contract):
    content = bringing.content("calls", [call()], encoding="cp932") + b"\x81\r\n"
    assert wrongs(checking.check(take(content))) == [(3, "", "encoding")]


def test_formulas_are_text_like_any_other(world: Contract):
    """They are taken as the name of a place; the statements guard the reader's spreadsheet."""
    file = checked([call(name="=cmd|' /C calc'!A0"), call(number="07000000002", name='"a", "b"')])
    assert (file.rows, file.bad) == (2, 0)


def test_the_first_thousand_are_kept_and_all_are_counted(world: Contract):
    rows = [call(kind="fax" if n % 2 else "other", number="07000000009") for n in range(2400)]
    file = checked(rows)
    assert file.bad == 2400
    lines = wrongs(file)
    assert len(lines) == 1000
    assert [line for line, *_rest in lines] == list(range(2, 1002))


def test_a_block_of_lines_may_end_anywhere(world: Contract):
    """Lines that lie across two blocks of reading are whole, and counted."""
    content = bringing.content("calls", calls(9000))
    assert len(content) > 2 * reading.BLOCK
    found = reading.Findings()
    lines = "".join(reading.stream(io.BytesIO(content), formats.CALLS, "utf-8", found))
    assert lines.count("\n") == found.rows == 9000
    assert (found.line, found.bad_lines) == (9001, 0)
    assert lines == content.decode().split("\r\n", 1)[1].replace("\r\n", "\n")


def test_the_same_record_twice_is_named_with_the_first(world: Contract):
    file = checked([call(), call(number="07000000002"), call(name="別の名"), call(at="2026-11-05 12:00:01")])
    assert list(file.bad_rows.values_list("line", "reason", "value")) == [(4, "twice", "2")]
    file = checked([usage(), usage(bytes=1)], "usage")
    assert list(file.bad_rows.values_list("line", "reason", "value")) == [(3, "twice", "2")]


def test_a_record_that_is_there_already_is_named(world: Contract):
    bringing.load_rows(kind="calls", rows=[call()])
    bringing.load_rows(kind="usage", rows=[usage()])
    assert wrongs(checked([call(kind="xi"), call(seconds=1)])) == [(3, "", "loaded")]
    assert wrongs(checked([usage(bytes=9), usage(day="2026-11-17")], "usage")) == [(2, "", "loaded")]


def test_a_call_without_tax_rate_is_named(world: Contract):
    rate(kind="roaming_sms", unit_seconds=0, unit_price=5, tax_class="reduced")
    file = checked([call(kind="roaming_sms")])
    assert list(file.bad_rows.values_list("reason", "value")) == [("no_tax_rate", "reduced")]


def test_a_call_of_a_number_that_had_ended_is_nobodys(world: Contract):
    number("07000000005", world, ended_on="2026-11-04")
    file = checked([call(number="07000000005"), call(number="07000000005", at="2026-11-04 23:59:59")])
    assert wrongs(file) == [(2, "回線電話番号", "unknown_number")]


def test_a_check_can_be_repeated(world: Contract):
    file = checked([call(kind="fax"), call()])
    again = checking.check(RecordFile.objects.get(pk=file.pk))
    assert (again.rows, again.bad, len(wrongs(again))) == (2, 1, 1)
