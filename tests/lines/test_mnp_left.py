"""A number that leaves ends its line, whoever tells us and however often; one that is not used expires."""

import json
from datetime import date

import httpx
import pytest
from django.test import Client
from django.urls import reverse

from billing.models import RecurringCharge
from lines.carriers import signing
from lines.jobs_porting import look_after_port_outs, look_at_port_out, poll_port_outs
from lines.models import CarrierHealth, CarrierOrder, Line, PortOut
from lines.services import port_outs
from selfcare import clock as time
from selfcare.orders.procedures import NotPossible
from selfcare.orders.states import State
from selfcare.work.models import Job, Mail
from tests import builders
from tests.lines import parts
from tests.lines.carriers.parts import SECRET, Simulator
from tests.lines.mnp import HOLDER, carried_out, issued
from tests.lines.parts import fresh, place

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def phone(clock) -> Line:
    parts.service()
    return parts.line(options={"voicemail": True})


@pytest.fixture
def port_out(carrier, phone) -> PortOut:
    """Issued by the carrier."""
    return PortOut.objects.get(order=carried_out(place(phone, "lines.mnp_out", **HOLDER)))


def leaves(carrier: Simulator, phone: Line) -> None:
    httpx.post(f"{carrier.url}/control/left", json={"number": phone.number}, trust_env=False).raise_for_status()


def callback(port_out: PortOut, *, secret: str = SECRET, event_id: str = "left-1") -> int:
    known = CarrierOrder.objects.get(order=port_out.order)
    service = {"id": known.msisdn, "serviceCharacteristic": [{"name": "portedOut", "value": True}]}
    order = {
        "id": known.carrier_order_id or "x",
        "externalId": known.external_id,
        "state": "completed",
        "serviceOrderItem": [{"id": "1", "action": "modify", "state": "completed", "service": service}],
    }
    event = {
        "eventId": event_id,
        "eventType": "serviceOrderAttributeValueChangeEvent",
        "event": {"serviceOrder": order},
    }
    body = json.dumps(event).encode()
    headers = signing.headers(secret=secret, purpose=signing.EVENT, body=body, now=time.real_now())
    address = reverse("lines:carrier-events")
    return Client().post(address, body, content_type="application/json", headers=headers).status_code


def look() -> None:
    for job in Job.objects.filter(kind=port_outs.LOOK):
        look_at_port_out(job)


def mails(template: str, phone: Line) -> int:
    """To the address of the contract; who ordered has a copy."""
    return Mail.objects.filter(template=template, to=phone.contract.mail).count()


def test_the_carriers_word_ends_the_line_and_its_charges(carrier, phone, port_out):
    leaves(carrier, phone)
    assert callback(port_out) == 204
    look()
    line, gone = fresh(phone), fresh(port_out)
    assert (gone.state, str(gone.left_on)) == ("left", "2026-11-20")
    assert (line.status, str(line.ends_on), line.open_changes) == ("terminated", "2026-11-20", [])
    assert not RecurringCharge.objects.filter(subject=phone.number, ended_on=None).exists()
    assert mails("mnp_out_left", phone) == 1


def test_told_twice_it_has_left_once(carrier, phone, port_out):
    leaves(carrier, phone)
    assert [callback(port_out), callback(port_out), callback(port_out, event_id="left-2")] == [204, 204, 204]
    assert Job.objects.filter(kind=port_outs.LOOK).count() == 2
    look()
    look()
    assert not port_outs.left(port_out=port_out, on=date(2026, 11, 21), actor=None)
    assert (mails("mnp_out_left", phone), str(fresh(port_out).left_on)) == (1, "2026-11-20")


def test_a_forged_word_changes_nothing(carrier, phone, port_out):
    leaves(carrier, phone)
    assert callback(port_out, secret="somebody else's") == 401
    assert not Job.objects.filter(kind=port_outs.LOOK).exists()


def test_a_word_that_the_carrier_does_not_repeat_changes_nothing(carrier, phone, port_out):
    """Signed or not, it is a wake-up call: the carrier's own record counts."""
    assert callback(port_out) == 204
    look()
    assert (fresh(port_out).state, fresh(phone).status) == ("issued", "active")


def test_a_word_that_is_lost_is_found_by_asking(carrier, phone, port_out):
    assert poll_port_outs(Job()) == {"left": 0}
    leaves(carrier, phone)
    assert poll_port_outs(Job()) == {"left": 1}
    assert poll_port_outs(Job()) == {"left": 0}
    assert fresh(phone).status == "terminated"


def test_a_carrier_that_is_down_keeps_the_others_numbers_from_nobody(carrier, phone, port_out):
    parts.service("softbank", carrier="softbank")
    other = parts.line(carrier="softbank")
    carried_out(place(other, "lines.mnp_out", **HOLDER))
    leaves(carrier, phone)
    leaves(carrier, other)
    resting = {"state": CarrierHealth.State.OPEN, "changed_at": time.real_now()}
    CarrierHealth.objects.update_or_create(carrier="docomo", defaults=resting)
    assert poll_port_outs(Job()) == {"left": 1}
    assert (fresh(phone).status, fresh(other).status) == ("active", "terminated")


def test_what_was_booked_on_the_line_falls_with_it_and_is_told(carrier, phone, port_out):
    plan = place(phone, "lines.plan", plan="voice_1gb")
    end = place(phone, "lines.terminate", ends_on="2026-12-31")
    leaves(carrier, phone)
    poll_port_outs(Job())
    for order in (plan, end):
        assert fresh(order).state == State.CANCELLED
        assert "解約となるため" in fresh(order).reason
    assert (fresh(phone).next_plan, str(fresh(phone).ends_on)) == ("", "2026-11-20")
    assert Mail.objects.filter(template="order_cancelled").exists()


def test_an_operator_can_say_that_it_has_left_but_not_before_there_is_a_number(phone):
    waiting = PortOut.objects.get(order=place(phone, "lines.mnp_out", **HOLDER))
    with pytest.raises(NotPossible, match="発行されていない"):
        port_outs.left(port_out=waiting, on=date(2026, 11, 20), actor=builders.operator())
    other = issued(parts.line(contract=phone.contract))
    assert port_outs.left(port_out=other, on=date(2026, 11, 18), actor=builders.operator())
    assert (fresh(other.line).status, str(fresh(other.line).ends_on)) == ("terminated", "2026-11-18")


@pytest.mark.parametrize(
    ("expires_on", "last", "after"),
    [
        (date(2026, 11, 30), "2026-11-30 23:59", "2026-12-01 00:00"),
        (date(2026, 12, 31), "2026-12-31 23:59", "2027-01-01 00:00"),
        (date(2028, 2, 28), "2028-02-28 23:59", "2028-02-29 00:00"),
    ],
)
def test_one_that_is_not_used_expires_after_its_last_day(carrier, phone, clock, expires_on, last, after):
    port_out = issued(phone, expires_on=expires_on)
    clock.set(last)
    assert look_after_port_outs(Job()) == {"expired": 0}
    clock.set(after)
    assert look_after_port_outs(Job()) == {"expired": 1}
    assert look_after_port_outs(Job()) == {"expired": 0}
    assert (fresh(port_out).state, fresh(phone).status) == ("expired", "active")
    assert mails("mnp_out_expired", phone) == 1


def test_one_that_left_on_its_last_day_unheard_has_left_and_not_expired(carrier, phone, port_out, clock):
    leaves(carrier, phone)
    PortOut.objects.update(expires_on=date(2026, 11, 30))
    clock.set("2026-12-01 00:10")
    assert look_after_port_outs(Job()) == {"expired": 0}
    assert (fresh(port_out).state, fresh(phone).status) == ("left", "terminated")


def test_while_the_carrier_is_down_nothing_expires(carrier, phone, port_out, clock):
    PortOut.objects.update(expires_on=date(2026, 11, 30))
    clock.set("2026-12-01 00:10")
    carrier.kill()
    assert look_after_port_outs(Job()) == {"expired": 0}
    assert fresh(port_out).state == "issued"
    assert poll_port_outs(Job()) == {"left": 0}


def test_with_its_line_a_reservation_ends(carrier, phone, port_out, clock):
    place(phone, "lines.terminate", ends_on="2026-11-21")
    Line.objects.filter(pk=phone.pk).update(status="terminated", open_changes=[])
    assert look_after_port_outs(Job()) == {"expired": 1}
    assert fresh(port_out).state == "expired"


def test_a_number_that_left_comes_back_to_another_line(carrier, phone, port_out):
    """The reason why a terminated line's number is free."""
    leaves(carrier, phone)
    poll_port_outs(Job())
    assert builders.line(number=phone.number).pk
