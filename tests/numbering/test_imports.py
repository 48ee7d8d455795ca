"""Filling the pool from a file: what is new, what we know, what is wrong and in which line."""

import time
from datetime import date

import pytest

from numbering.models import FreeNumber, Number
from numbering.models.numbers import NEVER_USED
from numbering.services.imports import import_numbers, preview_import
from numbering.services.originals import issue_original
from selfcare.accounts.models import AuditEvent
from selfcare.text import UnreadableFileError
from tests.numbering.help import stock

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def preview(text: str):
    return preview_import(content=text.encode())


def reasons(problems) -> list[tuple[int, str]]:
    return [(problem.line, problem.reason) for problem in problems]


def test_single_numbers_and_ranges_of_any_width_are_read():
    found = preview(
        "電話番号\n05000010000\n050-0001-0001\n０５００００１０００２\n\n"
        "05000010010～05000010012\n05000010020-05000010021,\n"
    )
    assert [(one.line, one.digits) for one in found.new] == [
        (2, "05000010000"),
        (3, "05000010001"),
        (4, "05000010002"),
        (6, "05000010010"),
        (6, "05000010011"),
        (6, "05000010012"),
        (7, "05000010020"),
        (7, "05000010021"),
    ]
    assert not found.wrong
    assert not found.known


def test_geographic_numbers_need_their_area_code():
    found = preview('0300000001,03\n"0600000001","06"\n0300000002\n0300000003,06\n')
    assert [(one.digits, one.kind, one.area) for one in found.new] == [
        ("0300000001", "0abj", "03"),
        ("0600000001", "0abj", "06"),
    ]
    assert [line for line, _reason in reasons(found.wrong)] == [3, 4]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("0500001000", "11桁"),
        ("050000100000", "11桁"),
        ("05oo0010000", "数字で入力"),
        ("番号なし", "数字で入力"),
        ("07000000000", "050番号（11桁）でも0ABJ番号（10桁）でもありません"),
        ("05000010009-05000010000", "小さい番号から大きい番号"),
        ("05000000000-05099999999", "1,000,000番号まで"),
    ],
)
def test_a_wrong_line_is_named_with_its_reason_and_the_others_are_kept(line, reason):
    found = preview(f"05000010000\n{line}\n05000010001\n")
    assert [one.digits for one in found.new] == ["05000010000", "05000010001"]
    assert [(one.line, one.text) for one in found.wrong] == [(2, line)]
    assert reason in found.wrong[0].reason


def test_a_number_that_stands_twice_is_taken_once():
    found = preview("05000010000\n05000010000-05000010001\n")
    assert [one.digits for one in found.new] == ["05000010000", "05000010001"]
    assert reasons(found.wrong) == [(2, "ファイルの1行目にも同じ番号があります。")]


def test_numbers_we_know_are_said_to_be_and_those_on_contract_too(contract, operator):
    stock(1)
    issue_original(
        contract=contract,
        digits="05000010005",
        sip_password="Abcdefg2",
        service_password="Abcdefg3",
        since=date(2026, 4, 1),
        actor=operator,
    )
    found = preview("05000010000\n05000010005\n05000010006\n")
    assert [one.digits for one in found.new] == ["05000010006"]
    assert [(one.text, one.reason) for one in found.known] == [
        ("05000010000", "すでに登録されています。"),
        ("05000010005", "すでに登録されていて、契約で利用中です。"),
    ]


def test_a_preview_stores_nothing_and_the_import_what_it_showed(operator):
    found = preview("05000010000-05000010009\nabc\n")
    assert not Number.objects.exists()
    assert import_numbers(preview=found, actor=operator) == 10
    assert set(FreeNumber.objects.values_list("available_on", flat=True)) == {NEVER_USED}
    event = AuditEvent.objects.get(action="number.imported")
    assert event.actor_name == operator.selfcare_id
    assert event.detail == {
        "stored": 10,
        "known": 0,
        "wrong": 1,
        "first": "05000010000",
        "last": "05000010009",
        # Typed, not from a file.
        "sha256": "",
    }


def test_importing_the_same_preview_twice_stores_once(operator):
    found = preview("05000010000-05000010009\n")
    assert import_numbers(preview=found, actor=operator) == 10
    assert import_numbers(preview=found, actor=operator) == 0
    assert Number.objects.count() == FreeNumber.objects.count() == 10


def test_a_file_of_a_japanese_windows_program_is_read():
    found = preview_import(content="電話番号,市外局番\r\n05000010000,\r\n0300000001,03\r\n".encode("cp932"))
    assert found.encoding == "cp932"
    assert [one.digits for one in found.new] == ["05000010000", "0300000001"]


@pytest.mark.parametrize("content", ["05000010000\n".encode("utf-16"), b"PK\x03\x04\x00\x00", b"050\x00"])
def test_what_is_no_text_is_refused_in_words(content):
    with pytest.raises(UnreadableFileError, match="文字コード"):
        preview_import(content=content)


def test_a_hundred_thousand_lines_take_seconds(operator):
    content = "\n".join(f"050{n:08d}" for n in range(100_000)).encode()
    before = time.monotonic()
    found = preview_import(content=content)
    previewed = time.monotonic()
    assert import_numbers(preview=found, actor=operator) == 100_000
    imported = time.monotonic()
    print(f"\n100,000 lines: preview {previewed - before:.1f} s, import {imported - previewed:.1f} s")
    assert imported - before < 20
