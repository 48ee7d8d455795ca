"""What the simulated systems answer: each module of a system adds its routes here.

    @route("payments", "charge", "POST", "/charges")
    def charge(call: Call) -> Answer: ...

"<name>" in a path takes one part of it, found in `call.args`. Calls are signed and, where they post, repeated under
one idempotency key without being carried out again; `public` ones are pages for browsers. Handlers run one at a time,
so that they can read and write the ledger without a lock of their own.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from selfcare.outside.simulator.server import Simulator


class Refusal(Exception):
    """An answer that is an error: {"code", "reason"}."""

    def __init__(self, status: int, code: str, reason: str = "") -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code, self.reason = status, code, reason


@dataclass
class Answer:
    """`data` as JSON, or `content` as it is."""

    data: Any = None
    status: int = 200
    content: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        return self.content or json.dumps(self.data, ensure_ascii=False).encode()


@dataclass
class Event:
    """`told` is what the portal is sent, {"id", "type", "reference", ...}, `delay` seconds later than it would be."""

    told: dict[str, Any]
    delay: float = 0.0


@dataclass
class Call:
    """A request. `events` are sent to the portal after the handler has answered."""

    sim: "Simulator"
    system: str
    route: str
    args: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""
    key: str = ""
    events: list[Event] = field(default_factory=list)

    def json(self) -> dict[str, Any]:
        try:
            message = json.loads(self.body)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            raise Refusal(HTTPStatus.BAD_REQUEST, "not_json", "an object is expected")
        return message

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(errors="replace"), keep_blank_values=True))

    def cookie(self, name: str) -> str:
        try:
            found = SimpleCookie(self.headers.get("Cookie", "")).get(name)
        except CookieError:
            return ""
        return found.value if found else ""

    def refused_with(self) -> str:
        """The code with which this call is to be refused, used up; for routes that refuse by themselves."""
        return self.sim.faults.take_text(self.system, self.route, "refuse_next")

    def tell(self, event: dict[str, Any], *, delay: float = 0.0) -> None:
        self.events.append(Event(event, delay))


Handler = Callable[[Call], Answer]


@dataclass(frozen=True)
class Route:
    system: str
    name: str
    method: str
    pattern: re.Pattern[str]
    handler: Handler
    public: bool
    own_refusals: bool


_routes: list[Route] = []


def route(
    system: str, name: str, method: str, path: str, *, public: bool = False, own_refusals: bool = False
) -> Callable[[Handler], Handler]:
    """Add a handler below /<system>. Faults are set by `name`; `own_refusals`: it asks `refused_with` itself."""
    pattern = re.compile(re.sub(r"<(\w+)>", r"(?P<\1>[^/]+)", f"/{system}{path}"))

    def add(handler: Handler) -> Handler:
        _routes.append(Route(system, name, method, pattern, handler, public, own_refusals))
        return handler

    return add


def find(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    for each in _routes:
        if each.method == method and (match := each.pattern.fullmatch(path)):
            return each, match.groupdict()
    return None


def systems() -> set[str]:
    return {each.system for each in _routes}


def known(system: str, name: str) -> bool:
    return any(each.system == system and name in {each.name, "*"} for each in _routes)
