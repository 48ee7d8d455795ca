"""Text search over orders: 3-grams under a core GIN index, because pg_trgm is not on every server."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Func, QuerySet, TextField, Value

from selfcare import text

if TYPE_CHECKING:
    from selfcare.orders.models import Order
    from selfcare.orders.procedures import Row


#: Hyphens of any kind, as they stand in telephone numbers.
_HYPHENS = dict.fromkeys(map(ord, "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212"))


def _key(words: str) -> str:
    return text.search_key(words).translate(_HYPHENS)


def search_text(order: "Order", rows: Sequence["Row"]) -> str:
    """What a customer may remember of an order: its id, the procedure, what the summary says, hyphens taken off."""
    words = [order.request_id, str(order.handler.title), order.contract.number if order.contract else ""]
    words += [f"{row.old} {row.new}" for row in rows]
    return _key(" ".join(words))


def with_result(order: "Order") -> str:
    """The search text with what came of the order (issued numbers): texts and lists of texts of its result."""
    words = []
    for value in order.result.values():
        words += [word for word in (value if isinstance(value, list) else [value]) if isinstance(word, str)]
    return f"{order.search} {_key(' '.join(words))}".strip()


def grams(column: str) -> Func:
    return Func(F(column), function="selfcare_grams", output_field=ArrayField(TextField()))


def containing(queryset: "QuerySet[Order]", query: str) -> "QuerySet[Order]":
    """Orders whose search text contains `query`. From three characters on the index finds them."""
    key = _key(query)
    found = queryset.filter(search__contains=key)
    if len(key) >= 3:
        wanted = Func(Value(key), function="selfcare_grams", output_field=ArrayField(TextField()))
        found = found.alias(grams=grams("search")).filter(grams__contains=wanted)
    return found
