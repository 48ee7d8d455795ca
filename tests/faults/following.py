"""What `seed` runs inside a stack's environment: requests to carriers that follow, left by the portal's services."""

from collections.abc import Sequence
from typing import Any

from lines.models import Line
from tests.lines.following_parts import left


def followed(*, lines: Sequence[int]) -> dict[str, Any]:
    """A change of plan of each line that has taken effect here; returns the orders."""
    rows = Line.objects.in_bulk(list(lines))
    return {"orders": [left(rows[pk]).order_id for pk in lines]}
