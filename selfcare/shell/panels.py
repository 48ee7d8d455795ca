"""What apps show on the home page; and the board it hangs on, which the operators' home has one of, too."""

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
    """A panel with something to say: `{% include panel.template with facts=panel.facts %}`."""

    name: str
    template: str
    facts: dict[str, Any]


class Board:
    def __init__(self) -> None:
        self._panels: dict[str, Panel] = {}

    def register(self, name: str, function: Facts, template: str, order: int = 100) -> None:
        """`function` gets the request and returns the template's facts, or None when there is nothing to show."""
        self._panels[name] = Panel(name, function, template, order)

    def for_request(self, request: HttpRequest) -> list[Shown]:
        shown = []
        for panel in sorted(self._panels.values(), key=lambda panel: panel.order):
            facts = panel.facts(request)
            if facts is not None:
                shown.append(Shown(panel.name, panel.template, facts))
        return shown


_board = Board()
register = _board.register
for_request = _board.for_request
