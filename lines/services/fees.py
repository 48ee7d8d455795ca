"""Fees that are due once: shown before the order, charged when what they are for has happened."""

from datetime import date

from django.utils import translation

from billing.services import Fee, charge_once
from lines import items
from lines.services import catalogue
from selfcare.orders.models import Order
from selfcare.orders.procedures import Quote


def quote(order: Order, item: str) -> Quote:
    """By the tariff of the contract's plan today; what has none is free."""
    shared = catalogue.of(order)
    fee = shared.fee(catalogue.contract_of(order), item, shared.today)
    return Quote(once=fee, lines=((str(items.WORDS[item]), fee),)) if fee else Quote()


def charge(*, order: Order, item: str, number: str, on: date) -> None:
    """Charge what was shown when the order was accepted, whatever the tariff has become; in the caller's transaction.

    However often it is told, an order is charged once. One that was accepted when it was free stays free.
    """
    shown = order.shown_part("quote") or {}
    contract = catalogue.contract_of(order)
    with translation.override("ja"):
        # Bills are in Japanese, whoever the worker works for.
        words = str(items.WORDS[item])
    charge_once(
        fees=[
            Fee(
                customer_id=order.customer_id,
                contract_id=contract.pk,
                item=item,
                words=words,
                amount=int(shown.get("once") or 0),
                charged_on=on,
                cause=f"order:{order.request_id}",
                subject=number,
            )
        ]
    )
