"""What apps have registered (billing.items), as a table within a statement."""

from contextlib import suppress
from typing import Any

from django.utils import translation

from billing import items
from billing.models import OnceCharge, RecurringCharge

#: A CTE `known` with the columns of Item; needs `params()`.
CTE = """
known AS (
    SELECT * FROM unnest(
        %(known_items)s::text[], %(known_words)s::text[], %(known_statements)s::text[], %(known_numbers)s::boolean[],
        %(known_seconds)s::integer[], %(known_free)s::boolean[]
    ) AS k (item, words, statement, is_number, free_seconds, is_free)
)
"""
#: Of BillLine.words.
_WORDS = 60


def params() -> dict[str, Any]:
    """Bills are written in Japanese, whoever presses the button."""
    every = _items()
    with translation.override("ja"):
        words = [str(item.words)[:_WORDS] for item in every]
    return {
        "known_items": [item.code for item in every],
        "known_words": words,
        "known_statements": [str(item.statement) for item in every],
        "known_numbers": [item.is_number for item in every],
        "known_seconds": [item.free_seconds for item in every],
        "known_free": [item.is_free for item in every],
    }


def _items() -> list[items.Item]:
    """All that are known, and those with charges that are known no more."""
    found = {item.code: item for item in items.every()}
    charged = RecurringCharge.objects.order_by().values_list("item", flat=True).distinct()
    waiting = OnceCharge.objects.filter(billed=None, voiced=None).order_by().values_list("item", flat=True).distinct()
    for code in {*charged, *waiting} - found.keys():
        with suppress(LookupError):
            found[code] = items.get(code)
    return list(found.values())
