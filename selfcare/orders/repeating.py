"""同じ内容で申し込む: what a new draft begins with that wishes the same as an order of before (spec 5.5)."""

from datetime import date, datetime
from typing import Any

from selfcare import calendar
from selfcare.accounts.models import Contract, User
from selfcare.orders.models import Order
from selfcare.orders.procedures import may_order


def wish(order: Order, user: User) -> dict[str, Any] | None:
    """The data of a new draft of this accepted order, never a secret; None where this user cannot order it again.

    Does not query: the order's contract is at hand. Whether it is possible today the input page says.
    """
    procedure, contract = order.handler, order.contract
    if order.accepted_at is None or not may_order(procedure, user):
        return None
    if contract is not None and not (_is_active(contract) and procedure.function in contract.functions):
        return None
    return procedure.again(order)


def _is_active(contract: Contract) -> bool:
    return contract.state == Contract.State.ACTIVE


def without_past(typed: dict[str, Any], now: datetime) -> dict[str, Any]:
    """What a form is filled with: all that was typed but days and moments that have passed, at any depth of dicts."""
    kept = {}
    for name, value in typed.items():
        if isinstance(value, dict):
            kept[name] = without_past(value, now)
        elif not (isinstance(value, str) and _has_passed(value, now)):
            kept[name] = value
    return kept


def _has_passed(text: str, now: datetime) -> bool:
    """Whether it is a day before today or a moment before now, as orders keep them: ISO 8601, moments with a zone."""
    if not text[:4].isdecimal() or text[4:5] != "-":
        return False
    try:
        if len(text) == len("2026-11-20"):
            return date.fromisoformat(text) < calendar.today(now)
        moment = datetime.fromisoformat(text)
    except ValueError:
        return False
    return moment.tzinfo is not None and moment < now
