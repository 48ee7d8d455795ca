"""OTA: a SIM of the customer's own stock, reserved by one order, told when ready, in use when rewritten."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from django.db import connections, transaction

from lines.models import SimReissue, StockSim
from lines.services import sims
from selfcare import clock as time
from selfcare.accounts.models import Role, User
from selfcare.orders import procedures
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services import operating
from selfcare.orders.services.accepting import accept, overtaken_is_not_possible, take
from selfcare.orders.services.drafts import new_draft, require_possible, save_draft
from selfcare.orders.services.offers import offer, seal_shown
from selfcare.orders.states import State
from selfcare.work.models import Mail
from tests import builders
from tests.lines.parts import fresh, line, place, service
from tests.lines.sim_parts import CODE, PROVISIONAL, SERIALS, reissue_of, rewritten, stock, undo, until
from tests.numbering.help import together

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


@pytest.fixture
def phone(clock):
    service()
    made = line()
    stock(made.customer)
    return made


def mails() -> list[str]:
    return sorted(Mail.objects.values_list("template", flat=True).distinct())


def test_it_is_ready_first_and_done_when_rewritten(carrier, phone):
    carrier.control(delay=2)
    order = place(phone, CODE, **rewritten())
    assert StockSim.objects.get().order == order
    waiting = until(order, lambda order: order.phase == "ready")
    assert (waiting.state, reissue_of(order).state) == (State.IN_PROGRESS, "ready")
    assert fresh(phone).sim_serial == phone.sim_serial
    assert mails() == ["order_accepted", "sim_ota_ready"]
    told = Mail.objects.filter(template="sim_ota_ready").count()
    done = until(order, lambda order: order.is_terminal)
    assert (done.state, reissue_of(order).state, fresh(phone).open_changes) == (State.COMPLETED, "done", [])
    assert (fresh(phone).sim_serial, fresh(phone).sim_size) == (SERIALS[0], "nano")
    # The order's own mail stands for "completed"; the SIM is used for ever.
    assert Mail.objects.filter(template="sim_ota_ready").count() == told
    assert mails() == ["order_accepted", "sim_ota_ready"]
    assert StockSim.objects.get().order == done


def test_the_carrier_is_told_which_sim_under_which_number(carrier, phone):
    order = until(place(phone, CODE, **rewritten()), lambda order: order.is_terminal)
    message = next(one for one in carrier.messages() if "ServiceOrder_Create" in one["kind"])
    (item,) = message["body"]["serviceOrderItem"]
    told = {one["name"]: one["value"] for one in item["service"]["serviceCharacteristic"]}
    assert (told["method"], told["simSize"], told["currentSimSerial"]) == ("ota", "nano", phone.sim_serial)
    assert (told["simSerial"], told["provisionalNumber"]) == (SERIALS[0], PROVISIONAL)
    assert order.state == State.COMPLETED


def test_a_switch_that_was_never_seen_ready_is_told_as_completed(carrier, phone):
    carrier.control(delay=0)
    order = place(phone, CODE, **rewritten())
    until(order, lambda order: order.is_terminal)
    assert len({"sim_ota_ready", "order_completed"} & set(mails())) == 1


def test_what_comes_to_nothing_frees_the_sim_for_the_next(carrier, phone):
    carrier.control(refuse_next="SIM不一致")
    order = until(place(phone, CODE, **rewritten()), lambda order: order.is_terminal)
    assert (order.state, "SIM不一致" in order.reason) == (State.FAILED, True)
    assert (StockSim.objects.get().order, reissue_of(order).state) == (None, "cancelled")
    again = place(phone, CODE, **rewritten())
    assert StockSim.objects.get().order == again


def test_booked_at_night_it_can_be_undone_and_the_sim_is_free(phone, clock):
    clock.set("2026-11-20 21:00")
    order = place(phone, CODE, **rewritten())
    undo(order)
    assert StockSim.objects.get().order is None


def test_done_by_hand_the_line_has_the_stock_sim(carrier, phone):
    carrier.control(delay=600)
    order = place(phone, CODE, **rewritten())
    until(order, lambda order: order.phase != "")
    operating.complete(order=fresh(order), reason="電話で確認", actor=builders.operator())
    until(order, lambda order: order.is_terminal)
    assert fresh(phone).sim_serial == SERIALS[0]


def test_a_ready_switch_that_an_operator_gives_up_frees_the_sim(carrier, phone):
    carrier.control(delay=600)
    order = place(phone, CODE, **rewritten())
    until(order, lambda order: order.phase != "")
    operating.refuse(order=fresh(order), reason="お客様のご希望", actor=builders.operator())
    assert (StockSim.objects.get().order, reissue_of(order).state) == (None, "cancelled")


def test_another_customers_sim_is_not_had_whatever_a_draft_says(phone):
    stranger = line(contract=None)
    with pytest.raises(NotPossible, match="見つかりません"):
        place(stranger, CODE, **rewritten())
    assert StockSim.objects.get().order is None


# The same SIM for two lines at once.


def drafts(phone, count: int) -> list[Order]:
    """Of lines of one customer, each past every check, all for the same SIM."""
    lines = [phone, *(line(contract=phone.contract) for _ in range(count - 1))]
    made = []
    for one in lines:
        actor = builders.user(customer=one.customer, role=Role.OWNER)
        draft = new_draft(
            procedure=procedures.get(CODE), subject=one, contract=one.contract, now=time.now(), actor=actor
        )
        made.append(save_draft(order=draft, data=rewritten(), now=time.now(), actor=actor))
    return made


def who(order: Order) -> User:
    assert order.actor is not None
    return order.actor


def confirmed(order: Order) -> Order:
    shown = seal_shown(order, offer(order, now=time.now()))
    return accept(order_id=order.pk, shown=shown, session_digest="", actor=who(order))[0]


def test_of_many_orders_at_once_one_gets_the_sim(phone):
    results = together([partial(confirmed, order) for order in drafts(phone, 24)])
    accepted = [one for one in results if isinstance(one, Order)]
    assert (len(accepted), {type(one) for one in results}) == (1, {Order, NotPossible})
    assert StockSim.objects.get().order == accepted[0]
    assert SimReissue.objects.count() == 1


def overtaken(phone) -> list[str]:
    """Two orders that both passed every check before either was written: what became of each."""
    orders, results = drafts(phone, 2), []
    for order in orders:
        require_possible(order, now=time.now(), actor=who(order))
    for order in orders:
        try:
            with overtaken_is_not_possible(), transaction.atomic():
                take({order: offer(order, now=time.now())}, now=time.now(), session_digest="", actor=who(order))
            results.append("accepted")
        except NotPossible:
            results.append("refused")
    return results


@contextmanager
def blindly() -> Iterator[None]:
    """Whoever wants a SIM takes it, whoever has it."""
    real = sims._TAKE
    sims._TAKE = real.replace(" AND s.order_id IS NULL", "")
    try:
        yield
    finally:
        sims._TAKE = real


@contextmanager
def without_the_constraint() -> Iterator[None]:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT pg_get_indexdef('sim_reissue_stock_sim_once'::regclass)")
        (definition,) = cursor.fetchone()
        cursor.execute("DROP INDEX sim_reissue_stock_sim_once")
        try:
            yield
        finally:
            cursor.execute("TRUNCATE lines_simreissue")
            cursor.execute(definition)


def test_past_all_checks_the_stock_itself_lets_one_in(phone):
    assert overtaken(phone) == ["accepted", "refused"]


def test_with_the_stock_taken_blindly_the_constraint_still_lets_one_in(phone):
    with blindly():
        assert overtaken(phone) == ["accepted", "refused"]


def test_control_without_the_constraint_either_two_orders_have_one_sim(phone):
    with blindly(), without_the_constraint():
        assert overtaken(phone) == ["accepted", "accepted"]
        assert set(SimReissue.objects.values_list("new_serial", flat=True)) == {SERIALS[0]}
        assert SimReissue.objects.count() == 2
