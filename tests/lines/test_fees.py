"""Fees that are due once: shown before the order, charged as shown when it has happened, and never twice."""

from datetime import date
from typing import Any

import pytest

from billing.models import OnceCharge, Tariff
from lines import items
from lines.models import Line
from lines.services import port_outs, sim_reissues
from selfcare import clock as time
from selfcare.accounts.models import Role
from selfcare.orders import procedures
from selfcare.orders.services import batches, bulk, good_rows, taking
from selfcare.orders.services.bulk import Typed
from tests import builders
from tests.lines import parts
from tests.lines.mnp import HOLDER, issued
from tests.lines.parts import fresh, line, place
from tests.lines.sim_parts import CODE, ESIM, SHIPPED, undo, until
from tests.people import log_in

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

TODAY: dict[str, Any] = {**SHIPPED, "ship_on": "2026-11-20"}


@pytest.fixture
def phone(clock) -> Line:
    parts.service()
    return line()


def tariff(item: str, amount: int, since: str = "2020-01-01", until: str | None = None) -> Tariff:
    return Tariff.objects.create(
        plan=parts.TARIFF,
        item=item,
        amount=amount,
        valid_from=date.fromisoformat(since),
        valid_until=date.fromisoformat(until) if until else None,
    )


def charged() -> list[tuple[str, str, int, str]]:
    rows = OnceCharge.objects.order_by("pk").values_list("item", "subject", "amount", "charged_on")
    return [(item, subject, amount, str(on)) for item, subject, amount, on in rows]


def test_a_reissue_is_charged_when_the_line_has_its_new_sim(carrier, phone):
    tariff(items.SIM_REISSUE, 2_000)
    order = place(phone, CODE, **TODAY)
    assert order.shown["ja"]["quote"] == {
        "monthly": 0, "once": 2_000, "lines": [["SIM再発行・サイズ変更手数料", 2_000]],
    }  # fmt: skip
    assert charged() == []
    until(order, lambda order: order.is_terminal)
    assert charged() == [("lines.once.sim_reissue", phone.number, 2_000, "2026-11-20")]
    fee = OnceCharge.objects.get()
    assert (fee.words, fee.contract, fee.cause) == (
        "SIM再発行・サイズ変更手数料", phone.contract, f"order:{order.request_id}",
    )  # fmt: skip
    sim_reissues.finish(order=order, serial="", unread=False)  # told once more
    assert OnceCharge.objects.count() == 1


def test_the_price_is_that_of_the_day_of_acceptance(carrier, phone, clock):
    tariff(items.SIM_REISSUE, 2_000, until="2026-11-24")
    tariff(items.SIM_REISSUE, 3_000, since="2026-11-25")
    order = place(phone, CODE, **SHIPPED)
    clock.set("2026-11-25 00:00")
    until(order, lambda order: order.is_terminal)
    assert charged() == [("lines.once.sim_reissue", phone.number, 2_000, "2026-11-25")]


def test_what_was_free_when_it_was_ordered_stays_free(carrier, phone):
    order = place(phone, CODE, **TODAY)
    assert order.shown["ja"]["quote"] == {"monthly": 0, "once": 0, "lines": []}
    tariff(items.SIM_REISSUE, 2_000)
    until(order, lambda order: order.is_terminal)
    assert charged() == []


@pytest.mark.parametrize("fault", ["cancelled", "failed"])
def test_what_comes_to_nothing_costs_nothing(carrier, phone, fault):
    tariff(items.SIM_REISSUE, 2_000)
    if fault == "cancelled":
        undo(place(phone, CODE, **SHIPPED))
    else:
        carrier.control(fail_order_next="在庫がありません")
        order = until(place(phone, CODE, **ESIM), lambda order: order.is_terminal)
        assert order.state == "failed"
    assert charged() == []


def test_the_bill_names_it_in_japanese_also_for_who_ordered_in_english(carrier, phone):
    tariff(items.SIM_REISSUE, 2_000)
    actor = builders.user(customer=phone.customer, role=Role.OWNER, language="en")
    until(place(phone, CODE, actor=actor, **TODAY), lambda order: order.is_terminal)
    assert OnceCharge.objects.get().words == "SIM再発行・サイズ変更手数料"


def test_a_number_is_charged_when_it_has_left_not_when_it_is_issued(phone):
    tariff(items.PORT_OUT, 3_000)
    port_out = issued(phone)
    assert port_out.order.shown["ja"]["quote"]["once"] == 3_000
    assert (port_out.order.state, charged()) == ("completed", [])
    operator = builders.operator()
    assert port_outs.left(port_out=port_out, on=date(2026, 11, 25), actor=operator)
    assert not port_outs.left(port_out=port_out, on=date(2026, 11, 26), actor=operator)
    assert charged() == [("lines.once.port_out", phone.number, 3_000, "2026-11-25")]


def test_a_number_that_never_leaves_costs_nothing(phone, clock):
    tariff(items.PORT_OUT, 3_000)
    issued(phone)
    clock.set("2026-12-01 00:10")
    port_outs.expire(time.now())
    assert (charged(), fresh(phone).status) == ([], "active")


def test_the_confirm_page_shows_the_fee_and_the_input_page_when_it_is_due(phone):
    tariff(items.PORT_OUT, 3_000)
    user = builders.user(customer=phone.customer, role=Role.OWNER)
    browser = log_in(user)
    page = browser.get(f"/lines/{phone.pk}/mnp-out/")
    assert "MNP転出手数料は、転出が完了したときにかかります。" in page.content.decode()
    confirm = browser.post(f"/lines/{phone.pk}/mnp-out/", HOLDER, follow=True).content.decode()
    assert "今回だけの料金" in confirm
    assert "3,000円" in confirm
    Tariff.objects.filter(item=items.PORT_OUT).delete()
    assert "MNP転出手数料" not in browser.get(f"/lines/{phone.pk}/mnp-out/").content.decode()


def test_many_at_once_are_quoted_together_and_charged_each(carrier, phone, django_assert_max_num_queries):
    tariff(items.SIM_REISSUE, 2_000)
    lines = [phone, *(line(contract=phone.contract) for _ in range(4))]
    actor = builders.user(customer=phone.customer, role=Role.OWNER)
    now, procedure = time.now(), procedures.get(CODE)
    wishes, refused = bulk.read(procedure, [Typed(one, TODAY) for one in lines], now=now, actor=actor)
    draft = batches.draft(procedure=procedure, wishes=wishes, refused=refused, source="a", now=now, actor=actor)
    with django_assert_max_num_queries(13):
        seen = good_rows.preview(draft, now=now)
    assert batches.total(seen.offers).once == 10_000
    shown = good_rows.seal_shown(draft, seen)
    batch = good_rows.confirm(batch_id=draft.pk, shown=shown, session_digest="", actor=actor)
    taking.take_chunk(batch)
    for order in batch.orders.all():
        until(order, lambda order: order.is_terminal)
    assert sorted(charged()) == sorted(("lines.once.sim_reissue", one.number, 2_000, "2026-11-20") for one in lines)
