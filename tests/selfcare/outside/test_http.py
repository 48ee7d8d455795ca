"""The client and the simulator over real HTTP: signatures both ways, keys, and three words for what went wrong."""

import hashlib
import hmac
import io
import json
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.management import call_command
from django.test import override_settings

from selfcare import clock
from selfcare.outside import callbacks, signing
from selfcare.outside.http import Client, OutsideRefused, OutsideUnavailable, OutsideUnknown
from selfcare.outside.simulator import process
from selfcare.outside.simulator.server import Simulator
from tests.harness.ports import free_port

SECRET = "secret-of-this-test"
CHARGE = {"key": "k1", "token": "t", "amount": 5, "currency": "JPY", "about": "INV-1"}


def running(**options: Any) -> Simulator:
    server = process.build({"bind": "127.0.0.1", "port": 0, **options}, SECRET)
    server.worker.start()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server


@pytest.fixture
def outside() -> Iterator[Simulator]:
    server = running()
    yield server
    server.shutdown()
    server.server_close()


def client(server: Simulator, secret: str = SECRET, **options: Any) -> Client:
    return Client(server.page, secret, system="payments", **options)


def test_a_key_is_carried_out_once_and_answered_again(outside: Simulator):
    first, second = (client(outside).post("/charges", CHARGE, key="k1") for _time in range(2))
    assert first == second
    assert len(outside.ledger.all("payments.charges")) == 1
    with pytest.raises(OutsideRefused, match="key_reused"):
        client(outside).post("/charges", {**CHARGE, "amount": 6}, key="k1")


@pytest.mark.parametrize(
    ("fault", "told", "is_done"),
    [
        ({"down_next": 1}, OutsideUnavailable, 0),
        ({"fail_after_next": 1}, OutsideUnknown, 1),
        ({"never_next": 1}, OutsideUnknown, 1),
    ],
)
def test_what_went_wrong_is_told_by_whether_it_may_have_been_done(outside, fault: dict, told: type, is_done: int):
    outside.faults.change({"payments.charge": fault})
    patient = client(outside, timeout=httpx.Timeout(0.5))
    with pytest.raises(OutsideUnavailable) as raised:
        patient.post("/charges", CHARGE, key="k1")
    assert type(raised.value) is told
    assert len(outside.ledger.all("payments.charges")) == is_done


def test_nobody_there_has_done_nothing():
    with pytest.raises(OutsideUnavailable) as raised:
        Client(f"http://127.0.0.1:{free_port()}", SECRET, system="payments").ping()
    assert type(raised.value) is OutsideUnavailable


def test_what_it_does_not_know_is_none_and_a_wrong_address_is_not(outside: Simulator):
    assert client(outside).ask("/charges/none") is None
    with pytest.raises(OutsideUnavailable):
        client(outside).ask("/no-such-thing/none")


@pytest.mark.parametrize("answer", [b"", b"[]", b"nonsense", b'"text"'])
def test_an_answer_that_is_no_object_is_no_answer(answer: bytes):
    from selfcare.outside.http import _object

    with pytest.raises(OutsideUnknown):
        _object(answer)


def test_who_does_not_sign_is_not_heard(outside: Simulator):
    with pytest.raises(OutsideUnavailable, match="401"):
        client(outside, secret="another").post("/charges", CHARGE, key="k1")
    assert outside.ledger.all("payments.charges") == {}


def _headers(body: bytes, **changes: Any) -> dict[str, str]:
    asked: dict[str, Any] = {
        "secret": SECRET,
        "purpose": "request:payments",
        "target": "POST /payments/charges k1",
        **changes,
    }
    return {
        "Idempotency-Key": "k1",
        **signing.OUTSIDE.headers(body=body, now=clock.real_now() + asked.pop("off", timedelta()), **asked),
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"purpose": "event:payments"}, {"purpose": "request:fax"}, {"target": "POST /payments/charges k2"},
        {"target": "GET /payments/charges k1"}, {"off": timedelta(seconds=600)}, {"off": -timedelta(seconds=301)},
    ],
)  # fmt: skip
def test_a_signature_is_for_one_request_and_for_now(outside: Simulator, changes: dict):
    body = json.dumps(CHARGE).encode()
    refused = httpx.post(f"{outside.page}/payments/charges", content=body, headers=_headers(body, **changes))
    assert refused.status_code == 401
    taken = httpx.post(f"{outside.page}/payments/charges", content=body, headers=_headers(body))
    assert taken.status_code == 200


def test_a_restarted_simulator_knows_what_it_knew(tmp_path: Path):
    journal = tmp_path / "outside.journal"
    server = running(journal=journal)
    made = client(server).post("/charges", CHARGE, key="k1")
    server.shutdown()
    server.server_close()
    with journal.open("a") as torn:
        torn.write('{"kind": "payments.charges", "na')
    server = running(journal=journal)
    assert client(server).ask("/charges/k1") == made
    assert client(server).post("/charges", CHARGE, key="k1") == made
    assert len(server.ledger.all("payments.charges")) == 1
    server.shutdown()
    server.server_close()


def test_faults_that_do_not_exist_are_refused(outside: Simulator):
    wrongs: tuple[Any, ...] = (
        {"payments.nothing": {}},
        {"payments.charge": {"melt": 1}},
        {"payments.charge": {"slow": "x"}},
    )
    for wrong in wrongs:
        answer = httpx.post(f"{outside.page}/control", json=wrong)
        assert answer.status_code == 400, wrong
    assert httpx.get(f"{outside.page}/control").json() == {}


def _event(body: bytes, **changes: Any) -> callbacks.OutsideEvent:
    asked: dict[str, Any] = {"secret": SECRET, "purpose": "event:fax", **changes}
    headers = signing.OUTSIDE.headers(body=body, now=clock.real_now(), **asked)
    return callbacks.read_event(system="fax", body=body, headers=headers, secret=SECRET, now=clock.real_now())


def test_an_event_is_read_after_its_signature():
    body = b'{"id": "e1", "type": "fax.sent", "reference": "r1", "pages": 2}'
    event = _event(body)
    assert (event.event_id, event.kind, event.reference, event.data["pages"]) == ("e1", "fax.sent", "r1", 2)
    for changes in ({"secret": "other"}, {"purpose": "event:payments"}, {"purpose": "request:fax"}):
        with pytest.raises(callbacks.CallbackForged):
            _event(body, **changes)


@pytest.mark.parametrize(("own", "is_heard"), [("payments", True), ("fax", False), ("", False)])
def test_who_has_the_key_of_one_system_cannot_speak_for_another(own: str, is_heard: bool):
    """Signed by hand, as a system that knows its own key does; "" is the secret itself, which no system is given."""
    body, stamp = b'{"id": "e1", "type": "charge.paid", "reference": "r1"}', str(int(clock.real_now().timestamp()))
    out = io.StringIO()
    with override_settings(OUTSIDE_SECRET=SECRET):
        call_command("outside_key", own or "payments", stdout=out)
    key = out.getvalue().strip() if own else SECRET
    signed = hmac.new(key.encode(), f"event:payments\n{stamp}\n\n".encode() + body, hashlib.sha256).hexdigest()
    names = signing.OUTSIDE
    headers = {names.timestamp_header: stamp, names.signature_header: f"v1={signed}"}
    asked: dict[str, Any] = {"system": "payments", "body": body, "headers": headers, "secret": SECRET}
    with nullcontext() if is_heard else pytest.raises(callbacks.CallbackForged):
        assert callbacks.read_event(**asked, now=clock.real_now()).kind == "charge.paid"


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"id": "", "type": "a", "reference": "b"}', b'{"id": 1}'])
def test_what_is_signed_and_no_event_is_unreadable(body: bytes):
    with pytest.raises(callbacks.CallbackUnreadable):
        _event(body)
