"""A toy of which a batch takes the good rows, and batches of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from selfcare import clock
from selfcare.accounts.models import Contract, User
from selfcare.orders import procedures
from selfcare.orders.models import Batch, Order
from selfcare.orders.procedures import NotPossible, Row, subject_of
from selfcare.orders.services import batches, good_rows
from selfcare.orders.services.batches import Refused, Wish
from tests.selfcare.orders import toys


class GoodToy(toys.ExclusiveToy):
    """`bad`: contracts whose orders are refused; `short`: for which `reserve` finds nothing; `odd`: where it breaks."""

    code = "tests.good"
    exclusive = "tests.good"
    takes_the_good = True
    bad: ClassVar[set[int]] = set()
    short: ClassVar[set[int]] = set()
    odd: ClassVar[set[int]] = set()

    def check(self, orders: Sequence[Order], now: datetime) -> dict[Order, str]:
        return {order: "いまはできません" for order in orders if order.subject_id in self.bad}

    def summary(self, order: Order) -> list[Row]:
        number = str(subject_of(order).number)
        return [Row("番号", number), Row("数", str(order.data.get("amount", "")), old="0"), Row("色", "青")]

    def reserve(self, orders: Sequence[Order]) -> None:
        if self.odd & {order.subject_id for order in orders}:
            raise RuntimeError("this one breaks the chunk")
        if self.short & {order.subject_id for order in orders}:
            raise NotPossible("足りません")


def install() -> None:
    procedures.register(GoodToy)
    GoodToy.bad, GoodToy.short, GoodToy.odd = set(), set(), set()


def remove() -> None:
    procedures._registry.pop(GoodToy.code, None)


def draft(user: User, subjects: Sequence[Contract], *, refused: Sequence[Refused] = (), **data: Any) -> Batch:
    wishes = [Wish(subject, {"amount": 1, **data}, {}) for subject in subjects]
    return batches.draft(
        procedure=procedures.get(GoodToy.code),
        wishes=wishes,
        source="wishes.csv",
        now=clock.now(),
        actor=user,
        refused=refused,
        back="/orders/",
    )


def shown(batch: Batch) -> str:
    """What the confirm page shows now."""
    return good_rows.seal_shown(batch, good_rows.preview(batch, now=clock.now()))


def confirm(batch: Batch, user: User, *, seen: str = "") -> Batch:
    """Press the button; nothing is accepted yet."""
    return good_rows.confirm(batch_id=batch.pk, shown=seen or shown(batch), session_digest="", actor=user)


def refused(batch: Batch) -> dict[str, str]:
    return dict(batch.refusals.values_list("label", "reason"))
