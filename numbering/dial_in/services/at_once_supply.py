"""Whether tariff and pool can serve an order at once, before anything is taken."""

from datetime import datetime

from numbering.dial_in.services import at_once, claiming, prices
from selfcare import calendar
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible


def shortage(order: Order, now: datetime) -> str:
    """Why they cannot serve the draft's rows, in the customer's words; empty when they can."""
    try:
        claims = at_once.claims_of(order)
    except NotPossible as error:
        return str(error)
    contract = at_once.contract_of(order)
    today = calendar.today(now)
    unpriced = prices.missing(contract=contract, kinds=at_once.totals(claims), on=today)
    if unpriced:
        return unpriced
    plans = claiming.plans_for(order, claims, today=today)
    return next(
        (claiming.shortage(claim, plan, contract) for claim, plan in zip(claims, plans, strict=True) if plan.short), ""
    )
