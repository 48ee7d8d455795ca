"""What a company reads of its audit trail: words for every action, and which parts of an event's detail it sees.

Apps register theirs in `AppConfig.ready()`. What is not registered is not shown, and a test fails until it is, or is
said to be internal. Of `detail` only the fields named here are shown: reasons that operators write for each other,
keys and digests are not.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

#: The kinds of the filter, in its order.
LOGIN, USERS, CONTRACT, ORDERS, SERVICES, BILLING, LOOKED = (
    "login", "users", "contract", "orders", "services", "billing", "looked",
)  # fmt: skip
KINDS = {
    LOGIN: gettext_lazy("ログインと認証"),
    USERS: gettext_lazy("ユーザーと権限"),
    CONTRACT: gettext_lazy("契約と連絡先"),
    ORDERS: gettext_lazy("お申し込み"),
    SERVICES: gettext_lazy("回線と番号"),
    BILLING: gettext_lazy("ご請求とファイル"),
    LOOKED: gettext_lazy("オペレーターによる表示"),
}


@dataclass(frozen=True)
class Field:
    """A part of `detail`: a value, or a list of the old and the new one, unless `old` is the old one's own key.

    `words` turns what is stored (codes) into what people read.
    """

    label: Any
    key: str
    words: Callable[[Any], Any] | None = None
    old: str = ""


@dataclass(frozen=True)
class Change:
    """One line below an event, as people read it; `old` is empty where there was nothing before, or nothing changed."""

    label: str
    new: str
    old: str = ""
    #: Something had another value before, maybe an empty one.
    has_old: bool = False


@dataclass(frozen=True)
class Told:
    """`words`, or what makes them from the detail."""

    kind: str
    words: Any
    fields: tuple[Field, ...]


#: Gets a customer's id and the ids of things of one kind; gives those that are his: what to call it, and its address.
Describe = Callable[[int, Collection[str]], Mapping[str, tuple[str, str]]]

_told: dict[str, Told] = {}
_internal: set[str] = set()
_describe: dict[str, Describe] = {}


def tell(kind: str, action: str, words: Any, *fields: Field) -> None:
    """Give the events of `action` words, and the fields of their detail that the company reads."""
    if kind not in KINDS:
        raise LookupError(kind)
    _told[action] = Told(kind, words, fields)


def internal(*actions: str) -> None:
    """Actions that companies do not read: they have no customer, or are between operators, or are told elsewhere."""
    _internal.update(actions)


def describe(object_type: str, by: Describe) -> None:
    """Let another app name the things that events are about: one question for all of a page's things of a kind."""
    _describe[object_type] = by


def shown(kind: str = "") -> list[str]:
    """The actions that a company reads, of one kind or all."""
    return sorted(action for action, told in _told.items() if kind in ("", told.kind))


def known() -> frozenset[str]:
    """All that somebody has decided about."""
    return frozenset(_told) | _internal


def words(action: str, detail: Mapping[str, Any]) -> str:
    """What happened, in one line with what changed; empty for what a company does not read."""
    if action not in _told:
        return ""
    parts = [f"{one.label}: {one.old} → {one.new}" if one.has_old else f"{one.label}: {one.new}"
             for one in changes(action, detail)]  # fmt: skip
    return title(action, detail) + (f"（{'、'.join(parts)}）" if parts else "")


def title(action: str, detail: Mapping[str, Any]) -> str:
    """What happened, without what changed."""
    said = _told[action].words if action in _told else ""
    return str(said(detail) if callable(said) else said)


def fixed_title(action: str) -> str:
    """What is said whatever the detail is; empty where it depends on that."""
    said = _told[action].words if action in _told else ""
    return "" if callable(said) else str(said)


def changes(action: str, detail: Mapping[str, Any]) -> list[Change]:
    """The told fields of `detail`, as far as it has them."""
    found = []
    for field in _told[action].fields if action in _told else ():
        if field.key not in detail and not (field.old and field.old in detail):
            continue
        value = detail.get(field.key)
        label = str(field.label)
        if field.old:
            found.append(Change(label, _read(field, value), _read(field, detail.get(field.old)), True))
        elif isinstance(value, list) and len(value) == 2 and field.words is not items:
            found.append(Change(label, _read(field, value[1]), _read(field, value[0]), True))
        elif value not in (None, ""):
            found.append(Change(label, _read(field, value)))
    return found


def items(values: Any) -> str:
    """For a field that is a list of things, and not of old and new."""
    return "、".join(map(str, values)) if isinstance(values, list) else str(values)


def choices(codes: Any) -> Callable[[Any], Any]:
    """Codes of a `TextChoices`, or of a mapping, as their words."""

    def word(value: Any) -> Any:
        return dict(getattr(codes, "choices", codes)).get(value, value)

    return word


def _read(field: Field, value: Any) -> str:
    if value is None or value == "" or value == []:
        return _("（なし）")
    if field.words is not None:
        return str(field.words(value))
    if isinstance(value, bool):
        return _("はい") if value else _("いいえ")
    return items(value) if isinstance(value, list) else str(value)


def named(customer_id: int, things: Collection[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, str]]:
    """What to call these things (kind and id), and their addresses, as far as they are this customer's."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for object_type, object_id in things:
        if object_type in _describe and object_id:
            wanted[object_type].add(object_id)
    return {
        (object_type, object_id): told
        for object_type, ids in wanted.items()
        for object_id, told in _describe[object_type](customer_id, ids).items()
    }


def numbers(ids: Collection[str]) -> list[int]:
    """The ids as a primary key has them."""
    return [int(one) for one in ids if one.isdecimal() and len(one) < 19]
