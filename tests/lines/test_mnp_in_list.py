"""MNP転入待ちリスト: what waits, until when, and which of it can be opened now."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext

from lines.models import Line, PortIn
from lines.services import port_ins
from selfcare import clock as time
from selfcare.accounts.models import Role
from selfcare.orders import procedures
from selfcare.orders.services import batches, bulk, good_rows
from tests.lines import parts
from tests.lines.mnp import waiting
from tests.lines.parts import place
from tests.people import log_in, person

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
PAGE = "/lines/mnp-in/"


@pytest.fixture
def port_in(clock) -> PortIn:
    return waiting()


@pytest.fixture
def member(port_in):
    return person("mnp_member", customer=port_in.customer)


def crowd(port_in: PortIn, count: int) -> None:
    lines = Line.objects.bulk_create(
        Line(
            customer=port_in.customer,
            contract=port_in.line.contract,
            number=f"02011{n:06}",
            sim_serial=f"DN5{n:012}",
            carrier="docomo",
            sim_kind="data",
            sim_size="nano",
            plan="data_3gb",
            shipped_on=date(2026, 11, 1),
        )
        for n in range(count)
    )
    PortIn.objects.bulk_create(
        PortIn(
            line=line,
            customer=port_in.customer,
            number=f"07011{n:06}",
            reservation_number=f"10-{n:03}-00000",
            expires_on=port_in.expires_on + timedelta(days=n % 7),
        )
        for n, line in enumerate(lines)
    )


def rows(response) -> list[str]:
    return [row.awaited.port_in.number for row in response.context["rows"]]


def test_it_shows_number_sim_reservation_and_how_long_is_left(port_in, member):
    response = log_in(member).get(PAGE)
    text = response.content.decode()
    for shown in ("070-1234-5001", port_in.line.sim_serial, "99-000-12345", "2026/11/30", "あと10日", "発送済"):
        assert shown in text
    assert response.context["rows"][0].choice.url == f"/lines/{port_in.line_id}/mnp-in/"


def test_before_the_sim_ships_the_button_is_off_and_says_why(port_in, member):
    Line.objects.update(shipped_on=None)
    response = log_in(member).get(PAGE)
    assert response.context["rows"][0].choice.url == ""
    text = response.content.decode()
    assert "disabled" in text
    assert "SIMの発送前のため、まだ開通を依頼できません。" in text


@pytest.mark.parametrize(
    ("left", "text", "tone"),
    [
        (-1, "期限切れ", "off"),
        (0, "本日まで", "bad"),
        (1, "あと1日", "bad"),
        (2, "あと2日", "wait"),
        (5, "あと5日", "wait"),
        (6, "あと6日", "ok"),
    ],
)
def test_what_is_left_is_a_word_and_a_colour(left, text, tone):
    today = date(2026, 12, 31)
    shown = port_ins.deadline(today + timedelta(days=left), today=today)
    assert (shown.text, shown.tone) == (text, f"tone--{tone}")


def test_a_viewer_sees_the_list_and_no_way_in(port_in):
    viewer = person("mnp_viewer", customer=port_in.customer, role=Role.VIEWER)
    (row,) = log_in(viewer).get(PAGE).context["rows"]
    assert (row.choice.url, "役割" in row.choice.reason) == ("", True)


def test_what_is_ordered_already_names_its_order(port_in, member):
    order = place(port_in.line, "lines.mnp_in", date="2026-11-25")
    (row,) = log_in(member).get(PAGE).context["rows"]
    assert order.request_id in row.choice.reason


def test_others_lines_and_contracts_without_the_function_are_not_there(port_in):
    stranger = person("mnp_stranger", customer=parts.contract().customer)
    assert rows(log_in(stranger).get(PAGE)) == []
    outsider = person("mnp_outsider", customer=parts.contract(functions=["lines.status"]).customer)
    assert log_in(outsider).get(PAGE).status_code == 403


@pytest.mark.parametrize("query", ["5001", "1234-5", "１２３４５", "99-000-1", "９９-000"])
def test_one_is_found_by_part_of_its_numbers(port_in, member, query):
    waiting("07099998888", contract=port_in.line.contract)
    PortIn.objects.filter(number="07099998888").update(reservation_number="11-111-11111")
    assert rows(log_in(member).get(PAGE, {"q": query})) == [port_in.number]


def test_one_is_found_by_its_sim_and_its_provisional_number(port_in, member):
    for query in (port_in.line.sim_serial[-5:], port_in.line.number):
        assert port_in.number in rows(log_in(member).get(PAGE, {"q": query}))


def test_filters_and_sorts(port_in, member):
    unshipped = waiting("07012340000", contract=port_in.line.contract, shipped_on=None, expires_on=date(2026, 11, 29))
    void = waiting("07012349999", contract=port_in.line.contract, state="void")
    browser = log_in(member)
    assert rows(browser.get(PAGE)) == [unshipped.number, port_in.number]
    assert rows(browser.get(PAGE, {"sort": "-expires"})) == [port_in.number, unshipped.number]
    assert rows(browser.get(PAGE, {"sort": "number"})) == [unshipped.number, port_in.number]
    assert rows(browser.get(PAGE, {"shipped": "yes"})) == [port_in.number]
    assert rows(browser.get(PAGE, {"shipped": "no"})) == [unshipped.number]
    assert rows(browser.get(PAGE, {"state": "void"})) == [void.number]
    assert len(rows(browser.get(PAGE, {"state": "any"}))) == 3
    assert len(rows(browser.get(PAGE, {"state": "nonsense", "sort": "x", "q": "\x00"}))) == 2


def test_what_came_too_late_is_pointed_out_with_what_to_do(port_in, member):
    waiting("07012349999", contract=port_in.line.contract, state="void")
    text = log_in(member).get(PAGE).content.decode()
    assert "有効期限が過ぎた回線が1件あります" in text
    assert "MNP予約番号を取り直し" in text


@pytest.mark.parametrize("sort", ["", "-expires", "number"])
def test_pages_follow_one_another_without_gap_or_repetition(port_in, member, sort):
    crowd(port_in, 120)
    browser, seen, after = log_in(member), [], ""
    while True:
        response = browser.get(PAGE, {"sort": sort, "after": after})
        seen += rows(response)
        after = response.context["page"].after
        if not after:
            break
    assert len(seen) == len(set(seen)) == 121
    assert rows(browser.get(PAGE, {"sort": sort, "before": response.context["page"].before})) == seen[50:100]


@pytest.mark.parametrize(
    "cursor", ['["2026-13-01","1"]', '["x","1"]', '["2026-11-30","x"]', "[]", "2026-11-30", "\x00"]
)
def test_a_bent_cursor_shows_the_first_page(port_in, member, cursor):
    assert rows(log_in(member).get(PAGE, {"after": cursor})) == [port_in.number]


def test_a_hundred_times_the_lines_are_the_same_queries(port_in, member):
    crowd(port_in, 9)
    browser = log_in(member)
    counted = []
    for more in (0, 990):
        if more:
            PortIn.objects.all().delete()
            Line.objects.all().delete()
            again = waiting(contract=port_in.line.contract)
            crowd(again, 999)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            browser.get(PAGE, {"q": "0"})
        counted.append(len(queries))
    assert counted[0] == counted[1] <= 25


@pytest.mark.parametrize(
    ("state", "today", "words"),
    [
        ("waiting", date(2026, 11, 20), ("開通待ち", "あと10日", "自動では開通しません")),
        ("waiting", date(2026, 12, 1), ("失効", "期限切れ", "MNP予約番号を取り直し")),
        ("void", date(2026, 12, 1), ("失効", "MNP予約番号を取り直し")),
        ("opened", date(2026, 12, 1), ("開通済", "開通日", "開通前の仮電話番号")),
    ],
)
def test_a_lines_page_tells_what_comes_and_what_to_do(port_in, state, today, words):
    opened = {"opened_on": date(2026, 11, 25)} if state == "opened" else {}
    PortIn.objects.update(state=state, **opened)
    Line.objects.update(provisional_number="02099990001" if opened else "")
    awaited = port_ins.awaited(Line.objects.get(pk=port_in.line_id), today=today)
    drawn = render_to_string("lines/_port_in.html", {"port_in": awaited})
    assert all(word in drawn for word in ("070-1234-5001", "99-000-12345", *words)), drawn


def test_a_line_without_any_tells_nothing(clock):
    assert port_ins.awaited(parts.line(), today=date(2026, 12, 1)) is None
    assert render_to_string("lines/_port_in.html", {"port_in": None}).strip() == ""


def test_many_lines_at_once_ask_as_often_as_two(port_in, member):
    """From a file, or ticked: the form and the rules look everything up once."""
    crowd(port_in, 60)
    lines = list(Line.objects.select_related("contract").order_by("pk"))
    procedure, now, counted = procedures.get("lines.mnp_in"), time.now(), []
    for some in (lines[:2], lines):
        with CaptureQueriesContext(connection) as queries:
            rows = [bulk.Typed(line, {"date": "2026-11-25"}) for line in some]
            wishes, refused = bulk.read(procedure, rows, now=now, actor=member)
            assert (len(wishes), refused) == (len(some), [])
            batch = batches.draft(procedure=procedure, wishes=wishes, source="some.csv", now=now, actor=member)
            assert len(good_rows.preview(batch, now=now).offers) == len(some)
        counted.append(len(queries))
    assert counted[0] == counted[1]
    _wishes, (refusal,) = bulk.read(procedure, [bulk.Typed(lines[0], {"date": "2026-12-01"})], now=now, actor=member)
    assert "開通希望日は" in refusal.reason
