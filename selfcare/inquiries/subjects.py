"""What an inquiry is about: one of the customer's own telephone numbers or orders, as typed in one box.

Apps with numbers have said how they are found, see selfcare.staff.finding.
"""

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from selfcare import phones, text
from selfcare.accounts.models import Contract, User
from selfcare.contract_data.finding import find as find_contracts
from selfcare.orders.models import Order
from selfcare.staff import finding

_REQUEST_ID = re.compile(r"R0*([0-9]{1,18})", re.ASCII | re.IGNORECASE)

#: Digits of a whole telephone number.
_SHORTEST = 10


class UnknownError(ValueError):
    """Nothing of this customer is called so; `str(error)` is for the person who typed it."""


@dataclass(frozen=True)
class Subject:
    number: str = ""
    order: Order | None = None
    contract: Contract | None = None


def find(user: User, typed: str) -> Subject:
    """The subject that is meant; an empty one for an empty text. Raises UnknownError.

    Another customer's number or order is as unknown as one that does not exist.
    """
    word = text.normalize_identifier(typed)
    if not word:
        return Subject()
    if asked := _REQUEST_ID.fullmatch(word):
        order = Order.objects.visible_to(user).select_related("contract").filter(pk=int(asked[1])).first()
        if order is not None:
            return Subject(order=order, contract=order.contract)
    contract = Contract.objects.visible_to(user).filter(number=word).first()
    if contract is not None:
        return Subject(contract=contract)
    digits = phones.search_digits(word)
    if _SHORTEST <= len(digits) <= phones.LONGEST:
        contract = Contract.objects.visible_to(user).filter(pk__in=finding.contracts_of(digits)).first()
        if contract is not None:
            return Subject(number=digits, contract=contract)
    # What else stands on the papers: 申込番号, a number that is only on its way.
    for contract in find_contracts(user, word).contracts:
        return Subject(contract=contract)
    raise UnknownError(
        _(
            "お客様のご契約に見つかりません。電話番号・リクエストID・契約番号をご確認ください。わからないときは空欄のまま送信できます。"
        )
    )
