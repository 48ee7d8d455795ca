"""The pages of 音声オプション変更: what they say, what is refused and where, hostile input, stale drafts."""

import html
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lines.models import Line
from selfcare.accounts.models import Role
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.states import State
from tests.lines.parts import contract, fresh, line, place, service
from tests.lines.voice import CODE, carrier_has_done, change
from tests.people import log_in, person

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def phone(clock) -> Line:
    service()
    return line(options={"flat_rate": "5min", "call_forwarding": "0312345678"})


@pytest.fixture
def page(phone):
    return log_in(person("voice_owner", customer=phone.customer, role=Role.OWNER))


def url(phone: Line) -> str:
    return f"/lines/{phone.pk}/voice-options/"


def errors(page, phone: Line, **typed: str) -> dict[str, list[str]]:
    answer = page.post(url(phone), {"day": "today", **typed})
    return dict(answer.context["form"].errors) if answer.status_code == 200 else {}


def to_confirm(page, phone: Line, **typed: str) -> str:
    answer = page.post(url(phone), {"day": "today", **typed})
    assert answer.status_code == 302, answer.context["form"].errors
    return str(answer.url)


def accept(page, address: str):
    return page.post(address, {"shown": page.get(address).context["shown"]})


def test_the_page_says_what_is_held_what_it_costs_and_which_day_is_possible(page, phone):
    text = html.unescape(page.get(url(phone)).content.decode())
    assert "5分かけ放題（月額 700円）" in text
    assert "あり（月額 300円）" in text
    assert "国際ローミング" in text
    assert "グループ通話" not in text
    assert "2026年12月1日(火) 0:00 から" in text
    assert "通話定額を変更・解除するときは、2026年12月1日(火)からだけです" in text
    assert "通話定額とは別にお申し込みください" in text
    assert "月末日の19:59まで取り消せます" in text
    assert "転送先までの通話料は、この回線にかかります" in text
    assert "暗証番号が初期値（1234）のままです" in text
    form = page.get(url(phone)).context["form"]
    assert (form["flat_rate"].value(), form["call_forwarding"].value(), form["forwarding_number"].value()) == (
        "5min",
        "on",
        "03-1234-5678",
    )
    assert form["day"].value() == "first", "what is possible in any case"


def test_today_is_refused_beside_its_field_when_the_held_flat_rate_changes(page, phone):
    for rate in ("off", "10min"):
        told = errors(page, phone, flat_rate=rate, voicemail="on")
        assert list(told) == ["day"]
        assert "翌月1日からです" in told["day"][0]
        assert "別にお申し込みください" in told["day"][0]
    assert errors(page, phone, flat_rate="5min", voicemail="on") == {}
    assert errors(page, phone, flat_rate="off", day="first") == {}


def test_it_is_confirmed_by_a_button_that_says_what_it_does(page, phone):
    address = to_confirm(page, phone, voicemail="on", day="first")
    asked = page.get(address).content.decode()
    assert re.search(r'<button[^>]*type="submit">変更する</button>', asked)
    assert "2026年12月1日(火) 0:00" in asked
    assert "+300円" in asked
    done = page.get(accept(page, address).url).content.decode()
    assert "予約済" in done
    back = page.get(f"{url(phone)}?draft={Order.objects.get().uuid}")
    assert back.status_code == 302, "an accepted one is not typed anew"


def test_going_back_keeps_the_input(page, phone):
    address = to_confirm(page, phone, voicemail="on", international="50000", call_forwarding="off", pin="8305")
    form = page.get(page.get(address).context["back_url"]).context["form"]
    assert (form["voicemail"].value(), form["international"].value(), form["call_forwarding"].value()) == (
        "on",
        "50000",
        "off",
    )
    assert form["pin"].value() is None
    assert form["day"].value() == "today"


def test_nothing_changed_is_said(page, phone):
    same = {"flat_rate": "5min", "call_forwarding": "on", "forwarding_number": "03-1234-5678", "voicemail": "off"}
    assert "何も変わっていません" in errors(page, phone, **same, international="0", roaming="0")["__all__"][0]
    assert "何も変わっていません" in errors(page, phone)["__all__"][0]
    assert "適用日を選んでください" in errors(page, phone, day="", voicemail="on")["day"][0]


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("０９０－１２３４－５６７８", "09012345678"),
        ("+81 50 1234 5678", "05012345678"),
        ("06 6123 4567", "0661234567"),
    ],
)
def test_a_target_is_understood_as_people_write_it(page, phone, typed, digits):
    to_confirm(page, phone, call_forwarding="on", forwarding_number=typed)
    assert Order.objects.get().data["options"] == {"call_forwarding": digits}


_NO_TARGETS = ["110", "119", "118", "0990-512345", "0120-123456", "0570-012345", "0180-991234", "090-1234", "03-1234"]
_NO_TARGETS += ["+1 212 555 0100", "=1+1", "でんわ", "'; DROP TABLE lines_line; --", "0312345678,0398765432", "010812"]


@pytest.mark.parametrize("typed", _NO_TARGETS)
def test_what_is_no_target_is_refused_beside_its_field(page, phone, typed):
    assert list(errors(page, phone, call_forwarding="on", forwarding_number=typed)) == ["forwarding_number"]


def test_the_lines_own_number_is_no_target(page, phone):
    Line.objects.filter(pk=phone.pk).update(number="08012345678")
    told = errors(page, phone, call_forwarding="on", forwarding_number="080-1234-5678")
    assert "この回線自身" in told["forwarding_number"][0]


def test_a_target_is_asked_for_and_one_for_nothing_is_not_passed_over(page, phone):
    assert "入力してください" in errors(page, phone, call_forwarding="on")["forwarding_number"][0]
    Line.objects.filter(pk=phone.pk).update(options={})
    told = errors(page, phone, call_forwarding="off", forwarding_number="0312345678")
    assert "「あり」" in told["forwarding_number"][0]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("international", "1000"),
        ("international", "-5000"),
        ("international", "５０００"),
        ("roaming", "100000"),
        ("roaming", "=50000"),
        ("flat_rate", "15min"),
        ("flat_rate", "true"),
        ("voicemail", "yes"),
        ("day", "yesterday"),
        ("day", "2026-12-01"),
    ],
)
def test_what_is_not_in_the_list_is_refused_at_its_field(page, phone, field, value):
    assert list(errors(page, phone, **{"voicemail": "on", field: value})) == [field]
    assert not Order.objects.exists()


_FOREIGN = [
    {"options": {"group_call": True}},
    {"options": {"international": 1_000}},
    {"options": {"international": True}},
    {"options": {"roaming": "50000"}},
    {"options": {"voicemail": "on"}},
    {"options": {"voicemail": False}},
    {"options": {"flat_rate": "15min"}, "day": "first"},
    {"options": {"call_forwarding": "110"}},
    {"options": {"call_forwarding": True}},
    {"options": {"no_such": True}},
    {"options": {"voicemail": True}, "day": "yesterday"},
    {"options": {}},
    {"options": {}, "has_pin": True},
]


@pytest.mark.parametrize("data", _FOREIGN, ids=str)
def test_what_no_form_says_is_not_accepted_either(phone, data):
    with pytest.raises(NotPossible):
        place(phone, CODE, **{"day": "today", "has_pin": False, **data})
    assert fresh(phone).open_changes == []


def test_another_customers_line_is_not_found(page, phone):
    other = line(contract=contract())
    assert page.get(url(other)).status_code == 404
    assert page.post(url(other), {"day": "today", "voicemail": "on"}).status_code == 404
    assert not Order.objects.exists()


def test_a_draft_that_the_line_has_overtaken_is_not_accepted(page, phone):
    """Drafted without a flat rate for today; meanwhile the line has got one."""
    Line.objects.filter(pk=phone.pk).update(options={})
    address = to_confirm(page, phone, flat_rate="10min")
    shown = page.get(address).context["shown"]
    Line.objects.filter(pk=phone.pk).update(options={"flat_rate": "5min"})
    answer = page.post(address, {"shown": shown})
    assert (answer.status_code, "翌月1日からです" in answer.content.decode()) == (409, True)
    Line.objects.filter(pk=phone.pk).update(options={"flat_rate": "10min"})
    assert "変わるものがありません" in page.get(address).content.decode()
    Line.objects.filter(pk=phone.pk).update(options={}, plan="voice_lite")
    assert "VOICE LITE" in page.post(address, {"shown": shown}).content.decode()
    assert Order.objects.get().state == State.DRAFT


def test_what_has_come_true_meanwhile_is_asked_again(page, phone):
    address = to_confirm(page, phone, voicemail="on", call_waiting="on")
    shown = page.get(address).context["shown"]
    carrier_has_done(change(phone, "today", voicemail=True))
    answer = page.post(address, {"shown": shown})
    assert answer.status_code == 409, "price and rows are others"
    assert accept(page, address).status_code == 302
    order = Order.objects.get(uuid=address.split("/")[-3])
    assert (order.shown["ja"]["quote"]["monthly"], order.state) == (200, State.IN_PROGRESS)


def test_the_pages_ask_the_same_few_queries_however_much_is_held(page, phone):
    def asked(address: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as some:
            page.get(address)
        return len(some)

    page.get(url(phone))
    few = asked(url(phone))
    everything = {"flat_rate": "5min", "voicemail": True, "call_waiting": True, "roaming": 50_000}
    Line.objects.filter(pk=phone.pk).update(options=everything)
    assert asked(url(phone)) == few <= 19
    assert asked(to_confirm(page, phone, voicemail="off", call_waiting="off", roaming="0")) <= 19
