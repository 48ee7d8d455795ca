"""People who should not get in ask every address, and each answer is held against the rule in `rules.py`."""

from collections.abc import Collection, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests.hostile import routes
from tests.hostile.rules import Rule, rule_of
from tests.hostile.world import Fingerprint, Holdings
from tests.scale import FULL

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE")
#: What a route's further addresses are asked by at most.
MAIN = ("GET", "POST")
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True)
class Caller:
    """Somebody with a browser, and what an answer to him may be."""

    name: str
    client: Client
    #: A customer's user with all steps behind him: his own pages open.
    is_inside: bool = False
    #: Where a page of customers sends him instead; empty where it may only refuse.
    sent_to: str = "/login/"
    #: Names of pages that are his all the same.
    opens: frozenset[str] = frozenset()
    #: What he asks the operators' addresses by: one gate stands before all of them.
    at_operators: Sequence[str] = ("GET",)
    #: What he asks the further addresses of a route by; nothing of who stands before a gate that knows no ids.
    further: Sequence[str] = ()

    def __post_init__(self) -> None:
        self.client.raise_request_exception = False

    def ask(self, method: str, path: str) -> Any:
        """One request with the cookies of before the walk, whatever answers have set meanwhile."""
        kept = deepcopy(self.client.cookies)
        try:
            return self.client.generic(method, path)
        finally:
            self.client.cookies = kept

    def methods(self, rule: Rule, *, is_first: bool) -> Sequence[str]:
        """At full scale every caller tries at every address what the keenest one does."""
        if not is_first:
            return MAIN if FULL else self.further
        return METHODS if FULL or rule is not Rule.OPERATOR else self.at_operators

    def may_get(self, route: routes.Route, status: int, location: str) -> bool:
        rule = rule_of(route)
        if status in {404, 405} or (route.name in self.opens and status < 400):
            return True
        if rule in {Rule.MACHINE, Rule.DEMO}:
            return rule is Rule.MACHINE and status in {401, 403}
        if rule is Rule.PUBLIC:
            return status < 500
        if rule is Rule.OPERATOR:
            return status == 403 or (status == 302 and location.startswith(reverse("admin:login")))
        if status == 302 and self.sent_to:
            return location.startswith(self.sent_to)
        return status == 403 or (rule is Rule.OWN and self.is_inside and status < 400)


def walk(caller: Caller, theirs: Holdings, names: Collection[str] = ()) -> Iterator[str]:
    """Complaints, one per answer that should not have been given. Nothing that a request did outlives it.

    `names` narrows the walk to these routes.
    """
    rows = Fingerprint(theirs.customer)
    before = rows.now()
    for route in routes.every():
        rule = rule_of(route)
        if rule is None or (names and route.name not in names):
            continue
        paths = route.filled(theirs.ids)
        if rule is Rule.OPERATOR and not FULL:
            paths = paths[:2]  # one gate stands before all of them, and knows no ids
        for number, path in enumerate(paths):
            with transaction.atomic():
                changing = False
                for method in caller.methods(rule, is_first=number == 0):
                    answer = caller.ask(method, path)
                    for complaint in _judge(caller, route, path, answer, theirs):
                        yield f"{caller.name}: {method} {path} ({rule.value}): {complaint}"
                    changing |= method in UNSAFE and answer.status_code != 405
                    # That nothing is found by whatever method has been seen at the route's first address.
                    if number and answer.status_code == 404 and not FULL:
                        break
                if changing and rows.now() != before:
                    yield f"{caller.name}: {path} ({rule.value}): changes something"
                transaction.set_rollback(True)


def _judge(caller: Caller, route: routes.Route, path: str, answer: Any, theirs: Holdings) -> Iterator[str]:
    location = answer.get("Location", "")
    if not caller.may_get(route, answer.status_code, location):
        yield f"{answer.status_code} {location}".strip()
    text = body(answer)
    told = [word for word in theirs.words if word in text and word not in path]
    if told:
        yield f"tells {told}"


def body(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(content.decode(errors="replace"))
