"""The simulated systems' HTTP side: their signed calls, their pages for browsers, and /control for demo and tests."""

import json
import socket
import threading
import time
from collections import deque
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from selfcare import clock
from selfcare.outside import signing
from selfcare.outside.http import KEY_HEADER
from selfcare.outside.simulator import routes
from selfcare.outside.simulator.faults import FaultBook
from selfcare.outside.simulator.ledger import Ledger, digest
from selfcare.outside.simulator.routes import Answer, Call, Event, Refusal, Route
from selfcare.outside.simulator.threads import BoundedServer
from selfcare.outside.simulator.work import Worker

#: Files are sent here as well: the largest that the portal takes, and its frame.
LARGEST_BODY = 24 * 1_048_576
# How long a call that is never answered keeps its connection: longer than any client waits.
HOLD_SECONDS = 30.0


class Simulator(BoundedServer):
    def __init__(
        self,
        address: tuple[str, int],
        *,
        ledger: Ledger,
        faults: FaultBook,
        worker: Worker,
        secret: str,
        page: str = "",
    ) -> None:
        """`page`: the address under which browsers reach it, where that is not the listening one."""
        self.ledger, self.faults, self.worker, self.secret = ledger, faults, worker, secret
        #: Calls as they were answered: {"system", "route", "key", "status"}.
        self.calls: deque[dict[str, Any]] = deque(maxlen=2000)
        self.one_at_a_time = threading.RLock()
        super().__init__(address, Handler)
        host, port = self.server_address[:2]
        self.page = page.rstrip("/") or f"http://{host!s}:{port}"

    def tell(self, system: str, route: str, event: Event) -> None:
        """Send an event to the portal, as far as nothing goes wrong with that."""
        if self.faults.take(system, route, "lose_events"):
            return
        delay = event.delay + self.faults.get(system, route, "events_late")
        for _copy in range(1 + self.faults.get(system, route, "events_twice")):
            self.worker.tell(system, event.told, delay=delay)


class Handler(BaseHTTPRequestHandler):
    server: Simulator
    timeout = 10

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        """Nothing: lines would hold what customers send."""

    def _handle(self) -> None:
        parts = urlsplit(self.path)
        try:
            body = self._body()
            if parts.path == "/control" or parts.path.startswith("/control/"):
                answer = self._control(parts.path, body)
            else:
                answer = self._answer(parts.path, parts.query, body)
        except Refusal as refusal:
            answer = Answer({"code": refusal.code, "reason": refusal.reason}, status=refusal.status)
        self._send(answer)

    def _answer(self, path: str, query: str, body: bytes) -> Answer:
        found = routes.find(self.command, path)
        if found is None:
            system = path.strip("/").partition("/")[0]
            if path == f"/{system}/ping" and system in routes.systems():
                return Answer({})
            raise Refusal(HTTPStatus.NOT_FOUND, "no_such_address")
        route, args = found
        call = Call(
            self.server, route.system, route.name, args, dict(parse_qsl(query)), self.headers,  # type: ignore[arg-type]
            body=body, key=self.headers.get(KEY_HEADER, ""),
        )  # fmt: skip
        faults, where = self.server.faults, (route.system, route.name)
        time.sleep(faults.get(*where, "slow"))
        if faults.take(*where, "down_next"):
            raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "down")
        if not route.public:
            self._authenticate(route, call)
        answer = self._carry_out(route, call)
        self.server.calls.append(
            {"system": route.system, "route": route.name, "key": call.key, "status": answer.status}
        )
        self._tell(call)
        if faults.take(*where, "never_next"):
            time.sleep(HOLD_SECONDS)
            raise ConnectionAbortedError
        if faults.take(*where, "fail_after_next"):
            raise Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error")
        return answer

    def _authenticate(self, route: Route, call: Call) -> None:
        names = (signing.OUTSIDE.timestamp_header, signing.OUTSIDE.signature_header)
        try:
            signing.OUTSIDE.verify(
                secret=self.server.secret,
                purpose=f"{signing.REQUEST}:{route.system}",
                target=f"{self.command} {self.path} {call.key}",
                body=call.body,
                received={name: self.headers.get(name, "") for name in names},
                now=clock.real_now(),
            )
        except signing.SignatureError as error:
            raise Refusal(HTTPStatus.UNAUTHORIZED, "unauthorized", str(error)) from None

    def _carry_out(self, route: Route, call: Call) -> Answer:
        """What is posted under a key is done once; its equal is given the same answer, anything else is refused."""
        if route.public or self.command != "POST":
            with self.server.one_at_a_time:
                return route.handler(call)
        if not call.key:
            raise Refusal(HTTPStatus.BAD_REQUEST, "no_key", "an idempotency key is expected")
        kind, content = f"{route.system}.keys", digest(self.path.encode(), call.body)
        with self.server.one_at_a_time:
            known = self.server.ledger.get(kind, call.key)
            if known and self.server.faults.get(route.system, route.name, "idempotent"):
                if known["digest"] != content:
                    raise Refusal(
                        HTTPStatus.UNPROCESSABLE_ENTITY, "key_reused", "the key is known with another content"
                    )
                self.server.ledger.put(kind, call.key, {**known, "received": known["received"] + 1})
                return Answer(known["answer"], status=known["status"])
            answer = self._first(route, call)
            noted = {"digest": content, "status": answer.status, "answer": answer.data, "received": 1}
            self.server.ledger.put(kind, call.key, noted)
            return answer

    def _first(self, route: Route, call: Call) -> Answer:
        if not route.own_refusals and (code := call.refused_with()):
            return Answer({"code": code, "reason": "refused as told"}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        return route.handler(call)

    def _tell(self, call: Call) -> None:
        first = call.events and self.server.faults.take(call.system, call.route, "events_first_next")
        for event in call.events:
            if first:
                self.server.worker.post(call.system, event.told)
            else:
                self.server.tell(call.system, call.route, event)

    def _control(self, path: str, body: bytes) -> Answer:
        match self.command, path:
            case "GET", "/control":
                return Answer(self.server.faults.snapshot())
            case "POST", "/control":
                # Browsers send this type across sites only after asking, and nothing here answers that question.
                if self.headers.get_content_type() != "application/json":
                    raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "json_expected")
                try:
                    self.server.faults.change(json.loads(body))
                except (ValueError, RecursionError) as error:
                    raise Refusal(HTTPStatus.BAD_REQUEST, "bad_request", str(error)) from None
                return Answer(self.server.faults.snapshot())
            case "GET", "/control/ledger":
                return Answer(self.server.ledger.report())
            case "GET", "/control/calls":
                return Answer(list(self.server.calls))
            case _:
                raise Refusal(HTTPStatus.NOT_FOUND, "no_such_control")

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit()) or int(length) > LARGEST_BODY:
            raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large")
        return self.rfile.read(int(length))

    def _send(self, answer: Answer) -> None:
        body = answer.body
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def is_loopback(host: str) -> bool:
    addresses = {info[4][0] for info in socket.getaddrinfo(host, None)}
    return all(str(address).startswith("127.") or address == "::1" for address in addresses)
