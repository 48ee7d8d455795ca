"""The network PIN: typed once, told to the carrier, and nowhere else at any time."""

import logging
from typing import Any

import pytest
from django.db import connection

from lines.models import CarrierOrder, Line, PinChange
from lines.services import pins
from selfcare import vault
from selfcare.accounts.models import Role
from selfcare.orders import due
from selfcare.orders.models import Order, OrderSecret
from selfcare.orders.states import State
from selfcare.work.models import Job, Mail
from tests.alone import stands_in
from tests.lines.following_parts import executed, once_each, work_until_done
from tests.lines.parts import fresh, line, place, service
from tests.lines.voice import CODE
from tests.people import log_in, person

pytestmark = pytest.mark.django_db(databases=["default", "owner"])

#: With a leading zero: rows are not numbered so.
PIN = "0835"


@pytest.fixture
def phone(clock) -> Line:
    service()
    return line(options={"voicemail": True})


@pytest.fixture
def page(phone):
    return log_in(person("pin_owner", customer=phone.customer, role=Role.OWNER))


def send(page, phone: Line, **typed: str) -> Any:
    return page.post(f"/lines/{phone.pk}/voice-options/", {"day": "today", **typed})


def ordered(page, phone: Line, **typed: str) -> Order:
    """From the input page to the accepted order."""
    address = send(page, phone, **typed).url
    asked = page.get(address)
    assert not stands_in(PIN, asked.content.decode())
    answer = page.post(address, {"shown": asked.context["shown"]})
    assert not stands_in(PIN, page.get(answer.url).content.decode())
    return Order.objects.get(uuid=address.split("/")[-3])


#: The application reads partitions through what they are parts of.
TABLES = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
AND NOT relispartition AND relname NOT LIKE 'django\\_%'
"""


def everywhere() -> list[str]:
    """The tables in which the PIN stands in clear; bytes are looked into."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT string_agg(t::text, ' ') FROM public.\"{table}\" AS t")
            text = cursor.fetchone()[0] or ""
            if stands_in(PIN, text) or PIN.encode().hex() in text:
                found.append(table)
    return found


def test_it_goes_from_the_page_to_the_carrier_and_lies_nowhere(page, phone, carrier, caplog):
    caplog.set_level(logging.DEBUG)
    order = ordered(page, phone, pin=PIN)
    assert (order.data, order.state) == (
        {"day": "today", "options": {}, "has_pin": True, "sealed": order.data["sealed"]},
        State.IN_PROGRESS,
    )
    assert {row["label"]: row["new"] for row in order.shown["ja"]["rows"]}["ネットワーク暗証番号"] == "変更する"
    assert (OrderSecret.objects.count(), PinChange.objects.count()) == (0, 1)
    assert everywhere() == []
    row = CarrierOrder.objects.get(order=order)
    work_until_done([row])
    due.run_local()
    assert carrier.ledger()["lines"][phone.number]["has_pin"] is True
    assert executed(carrier) == once_each([row])
    assert (fresh(order).state, fresh(phone).pin_is_default, fresh(phone).options) == (
        State.COMPLETED,
        False,
        {"voicemail": True},
    )
    assert PinChange.objects.count() == 0
    assert everywhere() == []
    assert not stands_in(PIN, caplog.text)
    said = f"{carrier.messages()} {carrier.ledger()}"
    assert "networkPin" in said
    assert not stands_in(PIN, said)
    assert Mail.objects.count() >= 2


def test_control_a_pin_in_clear_would_be_found(phone):
    Line.objects.filter(pk=phone.pk).update(name=PIN)
    PinChange.objects.create(order=place(phone, CODE, day="today", options={"voicemail": None}, has_pin=False))
    PinChange.objects.update(sealed=f"x{PIN}".encode())
    assert sorted(everywhere()) == ["lines_line", "lines_pinchange"]


def test_for_the_first_it_is_kept_until_the_carrier_has_it(page, phone, carrier, clock):
    order = ordered(page, phone, pin=PIN, day="first", voicemail="off")
    assert PinChange.objects.count() == 1
    clock.set("2026-12-01 00:00")
    due.run_local()
    assert (fresh(order).state, fresh(phone).options, fresh(phone).pin_is_default) == (State.COMPLETED, {}, False)
    assert PinChange.objects.count() == 1, "the carrier has yet to hear of it"
    pins.sweep(Job())
    assert PinChange.objects.count() == 1
    work_until_done([CarrierOrder.objects.get(order=order)])
    assert PinChange.objects.count() == 0
    told = carrier.ledger()["lines"][phone.number]
    assert (told["has_pin"], told["options"]) == (True, {"voicemail": False})


def test_what_is_taken_back_or_refused_leaves_none(page, phone, carrier):
    order = ordered(page, phone, pin=PIN, day="first")
    place(phone, f"{CODE}_cancel")
    assert (fresh(order).state, PinChange.objects.count()) == (State.CANCELLED, 0)
    assert fresh(phone).pin_is_default
    carrier.control(fail_order_next="回線で別の手続きが進行中です。")
    refused = ordered(page, phone, pin=PIN)
    work_until_done([CarrierOrder.objects.get(order=refused)])
    due.run_local()
    assert (fresh(refused).state, PinChange.objects.count()) == (State.FAILED, 0)
    assert fresh(phone).pin_is_default


def test_what_was_left_behind_however_is_swept(phone):
    order = place(phone, CODE, day="today", options={"voicemail": None}, has_pin=False)
    pins.keep({order: PIN})
    pins.sweep(Job())
    assert PinChange.objects.count() == 1
    CarrierOrder.objects.filter(order=order).update(stage="done", state="completed", next_at=None)
    Order.objects.filter(pk=order.pk).update(state=State.COMPLETED, finished_at=order.accepted_at, next_at=None)
    assert pins.sweep(Job()) == {"erased": 1}


def test_it_opens_for_its_own_order_only_and_is_missed_where_it_should_be(page, phone):
    order = ordered(page, phone, pin=PIN)
    assert pins.take(order.pk) == {"networkPin": PIN}
    other = place(line(contract=phone.contract), CODE, day="today", options={"voicemail": True}, has_pin=False)
    assert pins.take(other.pk) == {}
    Order.objects.filter(pk=other.pk).update(data={**other.data, "has_pin": True})
    PinChange.objects.create(order=other, sealed=PinChange.objects.get(order=order).sealed)
    with pytest.raises(vault.VaultError):
        pins.take(other.pk)
    PinChange.objects.filter(order=other).delete()
    with pytest.raises(LookupError, match=other.request_id):
        pins.take(other.pk)


@pytest.mark.parametrize("typed", ["０８３５", " 0835 "])
def test_full_width_and_spaces_are_understood(page, phone, typed):
    assert pins.take(ordered(page, phone, pin=typed).pk) == {"networkPin": PIN}


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("830", "数字4桁"),
        ("83050", "数字4桁"),
        ("83a5", "数字4桁"),
        ("=8+3", "数字4桁"),
        ("²³⁰⁵", "数字4桁"),
        ("٨٣٠٥", "数字4桁"),
        ("7777", "同じ数字を4つ"),
        ("９９９９", "同じ数字を4つ"),
        ("8" * 30, "20"),
    ],
)
def test_what_is_no_pin_is_refused_beside_its_field_and_not_shown_again(page, phone, typed, words):
    answer = send(page, phone, pin=typed)
    assert answer.status_code == 200
    (told,) = answer.context["form"].errors["pin"]
    assert words in told
    assert not stands_in(typed, answer.content.decode())
    assert not Order.objects.exists()


def test_the_default_again_is_allowed_and_the_line_says_so_again(page, phone, carrier):
    Line.objects.filter(pk=phone.pk).update(pin_is_default=False)
    order = ordered(page, phone, pin="1234")
    work_until_done([CarrierOrder.objects.get(order=order)])
    due.run_local()
    assert (fresh(order).state, fresh(phone).pin_is_default) == (State.COMPLETED, True)


def test_typed_anew_or_left_out_in_another_tab_is_noticed(page, phone):
    address = send(page, phone, pin=PIN, voicemail="off").url
    asked = page.get(address)
    again = page.post(f"{asked.context['back_url']}&step=1", {"day": "today", "voicemail": "off", "pin": ""}).url
    assert again == address
    answer = page.post(address, {"shown": asked.context["shown"]})
    assert answer.status_code == 409
    page.post(address, {"shown": page.get(address).context["shown"]})
    order = Order.objects.get(uuid=address.split("/")[-3])
    assert (order.state, order.data["has_pin"], PinChange.objects.count()) == (State.IN_PROGRESS, False, 0)


def test_without_a_pin_the_same_wish_is_one_draft(page, phone):
    assert send(page, phone, voicemail="off").url == send(page, phone, voicemail="off").url
    assert not OrderSecret.objects.exists()
