import json
from datetime import UTC, datetime, timedelta

import pytest

from lines.carriers import callbacks, signing
from lines.carriers.port import State

SECRET = "the-secret-of-portal-and-carrier"
NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
ORDER = {"id": "c-1", "externalId": "o-1", "state": "completed"}
EVENT = {"eventId": "e-1", "eventType": "serviceOrderStateChangeEvent", "event": {"serviceOrder": ORDER}}


def signed(body, *, secret=SECRET, purpose=signing.EVENT, target="", now=NOW):
    return signing.headers(secret=secret, purpose=purpose, target=target, body=body, now=now)


def read(message=EVENT, *, body=None, headers=None, secret=SECRET, now=NOW):
    content = json.dumps(message).encode() if body is None else body
    return callbacks.read_event(
        body=content, headers=signed(content) if headers is None else headers, secret=secret, now=now
    )


def test_a_signed_event_is_read():
    event = read()
    assert (event.event_id, event.external_id, event.answer.carrier_order_id) == ("e-1", "o-1", "c-1")
    assert (event.state, event.answer.reason) == (State.COMPLETED, "")


def test_the_reason_of_a_failure_is_read():
    order = {**ORDER, "state": "failed", "errorMessage": {"code": 7, "reason": "SIM が無効です"}}
    assert read({**EVENT, "event": {"serviceOrder": order}}).answer.reason == "SIM が無効です"


@pytest.mark.parametrize(
    "kind",
    [
        "ServiceOrderStateChangeEvent",
        "serviceOrderAttributeValueChangeEvent",
        "ServiceOrderAttributeValueChangeEvent",
    ],
)
def test_a_change_of_what_is_known_about_an_order_is_an_event_as_well(kind):
    left = {"name": "portedOut", "value": True}
    order = {**ORDER, "serviceOrderItem": [{"id": "1", "service": {"serviceCharacteristic": [left]}}]}
    event = read({**EVENT, "eventType": kind, "event": {"serviceOrder": order}})
    assert (event.state, event.answer.facts) == (State.COMPLETED, {"portedOut": "true"})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Carrier-Timestamp": str(int(NOW.timestamp()))},
        {"X-Carrier-Timestamp": "x", "X-Carrier-Signature": "v1=0"},
        {"X-Carrier-Timestamp": str(int(NOW.timestamp())), "X-Carrier-Signature": "v1=é"},
        signed(json.dumps(EVENT).encode(), secret="another"),
        signed(b"another body"),
        # Our own request, played back as an event.
        signed(json.dumps(EVENT).encode(), purpose=signing.REQUEST),
    ],
)
def test_a_forged_callback_is_refused(headers):
    with pytest.raises(callbacks.CallbackForged):
        read(headers=headers)


def test_a_changed_timestamp_is_refused():
    headers = {**signed(json.dumps(EVENT).encode()), "X-Carrier-Timestamp": str(int(NOW.timestamp()) + 1)}
    with pytest.raises(callbacks.CallbackForged):
        read(headers=headers)


@pytest.mark.parametrize(
    ("seconds", "is_refused"), [(0, False), (299, False), (300, False), (301, True), (86_400, True)]
)
@pytest.mark.parametrize("sign", [1, -1])
def test_an_old_or_future_callback_is_refused(seconds, is_refused, sign):
    now = NOW + timedelta(seconds=seconds * sign)
    if is_refused:
        with pytest.raises(callbacks.CallbackForged, match="far from now"):
            read(now=now)
    else:
        assert read(now=now).event_id == "e-1"


def test_without_a_secret_nothing_is_believed():
    body = json.dumps(EVENT).encode()
    forged = {"X-Carrier-Timestamp": str(int(NOW.timestamp())), "X-Carrier-Signature": "v1="}
    with pytest.raises(callbacks.CallbackForged, match="no secret"):
        read(body=body, headers=forged, secret="")


def test_a_forged_body_is_not_interpreted():
    with pytest.raises(callbacks.CallbackForged):
        read(body=b"{" * 1000, headers={})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"eventType": "serviceOrderStateChangeEvent"}',
        b'{"eventType": "serviceOrderStateChangeEvent", "event": []}',
        b'{"eventType": "serviceOrderCreateEvent", "event": {"serviceOrder": {}}}',
        b'{"eventType": ["serviceOrderStateChangeEvent"]}',
        b"x" * (callbacks.LARGEST_BODY + 1),
    ],
)
def test_a_signed_message_that_is_no_event_is_unreadable(body):
    with pytest.raises(callbacks.CallbackUnreadable):
        read(body=body)


def test_an_event_without_an_id_is_named_by_order_and_state():
    message = {name: value for name, value in EVENT.items() if name != "eventId"}
    assert read(message).event_id == "c-1:completed"


def test_a_very_long_event_id_is_shortened_and_stays_the_same():
    message = {**EVENT, "eventId": "e" * 5000}
    assert len(read(message).event_id) == 64
    assert read(message) == read(message)
