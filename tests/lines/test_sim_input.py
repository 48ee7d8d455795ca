"""What is typed for a new SIM: every mistake beside its field, every width read, nothing told about others' SIMs."""

import pytest

from lines.models import Line
from lines.services.sims import has_check_digit, read_serial
from selfcare import clock
from selfcare.orders import procedures
from selfcare.orders.services import bulk
from selfcare.orders.services.bulk import Typed
from tests import builders
from tests.lines.parts import contract, line, place, service
from tests.lines.sim_parts import CODE, ELSEWHERE, PROVISIONAL, SERIALS, SHIPPED, errors, form, rewritten, stock

pytestmark = pytest.mark.django_db(databases=["default", "owner"])
BLACK = {"method": "black", "size": "nano", "ship_on": "2026-11-20"}
OTA = {"method": "ota", "serial": SERIALS[0], "provisional_number": PROVISIONAL}


@pytest.fixture
def phone(clock) -> Line:
    service()
    return line()


@pytest.fixture
def soft(clock) -> Line:
    service("softbank", carrier="softbank")
    return line(carrier="softbank")


@pytest.mark.parametrize(
    ("day", "possible"),
    [
        ("2026-11-19", False),
        ("2026-11-20", True),
        ("2026-11-27", True),
        ("2026-11-28", False),
        ("2027-11-20", False),
        ("２０２６／１１／２２", True),
        ("2026-02-30", False),
        ("明日", False),
    ],
)
def test_a_sim_is_shipped_from_today_to_a_week_ahead(phone, day, possible):
    assert set(errors(phone, **{**BLACK, "ship_on": day})) == (set() if possible else {"ship_on"})


@pytest.mark.parametrize(("now", "first"), [("2026-11-20 20:00", "2026-11-21"), ("2026-12-31 23:59", "2027-01-01")])
def test_outside_the_hours_the_week_begins_with_the_opening(phone, clock, now, first):
    clock.set(now)
    assert str(form(phone)["ship_on"].value()) == first
    assert errors(phone, **{**BLACK, "ship_on": ""}) == {}
    assert set(errors(phone, **{**BLACK, "ship_on": now[:10]})) == {"ship_on"}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"method": ""}, "method"),
        ({"method": "owl"}, "method"),
        ({"size": "esim"}, "size"),
        ({"size": "huge"}, "size"),
        ({**ELSEWHERE, "postal_code": "123-456"}, "postal_code"),
        ({**ELSEWHERE, "postal_code": "abcdefg"}, "postal_code"),
        ({**ELSEWHERE, "prefecture": "江戸"}, "prefecture"),
        ({**ELSEWHERE, "prefecture": ""}, "prefecture"),
        ({**ELSEWHERE, "address": " "}, "address"),
        ({**ELSEWHERE, "address": "長" * 101}, "address"),
        ({**ELSEWHERE, "addressee": ""}, "addressee"),
        ({**ELSEWHERE, "phone": "12-34"}, "phone"),
        ({**ELSEWHERE, "phone": "でんわ"}, "phone"),
        ({**ELSEWHERE, "phone": ""}, "phone"),
        ({"building": "架空ビル"}, "address"),
    ],
)
def test_each_mistake_stands_beside_its_field(phone, wrong, field):
    assert field in errors(phone, **{**BLACK, **wrong})


def test_another_address_is_read_in_any_width(phone):
    read = form(phone, **BLACK, **ELSEWHERE)
    assert read.is_valid(), read.errors
    assert read.cleaned_data["ship_to"] == {
        "postal_code": "123-4567",
        "prefecture": "北海道",
        # Names and addresses stay as customers write them.
        "address": "みなも市 架空町１−２",
        "building": "",
        "addressee": "岬支店 架空 花子",
        "phone": "0112000000",
    }


def test_what_was_typed_for_another_method_does_not_count(phone):
    read = form(phone, method="esim", size="huge", ship_on="never", serial="owl", postal_code="1")
    assert read.is_valid(), read.errors
    assert read.cleaned_data == {"method": "esim", "size": "esim"}


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "入力してください"),
        ("8981-ABCD", "数字で"),
        ("898110000000000001", "19桁から20桁"),
        ("898110000000000001000", "19桁から20桁"),
        # Two digits exchanged, one digit wrong.
        ("8981100000000000001", "最後の1桁"),
        ("8981100000000000011", "最後の1桁"),
    ],
)
def test_an_iccid_has_its_length_and_its_check_digit(soft, typed, words):
    stock(soft.customer, carrier="softbank", provisional_number="")
    assert words in errors(soft, method="ota", serial=typed)["serial"]


@pytest.mark.parametrize(
    "typed", [SERIALS[0], "８９８１ １０００　００００‐００００ー０１０", " 8981-1000-0000-0000-010 "]
)
def test_an_iccid_is_read_in_any_width_with_any_spaces(soft, typed):
    stock(soft.customer, carrier="softbank", provisional_number="")
    read = form(soft, method="ota", serial=typed)
    assert read.is_valid(), read.errors
    assert read.cleaned_data["serial"] == SERIALS[0]


def test_docomo_asks_for_both_numbers(phone):
    stock(phone.customer)
    assert set(errors(phone, method="ota", serial="", provisional_number="")) == {"serial", "provisional_number"}
    assert set(errors(phone, **{**OTA, "serial": "8981100000000000011"})) == {"serial"}
    assert set(errors(phone, **{**OTA, "provisional_number": "123"})) == {"provisional_number"}
    assert set(errors(phone, **{**OTA, "serial": "123456789"})) == {"serial"}
    assert errors(phone, **{**OTA, "provisional_number": "０２０-9999-0001"}) == {}
    # A USIM No. without a check digit is shorter.
    assert read_serial("123456789012345", "docomo") == "123456789012345"
    assert has_check_digit(SERIALS[1])


def test_a_sim_that_cannot_be_had_gets_one_answer_whatever_the_reason(phone):
    """Nobody's, another customer's, taken, of another carrier, with another provisional number: all the same."""
    other = line(contract=contract())
    stock(other.customer, SERIALS[0])
    stock(phone.customer, SERIALS[1])
    taking = line(contract=phone.contract)
    place(taking, CODE, **rewritten(SERIALS[1]))
    stock(phone.customer, SERIALS[2], carrier="softbank")
    unknown = "8981100000000000044"
    stock(phone.customer, "8981100000000000051", provisional_number="02099990002")
    answers = [errors(phone, **{**OTA, "serial": serial}) for serial in (*SERIALS, unknown, "8981100000000000051")]
    assert all(set(answer) == {"serial"} for answer in answers)
    assert len({answer["serial"] for answer in answers}) == 1


def test_a_draft_taken_up_again_shows_what_was_typed(phone):
    draft = form(phone).order
    draft.data = {**SHIPPED, "ship_to": {**ELSEWHERE, "postal_code": "123-4567"}}
    shown = type(form(phone))(order=draft, initial=draft.data)
    assert shown.elsewhere
    assert (shown["ship_on"].value(), shown["postal_code"].value()) == ("2026-11-25", "123-4567")
    assert not form(phone).elsewhere


def test_the_rows_of_a_file_are_read_by_the_same_form_in_a_few_queries(phone, django_assert_max_num_queries):
    lines = [builders.line(contract=phone.contract, plan="voice_3gb") for _ in range(40)]
    stock(phone.customer)
    rows = [Typed(one, {"method": "black"}, f"{n}行目") for n, one in enumerate(lines)]
    rows[3] = Typed(lines[3], {"method": "black", "ship_on": "2026-12-24"}, "3行目")
    rows[4] = Typed(lines[4], OTA, "4行目")
    rows[5] = Typed(lines[5], {**OTA, "serial": SERIALS[1]}, "5行目")
    actor = builders.user(customer=phone.customer)
    with django_assert_max_num_queries(12):
        wishes, refused = bulk.read(procedures.get(CODE), rows, now=clock.now(), actor=actor)
    assert len(wishes) == 38
    assert wishes[0].data == {"method": "black", "size": "nano", "ship_on": "2026-11-20", "ship_to": {}}
    assert [one.label.split()[0] for one in refused] == ["3行目", "5行目"]
