"""What stays of a user who is removed, beside orders: apps say it in `AppConfig.ready()`, the page shows it before."""

from collections.abc import Callable
from dataclasses import dataclass

from selfcare.accounts.models import User


@dataclass(frozen=True)
class Left:
    """One line: what it is, and where it can be looked after."""

    words: str
    url: str


#: What there is of this user; None for nothing.
Find = Callable[[User], Left | None]
_finders: dict[str, Find] = {}


def register(code: str, find: Find) -> None:
    _finders[code] = find


def left_by(user: User) -> list[Left]:
    return [left for find in _finders.values() if (left := find(user)) is not None]
