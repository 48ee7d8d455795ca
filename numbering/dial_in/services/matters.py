"""What a construction-date order says beside its parts: networks, the law's questions, the date, whom to ask.

Every write locks the order's row and tests that it still takes changes (see `parts.lock`).
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from numbering.dial_in.services.parts import lock, touch
from selfcare import clock
from selfcare.accounts.models import User
from selfcare.documents.models import Document
from selfcare.orders.models import Order
from selfcare.orders.services.locks import busy_is_not_possible

Data = Mapping[str, Any]
#: The names in the order's data that each page writes.
MATTERS = ("networks", "legal")
WHEN = ("date", "time", "date_reason")
CONTACT = ("contact",)


class SavedMeanwhile(Exception):
    """Somebody else has saved the same since the page was drawn; `order` as it is now."""

    def __init__(self, order: Order) -> None:
        super().__init__()
        self.order = order

    @property
    def by(self) -> str:
        return str(self.order.data.get("touched", {}).get("name", ""))


def mark(order: Order, names: tuple[str, ...]) -> str:
    """Of what stands in the order under these names: the page gives it back, and `save` sees what it was about."""
    kept = {name: order.data.get(name) for name in names}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:16]


def save_matters(*, order: Order, networks: Data | None, legal: Data | None, seen: str, actor: User) -> Order:
    """`networks` {"add": ["10.0.0.0/24"], "delete": [ids]}, `legal` {"changed", "person", "document" (uuid),
    "department", "recipient"}; None for a block that does not apply: what was typed there before goes.

    Raises OrderClosed, SavedMeanwhile, NotPossible (busy).
    """
    return _save(order, {"networks": networks or {}, "legal": legal or {}}, MATTERS, seen, actor)


def save_when(*, order: Order, day: str, hour: str, reason: str, seen: str, actor: User) -> Order:
    """The construction date: ISO day, "HH:MM" or empty, the reason or empty. Raises as `save_matters`."""
    return _save(order, {"date": day, "time": hour, "date_reason": reason}, WHEN, seen, actor)


def save_contact(*, order: Order, contact: Data, seen: str, actor: User) -> Order:
    """Raises as `save_matters`."""
    return _save(order, {"contact": dict(contact)}, CONTACT, seen, actor)


def note_document(*, order: Order, document: Document | None, actor: User) -> Order:
    """The law's record has been sent, replaced or taken away: so it is, whatever else is still missing.

    Raises OrderClosed, NotPossible (busy).
    """
    now = clock.now()
    with busy_is_not_possible(), transaction.atomic():
        locked = lock(order_id=order.pk, now=now)
        legal = {**locked.data.get("legal", {}), "document": str(document.uuid) if document else ""}
        if legal != locked.data.get("legal"):
            touch(order=locked, changes={"legal": legal}, now=now, actor=actor)
    return locked


def _save(order: Order, changes: dict[str, Any], names: tuple[str, ...], seen: str, actor: User) -> Order:
    now = clock.now()
    with busy_is_not_possible(), transaction.atomic():
        locked = lock(order_id=order.pk, now=now)
        if all(locked.data.get(name) == value for name, value in changes.items()):
            return locked
        if seen != mark(locked, names):
            raise SavedMeanwhile(locked)
        touch(order=locked, changes=changes, now=now, actor=actor)
    return locked
