"""番号ポータビリティ that comes to nothing: what the pages then say, another try, and no trial for nothing for ever."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from billing.services import Basket, Start
from numbering.cloud.models import Opening
from numbering.cloud.services import ending, porting, settling, trials
from selfcare.orders.procedures import NotPossible
from selfcare.orders.states import State
from selfcare.work.models import Mail
from tests.billing import cloud as tariffs
from tests.numbering.cloud import parts, way
from tests.numbering.help import draft, take
from tests.people import log_in

_LOCKED = ("orders_order", "numbering_cloudcontract")
pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture(autouse=True)
def _today(clock):
    clock.set("2026-11-20 10:00")
    tariffs.make_prices()


@pytest.fixture
def stuck(operator):
    """Opened for a number that its carrier does not let go."""
    cloud = way.opened(Basket(start=Start.PORT, after_hours=1), port=way.PORT)
    way.pay(cloud)
    porting.refuse(port_in=way.port_in(cloud), reason="契約者名が一致しないため", actor=operator)
    cloud.refresh_from_db()
    return cloud


def test_who_has_no_number_reads_what_to_do_and_nothing_that_is_not_so(stuck):
    browser = log_in(way.owner(stuck))
    page = browser.get(f"/cloud/contract/{stuck.contract.number}/").content.decode()
    assert "番号を移行できなかったため、まだ電話番号がありません" in page
    for untrue in ("お待ちいただいています", "新しい番号でのお試しはそのまま", "メールでご案内します"):
        assert untrue not in page, untrue
    assert "/cloud/port-in/?contract=" in page
    assert "/cloud/end/?contract=" in page
    assert "電話番号がありません" in browser.get("/").content.decode()
    assert Mail.objects.filter(template="cloud_port_step").latest("pk").context["is_stuck"]
    with translation.override("ja"):
        assert "もう一度お申し込みいただくか、解約" in settling.why_not(stuck)
    with pytest.raises(NotPossible, match="最初の電話番号がまだない"):
        wish = {"area": "050", "count": 1, "when": "now"}
        take(draft("cloud.add_number", stuck.contract, wish, actor=way.owner(stuck)), actor=way.owner(stuck))


def test_the_same_number_is_tried_again_and_comes(clock, operator, stuck):
    order = way.porting(stuck)
    assert order.state == State.IN_PROGRESS
    assert (order.handler.quote(order).monthly, order.handler.quote(order).once) == (0, 0)
    porting.confirm(port_in=way.port_in(stuck), actor=operator)
    porting.set_date(port_in=way.port_in(stuck), on=date(2026, 12, 10), actor=operator)
    clock.set("2026-12-10 11:00")
    porting.switch(port_in=way.port_in(stuck), actor=operator)
    stuck.refresh_from_db()
    assert stuck.representative is not None
    assert stuck.representative.digits == way.PORT.digits
    assert list(stuck.ids.order_by("pk").values_list("login_name", flat=True)) == ["0312345678", "0312345678-2"]
    assert way.settled(stuck).state == State.COMPLETED
    with pytest.raises(NotPossible, match="お試し中の契約"):
        way.porting(stuck)


def test_a_number_that_did_not_come_stands_in_nobodys_way(stuck):
    again = way.opened(Basket(start=Start.PORT), port=way.PORT)
    assert list(again.ids.order_by("pk").values_list("login_name", flat=True)) == ["0312345678", "0312345678-2"]
    assert all(one.login_name == one.code for one in parts.ids(stuck))


@pytest.mark.parametrize("deed", ["end", "switch"])
def test_order_and_contract_are_locked_in_one_order_whoever_comes(clock, operator, deed):
    way.stock(1)
    cloud = way.opened()
    way.porting(cloud)
    port_in = way.port_in(cloud)
    porting.confirm(port_in=port_in, actor=operator)
    porting.set_date(port_in=port_in, on=date(2026, 11, 20), actor=operator)
    with CaptureQueriesContext(connection) as asked:
        if deed == "end":
            ending.end(contract=cloud.contract, last_day=date(2026, 11, 20), request_id="R1", actor=None)
        else:
            porting.switch(port_in=port_in, actor=operator)
    locks = [one["sql"] for one in asked if "FOR UPDATE" in one["sql"]]
    first = {name: min(n for n, sql in enumerate(locks) if f'FROM "{name}"' in sql) for name in _LOCKED}
    assert first["orders_order"] < first["numbering_cloudcontract"]


def test_numbers_taken_back_again_and_again_make_no_trial_for_nothing(clock):
    way.stock(1)
    cloud = way.opened()
    for moment, free in (("2026-11-26 10:00", date(2026, 12, 25)), ("2026-12-27 10:00", date(2026, 11, 25))):
        clock.set(moment)
        way.porting(cloud)
        porting.take_back(port_in=way.port_in(cloud), actor=way.owner(cloud))
        assert trials.free_until(Opening.objects.get(cloud=cloud)) == free


def test_a_trial_whose_free_days_are_over_says_what_its_end_costs(clock):
    way.stock(1)
    cloud = way.opened()
    address = f"/cloud/contract/{cloud.contract.number}/"
    for moment, said, unsaid in (
        ("2026-11-25 23:59", "11月25日(水) の終わりまで無料です", "に終わりました"),
        (
            "2026-11-26 00:00",
            "無料の期間は 2026年11月25日(水) に終わりました",
            "この日までに解約すれば料金はかかりません",
        ),
    ):
        clock.set(moment)
        browser = log_in(way.owner(cloud))
        page, home = (browser.get(one).content.decode() for one in (address, "/"))
        assert said in page
        assert unsaid not in page
        assert ("まで無料・本申込" in home) == (unsaid == "に終わりました")
