"""New network PINs (ネットワーク暗証番号) on their way to the carrier: sealed, opened for its call only, then gone."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from lines.models import CarrierOrder, PinChange
from selfcare import vault
from selfcare.orders.models import Order
from selfcare.orders.states import TERMINAL
from selfcare.work.jobs import job
from selfcare.work.models import Job

#: What every line begins with; whoever finds a telephone knows it.
DEFAULT = "1234"
#: Under this name the carrier is told.
DETAIL = "networkPin"
#: A request to the carrier in one of these still needs it.
_NEEDED = [CarrierOrder.Stage.WAITING, CarrierOrder.Stage.ASKED, CarrierOrder.Stage.HELD]


def _context(order_id: int) -> str:
    return f"lines.pin:sealed:{order_id}"


def keep(pins: Mapping[Order, str]) -> None:
    """Seal the PINs of orders that are being accepted, in the accepting transaction."""
    PinChange.objects.bulk_create(
        [PinChange(order=order, sealed=vault.seal(pin, context=_context(order.pk))) for order, pin in pins.items()],
        batch_size=2000,
    )


def take(order_id: int) -> dict[str, str]:
    """What the carrier is told beyond the request's own details, for its call only; the row stays for a retry.

    Raises LookupError where a PIN should be and is none, vault.VaultError where it cannot be opened.
    """
    row = Order.objects.filter(pk=order_id, data__has_pin=True).values_list("pin_change__sealed").first()
    if row is None:
        return {}
    (sealed,) = row
    if sealed is None:
        raise LookupError(f"The PIN of {Order(pk=order_id).request_id} is not there any more.")
    return {DETAIL: vault.open_sealed(sealed, context=_context(order_id))}


def default_again(orders: Sequence[Order]) -> dict[int, bool]:
    """By id of orders with a PIN: whether the new one is what everybody knows. The PIN itself stays here."""
    rows = PinChange.objects.filter(order__in=[order for order in orders if order.data.get("has_pin")])
    return {
        order_id: vault.open_sealed(sealed, context=_context(order_id)) == DEFAULT
        for order_id, sealed in rows.values_list("order_id", "sealed")
    }


def forget(orders: Sequence[Order]) -> None:
    """Erase them: the carrier has ended the requests, or never gets them."""
    PinChange.objects.filter(order__in=orders).delete()


def answered(order_id: int) -> None:
    """The carrier has ended the request of this order: erase its PIN, unless the order has yet to hear of it."""
    PinChange.objects.filter(order_id=order_id, order__state__in=sorted(TERMINAL)).delete()


@job("lines.forget_pins", every=timedelta(minutes=10))
def sweep(row: Job) -> dict[str, Any]:
    """Erase the PINs of ended orders that no request to a carrier needs any more, however they ended."""
    over = PinChange.objects.filter(order__state__in=sorted(TERMINAL)).exclude(order__carrier_order__stage__in=_NEEDED)
    return {"erased": over.delete()[0]}
