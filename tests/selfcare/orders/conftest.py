from collections.abc import Callable, Iterator
from typing import Any

import pytest

from selfcare.accounts.models import Contract, Role, User
from selfcare.calendar import TOKYO
from selfcare.orders import procedures, secrets
from selfcare.orders.models import Order
from selfcare.orders.services.accepting import accept
from selfcare.orders.services.drafts import new_draft, save_draft
from selfcare.orders.services.offers import offer, seal_shown
from tests import builders
from tests.clock import Clock
from tests.selfcare.orders import approving, good_toys, toys


@pytest.fixture
def toy() -> Iterator[type[toys.Toy]]:
    toys.install()
    yield toys.Toy
    toys.remove()


@pytest.fixture
def good(toy: type[toys.Toy]) -> Iterator[type[good_toys.GoodToy]]:
    good_toys.install()
    yield good_toys.GoodToy
    good_toys.remove()


@pytest.fixture
def member(db: None) -> User:
    contract = builders.contract(functions=["tests.toy"])
    return builders.user(customer=contract.customer)


Draft = Callable[..., Order]


@pytest.fixture
def draft(toy: type[toys.Toy], member: User, clock: Clock) -> Draft:
    """`draft(amount=1, code="tests.toy")`: a saved draft of the member's."""

    def make(code: str = "tests.toy", actor: User | None = None, **data: Any) -> Order:
        from selfcare import clock as time

        who = actor or member
        contract = Contract.objects.get(customer=who.customer)
        now = time.now().astimezone(TOKYO)
        order = new_draft(procedure=procedures.get(code), subject=contract, contract=contract, now=now, actor=who)
        return save_draft(order=order, data={"amount": 1, **data}, now=now, actor=who)

    return make


@pytest.fixture
def accepted(draft: Draft, member: User) -> Draft:
    """`accepted(...)`: like `draft`, and accepted as the confirm page does it."""

    def make(code: str = "tests.toy", actor: User | None = None, **data: Any) -> Order:
        order = draft(code, actor, **data)
        return confirm(order, actor or member)

    return make


def confirm(order: Order, actor: User) -> Order:
    from selfcare import clock as time

    shown = seal_shown(order, offer(order, now=time.now()))
    done, _first = accept(order_id=order.pk, shown=shown, session_digest="", actor=actor)
    done.refresh_from_db()
    return done


@pytest.fixture
def company(toy: type[toys.Toy], member: User, clock: Clock) -> Iterator[User]:
    """A member whose company has a rule: what cannot be undone, and more than three at once."""
    approving.install()
    approving.rule(member.customer, finals=True, over_count=3)
    yield member
    approving.remove()


@pytest.fixture
def boss(company: User) -> User:
    return approving.second(company, Role.OWNER, language="en")


@pytest.fixture
def asked(company: User, boss: User, draft: Draft) -> Draft:
    """`asked("tests.final")`: an order of the member's that waits. With `pin` its draft had a secret."""

    def make(code: str = "tests.final", pin: str = "", **data: Any) -> Order:
        order = draft(code, **data)
        if pin:
            secrets.keep({order: {"pin": pin}})
        made = confirm(order, company)
        assert made.awaits_approval
        return made

    return make
