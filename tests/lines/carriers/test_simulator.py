"""The client and the callbacks against the real simulator process, and that process itself."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from lines.carriers import signing
from lines.carriers.http import BASE_PATH
from lines.carriers.port import Action, CarrierRefused, CarrierUnavailable, State
from selfcare import clock
from tests.lines.carriers import schema
from tests.lines.carriers.parts import ROOT, SECRET, Listener, Simulator, request_for, wait_until

pytestmark = pytest.mark.real


def test_an_order_is_acknowledged_carried_out_and_reported(simulator, listener):
    answer = simulator.carrier.request(request_for())
    assert (answer.external_id, answer.state) == ("order-1", State.ACKNOWLEDGED)
    wait_until(lambda: len(listener.events) == 2)
    assert listener.states() == ["completed", "inProgress"]
    assert {event.external_id for event in listener.events} == {"order-1"}
    assert {event.answer.carrier_order_id for event in listener.events} == {answer.carrier_order_id}
    assert simulator.state_of("order-1") is State.COMPLETED
    assert simulator.ledger()["suspended"] == ["09000001234"]


def test_resuming_undoes_suspending(simulator):
    simulator.carrier.request(request_for())
    simulator.executed()
    simulator.carrier.request(request_for("order-2", action=Action.RESUME))
    assert simulator.executed(2)["suspended"] == []


def test_an_order_the_carrier_does_not_know_has_no_status(simulator):
    assert simulator.carrier.status("order-1") is None


@pytest.mark.parametrize("conflict", [False, True])
def test_a_repeated_request_is_carried_out_once(simulator, conflict):
    simulator.control(conflict_on_repeat=conflict)
    answers = [simulator.carrier.request(request_for()) for _ in range(5)]
    assert len({answer.carrier_order_id for answer in answers}) == 1
    (order,) = simulator.executed()["orders"]
    assert (order["received"], order["executed"]) == (5, 1)


def test_an_external_id_belongs_to_one_content(simulator):
    simulator.carrier.request(request_for())
    with pytest.raises(CarrierRefused, match="another order"):
        simulator.carrier.request(request_for(action=Action.RESUME))


def test_listeners_register_at_the_hub(simulator):
    listener = Listener()
    body = f'{{"callback": "{listener.url}"}}'.encode()
    target = f"POST {BASE_PATH}/hub"
    headers = signing.headers(secret=SECRET, purpose=signing.REQUEST, target=target, body=body, now=clock.real_now())
    response = httpx.post(
        f"{simulator.url}{BASE_PATH}/hub",
        content=body,
        headers={**headers, "Content-Type": "application/json"},
        trust_env=False,
    )
    assert response.status_code == 201
    simulator.carrier.request(request_for())
    wait_until(lambda: len(listener.events) == 2)
    listener.close()


def test_every_message_in_both_directions_fits_the_tm_forums_description(simulator, listener):
    carrier = simulator.carrier
    carrier.request(request_for())
    carrier.request(request_for())
    simulator.control(fail_order_next="SIM が無効です")
    carrier.request(request_for("order-2", action=Action.RESUME))
    for fault in ({"refuse_next": "no"}, {"fail_next": 1}):
        simulator.control(**fault)
        with pytest.raises((CarrierRefused, CarrierUnavailable)):
            carrier.request(request_for("order-3"))
    wait_until(lambda: len(listener.events) == 4)
    assert simulator.state_of("order-1") is State.COMPLETED
    messages = simulator.messages()
    for message in messages:
        schema.check(message["kind"], message["body"])
    kinds = {(message["direction"], message["kind"]) for message in messages}
    assert kinds == {
        ("received", "ServiceOrder_Create"),
        ("sent", "ServiceOrder"),
        ("sent", "ServiceOrder[]"),
        ("sent", "ServiceOrderStateChangeEvent"),
        ("sent", "Error"),
    }
    for body, _headers in listener.deliveries:
        assert b"serviceOrderStateChangeEvent" in body


def test_a_carrier_killed_and_restarted_remembers_and_goes_on(tmp_path):
    journal = tmp_path / "carrier.jsonl"
    simulator = Simulator("--journal", str(journal), "--fault", "delay=2")
    simulator.carrier.request(request_for())
    simulator.kill()
    with journal.open("a") as torn:
        torn.write('{"event": "acc')
    simulator.arguments = ("--journal", str(journal), "--fault", "delay=0.1")
    simulator.start(simulator.url.rsplit(":", 1)[1])
    assert simulator.carrier.request(request_for()).state is not None
    (order,) = simulator.executed()["orders"]
    assert (order["received"], order["executed"]) == (2, 1)
    simulator.stop()


def test_many_silent_clients_do_not_make_many_threads(simulator):
    port = int(simulator.url.rsplit(":", 1)[1])
    silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(200)]
    time.sleep(0.5)
    status = Path(f"/proc/{simulator.process.pid}/status").read_text()
    assert int(status.split("Threads:")[1].split()[0]) < 80
    for connection in silent:
        connection.close()
    assert simulator.carrier.request(request_for()).state is State.ACKNOWLEDGED


@pytest.mark.parametrize(
    "wrong",
    [
        {"unknown": 1}, {"delay": -1}, {"delay": [2, 1]}, {"fail_next": "x"}, {"idempotent": 1}, {"down_for": True}, [],
        {"delays": 1}, {"delays": {"dance": 1}}, {"delays": {"plan": [2, 1]}},
    ],
)  # fmt: skip
def test_wrong_controls_are_refused_and_change_nothing(simulator, wrong):
    before = simulator.get("/control")
    response = httpx.post(f"{simulator.url}/control", json=wrong, trust_env=False)
    assert response.status_code == 400
    assert simulator.get("/control") == before


def test_controls_can_be_reset(simulator):
    before = simulator.control(reset=True)
    simulator.control(fail_next=3, idempotent=False, down_for=30)
    assert simulator.control(reset=True) == before


def test_it_stops_at_once_when_asked(simulator):
    simulator.control(timeout_next=1, answer_delay=0)
    with pytest.raises(CarrierUnavailable):
        simulator.carrier.request(request_for())
    started = time.monotonic()
    assert simulator.stop() == 0
    assert time.monotonic() - started < 2


def test_a_port_in_use_is_one_clear_sentence(simulator):
    port = simulator.url.rsplit(":", 1)[1]
    second = subprocess.run(
        [sys.executable, "-m", "lines.carriers.simulator", "--port", port],
        cwd=ROOT,
        env={"CARRIER_SECRET": SECRET},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert second.returncode == 1
    assert second.stderr.strip() == f"The carrier simulator cannot listen on 127.0.0.1:{port}: Address already in use."


def test_the_command_needs_no_database():
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    command = subprocess.Popen(
        [sys.executable, "manage.py", "carrier_simulator", "--port", "0"],
        cwd=ROOT,
        env={**os.environ, "CARRIER_SECRET": SECRET, "DATABASE_URL": nowhere, "DATABASE_OWNER_URL": nowhere},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert command.stdout is not None
    assert command.stdout.readline().startswith("carrier simulator on http://127.0.0.1:")
    command.terminate()
    assert command.wait(10) == 0
