"""Batches of toys for tests: several contracts of one customer, one order for each."""

from collections.abc import Sequence
from typing import Any

from selfcare import clock
from selfcare.accounts.models import Contract, User
from selfcare.orders import procedures
from selfcare.orders.models import Batch
from selfcare.orders.services import batches
from selfcare.orders.services.batches import Wish
from tests import builders

CODE = "tests.exclusive"


def contracts(user: User, count: int) -> list[Contract]:
    return [builders.contract(customer=user.customer) for _n in range(count)]


def draft(user: User, subjects: Sequence[Contract], *, code: str = CODE, **data: Any) -> Batch:
    wishes = [Wish(subject, {"amount": 1, **data}, {}) for subject in subjects]
    return batches.draft(
        procedure=procedures.get(code), wishes=wishes, source="wishes.csv", now=clock.now(), actor=user
    )


def shown(batch: Batch) -> str:
    """What the confirm page shows now."""
    return batches.seal_shown(batch, batches.offers_of(batches.orders_of(batch), now=clock.now()))


def place(batch: Batch, user: User, *, seen: str = "") -> Batch:
    return batches.place(batch_id=batch.pk, shown=seen or shown(batch), session_digest="", actor=user)


def states(batch: Batch) -> list[str]:
    return list(batch.orders.order_by("pk").values_list("state", flat=True))
