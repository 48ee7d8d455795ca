"""What an order of dial-in numbers wants of the pool, and which numbers it would get: shown before they are taken."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from numbering.dial_in.functions import NO_FUNCTIONS, Functions
from numbering.dial_in.models import BaseNumber, DialInNumber, ReservationCode
from numbering.dial_in.services import blocks
from numbering.models import Assignment, Kind
from numbering.services import pool
from selfcare import phones
from selfcare.accounts.models import Contract
from selfcare.orders.models import Order

#: So many claims of one kind and area look for a run each.
_SINGLY = 20


@dataclass(frozen=True)
class Claim:
    """One row of an order: `count` numbers of a kind for a base number, or all numbers of a reservation code.

    `functions` hold for all of them; under a code `by_number` has those of single numbers, by digits.
    """

    base: BaseNumber
    kind: str
    count: int = 0
    code: ReservationCode | None = None
    functions: Functions = NO_FUNCTIONS
    by_number: Mapping[str, Functions] = field(default_factory=dict)

    @property
    def wanted(self) -> pool.Wanted:
        area = self.base.area if self.kind == Kind.GEOGRAPHIC else ""
        return pool.Wanted(0 if self.code else self.count, self.kind, area)


def plans_for(order: Order, claims: Sequence[Claim], *, today: date) -> list[blocks.Plan]:
    """What each claim would take of the pool, in order; an empty plan for a code. Looked for once per order object.

    Each claim of a few looks for a run of its own; many of one kind share one look. An order that has come back for
    correction, or waits for approval, keeps of its own numbers what it still wants: asked before or after they are
    released, it is the same plan only by the order object that has looked before.
    """
    # Without `today`: what was free on one day is so on the next, and the claim asks again. Were it looked for anew
    # when midnight falls between reserving and writing down what was promised, the order would name numbers that it
    # does not hold.
    kept: tuple[Any, list[blocks.Plan]] | None = getattr(order, "_dial_in_plans", None)
    asked = tuple((claim.base.pk, claim.wanted) for claim in claims)
    if kept is not None and kept[0] == asked:
        return kept[1]
    own = _own(order, claims)
    counts: dict[tuple[str, str], list[int]] = defaultdict(list)
    for claim, mine in zip(claims, own, strict=True):
        counts[claim.wanted.kind, claim.wanted.area].append(claim.wanted.count - len(mine))
    looks = {key: _look(order, key, some, today) for key, some in counts.items()}
    found = [next(looks[claim.wanted.kind, claim.wanted.area]) for claim in claims]
    plans = [blocks.beside(mine, plan) for mine, plan in zip(own, found, strict=True)]
    order._dial_in_plans = (asked, plans)
    return plans


def _own(order: Order, claims: Sequence[Claim]) -> list[list[tuple[int, str]]]:
    """For each claim, the numbers (id, digits) that the order has reserved from the pool for that base and kind."""
    free: dict[tuple[int, str], list[tuple[int, str]]] = defaultdict(list)
    if order.is_open_ended:
        rows = DialInNumber.objects.filter(
            assignment__order=order, assignment__state=Assignment.State.RESERVED, assignment__reservation=None
        )
        for base, kind, number, digits in rows.order_by("digits").values_list(
            "base_id", "kind", "assignment__number_id", "digits"
        ):
            free[base, kind].append((number, digits))
    own = []
    for claim in claims:
        mine = free[claim.base.pk, claim.kind]
        own.append(mine[: claim.wanted.count])
        del mine[: claim.wanted.count]
    return own


def _look(order: Order, key: tuple[str, str], counts: Sequence[int], today: date) -> Iterator[blocks.Plan]:
    """A plan for each of these counts of one kind and area, in their order."""
    kind, area = key
    if len(counts) > _SINGLY:
        whole = blocks.plan(wanted=pool.Wanted(sum(counts), kind, area), today=today, seed=order.uuid.int)
        yield from blocks.deal(whole, counts)
        return
    taken: list[int] = []
    for count in counts:
        if not count:
            yield blocks.Plan()
            continue
        wanted = pool.Wanted(count, kind, area)
        plan = blocks.plan(wanted=wanted, today=today, seed=order.uuid.int, skip=taken)
        taken.extend(plan.ids)
        yield plan


def shortage(claim: Claim, plan: blocks.Plan, contract: Contract) -> str:
    """What a customer reads who wants more than there is."""
    values = {
        "kind": Kind(claim.kind).label,
        "area": claim.wanted.area,
        "left": f"{plan.left:,}",
        "count": f"{claim.count:,}",
        "contact": contract.contact_name,
        "phone": phones.display(contract.contact_phone),
    }
    if claim.wanted.area:
        return (
            _(
                "市外局番%(area)sの0ABJ番号は、いまお申し込みいただけるのが%(left)s番号のため、%(count)s番号を"
                "ご用意できません。番号は追加されていません。番号数を減らすか、%(contact)s（%(phone)s）へご相談ください。"
            )
            % values
        )
    return (
        _(
            "050番号は、いまお申し込みいただけるのが%(left)s番号のため、%(count)s番号をご用意できません。"
            "番号は追加されていません。番号数を減らすか、%(contact)s（%(phone)s）へご相談ください。"
        )
        % values
    )
