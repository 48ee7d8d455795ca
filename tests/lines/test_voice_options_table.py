"""The table of spec 4 as it can be ordered: carrier x option x value x what is held x day."""

from itertools import product
from typing import Any

import pytest

from lines import options
from lines.models import CarrierOrder, Line, Plan
from selfcare import clock as time_of_day
from selfcare.accounts.models import Role
from selfcare.orders import due, procedures
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.bulk import Typed, read
from selfcare.orders.states import State
from tests import builders
from tests.lines.parts import contract, fresh, line, place, service
from tests.lines.voice import CODE, carrier_has_done, change, charged

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

_SWITCH = ["on", "off"]
_RATES = ["off", "5min", "10min", "unlimited"]
#: As spec 4 has it: option, what can be chosen.
TABLE = {
    "docomo": {
        "flat_rate": _RATES,
        "voicemail": _SWITCH,
        "call_waiting": _SWITCH,
        "call_forwarding": _SWITCH,
        "international": ["0", "5000", "10000", "20000", "30000", "50000", "80000", "100000"],
        "roaming": ["0", "50000"],
    },
    "softbank": {
        "flat_rate": _RATES,
        "voicemail": _SWITCH,
        "call_waiting": _SWITCH,
        "group_call": _SWITCH,
        "number_block": _SWITCH,
    },
}
_CASES = [(carrier, code) for carrier, table in TABLE.items() for code in table]


def held_as(code: str, typed: str) -> object:
    if typed in ("off", "0"):
        return None
    if code == "call_forwarding":
        return "0312345678"
    return True if typed == "on" else int(typed) if typed.isdecimal() else typed


@pytest.fixture
def lines(clock):
    """Makes a line of a carrier that holds some options."""
    for carrier in TABLE:
        service(carrier, carrier=carrier)
    contracts = {carrier: contract(carrier) for carrier in TABLE}
    actors = {carrier: builders.user(customer=one.customer, role=Role.OWNER) for carrier, one in contracts.items()}

    def make(carrier: str, **held: object) -> tuple[Line, object]:
        made = line(carrier=carrier, contract=contracts[carrier], options=held)
        return made, actors[carrier]

    return make


def order(phone: Line, actor: Any, **typed: str) -> Any:
    """As the pages do it: the reason where it cannot be had."""
    now = time_of_day.now()
    wishes, refused = read(procedures.get(CODE), [Typed(phone, typed)], now=now, actor=actor)
    if refused:
        return refused[0].reason
    try:
        return place(phone, CODE, actor, **wishes[0].data)
    except NotPossible as error:
        return str(error)


def test_the_table_is_the_specs():
    ours = {str(carrier): [one.code for one in some] for carrier, some in options.OPTIONS.items()}
    assert ours == {carrier: list(table) for carrier, table in TABLE.items()}
    free = {one.code for some in options.OPTIONS.values() for one in some if not one.has_fee}
    assert free == {"call_forwarding", "international", "roaming"}


@pytest.mark.parametrize(("carrier", "code"), _CASES)
def test_every_value_from_every_other_on_either_day(lines, clock, carrier, code):
    values = TABLE[carrier][code]
    # Of the eight caps the ends and one between are enough as a beginning.
    for before, typed, day in product([values[0], *values[-2:]], values, ("today", "first")):
        held, wanted = held_as(code, before), held_as(code, typed)
        clock.set("2026-11-20 10:00")
        phone, actor = lines(carrier, **({code: held} if held else {}))
        target = {"forwarding_number": "03-1234-5678"} if code == "call_forwarding" and (held or wanted) else {}
        told = order(phone, actor, day=day, **{code: typed}, **target)
        case = (code, before, typed, day)
        if wanted == held:
            assert "何も変わっていません" in told, case
        elif code == "flat_rate" and held and day == "today":
            assert "翌月1日" in told, case
            assert "別にお申し込みください" in told, case
        else:
            assert isinstance(told, Order), (case, told)
            _takes_effect(told, phone, code, wanted, day, clock)


def _takes_effect(placed: Order, phone: Line, code: str, wanted: object, day: str, clock) -> None:
    if day == "today":
        assert (placed.state, fresh(phone).next_options) == (State.IN_PROGRESS, {})
        carrier_has_done(placed)
        begins = "2026-11-20"
    else:
        assert (placed.state, fresh(phone).next_options) == (State.ACKNOWLEDGED, {code: wanted})
        clock.set("2026-12-01 00:00")
        assert due.run_local() == 1
        begins = "2026-12-01"
    asked = CarrierOrder.objects.get(order=placed)
    assert asked.details == {code: wanted or (0 if code in ("international", "roaming") else False)}
    assert fresh(phone).options == ({code: wanted} if wanted else {})
    extra = {item: since for item, since in charged(phone).items() if item.startswith("option.")}
    if code in ("call_forwarding", "international", "roaming") or not wanted:
        assert begins not in extra.values()
    else:
        assert extra == {f"option.{code}.{wanted}" if code == "flat_rate" else f"option.{code}": begins}


def test_what_is_left_empty_stays_as_it_is(lines):
    phone, actor = lines("docomo", voicemail=True, roaming=50_000)
    placed = order(phone, actor, day="first", call_waiting="on", voicemail="", roaming="")
    assert placed.data["options"] == {"call_waiting": True}


def test_with_a_held_flat_rate_the_others_are_had_today(lines):
    phone, actor = lines("docomo", flat_rate="5min")
    placed = order(phone, actor, day="today", flat_rate="5min", voicemail="on")
    carrier_has_done(placed)
    assert fresh(phone).options == {"flat_rate": "5min", "voicemail": True}


@pytest.mark.parametrize(("kind", "plan"), [("data", "data_3gb"), ("sms", "voice_3gb")])
def test_lines_without_voice_are_told_so(lines, kind, plan):
    phone, actor = lines("docomo")
    Line.objects.filter(pk=phone.pk).update(sim_kind=kind, plan=plan)
    assert "音声SIMの回線でだけ" in order(fresh(phone), actor, day="today", voicemail="on")


def test_only_what_the_plan_has(lines):
    phone, actor = lines("docomo")
    Line.objects.filter(pk=phone.pk).update(plan="voice_lite")
    poor = fresh(phone)
    assert isinstance(order(poor, actor, day="today", voicemail="on"), Order)
    with pytest.raises(NotPossible, match="手続き中"):
        change(poor, "first", call_waiting=True)
    other, actor = lines("docomo")
    Line.objects.filter(pk=other.pk).update(plan="voice_lite")
    with pytest.raises(NotPossible, match="VOICE LITE.*キャッチホン"):
        change(other, "first", call_waiting=True)


def test_for_the_first_the_booked_plan_counts(lines, clock):
    phone, actor = lines("docomo", voicemail=True)
    place(phone, "lines.plan", actor, plan="voice_lite")
    assert "VOICE LITE" in order(fresh(phone), actor, day="first", call_waiting="on")
    assert isinstance(order(fresh(phone), actor, day="today", call_waiting="on"), Order), "today it is still there"
    richer, actor = lines("docomo")
    Line.objects.filter(pk=richer.pk).update(plan="voice_lite")
    Plan.objects.filter(code="voice_1gb").update(size=100)
    place(richer, "lines.plan", actor, plan="voice_1gb")
    assert "VOICE LITE" in order(fresh(richer), actor, day="today", call_waiting="on")
    placed = order(fresh(richer), actor, day="first", call_waiting="on")
    clock.set("2026-12-01 00:00")
    while due.run_local():
        pass
    assert fresh(placed).state == State.COMPLETED
    assert (fresh(richer).plan, fresh(richer).options) == ("voice_1gb", {"call_waiting": True})


@pytest.mark.parametrize(
    ("carrier", "code", "words"),
    [
        ("docomo", "group_call", "グループ通話を利用できません"),
        ("softbank", "roaming", "国際ローミングを利用できません"),
        ("softbank", "call_forwarding", "転送電話を利用できません"),
    ],
)
def test_an_option_of_the_other_carrier_in_a_file_is_refused_by_name(lines, carrier, code, words):
    phone, actor = lines(carrier)
    typed = TABLE["softbank" if carrier == "docomo" else "docomo"][code][-1 if code == "roaming" else 0]
    assert words in order(phone, actor, day="today", voicemail="on", **{code: typed})
