"""What apps show on the home page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

Facts = Callable[[HttpRequest], dict[str, Any] | None]


@dataclass(frozen=True)
class Panel:
    name: str
    facts: Facts
    template: str
    order: int


@dataclass(frozen=True)
class Shown:
    """A panel with something to say: `{% include panel.template with panel.facts %}` by the home template."""

    name: str
    template: str
    facts: dict[str, Any]


_panels: dict[str, Panel] = {}


def register(name: str, function: Facts, template: str, order: int = 100) -> None:
    """`function` gets the request and returns the template's context, or None when there is nothing to show."""
    _panels[name] = Panel(name, function, template, order)


def for_request(request: HttpRequest) -> list[Shown]:
    shown = []
    for panel in sorted(_panels.values(), key=lambda panel: panel.order):
        facts = panel.facts(request)
        if facts is not None:
            shown.append(Shown(panel.name, panel.template, facts))
    return shown
