"""What apps add to the page of an order: its documents, for one. Registered in `AppConfig.ready()`.

    parts.register("documents", documents_of, "documents/_of_order.html", order=10)

The template is included by orders/order.html below what was ordered, with `order` and `facts`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from selfcare.accounts.models import User
from selfcare.orders.models import Order

Facts = Callable[[Order, User], dict[str, Any] | None]


@dataclass(frozen=True)
class _Part:
    facts: Facts
    template: str
    order: int


@dataclass(frozen=True)
class Shown:
    """A part with something to say: `{% include part.template with facts=part.facts %}`."""

    template: str
    facts: dict[str, Any]


_parts: dict[str, _Part] = {}


def register(name: str, facts: Facts, template: str, *, order: int = 100) -> None:
    """`facts` gets an accepted order and the user who looks at it; None when there is nothing to show.

    It may query, a fixed number of times.
    """
    _parts[name] = _Part(facts, template, order)


def of(order: Order, user: User) -> list[Shown]:
    shown = []
    for part in sorted(_parts.values(), key=lambda part: part.order):
        facts = part.facts(order, user)
        if facts is not None:
            shown.append(Shown(part.template, facts))
    return shown
