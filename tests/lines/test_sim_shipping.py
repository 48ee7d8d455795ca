"""A SIM that is shipped: due on its day, undone until then, told on the day before, sent by operators."""

import pytest

from lines import jobs
from lines.models import SimReissue
from lines.services import sim_reissues
from selfcare.accounts.models import AuditEvent
from selfcare.orders import outside
from selfcare.orders.procedures import NotPossible
from selfcare.orders.states import State
from selfcare.work.models import Job, Mail
from tests import builders
from tests.lines.parts import fresh, line, place, service
from tests.lines.sim_parts import CODE, ELSEWHERE, SHIPPED, reissue_of, undo, until

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def phone(clock):
    service()
    return line()


def told(template="sim_shipping"):
    return Mail.objects.filter(template=template).count()


def tell():
    return (jobs.tell_shippings(Job()) or {})["told"]


def shipped(day="2026-11-25", **data):
    return {**SHIPPED, "ship_on": day, **data}


def test_it_is_due_at_midnight_of_its_day_and_undone_until_then(phone, clock):
    order = place(phone, CODE, **shipped())
    assert (str(order.due_at), order.cancel_until) == ("2026-11-24 15:00:00+00:00", order.due_at)
    promise = order.shown["ja"]["promise"]
    assert "2026年11月25日(水) に発送" in promise["text"]
    assert "2026年11月25日(水) に、いまお使いのSIMは使えなくなります" in promise["note"]
    clock.set("2026-11-24 23:59:59")
    assert outside.run_outside() == 0
    cancelled = undo(order)
    assert (cancelled.state, reissue_of(order).state, fresh(phone).open_changes) == ("cancelled", "cancelled", [])
    clock.set("2026-11-25 00:00")
    assert outside.run_outside() == 0


def test_from_midnight_on_it_cannot_be_undone(phone, clock):
    order = place(phone, CODE, **shipped())
    clock.set("2026-11-25 00:00")
    with pytest.raises(NotPossible, match="取消の期限"):
        undo(order)
    assert reissue_of(order).state == "waiting"


def test_on_its_day_the_carrier_switches_and_the_line_has_its_new_sim(carrier, phone, clock):
    order = place(phone, CODE, **shipped(size="micro"))
    clock.set("2026-11-25 00:00")
    done = until(order, lambda order: order.is_terminal)
    now, reissue = fresh(phone), reissue_of(order)
    assert (done.state, reissue.state, now.open_changes) == (State.COMPLETED, "done", [])
    assert (now.sim_size, now.sim_serial) == ("micro", reissue.new_serial)
    assert done.result == {"serial": now.sim_serial}
    assert (reissue.old_serial, now.sim_serial != phone.sim_serial) == (phone.sim_serial, True)
    (asked,) = carrier.get("/control/ledger")["orders"]
    assert asked["action"] == "sim"
    # Its second mail is the one about the shipping.
    assert set(Mail.objects.values_list("template", flat=True)) == {"order_accepted"}


def test_shipped_today_it_begins_at_once(carrier, phone):
    order = place(phone, CODE, **shipped("2026-11-20"))
    assert order.cancel_until is None
    assert until(order, lambda order: order.is_terminal).state == State.COMPLETED


def test_what_the_carrier_refuses_is_told_and_leaves_the_line_as_it_is(carrier, phone):
    carrier.control(refuse_next="在庫切れ")
    order = until(place(phone, CODE, **shipped("2026-11-20")), lambda order: order.is_terminal)
    assert (order.state, "在庫切れ" in order.reason) == (State.FAILED, True)
    assert (reissue_of(order).state, fresh(phone).sim_serial) == ("cancelled", phone.sim_serial)
    tell()
    assert told() == 0


@pytest.mark.parametrize(
    ("accepted", "day", "moment"),
    [
        # The day before, from nine on; over the end of a month, of a year, and a leap day.
        ("2026-11-20 10:00", "2026-11-25", "2026-11-24 09:00"),
        ("2026-11-27 10:00", "2026-12-01", "2026-11-30 09:00"),
        ("2026-12-28 10:00", "2027-01-01", "2026-12-31 09:00"),
        ("2028-02-25 10:00", "2028-03-01", "2028-02-29 09:00"),
    ],
)
def test_the_day_before_is_told_of_from_nine_and_once(phone, clock, accepted, day, moment):
    clock.set(accepted)
    place(phone, CODE, **shipped(day))
    assert (tell(), told()) == (0, 0)
    clock.set(f"{moment[:10]} 08:59:59")
    assert tell() == 0
    clock.set(moment)
    assert (tell(), tell()) == (1, 0)
    mail = Mail.objects.filter(template="sim_shipping").latest("pk")
    assert "発送希望日" in [row["label"] for row in mail.context["items"][0]["rows"]]


@pytest.mark.parametrize(
    ("accepted", "day"),
    [("2026-11-20 10:00", "2026-11-20"), ("2026-11-20 10:00", "2026-11-21"), ("2026-12-31 19:59", "2027-01-01")],
)
def test_shipped_today_or_tomorrow_it_is_told_at_acceptance(phone, clock, accepted, day):
    clock.set(accepted)
    place(phone, CODE, **shipped(day))
    assert Job.objects.filter(kind="lines.sim_shippings_now").exists()
    assert tell() == 1
    assert set(Mail.objects.values_list("template", flat=True)) == {"order_accepted", "sim_shipping"}


def test_a_day_on_which_nobody_ran_is_made_up_for_and_a_cancelled_one_is_not_told(phone, clock):
    first = place(phone, CODE, **shipped())
    second = place(line(contract=phone.contract), CODE, **shipped("2026-11-26"))
    undo(second)
    clock.set("2026-11-26 12:00")
    assert tell() == 1
    assert (reissue_of(first).told_at is None, reissue_of(second).told_at) == (False, None)


def test_an_operator_ships_it_on_its_day_with_a_tracking_number(carrier, phone, clock):
    order, operator = place(phone, CODE, **shipped()), builders.operator()
    with pytest.raises(NotPossible, match="取り消せる"):
        sim_reissues.ship(reissue=reissue_of(order), tracking_number="1234", actor=operator)
    clock.set("2026-11-25 00:00")
    sim_reissues.ship(reissue=reissue_of(order), tracking_number=" 1234-5678-9012 ", actor=operator)
    reissue = reissue_of(order)
    assert (reissue.state, reissue.tracking_number, reissue.shipped_at) == (
        "shipped",
        "1234-5678-9012",
        reissue.told_at,
    )
    # Nobody is surprised by a parcel.
    assert told() >= 1
    until(order, lambda order: order.is_terminal)
    sim_reissues.ship(reissue=reissue, tracking_number="1234-5678-9013", actor=operator)
    assert (reissue_of(order).state, reissue_of(order).tracking_number) == ("done", "1234-5678-9013")
    assert AuditEvent.objects.filter(action="sim.shipped", actor=operator).count() == 2
    with pytest.raises(NotPossible, match="40文字"):
        sim_reissues.ship(reissue=reissue, tracking_number="1" * 41, actor=operator)


def test_what_is_not_to_be_shipped_cannot_be(phone, clock):
    order, operator = place(phone, CODE, **shipped()), builders.operator()
    undo(order)
    esim = place(phone, CODE, method="esim", size="esim")
    for one in (order, esim):
        with pytest.raises(NotPossible, match="発送するもの"):
            sim_reissues.ship(reissue=reissue_of(one), tracking_number="1", actor=operator)


def test_another_address_goes_on_the_label_and_on_the_pages(phone):
    typed = {**ELSEWHERE, "postal_code": "123-4567", "phone": "0112000000"}
    order = place(phone, CODE, **shipped(ship_to=typed))
    assert reissue_of(order).ship_to == typed
    rows = {row["label"]: row["new"] for row in order.shown["ja"]["rows"]}
    assert rows["発送先"] == "〒123-4567 北海道みなも市 架空町１−２ 岬支店 架空 花子 様 011-200-0000"
    own = place(line(contract=phone.contract), CODE, **shipped())
    rows = {row["label"]: row["new"] for row in own.shown["ja"]["rows"]}
    assert rows["発送先"] == f"〒100-0000 東京都みなも区架空町1-2-3 {phone.customer.name} 御中"
    assert SimReissue.objects.get(order=own).ship_to == {}
