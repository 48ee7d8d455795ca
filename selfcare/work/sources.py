"""Where due work comes from. Each source claims and carries out its own; this is the visible list of them.

A source's `run()` takes one chunk and returns how many it took; 0 says that nothing is due. It may be called from
any number of processes at once. `waiting(seconds)` tells whether something has been due for longer than that.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    name: str
    run: Callable[[], int]
    waiting: Callable[[float], bool]
    queue: str


_sources: dict[str, Source] = {}


def register(name: str, *, run: Callable[[], int], waiting: Callable[[float], bool], queue: str = "default") -> None:
    _sources[name] = Source(name, run, waiting, queue)


def get(name: str) -> Source:
    return _sources[name]


def every() -> list[Source]:
    return list(_sources.values())
