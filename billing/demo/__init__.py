"""The demo's money: tariffs, rates, taxes, who bills and how customers pay."""

from billing.demo import rates, tariffs
from selfcare.runtime import demo
from selfcare.runtime.demo import Scene


def register() -> None:
    demo.register("billing", load)


def load(scene: Scene) -> None:
    tariffs.make(scene)
    rates.make(scene)
