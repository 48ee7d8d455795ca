"""The operators' page of reflection times: rows are typed, previewed, published; what has begun stays."""

import re
from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from numbering.models import Timetable, TimetableEntry
from numbering.services import timetables
from selfcare.accounts.models import AuditEvent
from selfcare.staff.groups import GROUPS
from tests.numbering.help import at
from tests.people import log_in
from tests.selfcare.staff.people import DATABASES, inside, operator_of

pytestmark = pytest.mark.django_db(databases=DATABASES)

LIST = "/admin/numbering/timetable/"
PUBLISH = f"{LIST}publish/"
#: The test's clock stands at 20 November 2026.
HALVES = [("00:00", "12:05", ""), ("12:00", "01:00", "on")]


@pytest.fixture
def client(clock):
    return inside(operator_of("provisioning"))


def typed(rows=(), *, service="b2bua", valid_from="2026-11-21", **more: str) -> dict[str, str]:
    data = {"service": service, "valid_from": valid_from, "rows-TOTAL_FORMS": str(len(rows)), "rows-INITIAL_FORMS": "0"}
    for n, row in enumerate(rows):
        values = dict(zip(("starts", "reflected", "next_day"), row, strict=True))
        data |= {f"rows-{n}-{name}": value for name, value in values.items() if value}
    return data | more


def send(client, data: dict[str, str]) -> Any:
    return client.post(PUBLISH, data)


def publish(client, data: dict[str, str]) -> Any:
    """Preview, then the button below it."""
    previewed = send(client, data)
    return send(client, data | {"shown": previewed.context["preview"]["mark"], "publish": "x"})


def told(answer) -> list[tuple[str, str]]:
    """The sentences beside the fields, by field."""
    page = answer.content.decode()
    return re.findall(r'<ul class="errorlist[^"]*" id="id_([^"]*)_error"><li>([^<]*)', page)


def coming() -> list[Timetable]:
    return list(Timetable.objects.filter(valid_from__gt=date(2026, 11, 20)))


def test_the_list_says_what_holds_what_is_to_come_and_what_is_over(client, clock):
    publish(client, typed(HALVES))
    publish(client, typed(valid_from="2026-12-01", at_once="on"))
    rows = client.get(LIST).context["cl"].result_list
    states = {(row.service, str(row.valid_from)): (row.is_coming, row.is_over) for row in rows}
    assert states[("b2bua", "2000-01-01")] == (False, False)
    assert states[("b2bua", "2026-11-21")] == states[("b2bua", "2026-12-01")] == (True, False)
    clock.set("2026-12-01 00:00")
    page = client.get(f"{LIST}?service__exact=b2bua").content.decode()
    words = re.findall(r"適用前|適用中|終了|すぐに反映|\d+区分", page)
    assert words == ["適用中", "すぐに反映", "終了", "2区分", "終了", "10区分"]


def test_a_timetable_is_previewed_and_then_published(client):
    previewed = send(client, typed([("０:00", "12：05", ""), ("", "", ""), ("12:00", "01:00", "on")]))
    page = previewed.content.decode()
    for text in ("00:00-12:00", "12:05", "翌日 01:00", "6分〜12時間05分", "00:00-01:00", "31分〜1時間30分"):
        assert text in page, text
    assert not coming()
    answer = publish(client, typed(HALVES))
    assert answer["Location"] == LIST
    (made,) = coming()
    assert timetables.slots_of(made).intervals() == [(0, 720, 725), (720, 1440, 1500)]
    event = AuditEvent.objects.get(action="timetable.published")
    assert (event.actor_name, event.object_id) == ("op_provisioning", str(made.pk))
    shown = client.get(f"{LIST}{made.pk}/change/").content.decode()
    assert "翌日 01:00" in shown
    assert f"{LIST}{made.pk}/do/withdraw/" in shown
    assert "timetable.published" in client.get(f"{LIST}{made.pk}/history/", follow=True).content.decode()


def test_only_what_the_preview_showed_is_published(client):
    mark = send(client, typed(HALVES)).context["preview"]["mark"]
    other = [("00:00", "12:05", ""), ("12:00", "02:00", "on")]
    for data in (
        typed(other, shown=mark, publish="x"),
        typed(HALVES, shown=mark, publish="x", service="b2bua_opengate"),
        typed(HALVES, shown=mark, publish="x", valid_from="2026-11-22"),
        typed(HALVES, publish="x"),
        typed(HALVES, shown=mark),
    ):
        answer = send(client, data)
        assert answer.status_code == 200
        assert answer.context["preview"]["mark"]
    assert not coming()


@pytest.mark.parametrize(
    ("rows", "fields"),
    [
        ([("00:30", "12:00", "on")], ["rows-0-starts"]),
        ([("00:00", "13:00", ""), ("12:00", "11:00", "on"), ("11:00", "11:00", "on")], ["rows-2-starts"]),
        ([("00:00", "11:59", ""), ("12:00", "00:00", "on")], ["rows-0-reflected"]),
        ([("00:00", "23:00", "")], ["rows-0-reflected"]),
        ([("00:00", "", "")], ["rows-0-reflected"]),
        ([("", "01:00", "")], ["rows-0-starts"]),
        ([("", "", "on")], ["rows-0-starts", "rows-0-reflected"]),
        ([("24:00", "25:10", ""), ("x", "12:60", "")],
         ["rows-0-starts", "rows-0-reflected", "rows-1-starts", "rows-1-reflected"]),
        ([("00:00", "12:30", ""), ("", "", ""), ("12:00", "09:00", "")], ["rows-2-reflected"]),
    ],
)  # fmt: skip
def test_wrong_rows_are_named_beside_their_field_and_nothing_is_kept(client, rows, fields):
    answer = send(client, typed(rows, shown="x", publish="x"))
    assert [field for field, _text in told(answer)] == fields
    assert "preview" not in answer.context
    assert not coming()
    assert TimetableEntry.objects.exclude(timetable__valid_from=date(2000, 1, 1)).count() == 0


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (typed(HALVES, valid_from="2026-11-20"), "適用開始日は明日以降にしてください。"),
        (typed(HALVES, valid_from="0001-01-01"), "適用開始日は明日以降にしてください。"),
        (typed(HALVES, valid_from="2026-02-30"), "日付を正しく入力してください。"),
        (typed(HALVES, at_once="on"), "時間帯をすべて消すか、チェックを外してください。"),
        (typed(), "時間帯を入力するか、「すぐに反映する」を選んでください。"),
        (typed(HALVES, service="docomo"), "正しく選択してください。"),
        (typed([("00:00", "12:00", "on")] * 60), "正しく"),
        ({"service": "b2bua"}, "入力内容をご確認ください。"),
        ({"rows-TOTAL_FORMS": "-1", "rows-INITIAL_FORMS": "x"}, "入力内容をご確認ください。"),
        (typed(HALVES) | {"rows-TOTAL_FORMS": "99999999999"}, "入力内容をご確認ください。"),
    ],
)
def test_the_rest_of_the_form_is_refused_with_a_sentence(client, data, sentence):
    answer = send(client, {**data, "publish": "x"})
    assert answer.status_code == 200
    page = answer.content.decode()
    assert sentence in page or sentence == "正しく", page
    assert "preview" not in answer.context
    assert not coming()


def test_a_day_is_taken_once(client):
    previewed = send(client, typed(HALVES)).context["preview"]["mark"]
    publish(client, typed(HALVES))
    again = send(client, typed(HALVES, shown=previewed, publish="x"))
    assert "同じ日から適用される" in again.content.decode()
    assert len(coming()) == 1


def test_the_rows_begin_with_the_last_timetable_and_more_can_be_added(client):
    page = client.get(PUBLISH, {"service": "b2bua"})
    filled = [form.initial for form in page.context["form"].rows if form.initial]
    assert filled[0] == {"starts": "00:00", "reflected": "01:30", "next_day": False}
    assert filled[-1] == {"starts": "23:00", "reflected": "00:30", "next_day": True}
    assert len(filled) == 10
    more = send(client, typed([("00:00", "oops", "on")], more="x", at_once="on"))
    rows = list(more.context["form"].rows)
    assert len(rows) > 4
    assert not told(more)
    assert 'value="oops"' in more.content.decode()
    assert "checked" in str(rows[0]["next_day"])
    assert len(list(send(client, typed([("", "", "")] * 48, more="x")).context["form"].rows)) == 48
    assert client.get(PUBLISH, {"service": "<x>"}).status_code == 200


def test_what_is_to_come_is_withdrawn_and_what_holds_is_not(client):
    publish(client, typed(HALVES))
    (made,) = coming()
    page = client.get(f"{LIST}{made.pk}/do/withdraw/")
    assert "取り下げる" in page.content.decode()
    assert client.post(f"{LIST}{made.pk}/do/withdraw/")["Location"] == LIST
    assert not coming()
    assert AuditEvent.objects.filter(action="timetable.withdrawn").count() == 1
    held = Timetable.objects.get(service="b2bua")
    assert "withdraw" not in client.get(f"{LIST}{held.pk}/change/").content.decode()
    assert client.post(f"{LIST}{held.pk}/do/withdraw/").status_code == 302
    assert "この操作はいまの状態ではできません。" in client.get(LIST).content.decode()
    assert client.post(reverse("admin:numbering_timetable_delete", args=[held.pk]), {"post": "yes"}).status_code == 403
    assert timetables.load().intervals("b2bua", at("2026-11-21 00:00"))[0] == (0, 60, 90)


@pytest.mark.parametrize("group", GROUPS)
def test_who_may_do_what(clock, group):
    publish(inside(operator_of("admin", "op_other")), typed(HALVES))
    (made,) = coming()
    client = inside(operator_of(group))
    may = group in ("provisioning", "admin")
    assert client.get(LIST).status_code == 200
    assert (PUBLISH in client.get(LIST).content.decode()) == may
    assert client.get(PUBLISH).status_code == (200 if may else 403)
    for data in (typed(HALVES, service="b2bua_opengate"), {}):
        assert send(client, data).status_code == (200 if may else 403)
    assert client.get(f"{LIST}{made.pk}/change/").status_code == 200
    assert client.post(f"{LIST}{made.pk}/do/withdraw/").status_code == (302 if may else 403)
    assert len(coming()) == (0 if may else 1)


def test_customers_and_nobody_are_sent_to_the_door(clock, owner, browser):
    for client in (log_in(owner), browser()):
        for answer in (client.get(PUBLISH), send(client, typed(HALVES, publish="x"))):
            assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/admin/login/")
    assert not coming()
