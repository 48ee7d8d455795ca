"""Orders of IDs and numbers: what they cost, what they make, what falls with them, and that they can be taken back."""

from datetime import date

import pytest

from billing.models import OnceCharge, RecurringCharge
from billing.services import cloud_items
from numbering.cloud.models import CloudContract, CloudId, CloudNumber, Device, Equipment, Ringing, Scheme, Stage, Use
from numbering.cloud.services import charges, id_differences
from numbering.models import Assignment, FreeNumber
from numbering.services import stock
from selfcare import clock as clocks
from selfcare.orders.due import run_local, run_now
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.drafts import require_possible
from selfcare.orders.services.ending import cancel
from selfcare.orders.states import State
from tests.billing.cloud import make_prices
from tests.numbering import help as numbers_help
from tests.numbering.cloud import parts

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


@pytest.fixture(autouse=True)
def _november(clock):
    clock.set("2026-11-20 12:00")
    make_prices()


@pytest.fixture
def cloud():
    made = parts.cloud(numbers=1, ids=2)
    charges.follow(clouds=[made], on=date(2026, 11, 1))
    return made


def wish(code, subject, data, cloud):
    return numbers_help.draft(code, subject, data, actor=parts.member(cloud))


def order(code, subject, data, cloud):
    made = numbers_help.take(wish(code, subject, data, cloud), actor=parts.member(cloud))
    run_now([made.pk])
    made.refresh_from_db()
    return made


def monthly(cloud) -> dict[str, int]:
    rows = RecurringCharge.objects.filter(contract_id=cloud.pk, ended_on=None).order_by("item")
    found: dict[str, int] = {}
    for row in rows:
        found[row.item] = found.get(row.item, 0) + 1
    return found


def test_ids_are_added_at_once_with_their_phones_names_and_fees(cloud):
    digits = parts.numbers(cloud)[0].digits
    data = {"smartphones": 1, "desk_phones": 1, "when": "now"}
    draft = wish("cloud.add_ids", cloud.contract, data, cloud)
    quote = draft.handler.quote(draft)
    assert (quote.once, quote.monthly) == (10_000, 1_900)
    totals = [row for row in draft.handler.summary(draft) if "合計" in row.label]
    assert (totals[0].old, totals[0].new) == ("980円", "2,880円")
    made = order("cloud.add_ids", cloud.contract, data, cloud)
    assert made.state == State.COMPLETED
    assert [name for _code, name in made.result["ids"]] == [f"{digits}-3", f"{digits}-4"]
    phone, desk = CloudId.objects.filter(cloud=cloud).order_by("pk")[2:]
    assert (phone.has_desk_phone, desk.has_desk_phone, phone.password) == (False, True, "")
    assert Ringing.objects.filter(cloud_id=desk, number__digits=digits).exists()
    equipment = Equipment.objects.get()
    assert (equipment.kind, equipment.on_id, equipment.state) == ("ip_phone", desk, "preparing")
    assert equipment.ship_by == date(2026, 11, 25), "two business days, over a holiday"
    assert monthly(cloud) == {cloud_items.BASIC_NEW: 1, cloud_items.ID: 1, cloud_items.ID_DESK_PHONE: 1}
    assert sum(OnceCharge.objects.values_list("amount", flat=True)) == 10_000


def test_who_began_with_one_phone_adds_the_second_within_the_basic_fee():
    cloud = parts.cloud(ids=1)
    charges.follow(clouds=[cloud], on=date(2026, 11, 1))
    data = {"smartphones": 1, "desk_phones": 1, "when": "now"}
    draft = wish("cloud.add_ids", cloud.contract, data, cloud)
    quote = draft.handler.quote(draft)
    assert (quote.once, quote.monthly) == (5_000, 1_200), "the smartphone's is the second included one"
    order("cloud.add_ids", cloud.contract, data, cloud)
    assert [one.is_included for one in parts.ids(cloud)] == [True, True, False]
    assert monthly(cloud) == {cloud_items.BASIC_NEW: 1, cloud_items.ID_DESK_PHONE: 1}
    assert list(OnceCharge.objects.values_list("amount", flat=True)) == [5_000]


def test_in_a_trial_ids_cost_nothing_and_their_phones_wait():
    trial = parts.cloud(stage=Stage.TRIAL)
    order("cloud.add_ids", trial.contract, {"smartphones": 0, "desk_phones": 2, "when": "now"}, trial)
    assert monthly(trial) == {}
    assert not OnceCharge.objects.exists()
    assert set(Equipment.objects.values_list("state", flat=True)) == {"waiting"}


def test_a_removed_ids_name_is_not_given_to_another(cloud):
    first = order("cloud.add_ids", cloud.contract, {"smartphones": 1, "desk_phones": 0, "when": "now"}, cloud)
    removed = CloudId.objects.get(code=first.result["ids"][0][0])
    order("cloud.remove_id", removed, {"when": "now"}, cloud)
    again = order("cloud.add_ids", cloud.contract, {"smartphones": 1, "desk_phones": 0, "when": "now"}, cloud)
    assert again.result["ids"][0][1] != removed.login_name
    shared = parts.cloud(scheme=Scheme.SHARED)
    (row,) = order(
        "cloud.add_ids", shared.contract, {"smartphones": 1, "desk_phones": 0, "when": "now"}, shared
    ).result["ids"]
    assert row[0] == row[1], "新方式: the code"


def test_an_id_ends_with_the_closing_and_with_it_what_hangs_on_it(cloud, clock):
    order("cloud.add_ids", cloud.contract, {"smartphones": 0, "desk_phones": 1, "when": "now"}, cloud)
    one = CloudId.objects.filter(cloud=cloud).latest("pk")
    device = parts.device(one, name="机の電話")
    booked = order("cloud.remove_id", one, {"when": "closing"}, cloud)
    assert (booked.state, booked.due_at) == (State.ACKNOWLEDGED, numbers_help.at("2026-11-26"))
    assert "机の電話" in str(booked.shown)
    cancel(order=booked, actor=parts.member(cloud))
    clock.set("2026-11-26 00:00")
    while run_local():
        pass
    assert CloudId.objects.live().filter(pk=one.pk).exists(), "taken back in time"
    clock.set("2026-12-20 12:00")
    order("cloud.remove_id", one, {"when": "closing"}, cloud)
    # Workers that come late change nothing about the day.
    clock.set("2026-12-27 03:00")
    while run_local():
        pass
    one.refresh_from_db()
    device.refresh_from_db()
    assert one.ended_on == date(2026, 12, 26)
    assert device.logged_out_at is not None
    assert Equipment.objects.get().ended_on == date(2026, 12, 26)
    assert monthly(cloud) == {cloud_items.BASIC_NEW: 1}
    ended = RecurringCharge.objects.get(item=cloud_items.ID_DESK_PHONE)
    assert ended.ended_on == date(2026, 12, 25)
    assert id_differences.differences(clocks.now()) == []


def test_what_is_lent_with_a_removed_id_comes_back_and_is_in_the_quote(cloud):
    one = parts.cloud_id(cloud, has_desk_phone=True)
    lent = {"cloud": cloud, "customer_id": cloud.customer_id, "on_id": one, "shipped_on": date(2026, 11, 2)}
    Equipment.objects.create(code="E1", kind="ip_phone", state="delivered", **lent)
    Equipment.objects.create(code="E2", kind="adapter", state="preparing", **lent)
    Equipment.objects.create(code="E3", kind="adapter", state="delivered", **lent)
    charges.follow(clouds=[cloud], on=date(2026, 11, 1))
    before = charges.monthly(cloud)
    draft = wish("cloud.remove_id", one, {"when": "now"}, cloud)
    told = [row.new for row in draft.handler.summary(draft)]
    assert ["お返しください" in words for words in told if words.startswith("E")] == [True, False, True]
    assert draft.handler.quote(draft).monthly == -1_700, "the ID, and its second adapter; the first was free"
    order("cloud.remove_id", one, {"when": "now"}, cloud)
    assert charges.monthly(cloud) == before - 1_700


def refused(code, subject, data, cloud) -> str:
    with pytest.raises(NotPossible) as error:
        require_possible(wish(code, subject, data, cloud), now=clocks.now(), actor=parts.member(cloud))
    return str(error.value)


def test_included_ids_and_the_only_one_of_a_fax_number_stay(cloud):
    assert "基本料金に含まれる" in refused("cloud.remove_id", parts.ids(cloud)[0], {"when": "now"}, cloud)
    extra = parts.cloud_id(cloud)
    Ringing.objects.create(number=parts.number(cloud, use=Use.FAX), cloud_id=extra)
    assert "FAX番号" in refused("cloud.remove_id", extra, {"when": "now"}, cloud)


def test_numbers_come_from_the_pool_at_once_and_ring_everywhere(cloud):
    numbers_help.stock(3)
    made = order("cloud.add_number", cloud.contract, {"area": "050", "count": 2, "when": "now"}, cloud)
    assert made.state == State.COMPLETED
    added = CloudNumber.objects.filter(digits__in=made.result["numbers"])
    assert added.count() == 2
    assert all(one.ringing.count() == 2 for one in added)
    assert set(added.values_list("assignment__state", "assignment__is_voice", "assignment__origin")) == {
        ("active", True, "added")
    }
    assert monthly(cloud) == {cloud_items.BASIC_NEW: 1, cloud_items.NUMBER: 2}
    assert sum(OnceCharge.objects.values_list("amount", flat=True)) == 2_000
    assert FreeNumber.objects.count() == 1
    assert stock.differences(clocks.now()) == []
    assert id_differences.differences(clocks.now()) == []


def test_a_booked_number_is_taken_aside_and_given_back_when_undone(cloud, clock):
    numbers_help.stock(1)
    booked = order("cloud.add_number", cloud.contract, {"area": "050", "count": 1, "when": "first"}, cloud)
    assert booked.due_at == numbers_help.at("2026-12-01")
    assert FreeNumber.objects.count() == 0
    assert "不足" in refused("cloud.add_number", cloud.contract, {"area": "050", "count": 1, "when": "now"}, cloud)
    cancel(order=booked, actor=parts.member(cloud))
    assert FreeNumber.objects.count() == 1
    again = order("cloud.add_number", cloud.contract, {"area": "050", "count": 1, "when": "first"}, cloud)
    clock.set("2026-12-01 00:00")
    while run_local():
        pass
    again.refresh_from_db()
    assert again.state == State.COMPLETED
    assert CloudNumber.objects.get(digits=again.result["numbers"][0]).started_on == date(2026, 12, 1)


def test_a_number_of_an_area_that_nobody_proved_is_refused(cloud):
    assert "この地域" in refused("cloud.add_number", cloud.contract, {"area": "06", "count": 1, "when": "now"}, cloud)


def test_a_number_ends_with_its_options_and_rests(cloud):
    extra = parts.number(cloud, after_hours=True)
    caller = parts.cloud_id(cloud, own=extra)
    charges.follow(clouds=[cloud], on=date(2026, 11, 1))
    cloud.refresh_from_db()
    assert "代表番号" in refused("cloud.remove_number", cloud.representative, {"when": "now"}, cloud)
    draft = wish("cloud.remove_number", extra, {"when": "now"}, cloud)
    told = " ".join(row.new for row in draft.handler.summary(draft))
    assert "時間外アナウンス" in told
    assert caller.login_name in told
    assert draft.handler.quote(draft).monthly == -1_000
    order("cloud.remove_number", extra, {"when": "now"}, cloud)
    extra.refresh_from_db()
    caller.refresh_from_db()
    assert extra.ended_on == date(2026, 11, 20)
    assert caller.outgoing_id == cloud.representative_id
    assert Assignment.objects.get(pk=extra.assignment_id).state == "released"
    assert FreeNumber.objects.get(number__digits=extra.digits).available_on == date(2027, 5, 20)
    assert cloud_items.AFTER_HOURS not in monthly(cloud)
    assert id_differences.differences(clocks.now()) == []


def test_an_ended_contract_orders_nothing(cloud):
    CloudContract.objects.filter(pk=cloud.pk).update(stage=Stage.ENDED)
    assert refused("cloud.add_ids", cloud.contract, {"smartphones": 1, "desk_phones": 0, "when": "now"}, cloud)
    assert not Device.objects.exists()
