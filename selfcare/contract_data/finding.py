"""Which of a customer's contracts a telephone number or an order number belongs to. Apps register where to look.

    finding.register("lines", lambda user, digits: contract_ids)
    finding.register_words("applications", lambda user, word: contract_ids)     # numbers with letters: 申込番号

What belongs to somebody else is not found, like what does not exist: each function looks among what the user may see.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from selfcare import phones, text
from selfcare.accounts.models import Contract, User
from selfcare.orders.models import Order

#: A user and what is looked for, whole: a telephone number's digits, or the word as it was typed; ids of contracts.
Find = Callable[[User, str], Iterable[int]]
_registered: dict[str, Find] = {}
_words: dict[str, Find] = {}
_REQUEST_ID = re.compile(r"[Rr]0*([0-9]{1,18})", re.ASCII)


def register(name: str, function: Find) -> None:
    _registered[name] = function


def register_words(name: str, function: Find) -> None:
    _words[name] = function


@dataclass(frozen=True)
class Found:
    contracts: list[Contract]
    #: The order, where an order's number was typed.
    order: Order | None = None


def find(user: User, typed: str) -> Found:
    """By リクエストID, telephone number, contract number, or what else apps know (申込番号).

    Nothing for what the user's company does not have.
    """
    word = text.normalize_identifier(typed)
    request = _REQUEST_ID.fullmatch(word)
    if request:
        order = Order.objects.visible_to(user).accepted().filter(pk=int(request[1])).first()
        ids = {order.contract_id} if order is not None else set()
    else:
        order, ids = None, _of_number(user, word) or {pk for look in _words.values() for pk in look(user, word)}
    mine = Contract.objects.visible_to(user)
    contracts = list(mine.filter(pk__in=[pk for pk in ids if pk is not None]).order_by("pk"))
    return Found(contracts or list(mine.filter(number=word)), order)


def _of_number(user: User, word: str) -> set[int | None]:
    digits = phones.search_digits(word)
    return {pk for function in _registered.values() for pk in function(user, digits)} if digits else set()
