"""Procedures that only the tests know: what the engine does must not depend on a real one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django import forms

from selfcare.accounts.models import Contract
from selfcare.orders import procedures
from selfcare.orders.models import Order
from selfcare.orders.procedures import Done, Effects, Failed, OrderForm, Outcome, Procedure, Promise, Quote, Row


class Amount(OrderForm):
    amount = forms.IntegerField(min_value=1, max_value=9)


class Toy(Procedure):
    """Local, at once. `refuse` and `price` are what the tests turn; `applied` and `released` what they look at."""

    code = "tests.toy"
    title = "おもちゃ"
    function = "tests.toy"
    subject = Contract
    steps: ClassVar[tuple[type[OrderForm], ...]] = (Amount,)
    refuse: ClassVar[str] = ""
    price: ClassVar[int] = 100
    applied: ClassVar[list[int]] = []
    released: ClassVar[list[int]] = []
    broken: ClassVar[set[int]] = set()
    delay: ClassVar[timedelta] = timedelta()

    def check(self, orders: Sequence[Order], now: datetime) -> dict[Order, str]:
        return dict.fromkeys(orders, self.refuse) if self.refuse else {}

    def promise(self, order: Order, now: datetime) -> Promise:
        if self.delay:
            due = now.replace(microsecond=0) + self.delay
            return Promise(due, f"{due:%m/%d}", cancel_until=due)
        return Promise(now, "すぐに")

    def summary(self, order: Order) -> list[Row]:
        return [Row("数", str(order.data.get("amount", "")))]

    def quote(self, order: Order) -> Quote:
        return Quote(monthly=self.price * int(order.data.get("amount", 0)))

    def release(self, orders: Sequence[Order]) -> None:
        Toy.released += [order.pk for order in orders]

    def apply(self, orders: Sequence[Order]) -> dict[Order, Outcome]:
        for order in orders:
            if order.pk in self.broken:
                raise RuntimeError("this order breaks the chunk")
        Toy.applied += [order.pk for order in orders]
        return {
            order: Failed("足りません") if order.data.get("amount") == 9 else Done({"amount": order.data["amount"]})
            for order in orders
        }


class ExclusiveToy(Toy):
    code = "tests.exclusive"
    exclusive = "tests.exclusive"
    delay = timedelta(days=1)


class OutsideToy(Toy):
    """Outside: what `apply` does is the next entry of `script` (an outcome, or an exception to raise)."""

    code = "tests.outside"
    effects = Effects.OUTSIDE
    script: ClassVar[list[Any]] = []

    def apply(self, orders: Sequence[Order]) -> dict[Order, Outcome]:
        (order,) = orders
        Toy.applied.append(order.pk)
        what = self.script.pop(0)
        if callable(what):
            what = what(order)
        if isinstance(what, Exception):
            raise what
        return {order: what}


TOYS = (Toy, ExclusiveToy, OutsideToy)


def install() -> None:
    for toy in TOYS:
        procedures.register(toy)
    Toy.refuse, Toy.price, Toy.applied, Toy.released, Toy.broken = "", 100, [], [], set()
    Toy.delay = timedelta()
    OutsideToy.script = []


def remove() -> None:
    for toy in TOYS:
        procedures._registry.pop(toy.code, None)
