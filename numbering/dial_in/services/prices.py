"""Whether the plan of a contract has a price for what is ordered: what has none would be used free of charge."""

from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext as _

from billing.services import price_list
from numbering.dial_in.services.claiming import NUMBER_ITEMS
from selfcare import phones
from selfcare.accounts.models import Contract


def missing(*, contract: Contract, kinds: Iterable[str], on: date) -> str:
    """Why numbers of these kinds cannot be ordered, in the customer's words; empty when each has its price."""
    prices = price_list(plan=contract.plan, on=on)
    if all(NUMBER_ITEMS[kind] in prices for kind in kinds):
        return ""
    return _(
        "ご契約の料金プランにダイヤルイン番号の月額料金が登録されていないため、お申し込みを受け付けられません。"
        "%(contact)s（%(phone)s）へご連絡ください。"
    ) % {"contact": contract.contact_name, "phone": phones.display(contract.contact_phone)}
