"""The demo's money: tariffs, rates, taxes, who bills, what was called, and six months that are closed."""

from billing.demo import months, rates, tariffs, usage
from selfcare.runtime import demo
from selfcare.runtime.demo import Scene

#: When everything that is charged has been ordered, and before the trail is written.
_AFTER_ORDERS = demo.ORDERS + 10


def register() -> None:
    demo.register("billing", load)
    demo.register("billing.months", load_months, order=_AFTER_ORDERS)


def load(scene: Scene) -> None:
    tariffs.make(scene)
    rates.make(scene)


def load_months(scene: Scene) -> None:
    usage.make(scene)
    months.close(scene)
