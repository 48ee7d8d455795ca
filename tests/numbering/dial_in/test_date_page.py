"""工事希望年月日: which days the calendar offers, and what is said of the others (spec 5.3)."""

import re
from datetime import date

import pytest

from numbering.dial_in.models import LeadTime
from selfcare.accounts.models import Role
from selfcare.orders.models import Order
from tests import people
from tests.numbering.dial_in import by_date, parts
from tests.numbering.dial_in.by_date import fresh

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def base(clock):
    clock.set("2026-11-20 10:00")
    made = parts.base()
    parts.network(made.voice_contract)
    parts.free(20)
    return made


@pytest.fixture
def member(base):
    return people.person("dial_member", customer=base.voice_contract.customer, role=Role.MEMBER, name="担当 次郎")


def address(order: Order, page: str = "date") -> str:
    return f"/numbering/dial-in/by-date/{order.uuid}/{page}/"


def offered(html: str) -> list[str]:
    return re.findall(r'name="date" value="([0-9-]+)"', html)


def seen(html: str) -> str:
    return re.findall(r'name="seen" value="([0-9a-f]*)"', html)[0]


def send(client, order: Order, **typed: str):
    html = client.get(address(order)).content.decode()
    return client.post(address(order), {"seen": seen(html), **typed})


def test_only_business_days_from_the_earliest_one_on_are_offered(base, member, as_user):
    order = by_date.draft(base, by_date.new(), actor=member, date="")
    html = as_user(member).get(address(order)).content.decode()
    days = offered(html)
    assert days[0] == "2026-12-07"
    assert "最短納期日の目安は 2026-12-07" in html
    assert "「0ABJ番号の追加」の10営業日が最も長く" in html
    assert {"2026-12-12", "2026-12-13", "2026-12-31", "2027-01-01"} & set(days) == set()
    assert days[-1] == "2027-05-20"
    assert "年末年始" in html
    assert "工事希望時間" not in html.split("<aside")[0]


def test_a_closed_day_is_shown_by_its_name_and_not_offered(base, member, as_user):
    parts.special_day(date(2026, 12, 10), note="全社研修")
    order = by_date.draft(base, by_date.port("0312349999"), actor=member, date="")
    html = as_user(member).get(address(order)).content.decode()
    assert "全社研修" in html
    assert "2026-12-10" not in offered(html)


def test_the_day_is_kept_and_the_contact_comes_next(base, member, as_user):
    order = by_date.draft(base, by_date.new(), actor=member, date="")
    answer = send(as_user(member), order, date="2026-12-08")
    assert (answer.status_code, answer["Location"]) == (302, address(order, "contact"))
    kept = fresh(order)
    assert (kept.data["date"], kept.data["time"], kept.data["date_reason"]) == ("2026-12-08", "", "")
    assert kept.data["revision"] == 2
    html = as_user(member).get(address(order)).content.decode()
    assert re.search(r'value="2026-12-08"[^>]*checked', html)


@pytest.mark.parametrize(
    ("day", "why"),
    [
        ("2026-12-04", "最短納期日"),
        ("2026-12-12", "土日祝日を選べるのは"),
        ("2026-12-30", "工事を行わない日"),
        ("2027-05-21", "までの日を選んでください"),
        ("2026-12-32", "カレンダーの中から"),
        ("=1+1", "カレンダーの中から"),
        ("", "工事希望年月日を選んでください"),
    ],
)
def test_a_day_that_is_not_to_be_had_is_told_beside_the_calendar(base, member, as_user, day, why):
    order = by_date.draft(base, by_date.new(), actor=member, date="2026-12-07")
    answer = send(as_user(member), order, date=day)
    assert answer.status_code == 200
    assert why in re.findall(r'id="id_date_error">(.*?)</div>', answer.content.decode(), re.DOTALL)[0]
    assert fresh(order).data["date"] == "2026-12-07"


def test_with_portability_weekends_and_hours_can_be_chosen_with_a_reason(base, member, as_user):
    order = by_date.draft(base, by_date.port("0312349999"), actor=member, date="")
    client = as_user(member)
    html = client.get(address(order)).content.decode()
    assert "2026-12-19" in offered(html)
    assert "要理由" in html
    answer = send(client, order, date="2026-12-19", time="22:00", date_reason="")
    assert "理由を入力してください" in answer.content.decode()
    answer = send(client, order, date="2026-12-19", time="22:00", date_reason="店舗が休みの日に切り替えるため ok")
    assert answer.status_code == 302
    assert fresh(order).data["date_reason"] == "店舗が休みの日に切り替えるため\u3000ｏｋ"
    assert fresh(order).data["time"] == "22:00"


def test_a_reason_has_175_characters_at_most(base, member, as_user):
    order = by_date.draft(base, by_date.port("0312349999"), actor=member, date="")
    client = as_user(member)
    answer = send(client, order, date="2026-12-19", time="", date_reason="あ" * 176)
    told = re.findall(r'id="id_date_reason_error">(.*?)</div>', answer.content.decode(), re.DOTALL)
    assert "全角175文字以内" in told[0]
    assert send(client, order, date="2026-12-19", time="", date_reason="あ" * 175).status_code == 302


def test_an_hour_without_portability_is_not_taken(base, member, as_user):
    order = by_date.draft(base, by_date.new(), actor=member, date="")
    assert send(as_user(member), order, date="2026-12-08", time="22:00", date_reason="x").status_code == 302
    assert fresh(order).data["time"] == ""


def test_a_number_shown_waits_for_the_end_of_free_dial_works(base, member, as_user):
    order = by_date.draft(
        base, by_date.new(shown_number="0312340000"), actor=member, date="", free_dial_until="2026-12-10"
    )
    client = as_user(member)
    assert "自動的に廃止されます" in client.get(address(order)).content.decode()
    assert "自動的に廃止されます" in send(client, order, date="2026-12-10").content.decode()
    assert send(client, order, date="2026-12-11").status_code == 302


def test_the_longest_content_decides(base, member, as_user):
    LeadTime.objects.filter(content="targets").update(business_days=30)
    order = by_date.draft(base, by_date.new(forward_number="0312340000"), actor=member, date="")
    html = as_user(member).get(address(order)).content.decode()
    assert "「特定番号通知・転送先特定番号」の30営業日が最も長く" in html


def test_what_a_colleague_has_saved_meanwhile_is_told_and_not_written_over(base, member, as_user, owner):
    order = by_date.draft(base, by_date.new(), actor=member, date="")
    client = as_user(member)
    html = client.get(address(order)).content.decode()
    other = people.person("dial_other", customer=base.voice_contract.customer, role=Role.MEMBER, name="同僚 花子")
    send(as_user(other), order, date="2026-12-09")
    answer = client.post(address(order), {"seen": seen(html), "date": "2026-12-08"})
    assert answer.status_code == 409
    assert "同僚 花子 さんが保存しました" in answer.content.decode()
    assert fresh(order).data["date"] == "2026-12-09"
    again = client.post(address(order), {"seen": seen(answer.content.decode()), "date": "2026-12-08"})
    assert again.status_code == 302
    assert fresh(order).data["date"] == "2026-12-08"


def test_an_order_without_contents_leads_back_to_the_menu(base, member, as_user):
    order = by_date.draft(base, actor=member)
    for page in ("matters", "date", "contact"):
        answer = as_user(member).get(address(order, page))
        assert (answer.status_code, answer["Location"]) == (302, f"/numbering/dial-in/by-date/{order.uuid}/")


def test_viewers_and_strangers_do_not_come_in(base, member, as_user, stranger):
    order = by_date.draft(base, by_date.new(), actor=member)
    watching = people.person("dial_viewer", customer=base.voice_contract.customer, role=Role.VIEWER)
    for page in ("matters", "date", "contact"):
        assert as_user(watching).get(address(order, page)).status_code == 403
        assert as_user(stranger).get(address(order, page)).status_code in (403, 404)
        assert as_user(stranger).post(address(order, page), {"date": "2026-12-08"}).status_code in (403, 404)


def test_an_accepted_order_is_not_changed_any_more(base, member, as_user):
    order = by_date.draft(base, by_date.new(), actor=member)
    client = as_user(member)
    html = client.get(address(order)).content.decode()
    by_date.place(order)
    answer = client.post(address(order), {"seen": seen(html), "date": "2026-12-08"})
    assert answer.status_code == 409
    assert fresh(order).data["date"] == by_date.DAY
