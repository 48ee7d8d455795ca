"""Fees that nobody may pay twice, or without having seen them: replaced items, what was bought, what is booked."""

from datetime import date
from typing import Any

import pytest
from django.db import transaction

from billing.models import OnceCharge, RecurringCharge, Tariff
from billing.services import Basket, IdWish, cloud_items
from numbering.cloud.models import CloudContract, CloudId, Equipment, Stage
from numbering.cloud.services import charges, ending, options, settling, shipping
from selfcare.orders.due import run_local
from selfcare.orders.procedures import Failed, NotPossible
from selfcare.orders.services.ending import cancel
from selfcare.orders.states import State
from tests.billing import cloud as tariffs
from tests.numbering import help as numbers_help
from tests.numbering.cloud import parts, way
from tests.numbering.help import draft, take

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture(autouse=True)
def _today(clock):
    clock.set("2026-11-10 10:00")
    tariffs.make_prices()


def _order(code, subject, data, cloud):
    return way.carried_out(take(draft(code, subject, data, actor=parts.member(cloud)), actor=parts.member(cloud)))


@pytest.mark.parametrize(
    ("moved", "last", "first"),
    [("2026-11-10", "2026-11-25", "2026-11-26"), ("2026-11-26", "2026-11-25", "2026-11-26"),
     ("2026-11-25", "2026-11-25", "2026-11-26"), ("2026-11-27", "2026-12-25", "2026-12-26")],
)  # fmt: skip
def test_what_takes_the_place_of_another_is_not_charged_beside_it(moved, last, first):
    cloud = parts.cloud(ids=3)
    CloudId.objects.filter(cloud=cloud).update(has_desk_phone=True)
    charges.follow(clouds=[cloud], on=date(2026, 11, 1))
    third = parts.ids(cloud)[2]
    CloudId.objects.filter(pk=third.pk).update(is_included=True)
    for _again in range(2):
        charges.follow(clouds=[cloud], on=date.fromisoformat(moved))
    mine = RecurringCharge.objects.filter(subject=third.code).order_by("pk")
    assert list(mine.values_list("item", "started_on", "ended_on")) == [
        (cloud_items.ID_DESK_PHONE, date(2026, 11, 1), date.fromisoformat(last)),
        (cloud_items.DESK_PHONE_FEE, date.fromisoformat(first), None),
    ]


def test_two_orders_of_ids_are_not_both_told_the_same_free_place():
    cloud = parts.cloud(ids=1)
    data = {"smartphones": 1, "desk_phones": 0, "when": "first"}
    booked = _order("cloud.add_ids", cloud.contract, data, cloud)
    assert booked.shown_part("quote")["once"] == 0
    for when in ("now", "first"):
        with pytest.raises(NotPossible, match=booked.request_id):
            _order("cloud.add_ids", cloud.contract, {**data, "smartphones": 2, "when": when}, cloud)
    cancel(order=booked, actor=parts.member(cloud))
    assert _order("cloud.add_ids", cloud.contract, {**data, "when": "now"}, cloud).state == State.COMPLETED
    assert not OnceCharge.objects.exists()
    # Without a free place to share, orders stand beside each other as before.
    for _again in range(2):
        assert _order("cloud.add_ids", cloud.contract, data, cloud).state == State.ACKNOWLEDGED


def test_a_lent_phone_that_was_not_sent_is_not_promised_any_more():
    cloud = parts.cloud()
    data = {"smartphones": 0, "desk_phones": 1, "when": "now"}
    made = _order("cloud.add_ids", cloud.contract, data, cloud)
    one = CloudId.objects.get(code=made.result["ids"][0][0])
    assert Equipment.objects.get().state == "preparing"
    _order("cloud.remove_id", one, {"when": "now"}, cloud)
    assert Equipment.objects.values_list("state", "ended_on").get() == ("cancelled", date(2026, 11, 10))


def test_what_was_bought_and_paid_comes_after_the_end_too(clock, operator):
    way.stock(2)
    cloud = way.opened(Basket(desk_phones=1, adapters=1))
    way.pay(cloud)
    way.settled(cloud)
    order = way.ending(cloud, date(2026, 11, 10))
    assert "解約の後でもお届け" in next(
        row.new for row in order.handler.summary(order) if row.label == "お届けする機器"
    )
    clock.set("2026-11-11 00:00")
    run_local()
    assert dict(Equipment.objects.values_list("kind", "state")) == {"desk_phone": "preparing", "adapter": "cancelled"}
    bought = Equipment.objects.get(kind="desk_phone")
    shipping.ship(equipment=[bought], tracking_number="1", actor=operator)
    shipping.deliver(equipment=[bought], on=date(2026, 11, 11), actor=operator)
    trial = way.opened(Basket(desk_phones=1))
    ending.end(contract=trial.contract, last_day=date(2026, 11, 10), request_id="R1", actor=None)
    assert trial.equipment.get().state == "cancelled", "nobody has paid it"


def test_ordered_for_good_for_later_it_gives_way_to_an_end_and_to_a_number_to_come():
    way.stock(2)
    for overtake in ("end", "port"):
        cloud = way.opened()
        way.pay(cloud)
        order = take(way.settlement(cloud), actor=way.owner(cloud))
        if overtake == "end":
            way.ending(cloud, date(2026, 11, 25))
        else:
            way.porting(cloud)
        way.carried_out(order)
        assert (order.state, CloudContract.objects.get(pk=cloud.pk).stage) == (State.FAILED, Stage.TRIAL), overtake
        with transaction.atomic():
            assert not settling.settle(contract=cloud.contract, request_id="R", on=date(2026, 11, 10), actor=None)
    assert not RecurringCharge.objects.exists()
    assert not OnceCharge.objects.exists()


def test_nothing_is_ordered_whose_price_is_not_entered():
    way.stock(2)
    trial = way.opened(Basket(ids=(IdWish(), IdWish())))
    way.pay(trial)
    cloud = parts.cloud()
    parts.number(cloud, digits="05012340001")
    numbers_help.stock(2)
    ids = {"smartphones": 1, "desk_phones": 0, "when": "now"}
    wishes: dict[str, tuple[str, dict[str, Any]]] = {
        "cloud.id": ("cloud.add_ids", ids), "cloud.number": ("cloud.add_number", {"area": "050", "count": 1}),
        "cloud.fax_number": ("cloud.fax_number", {"place": "050", "ids": [parts.ids(cloud)[0].pk]}),
    }  # fmt: skip
    for item, (code, data) in wishes.items():
        gone = Tariff.objects.get(item=item)
        gone.delete()
        order = draft(code, cloud.contract, data, actor=parts.member(cloud))
        assert "料金を計算できない" in order.handler.check([order], order.created_at)[order], code
    Tariff.objects.filter(item=cloud_items.BASIC_NEW).delete()
    settlement = way.settlement(trial)
    assert "料金を計算できない" in settlement.handler.check([settlement], settlement.created_at)[settlement]
    wish = {"digits": way.PORT.digits, "origin": way.PORT.origin, "carrier": "架空電話", "holder": "架空商事"}
    port = draft("cloud.port_in", trial.contract, wish, actor=way.owner(trial))
    assert "料金を計算できない" in port.handler.check([port], port.created_at)[port]


def test_an_end_is_booked_before_the_prices_of_its_day_are_entered():
    cloud = parts.cloud()
    charges.follow(clouds=[cloud], on=date(2026, 11, 1))
    Tariff.objects.update(valid_until=date(2027, 3, 31))
    wish = {"ends_on": "2027-06-10", "understands": True}
    order = take(draft("cloud.end", cloud.contract, wish, actor=parts.owner(cloud)), actor=parts.owner(cloud))
    assert order.shown_part("quote")["monthly"] == -980


def test_nothing_is_promised_for_after_a_booked_end():
    cloud = parts.cloud(numbers=2, ids=3, ends_on=date(2026, 11, 25))
    numbers_help.stock(1)
    extra = parts.number(cloud, digits="05012340001")
    for code, subject, data in (
        ("cloud.add_ids", cloud.contract, {"smartphones": 1, "desk_phones": 0, "when": "first"}),
        ("cloud.add_number", cloud.contract, {"area": "050", "count": 1, "when": "first"}),
        ("cloud.remove_id", parts.ids(cloud)[2], {"when": "closing"}),
        ("cloud.remove_number", extra, {"when": "closing"}),
    ):
        with pytest.raises(NotPossible, match="11月25日.* で終了するため"):
            _order(code, subject, data, cloud)
        if "remove" in code:
            assert _order(code, subject, {"when": "now"}, cloud).state == State.COMPLETED


def test_fax_numbers_of_a_contract_are_so_many_and_no_more():
    cloud = parts.cloud()
    numbers_help.stock(1)
    for _place in range(options.MOST_FAX):
        parts.number(cloud, use="fax")
    data = {"place": "050", "ids": [parts.ids(cloud)[0].pk]}
    with pytest.raises(NotPossible, match="20番号まで"):
        _order("cloud.fax_number", cloud.contract, data, cloud)


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("cloud.add_ids", {"smartphones": 1, "desk_phones": 0, "when": "now"}),
        ("cloud.add_number", {"area": "050", "count": 1, "when": "now"}),
    ],
)
def test_what_ends_between_the_check_and_the_deed_gets_nothing_more(code, data):
    cloud = parts.cloud()
    numbers_help.stock(1)
    order = take(draft(code, cloud.contract, data, actor=parts.member(cloud)), actor=parts.member(cloud))
    CloudContract.objects.filter(pk=cloud.pk).update(stage=Stage.ENDED)
    (outcome,) = order.handler.apply([order]).values()
    assert isinstance(outcome, Failed)
    assert (cloud.ids.count(), cloud.numbers.count()) == (2, 1)
