"""The real parts of these tests: the simulator's process, and a listener for its events."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

from lines.carriers import callbacks
from lines.carriers.callbacks import CarrierEvent
from lines.carriers.http import HttpCarrier
from lines.carriers.port import Action, CarrierRequest, State
from selfcare import clock

SECRET = "the-secret-of-portal-and-carrier"
ROOT = Path(__file__).resolve().parents[3]


def request_for(external_id: str = "order-1", **changes: Any) -> CarrierRequest:
    values = {
        "external_id": external_id,
        "action": Action.SUSPEND,
        "msisdn": "09000001234",
        "sim_serial": "AX1234567890123",
        "carrier": "docomo",
    }
    return CarrierRequest(**{**values, **changes})


def wait_until(condition: Callable[[], Any], *, seconds: float = 10) -> Any:
    until = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)
    return result


class Simulator:
    """The simulator in a process of its own. `url` is its address."""

    def __init__(self, *arguments: str, secret: str = SECRET) -> None:
        self.arguments, self.secret = arguments, secret
        self.start("0")

    def start(self, port: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "lines.carriers.simulator", "--port", port, *self.arguments],
            cwd=ROOT,
            env={**os.environ, "CARRIER_SECRET": self.secret},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("carrier simulator on "), line
        self.url = line.split()[-1]
        self.carrier = HttpCarrier(self.url, self.secret)

    def control(self, **faults: Any) -> dict[str, Any]:
        response = httpx.post(f"{self.url}/control", json=faults, trust_env=False)
        assert response.status_code == 200, response.text
        return dict(response.json())

    def get(self, path: str) -> Any:
        return httpx.get(self.url + path, trust_env=False).raise_for_status().json()

    def ledger(self) -> dict[str, Any]:
        return dict(self.get("/control/ledger"))

    def executed(self, count: int = 1) -> dict[str, Any]:
        """The ledger, once so many orders have been carried out."""
        return dict(wait_until(lambda: self.ledger()["executed"] >= count and self.ledger()))

    def state_of(self, external_id: str) -> State | None:
        answer = self.carrier.status(external_id)
        return answer.state if answer else None

    def messages(self) -> list[dict[str, Any]]:
        return list(self.get("/control/messages"))

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(10)


class Listener:
    """The portal's end of the callbacks: reads each as the portal does and keeps events and refusals.

    `answers` are statuses to give before the first 204.
    """

    def __init__(self, *, secret: str = SECRET, answers: list[int] | None = None) -> None:
        self.events: list[CarrierEvent] = []
        self.refused: list[Exception] = []
        self.deliveries: list[tuple[bytes, dict[str, str]]] = []
        self.secret = secret
        self.answers = answers or []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(listener.receive(body, dict(self.headers.items())))
                self.end_headers()

            def log_message(self, *_arguments: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/carriers/events/"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def receive(self, body: bytes, headers: dict[str, str]) -> int:
        self.deliveries.append((body, headers))
        try:
            event = callbacks.read_event(body=body, headers=headers, secret=self.secret, now=clock.real_now())
        except (callbacks.CallbackForged, callbacks.CallbackUnreadable) as refusal:
            self.refused.append(refusal)
            return 401
        self.events.append(event)
        return self.answers.pop(0) if self.answers else 204

    def states(self) -> list[str]:
        return sorted(event.state for event in self.events)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
