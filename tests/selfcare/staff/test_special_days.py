"""The operators' page of closed and opened days: entered one by one or as a file, on record, past days fixed."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from selfcare.accounts.models import AuditEvent
from selfcare.orders.days import business_days
from selfcare.orders.models import SpecialDay
from selfcare.orders.services import days
from selfcare.orders.services.days import DayError, Wish
from tests.numbering.dial_in import parts, staging
from tests.selfcare.staff.people import DATABASES, inside, operator_of

pytestmark = pytest.mark.django_db(databases=DATABASES)

LIST = "/admin/orders/specialday/"
ENTER, YEAR = f"{LIST}enter/", f"{LIST}year/"
#: The test's clock stands at 20 November 2026, a Friday.
FRIDAY, SUNDAY = date(2026, 11, 27), date(2026, 11, 29)


@pytest.fixture
def client(clock):
    return inside(operator_of("provisioning"))


def enter(client, day, kind="closed", note="創立記念日"):
    return client.post(ENTER, {"day": day, "kind": kind, "note": note})


def send(client, content: bytes):
    return client.post(YEAR, {"file": SimpleUploadedFile("days.csv", content)})


def do(client, row, name, **data):
    return client.post(reverse("admin:orders_specialday_operate", args=[row.pk, name]), data)


def kept() -> list[tuple[str, str, str]]:
    return [(str(one.day), one.kind, one.note) for one in SpecialDay.objects.order_by("day")]


def test_a_day_is_entered_changed_and_removed_on_record(client):
    assert enter(client, FRIDAY)["Location"] == LIST
    (row,) = SpecialDay.objects.all()
    assert not business_days(since=FRIDAY).is_business_day(FRIDAY)
    assert "創立記念日" in client.get(f"{LIST}{row.pk}/do/change/").content.decode()
    assert "errorlist" in do(client, row, "change", kind="x", note="").content.decode()
    assert do(client, row, "change", kind="opened", note="").status_code == 302
    assert client.get(f"{LIST}{row.pk}/do/remove/").status_code == 200
    assert do(client, row, "remove").status_code == 302
    assert kept() == []
    assert business_days(since=FRIDAY).is_business_day(FRIDAY)
    events = AuditEvent.objects.filter(object_type="specialday").order_by("pk")
    assert [event.action for event in events] == ["specialday.created", "specialday.changed", "specialday.removed"]
    assert events[1].detail == {
        "day": "2026-11-27", "from": ["closed", "創立記念日"], "to": ["opened", ""],
    }  # fmt: skip
    assert {event.actor_name for event in events} == {"op_provisioning"}


def test_the_same_again_is_no_change(client):
    for _time in range(2):
        enter(client, SUNDAY, "opened")
    assert len(kept()) == 1
    assert AuditEvent.objects.filter(object_type="specialday").count() == 1


def test_past_days_are_fixed(client, clock, operator):
    enter(client, "2026-11-20")
    (row,) = SpecialDay.objects.all()
    clock.set("2026-11-21 00:00")
    page = client.get(f"{LIST}{row.pk}/change/").content.decode()
    assert "/do/" not in page
    for name in ("change", "remove"):
        do(client, row, name, kind="opened", note="")
    with pytest.raises(DayError):
        days.remove_day(row=row, actor=operator)
    with pytest.raises(DayError):
        days.set_days(wishes=[Wish(row.day, SpecialDay.Kind.OPENED)], actor=operator)
    assert "過ぎた日" in enter(client, "2026-11-20", "opened").content.decode()
    assert kept() == [("2026-11-20", "closed", "創立記念日")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_year_comes_as_a_file(client, encoding):
    enter(client, FRIDAY)
    content = "日付,区分,名称\r\n2026/11/27,営業日,振替\r\n2027-01-04,休業日,年始\r\n\r\n2027-05-01,休業日,\r\n"
    assert send(client, content.encode(encoding))["Location"] == LIST
    assert kept() == [("2026-11-27", "opened", "振替"), ("2027-01-04", "closed", "年始"), ("2027-05-01", "closed", "")]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("2027-01-04,休業日\n2027-02-30,休業日\n", "2行目：日付は"),
        ("2027-01-04,休み\n", "1行目：区分は"),
        ("2027-01-04,休業日\n2027-01-04,営業日\n", "2行目：同じ日が2回"),
        ("2027-01-04,休業日," + "x" * 81, "1行目：名称は80文字以内"),
        ("2026-11-19,休業日\n2027-01-04,休業日\n", "過ぎた日（2026-11-19）"),
        ("9999-12-31,休業日\n", "2999年まで"),
        ("日付,区分\n", "日付がありません"),
        ("", "empty"),
        ("x\n" * 401, "行が多すぎます"),
        ("2027-01-04,休業日,\x00\n", "errorlist"),
    ],
)
def test_a_file_with_anything_wrong_enters_nothing(client, content, text):
    answer = send(client, content.encode())
    assert answer.status_code == 200
    assert text in answer.content.decode() or text == "empty"
    assert kept() == []


@pytest.mark.parametrize("content", [b"\xff\xfe\x00\x01", b"PK\x03\x04" + b"\x00" * 50, b"1" * 200_000])
def test_what_is_no_text_is_refused(client, content):
    assert send(client, content).status_code == 200
    assert kept() == []


def test_who_closes_a_day_reads_what_is_booked_for_it(client, clock):
    base = staging.base(clock)
    parts.open_work(base.voice_contract, clock.set("2026-11-27 09:00"))
    clock.set("2026-11-20 10:00")
    assert "1件あります" in client.get(enter(client, FRIDAY)["Location"]).content.decode()


@pytest.mark.parametrize("group", ["support", "billing"])
def test_others_read_and_do_not_change(client, group):
    enter(client, FRIDAY)
    (row,) = SpecialDay.objects.all()
    reader = inside(operator_of(group))
    assert "2026" in reader.get(LIST).content.decode()
    for answer in (
        reader.get(ENTER), enter(reader, SUNDAY), send(reader, b"2027-01-04,closed"), do(reader, row, "remove"),
        do(reader, row, "change", kind="opened"),
    ):  # fmt: skip
        assert answer.status_code == 403
    assert len(kept()) == 1
