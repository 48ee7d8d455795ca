"""Who is told when a contract's telephones are stopped, and when they may be used again.

    hooks.register("numbering", suspended=drop_registrations, lifted=None)

What is refused while it lasts, the database decides (`contract_data_is_suspended`); these are for what has to be done
besides, like dropping registrations that stand. Called outside any transaction, and again after a crash: they must be
safe to repeat. A hook that raises is called again by and by.
"""

from collections.abc import Callable
from dataclasses import dataclass

from selfcare.accounts.models import Contract

Hook = Callable[[Contract], None]


@dataclass(frozen=True)
class Hooks:
    suspended: Hook | None
    lifted: Hook | None


_registered: dict[str, Hooks] = {}


def register(name: str, *, suspended: Hook | None = None, lifted: Hook | None = None) -> None:
    _registered[name] = Hooks(suspended, lifted)


def tell(contract: Contract, *, is_suspended: bool) -> None:
    for hooks in _registered.values():
        hook = hooks.suspended if is_suspended else hooks.lifted
        if hook is not None:
            hook(contract)
