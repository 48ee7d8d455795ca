"""The demo's money: tariffs, rates, taxes, who bills, what was called, and six months that are closed."""

from billing.demo import months, paid, payments, rates, tariffs, usage
from selfcare.runtime import demo
from selfcare.runtime.demo import Scene

#: When everything that is charged has been ordered, and the trail of it is written: closings write their own, now.
_AFTER_ORDERS = demo.TRAIL + 1


def register() -> None:
    demo.register("billing", load)
    demo.register("billing.months", load_months, order=_AFTER_ORDERS)


def load(scene: Scene) -> None:
    tariffs.make(scene)
    rates.make(scene)
    payments.make(scene)


def load_months(scene: Scene) -> None:
    usage.make(scene)
    months.close(scene)
    paid.make(scene)
