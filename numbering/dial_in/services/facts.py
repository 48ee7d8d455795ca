"""What the portal knows of voice contracts: the facts of the check (spec 5.1), on sets."""

from collections.abc import Collection, Iterable
from datetime import date, datetime

from django.db.models import Count, Q

from numbering.dial_in.eligibility import Facts
from numbering.dial_in.models import BaseNumber, DialInNumber, VoiceContract
from numbering.dial_in.services import works
from numbering.models import Assignment, Kind
from selfcare import calendar
from selfcare.accounts.models import Contract
from selfcare.calendar import BusinessDays
from selfcare.orders.days import business_days
from selfcare.orders.models import Order

#: A number that is there, or coming by an open order.
_THERE = Q(assignment__state__in=[Assignment.State.ACTIVE, Assignment.State.RESERVED])


def gather(voice_contracts: Iterable[VoiceContract], now: datetime) -> dict[int, Facts]:
    """By id of the voice contract, without answers of the customer; four queries at most, however many they are.

    Read `group__contract` with them.
    """
    rows = {one.pk: one for one in voice_contracts}
    working = [one.pk for one in rows.values() if one.works]
    today = calendar.today(now)
    ends = completions(works.open_works(voice_contracts=working), business_days(since=today), today) if working else {}
    geographic = with_geographic(rows)
    return {
        pk: Facts(
            service_type=one.service_type,
            members_net=one.members_net,
            has_0abj=pk in geographic,
            is_ended=one.ended_on is not None or one.contract.state != Contract.State.ACTIVE,
            works_open=bool(one.works),
            works_until=ends.get(pk),
        )
        for pk, one in rows.items()
    }


def with_geographic(ids: Iterable[int]) -> set[int]:
    """The voice contracts that have a geographic number, base or dial-in, in use or coming by an open order."""
    wanted = list(ids)
    bases = BaseNumber.objects.filter(voice_contract__in=wanted, ended_on=None, kind=Kind.GEOGRAPHIC)
    own = set(bases.values_list("voice_contract", flat=True))
    rest = [pk for pk in wanted if pk not in own]
    if not rest:
        return own
    hanging = DialInNumber.objects.filter(_THERE, kind=Kind.GEOGRAPHIC, base__voice_contract__in=rest)
    return own | set(hanging.order_by().values_list("base__voice_contract", flat=True).distinct())


def completions(open_works: dict[int, list[Order]], days: BusinessDays, today: date) -> dict[int, date]:
    """The day on which the last of its works is expected to be completed, by voice contract.

    Missing where that is not known: no opening date yet, or the day is over and the operator has not finished.
    """
    found = {}
    for pk, orders in open_works.items():
        ends = [works.until(order, days) for order in orders]
        known = [end for end in ends if end is not None]
        if known and len(known) == len(ends) and max(known) >= today:
            found[pk] = max(known)
    return found


def held(bases: Collection[int], *, with_coming: bool = True) -> dict[int, int]:
    """How many dial-in numbers hang on each base number, in use or coming; ids without any are 0. One query."""
    there = _THERE if with_coming else Q(assignment__state=Assignment.State.ACTIVE)
    rows = DialInNumber.objects.filter(there, base__in=bases).order_by().values("base")
    return dict.fromkeys(bases, 0) | {row["base"]: row["n"] for row in rows.annotate(n=Count("pk"))}
