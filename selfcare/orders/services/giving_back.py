"""What orders that have ended give back."""

from collections.abc import Sequence

from selfcare.orders import secrets
from selfcare.orders.models import Order
from selfcare.orders.states import APPROVAL


def give_back(orders: Sequence[Order]) -> None:
    """Release what these orders, just ended, had reserved; erase what one that was never approved had sealed.

    In the transaction of the move. Of one that waited for approval only what its procedure holds from the request on
    has been reserved: the rest is not its own to give back.
    """
    unapproved = [order for order in orders if order.phase == APPROVAL]
    for procedure in {order.handler for order in orders}:
        group = [order for order in orders if order.handler is procedure]
        held = [order for order in group if procedure.holds_while_pending or order.phase != APPROVAL]
        if held:
            procedure.release(held)
    secrets.forget(unapproved)
