"""What carriers tell by themselves about requests of both kinds: signed, repeated, early, forged, or never."""

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from lines import following, hub
from lines.carriers import signing
from lines.models import CarrierOrder
from lines.services import hearing
from selfcare import clock as time
from selfcare.orders import outside
from selfcare.orders.models import IncomingEvent, Order
from selfcare.orders.states import State
from selfcare.work.models import Job
from tests.lines.carriers import schema
from tests.lines.carriers.parts import SECRET, Listener, wait_until
from tests.lines.following_parts import executed, left, once_each, suspended, work
from tests.lines.parts import fresh

pytestmark = [pytest.mark.django_db(databases=["default", "owner"]), pytest.mark.usefixtures("clock")]


def tell(body: bytes, headers: dict[str, str] | None = None, *, secret: str = SECRET) -> Any:
    """A delivery, as it came to a listener, at the portal's door; signed here unless it has its own headers."""
    signed = signing.headers(secret=secret, purpose=signing.EVENT, body=body, now=time.real_now())
    path = reverse("lines:carrier-events")
    return Client().post(path, body, content_type="application/json", headers=headers or signed)


def event(row: CarrierOrder, state: str, *, event_id: str = "e1") -> bytes:
    order = {"id": fresh(row).carrier_order_id or "c-1", "externalId": row.external_id, "state": state}
    message = {"eventId": event_id, "eventType": "serviceOrderStateChangeEvent", "event": {"serviceOrder": order}}
    schema.check("ServiceOrderStateChangeEvent", message)
    return json.dumps(message).encode()


@pytest.fixture
def listener(carrier, settings):
    """A listener that keeps what the carrier sends to the portal, registered by the portal's own job."""
    listener = Listener()
    settings.CARRIER_CALLBACK_BASE = listener.url.removesuffix("/carriers/events/")
    yield listener
    listener.close()


def test_the_portal_registers_its_listener_and_is_told_once_however_often_it_registers(carrier, listener):
    for _ in range(3):
        assert hub.register_listener(Job()) == {"registered": True}
    for message in carrier.messages():
        schema.check(message["kind"], message["body"])
    left()
    work()
    wait_until(lambda: len(listener.deliveries) == 2)
    assert hub.address().endswith("/lines/carrier/events/")


def test_a_carrier_that_cannot_be_asked_is_asked_again_in_the_next_period(carrier):
    carrier.stop()
    assert hub.register_listener(Job()) == {"registered": False}


def test_a_callback_makes_a_request_due_at_once_and_each_further_one_changes_nothing(carrier):
    row = left()
    work()
    carrier.executed()
    assert work() == 0
    for _ in range(3):
        assert tell(event(row, "completed")).status_code == 204
    assert work() == 1
    assert fresh(row).stage == "done"
    assert tell(event(row, "completed", event_id="e2")).status_code == 204
    assert (work(), fresh(row).next_at) == (0, None)
    assert executed(carrier) == once_each([row])


def test_a_signed_completed_that_the_carrier_does_not_confirm_completes_nothing(carrier):
    carrier.control(delay=600)
    row = left()
    work()
    tell(event(row, "completed"))
    work()
    assert fresh(row).stage == "asked"


@pytest.mark.parametrize("kind", [left, suspended])
def test_a_forged_callback_is_refused_and_wakes_nobody(carrier, kind):
    carrier.control(delay=600)
    row = kind()
    work()
    before = CarrierOrder.objects.filter(pk=row.pk).values().get()
    assert tell(event(row, "completed"), secret="somebody else's").status_code == 401
    assert tell(event(row, "completed"), {"X-Carrier-Timestamp": "1"}).status_code == 401
    assert CarrierOrder.objects.filter(pk=row.pk).values().get() == before
    assert not IncomingEvent.objects.exists()


def test_what_was_never_asked_for_is_not_known(carrier):
    row = left()
    row.external_id = "another"
    assert tell(event(row, "completed")).status_code == 404


def test_a_callback_before_the_answer_to_our_request_is_heard(carrier):
    """The row is there before the call, and whoever is talking to the carrier looks again at once."""
    row = left()
    claim = following._claim("docomo")
    assert claim is not None
    (mine,) = following._still_to_ask(claim)
    (stale,) = following._ask([mine], claim.seen)
    carrier.executed()
    assert tell(event(row, "completed")).status_code == 204
    following._record(mine, claim, stale)
    assert fresh(row).stage == "asked"
    assert work() == 1
    assert fresh(row).stage == "done"


def test_without_that_look_it_would_wait_for_the_poll(carrier):
    """The negative control: the same answer, and no callback."""
    row = left()
    work()
    carrier.executed()
    assert work() == 0
    assert fresh(row).next_at > time.real_now()


def test_a_callback_before_the_answer_wakes_an_order_that_drives_its_request(carrier):
    row = suspended()
    assert row.requested_at is not None
    CarrierOrder.objects.filter(pk=row.pk).update(state="", carrier_order_id="")
    carrier.executed()
    assert tell(event(row, "completed")).status_code == 204
    assert outside.run_outside() == 1
    assert Order.objects.get(pk=row.order_id).state == State.COMPLETED


def test_who_listens_is_told_once_that_a_number_has_left(carrier, listener):
    heard = []
    row = suspended()
    CarrierOrder.objects.filter(pk=row.pk).update(action="port-out")
    told = {"name": "portedOut", "valueType": "boolean", "value": True}
    item = {"id": "1", "action": "modify", "service": {"id": row.msisdn, "serviceCharacteristic": [told]}}
    order = {"id": "c", "externalId": row.external_id, "state": "completed", "serviceOrderItem": [item]}
    message = {"eventId": "e9", "eventType": "serviceOrderAttributeValueChangeEvent", "event": {"serviceOrder": order}}
    schema.check("ServiceOrderAttributeValueChangeEvent", message)

    def note(about: CarrierOrder, answer: Any) -> None:
        heard.append((about.pk, answer.facts.get("portedOut")))

    hearing.listen(note)
    try:
        answers: list[HttpResponse] = [tell(json.dumps(message).encode()) for _ in range(2)]
    finally:
        hearing._listeners.remove(note)
    assert [answer.status_code for answer in answers] == [204, 204]
    assert heard == [(row.pk, "true")]
