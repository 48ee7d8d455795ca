"""What is still to be done at outside systems, and for how long: for the metrics, and on the operators' first page.

No system of these makes the portal unready: pages are served, its work is late. Each app says what it has.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from prometheus_client.metrics_core import Metric

from selfcare.shell import metrics
from selfcare.staff import panels
from selfcare.staff.base import operator

#: Longer than the waits between attempts, and than the end of a maintenance there: operators hear of it.
LATE = timedelta(hours=1)


@dataclass(frozen=True)
class Backlog:
    """`count`: what has been taken on here and is not done there; `age`: of the oldest of it."""

    count: int
    age: timedelta = timedelta(0)


@dataclass(frozen=True)
class _Kind:
    title: Any
    permission: str
    url: Callable[[], str]
    ask: Callable[[], Backlog]


_kinds: dict[str, _Kind] = {}


def register(name: str, *, title: Any, permission: str, url: Callable[[], str], ask: Callable[[], Backlog]) -> None:
    """Add a kind of work, in `AppConfig.ready()`. `ask` costs one query on an index; `url` is the operators' list."""
    _kinds[name] = _Kind(title, permission, url, ask)
    metrics.register(figures)
    panels.register("outside", late, "admin/panels/outside.html", order=28)


def figures() -> Iterable[Metric]:
    found = {name: kind.ask() for name, kind in _kinds.items()}
    counts = {name: float(one.count) for name, one in found.items()}
    ages = {name: max(one.age.total_seconds(), 0.0) for name, one in found.items()}
    yield metrics.gauge("outside_open", "What is still to be done by an outside system.", "kind", counts)
    yield metrics.gauge("outside_oldest_seconds", "Age of the oldest of it.", "kind", ages)


def late(request: HttpRequest) -> dict[str, Any] | None:
    """Kinds of which the oldest waits for too long; None while none does."""
    may = operator(request).has_perm
    asked = [(kind, kind.ask()) for kind in _kinds.values() if may(kind.permission)]
    rows = [
        {
            "title": kind.title,
            "count": one.count,
            "hours": int(one.age.total_seconds() // 3600),
            "url": kind.url(),
        }
        for kind, one in asked
        if one.age >= LATE
    ]
    return {"rows": rows} if rows else None
