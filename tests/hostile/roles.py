"""What each role is to be answered by each page, and the asking of it."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.test import Client, RequestFactory
from django.urls import URLPattern, get_resolver

from selfcare.accounts import stepup
from selfcare.accounts.models import Role
from selfcare.accounts.models.users import ROLE_ORDER
from selfcare.shell.middleware import METHODS as KNOWN
from tests.hostile import routes
from tests.hostile.routes import Route
from tests.hostile.rules import Page, Rule

#: Months, which are the same for all: what they show is the walk's to judge.
_EVERYBODYS = {"billing:bill", "billing:bill_cycle"}


@dataclass(frozen=True)
class Asker:
    """Somebody with a browser. `role` is empty for those whose login opens no page of customers.

    `state`: forced (a new password is due), stranger (of another company), operator.
    """

    name: str
    client: Client
    role: str = ""
    state: str = ""

    def __post_init__(self) -> None:
        self.client.raise_request_exception = False

    def ask(self, method: str, path: str) -> Any:
        """One request with the session and the cookies of before; nothing that it does stays."""
        kept = deepcopy(self.client.cookies)
        try:
            with transaction.atomic():
                answer = self.client.generic(method, path)
                transaction.set_rollback(True)
            return answer
        finally:
            self.client.cookies = kept


def expected(asker: Asker, route: Route, page: Page, method: str) -> str:
    """The class of the answer, from the table alone."""
    if method not in KNOWN or method not in page.methods.split():
        return "no such method"
    if page.rule in {Rule.PUBLIC, Rule.MACHINE, Rule.DEMO}:
        return page.rule.name
    if asker.state == "operator":
        return "forbidden"
    if not asker.role:
        return "login"
    if asker.state == "forced" and route.name != "accounts:password":
        return "new password"
    weakest = (method == "POST" and page.sends) or page.role
    if ROLE_ORDER.index(Role(asker.role)) < ROLE_ORDER.index(Role(weakest)):
        return "forbidden"
    is_strange = asker.state == "stranger" and page.rule is Rule.THEIRS and route.name not in _EVERYBODYS
    return "not found" if is_strange else "opens"


def told(wanted: str, answer: Any) -> bool:
    """Whether the answer is of that class."""
    status, location = answer.status_code, answer.get("Location", "")
    if status == 302 and location.startswith("/login/"):
        return wanted in {"login", "PUBLIC"}
    return {
        "no such method": status == 405,
        "PUBLIC": status < 500 and status != 405,
        "MACHINE": status in {401, 403},
        "DEMO": status == 404,
        "new password": status == 302 and location == "/account/password/",
        "forbidden": status == 403,
        "not found": status == 404,
        "opens": status < 400 or status in {400, 404, 409},
    }.get(wanted, False)


def shown_again(client: Client) -> Client:
    """With password and second factor shown a moment ago, which some pages ask for before they look at anything."""
    request = RequestFactory().get("/")
    request.session = client.session
    stepup.note_password(request)
    stepup.note_factor(request)
    request.session.save()
    return client


def opened(client: Client, pages: Sequence[Route], ids: Mapping[str, Sequence[Any]]) -> dict[str, str]:
    """By name of the page the first of its addresses that this browser finds something at."""
    asker = Asker("", client)
    found = {}
    for route in pages:
        paths = route.filled(ids)
        hits = (path for path in paths if asker.ask("GET", path).status_code not in {404, 405})
        found[route.name] = paths[0] if len(paths) == 1 else next(hits, paths[0])
    return found


def decorated() -> Iterator[tuple[Route, Any]]:
    """Every route with its view."""
    views = dict(_views(get_resolver().url_patterns, ""))
    for route in routes.every():
        yield route, views.get(route.name)


def _views(patterns: Sequence[Any], space: str) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name}", pattern.callback
        else:
            yield from _views(pattern.url_patterns, f"{space}{pattern.namespace}:" if pattern.namespace else space)
