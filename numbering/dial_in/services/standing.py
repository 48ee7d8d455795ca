"""What may be added at once on which voice contract: the check of spec 5.1 on sets, for one kind of number each."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.db.models import Q

from numbering.dial_in import eligibility
from numbering.dial_in.eligibility import Facts
from numbering.dial_in.models import BaseNumber, DialInNumber, VoiceContract
from numbering.dial_in.services import works
from numbering.models import Assignment, Kind
from selfcare import calendar
from selfcare.orders.days import business_days


@dataclass(frozen=True)
class Standing:
    """`reason`: why nothing is added at once, `until` the day on which that ends, where it is known; else `by_kind`,
    why numbers of a kind are not. Empty where they are.
    """

    reason: str = ""
    until: date | None = None
    by_kind: dict[str, str] = field(default_factory=dict)


def standings(voice_contracts: Iterable[VoiceContract], now: datetime) -> dict[int, Standing]:
    """By voice contract; a few queries however many they are."""
    rows = {one.pk: one for one in voice_contracts}
    today = calendar.today(now)
    geographic = _with_geographic(rows)
    ahead = _works_until([one for one in rows.values() if one.works], today)
    return {
        pk: _standing(
            Facts(
                service_type=one.service_type,
                members_net=one.members_net,
                has_0abj=pk in geographic,
                is_ended=one.ended_on is not None,
                works_open=bool(one.works),
                works_until=ahead.get(pk),
                portability=False,
                targets=False,
                over_many=False,
            )
        )
        for pk, one in rows.items()
    }


def _standing(facts: Facts) -> Standing:
    verdicts = {
        kind: eligibility.decide(replace(facts, wants_0abj=kind == Kind.GEOGRAPHIC))
        for kind in (Kind.IP_050.value, Kind.GEOGRAPHIC.value)
    }
    if not verdicts[Kind.IP_050].is_at_once:
        # What keeps 050 numbers back keeps back every number.
        verdict = verdicts[Kind.IP_050]
        return Standing(reason=verdict.reasons[0], until=verdict.until)
    return Standing(by_kind={kind: verdict.reasons[0] for kind, verdict in verdicts.items() if not verdict.is_at_once})


def _with_geographic(ids: Iterable[int]) -> set[int]:
    """The voice contracts with a geographic number, base or dial-in, in use or coming by an open order."""
    wanted = list(ids)
    bases = BaseNumber.objects.filter(voice_contract__in=wanted, ended_on=None)
    own = set(bases.filter(kind=Kind.GEOGRAPHIC).values_list("voice_contract", flat=True))
    rest = [pk for pk in wanted if pk not in own]
    if not rest:
        return own
    there = Q(assignment__state__in=[Assignment.State.ACTIVE, Assignment.State.RESERVED])
    hanging = DialInNumber.objects.filter(there, kind=Kind.GEOGRAPHIC, base__voice_contract__in=rest)
    return own | set(hanging.order_by().values_list("base__voice_contract", flat=True).distinct())


def _works_until(voice_contracts: list[VoiceContract], today: date) -> dict[int, date]:
    """The day on which the last open construction of each is expected to be completed; missing where it is open."""
    if not voice_contracts:
        return {}
    open_works = works.open_works(voice_contracts=[one.pk for one in voice_contracts])
    days = business_days(since=today)
    found = {}
    for pk, orders in open_works.items():
        ends = [works.until(order, days) for order in orders]
        if ends and None not in ends:
            found[pk] = max(end for end in ends if end is not None)
    return found
