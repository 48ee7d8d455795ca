"""Whether tariff and pool can serve an order at once, before anything is taken."""

from datetime import datetime

from django.utils.translation import gettext as _

from billing.services import price_list
from numbering.dial_in.services import at_once, claiming
from selfcare import calendar, phones
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
    prices = price_list(plan=contract.plan, on=today)
    if any(claiming.NUMBER_ITEMS[kind] not in prices for kind in at_once.totals(claims)):
        return _(
            "ご契約の料金プランにダイヤルイン番号の月額料金が登録されていないため、お申し込みを受け付けられません。"
            "%(contact)s（%(phone)s）へご連絡ください。"
        ) % {"contact": contract.contact_name, "phone": phones.display(contract.contact_phone)}
    plans = claiming.plans_for(order, claims, today=today)
    return next(
        (claiming.shortage(claim, plan, contract) for claim, plan in zip(claims, plans, strict=True) if plan.short), ""
    )
