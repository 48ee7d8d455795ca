"""Finding a customer by what a caller can name: contract, telephone number, order, login. Never by name and address."""

import re
from collections.abc import Callable, Iterable

from django.db.models import Q

from selfcare import phones, text
from selfcare.accounts.models import Contract, User
from selfcare.orders.models import Order

#: From digits of a telephone number to the contracts that have it.
Finder = Callable[[str], Iterable[int]]

_REQUEST_ID = re.compile(r"[Rr]0*(\d{1,18})")
_finders: dict[str, Finder] = {}


def register(name: str, finder: Finder) -> None:
    """Let operators find contracts by the numbers of an app; `finder(digits)` returns contract ids, a few at most."""
    _finders[name] = finder


def contracts_of(digits: str) -> list[int]:
    """Ids of contracts that have this telephone number; nothing for less than a number."""
    if len(digits) < phones.SHORTEST:
        return []
    return [pk for finder in _finders.values() for pk in finder(digits)]


def contracts(query: str) -> Q:
    """Contracts that the query names exactly: contract number, partner id, リクエストID, telephone number, mail."""
    word = text.normalize_identifier(query)
    named = Q(number=word) | Q(customer__partner_id=word) | Q(mail__iexact=word)
    order = _REQUEST_ID.fullmatch(word)
    if order:
        named |= Q(pk__in=Order.objects.filter(pk=int(order[1])).values("contract_id"))
    if User.objects.filter(selfcare_id=word, customer__isnull=False).exists():
        named |= Q(customer__users__selfcare_id=word)
    digits = phones.search_digits(word)
    if len(digits) >= phones.SHORTEST:
        named |= Q(pk__in=contracts_of(digits)) | Q(contact_phone=digits)
    return named


def customers(query: str) -> Q:
    """Customers by a contract that the query names, or by their own partner id."""
    by_contract = Contract.objects.filter(contracts(query)).values("customer_id")
    return Q(partner_id=text.normalize_identifier(query)) | Q(pk__in=by_contract)
