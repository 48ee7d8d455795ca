"""The simulated carrier's HTTP side: TMF641 resources for the portal, /control for demo and tests."""

import json
import socket
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lines.carriers import signing
from lines.carriers.http import BASE_PATH
from lines.carriers.port import FINAL
from lines.carriers.simulator import resources
from lines.carriers.simulator.faults import Faults
from lines.carriers.simulator.ledger import Contradiction, Entry, Ledger
from lines.carriers.simulator.work import Worker
from selfcare import clock
from selfcare.outside.simulator.threads import BoundedServer

LARGEST_BODY = 262_144
# How long a request that is never answered keeps its connection: longer than any client waits.
HOLD_SECONDS = 30.0
# How long an answer waits at most for the events that are to come before it.
MOST_SECONDS_FIRST = 3.0
ORDERS, HUB = f"{BASE_PATH}/serviceOrder", f"{BASE_PATH}/hub"


class Refusal(Exception):
    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


class Server(BoundedServer):
    def __init__(
        self, address: tuple[str, int], *, ledger: Ledger, faults: Faults, worker: Worker, secret: str
    ) -> None:
        self.ledger, self.faults, self.worker, self.secret = ledger, faults, worker, secret
        super().__init__(address, Handler)


class Handler(BaseHTTPRequestHandler):
    server: Server
    timeout = 10

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_DELETE(self) -> None:
        self._handle()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        """Nothing: lines would hold numbers."""

    def _handle(self) -> None:
        path = urlsplit(self.path).path.rstrip("/")
        try:
            body = self._body()
            if path.startswith("/control"):
                status, kind, answer = self._control(path, body)
            else:
                self._disturb(body)
                status, kind, answer = self._tmf(path, body)
        except Refusal as refusal:
            status, kind, answer = refusal.status, "Error", resources.error(refusal.status, refusal.reason)
        if kind:
            self.server.ledger.record("sent", kind, answer)
        self._send(status, answer)

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit()) or int(length) > LARGEST_BODY:
            raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too large")
        return self.rfile.read(int(length))

    def _json(self, body: bytes) -> Any:
        # Browsers send this type across sites only after asking, and nothing here answers that question.
        if self.headers.get_content_type() != "application/json":
            raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "application/json is expected")
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise Refusal(HTTPStatus.BAD_REQUEST, "the body is not JSON") from None

    def _disturb(self, body: bytes) -> None:
        """What goes wrong with any request, and who may ask at all."""
        time.sleep(self.server.faults.current().answer_delay)
        if self.server.faults.down_for():
            raise Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "down for maintenance")
        target = f"{self.command} {self.path}"
        try:
            signing.verify(
                secret=self.server.secret,
                purpose=signing.REQUEST,
                target=target,
                body=body,
                received={
                    name: self.headers.get(name, "") for name in (signing.TIMESTAMP_HEADER, signing.SIGNATURE_HEADER)
                },
                now=clock.real_now(),
            )
        except signing.SignatureError as error:
            raise Refusal(HTTPStatus.UNAUTHORIZED, str(error)) from None

    def _tmf(self, path: str, body: bytes) -> tuple[HTTPStatus, str, Any]:
        match self.command, path:
            case "POST", p if p == ORDERS:
                return self._create(self._json(body))
            case "GET", p if p == ORDERS:
                return self._list()
            case "GET", p if p.startswith(f"{ORDERS}/"):
                entry = self.server.ledger.get(p.removeprefix(f"{ORDERS}/"))
                if entry is None:
                    raise Refusal(HTTPStatus.NOT_FOUND, "no such service order")
                return HTTPStatus.OK, "ServiceOrder", resources.service_order(entry)
            case "POST", p if p == HUB:
                return self._subscribe(self._json(body))
            case "DELETE", p if p.startswith(f"{HUB}/"):
                if self.server.worker.listeners.pop(p.removeprefix(f"{HUB}/"), None) is None:
                    raise Refusal(HTTPStatus.NOT_FOUND, "no such listener")
                return HTTPStatus.NO_CONTENT, "", None
            case _:
                raise Refusal(HTTPStatus.NOT_FOUND, "no such resource")

    def _create(self, order: Any) -> tuple[HTTPStatus, str, Any]:
        server, faults = self.server, self.server.faults
        server.ledger.record("received", "ServiceOrder_Create", order)
        if faults.take("fail_next"):
            raise Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "internal error")
        problem = resources.problem_of(order) or faults.take_text("refuse_next")
        if problem:
            raise Refusal(HTTPStatus.BAD_REQUEST, problem)
        settings = faults.current()
        try:
            entry, is_new = server.ledger.receive(
                order, idempotent=settings.idempotent, fail_with=faults.take_text("fail_order_next")
            )
        except Contradiction:
            raise Refusal(HTTPStatus.BAD_REQUEST, "this externalId is another order's") from None
        answer = resources.service_order(entry)
        if is_new:
            server.worker.take(entry)
        if faults.take("fail_after_next"):
            raise Refusal(HTTPStatus.INTERNAL_SERVER_ERROR, "internal error")
        if faults.take("events_first_next"):
            self._wait_for_events(entry)
        if faults.take("timeout_next"):
            time.sleep(HOLD_SECONDS)
            raise ConnectionAbortedError
        if not is_new and settings.conflict_on_repeat:
            raise Refusal(HTTPStatus.CONFLICT, "this externalId is known")
        status = HTTPStatus.CREATED if is_new else HTTPStatus.OK
        return status, "ServiceOrder", answer

    def _wait_for_events(self, entry: Entry) -> None:
        """Until the order has ended and its events are on their way, but shorter than a client waits."""
        until = clock.monotonic() + MOST_SECONDS_FIRST
        while entry.state not in FINAL and clock.monotonic() < until:
            time.sleep(0.02)
        time.sleep(0.3)

    def _list(self) -> tuple[HTTPStatus, str, Any]:
        query = parse_qs(urlsplit(self.path).query)
        entries = self.server.ledger.find(query["externalId"][0] if "externalId" in query else None)
        limit = query.get("limit", ["100"])[0]
        if not limit.isdigit():
            raise Refusal(HTTPStatus.BAD_REQUEST, "limit is not a number")
        return HTTPStatus.OK, "ServiceOrder[]", [resources.service_order(entry) for entry in entries[: int(limit)]]

    def _subscribe(self, data: Any) -> tuple[HTTPStatus, str, Any]:
        self.server.ledger.record("received", "EventSubscriptionInput", data)
        callback = data.get("callback") if isinstance(data, dict) else None
        if not isinstance(callback, str) or urlsplit(callback).scheme not in {"http", "https"}:
            raise Refusal(HTTPStatus.BAD_REQUEST, "callback is not an address")
        listener = self.server.worker.subscribe(callback)
        return HTTPStatus.CREATED, "EventSubscription", {"id": listener, "callback": callback}

    def _control(self, path: str, body: bytes) -> tuple[HTTPStatus, str, Any]:
        match self.command, path:
            case "GET", "/control":
                return HTTPStatus.OK, "", self.server.faults.snapshot()
            case "POST", "/control":
                try:
                    self.server.faults.change(self._json(body))
                except ValueError as error:
                    raise Refusal(HTTPStatus.BAD_REQUEST, str(error)) from None
                return HTTPStatus.OK, "", self.server.faults.snapshot()
            case "POST", "/control/left":
                return self._left(self._json(body))
            case "GET", "/control/ledger":
                return HTTPStatus.OK, "", self.server.ledger.report()
            case "GET", "/control/messages":
                return HTTPStatus.OK, "", list(self.server.ledger.messages)
            case _:
                raise Refusal(HTTPStatus.NOT_FOUND, "no such control")

    def _left(self, data: Any) -> tuple[HTTPStatus, str, Any]:
        """The number has gone to its new carrier; body: {"number": digits}. Listeners are told."""
        number = data.get("number") if isinstance(data, dict) else None
        entry = self.server.ledger.left(number) if isinstance(number, str) else None
        if entry is None:
            raise Refusal(HTTPStatus.NOT_FOUND, "no reservation of this number")
        self.server.worker.tell(resources.attribute_change_event(entry))
        return HTTPStatus.OK, "", entry.as_json()

    def _send(self, status: HTTPStatus, answer: Any) -> None:
        content = b"" if status is HTTPStatus.NO_CONTENT else json.dumps(answer, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if status is HTTPStatus.SERVICE_UNAVAILABLE:
            self.send_header("Retry-After", str(max(1, round(self.server.faults.down_for()))))
        self.end_headers()
        self.wfile.write(content)


def is_loopback(host: str) -> bool:
    addresses = {info[4][0] for info in socket.getaddrinfo(host, None)}
    return all(str(address).startswith("127.") or address == "::1" for address in addresses)
