"""The search box: apps register where to look."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from selfcare.accounts.models import User


@dataclass(frozen=True)
class Hit:
    """One thing found: `text` tells it from its neighbours (state, contract)."""

    title: str
    url: str
    text: str = ""


Find = Callable[[User, str], list[Hit]]

#: How many hits of one kind the page shows; a provider need not return more than one above it.
SHOWN = 20


@dataclass(frozen=True)
class Provider:
    name: str
    title: Any
    find: Find
    order: int


@dataclass(frozen=True)
class Group:
    title: str
    hits: list[Hit]
    #: More was found than is shown.
    more: bool


_providers: dict[str, Provider] = {}


def register(name: str, title: Any, function: Find, order: int = 100) -> None:
    """`function(user, query)` returns hits among what `user` may see; `query` is as typed, without outer spaces."""
    _providers[name] = Provider(name, title, function, order)


def find(user: User, query: str) -> list[Group]:
    """The hits by kind, kinds without hits left out."""
    groups = []
    for provider in sorted(_providers.values(), key=lambda provider: provider.order):
        hits = provider.find(user, query)
        if hits:
            groups.append(Group(str(provider.title), hits[:SHOWN], len(hits) > SHOWN))
    return groups
