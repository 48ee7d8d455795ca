"""What the contract data page needs beyond the portal's own filters."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template

from selfcare.contract_data.models import Suspension

register = template.Library()


@register.filter
def of(rows: Mapping[Any, Any], key: Any) -> Any:
    """What a mapping has for a key, or None."""
    return rows.get(key)


@register.filter
def is_in_force(suspension: Suspension, now: Any) -> bool:
    """`now` is the shell's, a moment or the function that asks for it."""
    moment: datetime = now() if callable(now) else now
    return suspension.is_in_force(moment)
