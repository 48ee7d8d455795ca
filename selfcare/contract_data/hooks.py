"""Which contracts' telephones can be stopped, and who is told when they are, and when they may be used again.

    hooks.register("numbering", stops=lambda contract: contract.service == "b2bua", suspended=drop_registrations)

A contract that no app says that it stops is never suspended: nobody is told of a stop that would not happen.

What is refused while it lasts, the database decides (`contract_data_is_suspended`); the others are for what has to be
done besides, like dropping registrations that stand. They are called outside any transaction, and again after a crash:
they must be safe to repeat. One that raises is called again by and by.
"""

from collections.abc import Callable
from dataclasses import dataclass

from selfcare.accounts.models import Contract

Hook = Callable[[Contract], None]
Stops = Callable[[Contract], bool]


@dataclass(frozen=True)
class Hooks:
    stops: Stops
    suspended: Hook | None
    lifted: Hook | None


_registered: dict[str, Hooks] = {}


def register(name: str, *, stops: Stops, suspended: Hook | None = None, lifted: Hook | None = None) -> None:
    _registered[name] = Hooks(stops, suspended, lifted)


def can_stop(contract: Contract) -> bool:
    return any(hooks.stops(contract) for hooks in _registered.values())


def tell(contract: Contract, *, is_suspended: bool) -> None:
    """Those who stop it."""
    for hooks in _registered.values():
        if not hooks.stops(contract):
            continue
        hook = hooks.suspended if is_suspended else hooks.lifted
        if hook is not None:
            hook(contract)
