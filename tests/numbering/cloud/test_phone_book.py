"""Web電話帳: search, limits, files in and out; a file with one bad row changes nothing."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from numbering.cloud.models import PhoneBookEntry, PhoneBookFile
from numbering.cloud.services import phone_book, phone_book_files
from numbering.cloud.services.phone_book import Entry
from selfcare import clock as clocks
from selfcare import tables
from selfcare.accounts.models import AuditEvent, UserSession
from tests.clock import Clock
from tests.numbering.cloud import parts
from tests.people import AsUser

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
GOOD = "名前,フリガナ,電話番号1,電話番号2,電話番号3,メモ\r\n架空商事,カクウショウジ,0300000001,,,得意先\r\n"


def sent(content: str | bytes, mode: str = "add") -> dict:
    data = content.encode() if isinstance(content, str) else content
    return {"mode": mode, "file": SimpleUploadedFile("book.csv", data, "text/csv")}


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("架空", ["架空 太郎"]), ("かくう", ["架空 太郎"]), ("ｶｸｳ", ["架空 太郎"]), ("0001", ["架空 太郎", "ACME"]),
        ("０９０−９", ["架空 太郎"]), ("acme", ["ACME"]), ("太郎 0901", []), ("太郎 0909", ["架空 太郎"]), ("", None),
    ],
)  # fmt: skip
def test_entries_are_found_by_name_kana_and_number(typed: str, names: list[str] | None) -> None:
    cloud = parts.cloud()
    actor = parts.member(cloud)
    for entry in (
        Entry("架空 太郎", "カクウ タロウ", ("09090000001", "0312340001")),
        Entry("ACME", "", ("0500000001",)),
        Entry("別人", "ベツジン", ("0799999999",)),
    ):
        phone_book.add(cloud=cloud, entry=entry, actor=actor)
    entries = phone_book.found(PhoneBookEntry.objects.visible_to(actor), typed)
    assert list(entries.order_by("pk").values_list("name", flat=True)) == (
        names or (["架空 太郎", "ACME", "別人"] if names is None else [])
    )
    assert not PhoneBookEntry.objects.visible_to(parts.member(parts.cloud())).exists()


def test_a_file_is_shown_then_taken_in_once(clock: Clock, as_user: AsUser) -> None:
    cloud = parts.cloud()
    browser = as_user(parts.member(cloud))
    shown = browser.post("/cloud/phone-book/import/", sent(GOOD))["Location"]
    assert not PhoneBookEntry.objects.exists()
    assert "架空商事" in browser.get(shown).content.decode()
    for _time in range(2):
        browser.post(shown)
    assert PhoneBookEntry.objects.get().numbers == ["0300000001"]
    assert AuditEvent.objects.filter(action="cloud.phone_book_imported").count() == 1
    assert "取り込まれているか" in browser.get("/cloud/phone-book/").content.decode()
    assert browser.get(shown)["Location"] == "/cloud/phone-book/", "who goes back sees where it went"


def test_a_bad_row_is_named_and_nothing_is_taken_in(clock: Clock, as_user: AsUser) -> None:
    cloud = parts.cloud()
    browser = as_user(parts.member(cloud))
    page = browser.post(
        "/cloud/phone-book/import/", sent(GOOD + "田中,漢字,03000,,,\r\n佐藤,,,,,\r\n")
    ).content.decode()
    for words in ("2行あります", "3行目", "カナで入力", "4行目", "電話番号を1つ以上"):
        assert words in page
    assert not PhoneBookFile.objects.exists()
    assert not PhoneBookEntry.objects.exists()
    # The row's own texts are text on the page.
    page = browser.post("/cloud/phone-book/import/", sent("<b>太字</b>,,,,,\r\n")).content.decode()
    assert "&lt;b&gt;太字" in page


def test_others_neither_see_nor_take_in_a_file(clock: Clock, as_user: AsUser) -> None:
    cloud = parts.cloud()
    shown = as_user(parts.member(cloud)).post("/cloud/phone-book/import/", sent(GOOD))["Location"]
    for other in (parts.owner(cloud), parts.owner(parts.cloud())):
        browser = as_user(other)
        assert browser.get(shown).status_code == 404
        assert browser.post(shown).status_code == 404
    assert as_user(parts.viewer(cloud)).post(shown).status_code == 403
    assert not PhoneBookEntry.objects.exists()


def test_a_file_that_nobody_takes_in_is_forgotten_after_a_day(clock: Clock, as_user: AsUser) -> None:
    as_user(parts.member(parts.cloud())).post("/cloud/phone-book/import/", sent(GOOD))
    assert phone_book_files.erase_old() == 0
    PhoneBookFile.objects.update(made_at=clocks.real_now() - phone_book_files.KEPT)
    assert phone_book_files.erase_old() == 1


def test_replacing_keeps_the_old_book_when_the_new_one_has_no_room(clock: Clock) -> None:
    cloud = parts.cloud()
    actor = parts.member(cloud)
    phone_book.insert(cloud=cloud, entries=(Entry(f"人{n}", "", ("0300000001",)) for n in range(2000)))
    checked = phone_book_files.check(GOOD.encode())
    added = phone_book_files.keep(cloud=cloud, checked=checked, name="a.csv", mode="add", actor=actor)
    with pytest.raises(phone_book.Refused, match="2,000件まで"):
        phone_book_files.take_in(cloud=cloud, uuid=added.uuid, actor=actor)
    assert phone_book.held(cloud) == 2000
    replaced = phone_book_files.keep(cloud=cloud, checked=checked, name="a.csv", mode="replace", actor=actor)
    assert phone_book_files.take_in(cloud=cloud, uuid=added.uuid, actor=actor) is None
    assert phone_book_files.take_in(cloud=cloud, uuid=replaced.uuid, actor=actor) == 1
    assert phone_book.held(cloud) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
def test_what_is_written_is_read_back_as_it_was(encoding: str, clock: Clock, as_user: AsUser) -> None:
    cloud = parts.cloud()
    actor = parts.member(cloud)
    for entry in (
        Entry("=SUM(A1)", "", ("0312345678", "09012345678"), "+81、'引用"),
        Entry("髙橋～", "タカハシ", ("110",)),
    ):
        phone_book.add(cloud=cloud, entry=entry, actor=actor)
    content = as_user(actor).get(f"/cloud/phone-book/export/?encoding={encoding}").content
    assert content.startswith(b"\xef\xbb\xbf") is (encoding == "utf-8")
    cells = [
        cell
        for row in csv.reader(io.StringIO(content.decode("utf-8-sig" if encoding == "utf-8" else encoding)))
        for cell in row
    ]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
    read = phone_book_files.check(content)
    assert not read.bad
    assert {(one.name, one.numbers, one.memo) for one in read.entries} == {
        (row.name, tuple(row.numbers), row.memo) for row in PhoneBookEntry.objects.all()
    }


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "連絡先がありません"), (b"\x1b$B", "文字コード"), ("名前\r\n".encode(), "連絡先がありません"),
        (("あ,,0300000001\r\n" * 2001).encode(), "2,000件まで"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_read_are_refused(content: bytes, words: str) -> None:
    with pytest.raises(tables.FileRefused, match=words):
        phone_book_files.check(content)


def test_entries_are_typed_changed_and_removed(clock: Clock, as_user: AsUser) -> None:
    cloud, other = parts.cloud(), parts.cloud()
    browser = as_user(parts.member(cloud))
    typed = {
        "name": "架空 花子",
        "kana": "かくう はなこ",
        "number1": "０３-１２３４-５６７８",
        "number2": "",
        "memo": "総務",
    }
    assert "カナ" in browser.post("/cloud/phone-book/new/", {**typed, "kana": "漢字"}).content.decode()
    assert browser.post("/cloud/phone-book/new/", typed).status_code == 302
    row = PhoneBookEntry.objects.get()
    assert (row.kana, row.numbers) == ("カクウ ハナコ", ["0312345678"])
    assert browser.post(f"/cloud/phone-book/{row.pk}/", {**typed, "number2": "110"}).status_code == 302
    row.refresh_from_db()
    assert row.numbers == ["0312345678", "110"]
    assert as_user(parts.member(other)).get(f"/cloud/phone-book/{row.pk}/").status_code == 404
    for user, count in ((parts.member(other), 1), (parts.viewer(cloud), 1), (parts.member(cloud), 0)):
        as_user(user).post("/cloud/phone-book/", {"entry": row.pk})
        assert PhoneBookEntry.objects.count() == count


def test_the_list_asks_as_often_for_many_as_for_few(clock: Clock, as_user: AsUser) -> None:
    cloud = parts.cloud()
    browser = as_user(parts.member(cloud))

    def asked() -> int:
        browser.get("/cloud/phone-book/?q=03")
        # A session notes once a minute that it is in use.
        UserSession.objects.update(last_seen_at=clocks.real_now())
        with CaptureQueriesContext(connection) as queries:
            assert browser.get("/cloud/phone-book/?q=03").status_code == 200
        return len(queries)

    phone_book.insert(cloud=cloud, entries=[Entry("あ", "", ("0300000000",))])
    few = asked()
    phone_book.insert(cloud=cloud, entries=[Entry(f"人{n}", "", (f"03{n:08}",)) for n in range(300)])
    assert asked() == few <= 14
