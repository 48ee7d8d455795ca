"""The menu by task. Apps register their entries; a customer sees those that one of the contracts has."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from selfcare.accounts.models import Role
from selfcare.shell import standing

#: The sections in the order of the page; an entry of another title comes after them.
SERVICES = gettext_lazy("各種サービス設定・変更")
LINES = gettext_lazy("モバイル回線")
BILLING = gettext_lazy("ご請求")
HISTORY = gettext_lazy("お申し込み履歴")
ACCOUNT = gettext_lazy("アカウント")
_SECTIONS = (SERVICES, LINES, BILLING, HISTORY, ACCOUNT)


@dataclass(frozen=True)
class Entry:
    section: Any
    title: Any
    url_name: str
    function: str | None
    role: str
    order: int
    below: tuple[str, ...] = ()
    badge: Callable[[HttpRequest], int] | None = None


@dataclass
class Item:
    """One line of the menu as drawn; without a url `reason` says why it cannot be used."""

    title: str
    url: str
    below: tuple[str, ...] = ()
    current: bool = False
    reason: str = ""
    #: How much waits there for this user.
    badge: int = 0


@dataclass
class Section:
    title: str
    items: list[Item] = field(default_factory=list)


_entries: dict[str, Entry] = {}


def register(
    section: Any,
    title: Any,
    url_name: str,
    function: str | None = None,
    role: str = "viewer",
    order: int = 100,
    below: tuple[str, ...] = (),
    badge: Callable[[HttpRequest], int] | None = None,
) -> None:
    """Add an entry. `function` is what a contract must have (None: everybody), `role` what the user must be.

    `below`: the only parts of what lies under the entry's address that belong to it; all of it by default. `badge`
    counts what waits there: it is asked on every page of who may go there, and must cost next to nothing.
    """
    _entries[url_name] = Entry(section, title, url_name, function, role, order, below, badge)


def entries() -> list[Entry]:
    return list(_entries.values())


def _position(entry: Entry) -> tuple[int, int]:
    section = next((number for number, known in enumerate(_SECTIONS) if known is entry.section), len(_SECTIONS))
    return section, entry.order


def for_user(request: HttpRequest) -> list[Section]:
    """The sections of this user's menu; the entry whose address the page lies under is the current one."""
    user = standing.customer_user(request)
    if user is None:
        return []
    functions = standing.functions(request)
    sections: dict[str, Section] = {}
    for entry in sorted(_entries.values(), key=_position):
        if entry.function is not None and entry.function not in functions:
            continue
        allowed = user.has_role(entry.role)
        item = Item(
            title=str(entry.title),
            url=reverse(entry.url_name) if allowed else "",
            below=entry.below,
            reason="" if allowed else _("「%(role)s」の方が利用できます") % {"role": Role(entry.role).label},
            badge=entry.badge(request) if allowed and entry.badge else 0,
        )
        sections.setdefault(str(entry.section), Section(str(entry.section))).items.append(item)
    _mark_current([item for section in sections.values() for item in section.items], request.path)
    return list(sections.values())


def _mark_current(items: list[Item], path: str) -> None:
    """`/numbering/add/` lies under `/numbering/add/` and `/numbering/`: the longest address wins."""
    under = [item for item in items if item.url and _belongs(item, path)]
    if under:
        max(under, key=lambda item: len(item.url)).current = True


def _belongs(item: Item, path: str) -> bool:
    if item.below:
        return path == item.url or path.startswith(tuple(f"{item.url}{part}" for part in item.below))
    return path.startswith(item.url)
