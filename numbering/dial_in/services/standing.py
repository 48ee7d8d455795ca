"""What may be added at once on which voice contract: the check of spec 5.1 on sets, for one kind of number each."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from numbering.dial_in import eligibility
from numbering.dial_in.eligibility import Facts
from numbering.dial_in.models import VoiceContract
from numbering.dial_in.services import facts
from numbering.models import Kind


@dataclass(frozen=True)
class Standing:
    """`reason`: why nothing is added at once, `until` the day on which that ends, where it is known; else `by_kind`,
    why numbers of a kind are not. Empty where they are.
    """

    reason: str = ""
    until: date | None = None
    by_kind: dict[str, str] = field(default_factory=dict)


def standings(voice_contracts: Iterable[VoiceContract], now: datetime) -> dict[int, Standing]:
    """By voice contract, read with `group__contract`; a few queries however many they are.

    Of what only the customer knows, an order at once wishes nothing: no number is brought, none has a target; how many
    come under one 代表 is counted row by row.
    """
    return {pk: _standing(known) for pk, known in facts.gather(voice_contracts, now).items()}


def _standing(known: Facts) -> Standing:
    asked = replace(known, portability=False, targets=False, over_many=False)
    verdict = eligibility.decide(replace(asked, wants_0abj=False))
    if not verdict.is_at_once:
        # What keeps 050 numbers back keeps back every number.
        return Standing(reason=verdict.reasons[0], until=verdict.until)
    geographic = eligibility.decide(replace(asked, wants_0abj=True))
    return Standing(by_kind={} if geographic.is_at_once else {Kind.GEOGRAPHIC.value: geographic.reasons[0]})
