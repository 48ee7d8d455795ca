"""Two-person approval for tests: a rule, people of one company, toys that wait, and the answers as pages give them."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import Model

from selfcare import clock
from selfcare.accounts.models import AuditEvent, Contract, Customer, Role, User
from selfcare.orders import procedures
from selfcare.orders.models import ApprovalRule, Order, OrderKey
from selfcare.orders.procedures import OrderForm, Quote
from selfcare.orders.services import approving, placing
from selfcare.orders.services.accepting import accept
from selfcare.orders.services.offers import offer, seal_shown
from selfcare.work.models import Mail
from tests import builders
from tests.clock import Clock
from tests.selfcare.orders import toys


class FinalToy(toys.ExclusiveToy):
    """Cannot be undone; due a day later, and nothing is reserved before the approval."""

    code = "tests.final"
    exclusive = "tests.final"
    is_final = True
    reserved: ClassVar[list[int]] = []

    def input_page(self, order: Order) -> str:
        return "/"

    def reserve(self, orders: Sequence[Order]) -> None:
        FinalToy.reserved += [order.pk for order in orders]


class HoldingToy(toys.Toy):
    """At once; holds what it takes of the whole from the request on: a key for each."""

    code = "tests.holding"
    holds_while_pending = True
    whole: ClassVar[int] = 10

    def units(self, order: Order) -> int:
        return int(order.data["amount"])

    def reserve(self, orders: Sequence[Order]) -> None:
        for order in orders:
            wanted = range(int(order.data["amount"]))
            OrderKey.objects.bulk_create([OrderKey(order=order, key=f"tests.held:{order.pk}:{n}") for n in wanted])
        if left() < 0:
            raise procedures.NotPossible("足りません")

    def release(self, orders: Sequence[Order]) -> None:
        super().release(orders)
        OrderKey.objects.filter(order__in=orders, key__startswith="tests.held:").delete()


def left() -> int:
    """What nobody holds."""
    return HoldingToy.whole - OrderKey.objects.filter(key__startswith="tests.held:").count()


class SecretForm(OrderForm):
    secret = ("pin",)


class SecretToy(FinalToy):
    code = "tests.secret"
    exclusive = "tests.secret"
    steps = (SecretForm,)


class CheapToy(toys.Toy):
    """Costs less than before, and something once."""

    code = "tests.cheap"

    def quote(self, order: Order) -> Quote:
        return Quote(monthly=-1000, once=int(order.data["amount"]) * 100)


class SelfToy(FinalToy):
    code = "tests.self"
    exclusive = "tests.self"
    takes_effect_by_itself = True


class NeverToy(FinalToy):
    code = "tests.never"
    exclusive = "tests.never"
    approvable = False


TOYS = (FinalToy, HoldingToy, SecretToy, CheapToy, SelfToy, NeverToy)


def install() -> None:
    for toy in TOYS:
        procedures.register(toy)
    FinalToy.reserved, HoldingToy.whole = [], 10


def remove() -> None:
    for toy in TOYS:
        procedures._registry.pop(toy.code, None)


def rule(customer: Customer | None, **fields: Any) -> ApprovalRule:
    """On, and for what cannot be undone, unless said otherwise."""
    fields = {"is_on": True, "finals": not fields, "updated_at": clock.now(), **fields}
    made, _new = ApprovalRule.objects.update_or_create(customer=customer, defaults=fields)
    return made


def second(member: User | None, role: str = Role.MEMBER, **fields: Any) -> User:
    assert member is not None
    return builders.user(customer=member.customer, role=role, **fields)


def shown(order: Order, user: User) -> str:
    """What the approval page shows now."""
    seen = approving.look(order=order, actor=user)
    return seal_shown(order, seen.offer) if seen.offer else ""


def approve(order: Order, user: User, *, seen: str = "") -> Order:
    """Press 承認する: accepted, and carried out when it is due at once."""
    placing.approve(order_id=order.pk, shown=seen or shown(order, user), actor=user)
    return fresh(order)


def refuse(order: Order, user: User, reason: str = "予算がありません") -> Order:
    approving.refuse(order_id=order.pk, reason=reason, actor=user)
    return fresh(order)


def fresh(row: Any) -> Any:
    return type(row)._default_manager.get(pk=row.pk)


def events(about: Model) -> list[tuple[str, str]]:
    """Action and who did it, oldest first."""
    rows = AuditEvent.objects.about(about._meta.model_name or "", about.pk)
    return list(rows.order_by("pk").values_list("action", "actor_name"))


def mailed() -> list[tuple[str, str]]:
    """Template and address of all mails, in order."""
    return list(Mail.objects.order_by("template", "to").values_list("template", "to"))


def contract_of(user: User) -> Contract:
    return Contract.objects.get(customer=user.customer)


def expire(order: Order, hands: Clock) -> Order:
    assert order.expires_at is not None
    hands.set(order.expires_at)
    assert approving.expire_requests() == 1
    return fresh(order)


def confirmed(order: Order, user: User) -> Order:
    """Press the confirm page's button."""
    seen = seal_shown(order, offer(order, now=clock.now()))
    accept(order_id=order.pk, shown=seen, session_digest="", actor=user)
    return fresh(order)
