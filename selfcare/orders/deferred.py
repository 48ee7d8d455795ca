"""Columns that the engine leaves out when it claims, because few orders of a chunk need them."""

from collections.abc import Sequence

from selfcare.orders.models import Order


def read(orders: Sequence[Order], field: str) -> None:
    """Fetch one field for those of these orders that came without it, in one query."""
    without = [order for order in orders if field in order.get_deferred_fields()]
    if not without:
        return
    values = dict(Order.objects.filter(pk__in=[order.pk for order in without]).values_list("pk", field))
    for order in without:
        setattr(order, field, values[order.pk])
