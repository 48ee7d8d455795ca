"""One line's page: all that is known of it, what is booked, and every procedure with a button or the reason why not."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lines import offered
from lines.models import CarrierOrder, Line
from selfcare.accounts.models import Role
from tests import builders
from tests.lines import parts
from tests.people import log_in

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def held(clock):
    """A voice line in full, and the owner of it."""
    clock.set("2026-11-20 14:00")
    parts.service()
    line = parts.line(
        product="SIM-V1",
        provisional_number="07099990000",
        shipped_on=date(2026, 3, 20),
        options={"flat_rate": "5min", "voicemail": True, "roaming": 50000, "international": 5000},
    )
    return line, builders.user(customer=line.customer, role=Role.OWNER)


def page(line, user):
    return log_in(user).get(f"/lines/{line.pk}/")


def by_code(response):
    return {choice.code: choice for choice in response.context["choices"]}


def test_everything_that_is_known_of_a_line_is_on_its_page(held):
    line, user = held
    text = page(line, user).content.decode()
    known = [
        *(str(line), "070-9999-0000", line.sim_serial, "docomo", "音声", "ナノ", "SIM-V1", "VOICE 3GB"),
        *("プランコード voice_3gb", "2026年3月20日(金)", "2026年4月1日(水)", "利用中", line.contract.number),
        *("5分かけ放題", "留守番電話", "上限 50,000円", "上限 5,000円"),
    ]
    assert [word for word in known if word not in text] == []
    assert f"/orders/?q={line.number}" in text


def test_the_procedures_stand_in_the_order_of_the_menu(held):
    codes = list(by_code(page(*held)))
    assert codes == [
        *("lines.mnp_in", "lines.suspend", "lines.resume", "lines.voice_options", "lines.plan"),
        *("lines.sim_reissue", "lines.mnp_out", "lines.terminate"),
    ]
    assert [one.code for one in offered.of_lines() if not offered.undoes(one)] == codes


def test_what_is_possible_has_a_button_and_the_rest_its_reason(held):
    line, user = held
    choices = by_code(page(line, user))
    assert choices["lines.suspend"].url == f"/lines/{line.pk}/suspend/"
    assert choices["lines.voice_options"].url == f"/lines/{line.pk}/voice-options/"
    assert choices["lines.resume"].url == ""
    assert "利用中" in choices["lines.resume"].reason
    assert choices["lines.mnp_in"].url == ""
    assert choices["lines.mnp_in"].reason


def test_a_terminated_line_takes_nothing_and_says_so(held):
    line, user = held
    Line.objects.filter(pk=line.pk).update(status="terminated", ends_on=date(2026, 10, 31))
    response = page(line, user)
    assert {bool(choice.url) for choice in response.context["choices"]} == {False}
    assert "利用終了日" in response.content.decode()


def test_a_viewer_is_told_that_the_role_does_not_allow_it(held):
    line, _user = held
    viewer = builders.user(customer=line.customer, role=Role.VIEWER)
    assert all(choice.url == "" and "役割" in choice.reason for choice in by_code(page(line, viewer)).values())


def test_what_is_booked_is_shown_with_its_day_and_the_way_back(held):
    line, user = held
    parts.place(line, "lines.plan", actor=user, plan="voice_1gb")
    parts.place(line, "lines.terminate", actor=user, ends_on="2026-12-31")
    response = page(line, user)
    plan, end = response.context["booked"]
    assert (plan.on, plan.rows) == (date(2026, 12, 1), [("プラン", "VOICE 3GB", "VOICE 1GB")])
    assert plan.undo.url == f"/lines/{line.pk}/plan-cancel/"
    assert (end.on, end.undo.url) == (date(2026, 12, 31), f"/lines/{line.pk}/terminate-cancel/")
    text = response.content.decode()
    assert "2026年12月1日(火) 0:00 に反映" in text
    assert "2026年12月31日(木) の終わりまで利用できます" in text
    assert len(response.context["open_orders"]) == 2


def test_after_the_deadline_taking_back_has_a_reason_instead_of_a_button(held, clock):
    line, user = held
    parts.place(line, "lines.plan", actor=user, plan="voice_1gb")
    clock.set("2026-11-30 20:00")
    (plan,) = page(line, user).context["booked"]
    assert plan.undo.url == ""
    assert "期限" in plan.undo.reason


def test_outside_the_hours_the_page_says_when_orders_open(held, clock):
    line, user = held
    clock.set("2026-11-20 21:30")
    text = page(line, user).content.decode()
    assert "次の受付開始は 2026年11月21日(土) 09:00 です" in text
    assert "11/21(土) 09:00 の受付開始時に申し込む（予約）" in text


def test_what_the_carrier_still_has_to_do_is_shown_beside_it(held, clock):
    line, user = held
    order = parts.place(line, "lines.plan", actor=user, plan="voice_1gb")
    assert "通信事業者での反映待ち" not in page(line, user).content.decode()
    CarrierOrder.objects.create(
        order=order, customer=line.customer, line=line, external_id="X1", carrier="docomo", follows=True,
        stage="waiting", next_at=order.due_at,
    )  # fmt: skip
    assert "通信事業者での反映待ち" in page(line, user).content.decode()


def test_the_page_asks_as_often_however_much_is_on_the_line(held):
    line, user = held
    bare = parts.line(contract=line.contract)
    client = log_in(user)

    def asked(one):
        client.get(f"/lines/{one.pk}/")
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/lines/{one.pk}/")
        return len(queries)

    parts.place(bare, "lines.plan", actor=user, plan="voice_1gb")
    few = asked(bare)
    for code, data in (("lines.plan", {"plan": "voice_1gb"}), ("lines.terminate", {"ends_on": "2026-12-31"})):
        parts.place(line, code, actor=user, **data)
    # A cancellation more on the page is a question more; nothing else.
    assert asked(line) <= few + 4 < 50


def test_a_strangers_line_is_not_there(held, stranger, colleague):
    line, _user = held
    for path in ("", "suspend/", "resume/", "plan/", "terminate/"):
        assert log_in(stranger).get(f"/lines/{line.pk}/{path}").status_code in (403, 404)
    assert log_in(colleague).get(f"/lines/{line.pk}/").status_code == 404
