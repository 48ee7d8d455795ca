"""The numbers that a construction-date order will bring, once its construction is arranged: on the order's page."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from numbering.dial_in.models import DialInNumber
from numbering.dial_in.services.blocks import Block
from numbering.dial_in.stages import Stage, stage_of
from numbering.models import Assignment, Kind
from selfcare import phones
from selfcare.accounts.models import User
from selfcare.orders.models import Order


def facts(order: Order, user: User) -> dict[str, Any] | None:
    """For `selfcare.orders.parts`: by base number and kind the blocks of consecutive numbers."""
    if stage_of(order) != Stage.ARRANGED:
        return None
    rows = DialInNumber.objects.filter(
        customer_id=order.customer_id, assignment__order=order, assignment__state=Assignment.State.RESERVED
    )
    by_base: dict[tuple[str, str], list[str]] = defaultdict(list)
    for base, kind, digits in rows.order_by("base__digits", "kind", "digits").values_list(
        "base__digits", "kind", "digits"
    ):
        by_base[base, kind].append(digits)
    groups = [
        {
            "base": phones.display(base),
            "kind": str(Kind(kind).label),
            "count": len(digits),
            "blocks": [str(block) for block in blocks_of(digits)],
        }
        for (base, kind), digits in by_base.items()
    ]
    return {"groups": groups, "count": sum(len(digits) for digits in by_base.values())} if groups else None


def blocks_of(digits: Iterable[str]) -> list[Block]:
    """Ascending numbers as runs of consecutive ones."""
    runs: list[list[str]] = []
    for one in digits:
        if runs and len(one) == len(runs[-1][-1]) and int(one) == int(runs[-1][-1]) + 1:
            runs[-1].append(one)
        else:
            runs.append([one])
    return [Block(run[0], run[-1], len(run)) for run in runs]
