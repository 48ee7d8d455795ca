"""時間外アナウンス: what plays when, over midnight and holidays; setting it; numbers without the option."""

from datetime import date

import pytest

from numbering.cloud.models import AfterHours, CloudNumber, Use
from numbering.cloud.services import after_hours
from numbering.cloud.services.after_hours import Span, Wanted, Week
from selfcare.accounts.models import AuditEvent
from tests.billing.cloud import make_prices
from tests.clock import Clock
from tests.numbering.cloud import parts
from tests.numbering.help import at
from tests.people import AsUser

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

H = 60
#: Monday to Friday 9:00-12:00 and 13:00-18:00.
OFFICE = tuple(Span(day, opens, closes) for day in range(5) for opens, closes in ((9 * H, 12 * H), (13 * H, 18 * H)))
#: Friday and Saturday 18:00 to 2:00 of the next day.
BAR = (Span(4, 18 * H, 26 * H), Span(5, 18 * H, 26 * H))
ALWAYS = tuple(Span(day, 0, 24 * H) for day in range(7))
TEXT = "本日の営業は終了しました。"


# 2026-11-23 (Monday) is a holiday (勤労感謝の日); 2026-11-20 is a Friday.
@pytest.mark.parametrize(
    ("week", "moment", "is_open", "until"),
    [
        pytest.param(Week(OFFICE), "2026-11-20 08:59:59", False, "2026-11-20 09:00", id="before opening"),
        pytest.param(Week(OFFICE), "2026-11-20 09:00", True, "2026-11-20 12:00", id="from the minute of opening"),
        pytest.param(Week(OFFICE), "2026-11-20 12:00", False, "2026-11-20 13:00", id="noon"),
        pytest.param(Week(OFFICE), "2026-11-20 17:59:59", True, "2026-11-20 18:00", id="last second"),
        pytest.param(Week(OFFICE), "2026-11-20 18:00", False, "2026-11-24 09:00", id="over a long weekend"),
        pytest.param(Week(OFFICE), "2026-11-23 10:00", False, "2026-11-24 09:00", id="on the holiday"),
        pytest.param(
            Week(OFFICE, closed_on_holidays=False), "2026-11-23 10:00", True, "2026-11-23 12:00", id="open on holidays"
        ),
        pytest.param(
            Week(OFFICE, frozenset({date(2026, 11, 24)})), "2026-11-23 10:00", False, "2026-11-25 09:00", id="bridge"
        ),
        # 3 May (Sunday) to 5 May are holidays in 2026, 6 May takes the Sunday's place.
        pytest.param(Week(OFFICE), "2026-05-01 18:00", False, "2026-05-07 09:00", id="substitute holiday"),
        pytest.param(Week(BAR), "2026-11-21 01:59:59", True, "2026-11-21 02:00", id="past midnight"),
        pytest.param(Week(BAR), "2026-11-21 02:00", False, "2026-11-21 18:00", id="closed at two"),
        pytest.param(
            Week(BAR, frozenset({date(2026, 11, 21)})), "2026-11-21 01:00", True, "2026-11-21 02:00",
            id="the evening before a closed day runs to its end",
        ),
        pytest.param(
            Week(BAR, frozenset({date(2026, 11, 21)})), "2026-11-22 01:00", False, "2026-11-27 18:00",
            id="no evening begins on a closed day",
        ),
        # 2026-11-03 (Tuesday) is a holiday: Monday's whole day ends at its midnight.
        pytest.param(Week(ALWAYS), "2026-11-02 23:00", True, "2026-11-03 00:00", id="until the holiday begins"),
        pytest.param(Week(ALWAYS), "2026-11-03 23:59:59", False, "2026-11-04 00:00", id="until the holiday ends"),
        pytest.param(Week(ALWAYS, closed_on_holidays=False), "2026-11-20 10:00", True, None, id="around the clock"),
        pytest.param(Week(()), "2026-11-20 10:00", False, None, id="never"),
    ],
)  # fmt: skip
def test_open_or_closed_and_the_next_change(week: Week, moment: str, is_open: bool, until: str | None) -> None:
    now = at(moment)
    assert week.is_open(now) is is_open
    assert week.next_change(now) == (at(until) if until else None)


def wanted(**fields: object) -> Wanted:
    defaults = {"is_on": True, "text": TEXT, "closed_on_holidays": True, "spans": OFFICE, "closed": ()}
    return Wanted(**{**defaults, **fields})  # type: ignore[arg-type]


def test_a_switch_is_told_what_to_play() -> None:
    cloud = parts.cloud(numbers=1)
    number, actor = parts.numbers(cloud)[0], parts.member(cloud)
    night, noon = at("2026-11-20 22:00"), at("2026-11-20 10:00")
    after_hours.save(number=number, wanted=wanted(), actor=actor)
    assert after_hours.announcement(number=number, now=night) == after_hours.RINGS, "the option is off"
    number.after_hours = True
    assert after_hours.announcement(number=number, now=noon).text == ""
    told = after_hours.announcement(number=number, now=night)
    assert (told.text, told.until) == (TEXT, at("2026-11-24 09:00"))
    assert "時間外" in told.words
    assert "11月24日(火) 9:00" in told.words
    after_hours.save(number=number, wanted=wanted(is_on=False), actor=actor)
    assert after_hours.announcement(number=number, now=night) == after_hours.RINGS
    assert AuditEvent.objects.filter(action="cloud.after_hours_set", actor=actor).count() == 2


def test_the_page_previews_saves_and_says_what_is_wrong(clock: Clock, as_user: AsUser) -> None:
    cloud = parts.cloud(numbers=1)
    number = parts.numbers(cloud)[0]
    CloudNumber.objects.filter(pk=number.pk).update(after_hours=True)
    browser, address = as_user(parts.member(cloud)), f"/cloud/numbers/{number.digits}/after-hours/"
    typed = {
        "is_on": "on", "closed_on_holidays": "on", "text": TEXT, "closed": "２０２６年１２月２９日 年末休業",
        "day4_opens1": "18:00", "day4_closes1": "02:00",
    }  # fmt: skip
    assert "営業時間内に切り替わります" in browser.post(address, {**typed, "preview": "1"}).content.decode()
    assert not AfterHours.objects.exists()
    assert browser.post(address, typed).status_code == 302
    setting = AfterHours.objects.get(number=number)
    assert list(setting.hours.values_list("weekday", "opens", "closes")) == [(4, 18 * H, 26 * H)]
    assert list(setting.closed_days.values_list("day", "name")) == [(date(2026, 12, 29), "年末休業")]
    page = browser.get(address).content.decode()
    assert "11月20日(金) 18:00" in page
    for wrong, words in (
        ({"day4_closes1": ""}, "開始と終了の両方"),
        ({"day4_opens2": "20:00", "day4_closes2": "21:00"}, "重なっています"),
        ({"closed": "正月"}, "日付として読み取れません"),
        ({"text": ""}, "アナウンスの内容を入力"),
    ):
        assert words in browser.post(address, {**typed, **wrong}).content.decode()
    assert AfterHours.objects.get(number=number).hours.count() == 1


def test_without_the_option_the_page_names_its_price_and_the_way_to_it(clock: Clock, as_user: AsUser) -> None:
    make_prices()
    cloud = parts.cloud(numbers=1)
    fax = parts.number(cloud, use=Use.FAX)
    browser = as_user(parts.member(cloud))
    page = browser.get(f"/cloud/numbers/{parts.numbers(cloud)[0].digits}/after-hours/").content.decode()
    assert "800" in page
    assert f"/cloud/options/?contract={cloud.contract.number}" in page
    assert browser.get(f"/cloud/numbers/{fax.digits}/after-hours/").status_code == 404
    stranger = as_user(parts.member(parts.cloud()))
    assert stranger.get(f"/cloud/numbers/{parts.numbers(cloud)[0].digits}/after-hours/").status_code == 404
