"""Who is asking, with which contracts: read once per request, for menu, context and home."""

from collections.abc import Callable
from typing import Any, cast

from django.db.models import QuerySet
from django.http import HttpRequest

from selfcare.accounts.access import second_step_done
from selfcare.accounts.models import Contract, User

_annotations: dict[str, Callable[[User], Any]] = {}


def annotate(name: str, expression: Callable[[User], Any]) -> None:
    """Have every contract read here carry what `expression(user)` says in SQL: no page asks for it separately.

    Of the contract, or of its customer: one that names no OuterRef is worked out once for all contracts.
    """
    _annotations[name] = expression


def customer_user(request: HttpRequest) -> User | None:
    """The customer's user who is logged in with all steps; None for guests and operators."""
    if not hasattr(request, "user") or not second_step_done(request):
        return None
    user = cast(User, request.user)
    return user if user.customer_id else None


def contracts(request: HttpRequest) -> list[Contract]:
    """The active contracts of the user's customer, oldest first."""
    kept: list[Contract] | None = getattr(request, "_standing_contracts", None)
    if kept is None:
        user = customer_user(request)
        kept = list(_read(user)) if user else []
        request._standing_contracts = kept  # type: ignore[attr-defined]
    return kept


def _read(user: User) -> QuerySet[Contract]:
    active = Contract.objects.visible_to(user).active().select_related("customer").order_by("pk")
    return active.annotate(**{name: expression(user) for name, expression in _annotations.items()})


def functions(request: HttpRequest) -> frozenset[str]:
    """Codes of all that the customer's active contracts allow."""
    return frozenset(code for contract in contracts(request) for code in contract.functions)
