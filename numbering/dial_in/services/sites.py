"""Voice contracts as their customer reads them: numbers, works ahead, networks; on sets."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Count

from numbering.dial_in.models import BaseNumber, DialInNumber, SiteNetwork, VoiceContract
from numbering.dial_in.services import works
from numbering.models import Assignment, Kind
from selfcare import calendar
from selfcare.calendar import BusinessDays
from selfcare.orders.days import business_days
from selfcare.orders.models import Order


@dataclass(frozen=True)
class Work:
    """An open order of construction; `completed_on`: 竣工予定日, None while there is no opening date."""

    order: Order
    opens_on: date | None
    completed_on: date | None


@dataclass(frozen=True)
class Site:
    """One voice contract. `geographic` and `ip_050` count its numbers in use, base numbers among them."""

    voice_contract: VoiceContract
    bases: int = 0
    geographic: int = 0
    ip_050: int = 0
    works: Sequence[Work] = ()
    networks: Sequence[SiteNetwork] = field(default_factory=list)

    @property
    def is_ended(self) -> bool:
        return self.voice_contract.ended_on is not None


def sites(voice_contracts: Iterable[VoiceContract], now: datetime) -> list[Site]:
    """In the order given; five queries however many they are."""
    rows = list(voice_contracts)
    ids = [one.pk for one in rows]
    bases = _by_kind(BaseNumber.objects.filter(voice_contract__in=ids, ended_on=None), "voice_contract")
    hanging = DialInNumber.objects.filter(base__voice_contract__in=ids, assignment__state=Assignment.State.ACTIVE)
    dial_ins = _by_kind(hanging, "base__voice_contract")
    networks: dict[int, list[SiteNetwork]] = defaultdict(list)
    for network in SiteNetwork.objects.filter(voice_contract__in=ids).order_by("network"):
        networks[network.voice_contract_id].append(network)
    ahead = works_of(ids, now)
    return [
        Site(
            voice_contract=one,
            bases=sum(bases[one.pk].values()),
            geographic=bases[one.pk][Kind.GEOGRAPHIC] + dial_ins[one.pk][Kind.GEOGRAPHIC],
            ip_050=bases[one.pk][Kind.IP_050] + dial_ins[one.pk][Kind.IP_050],
            works=ahead.get(one.pk, ()),
            networks=networks[one.pk],
        )
        for one in rows
    ]


def works_of(ids: Iterable[int], now: datetime) -> dict[int, list[Work]]:
    """The open construction of voice contracts by their ids, the next opening first; two queries."""
    days = business_days(since=calendar.today(now))
    found = works.open_works(voice_contracts=list(ids))
    return {pk: [_work(order, days) for order in orders] for pk, orders in found.items()}


def _work(order: Order, days: BusinessDays) -> Work:
    opens_on = calendar.today(order.due_at) if order.due_at else None
    return Work(order, opens_on, works.until(order, days))


def _by_kind(rows: Any, of: str) -> dict[int, dict[str, int]]:
    """How many rows of each kind there are under each id; what has none counts 0."""
    found: dict[int, dict[str, int]] = defaultdict(lambda: {str(kind): 0 for kind in Kind})
    for row in rows.order_by().values(of, "kind").annotate(n=Count("pk")):
        found[row[of]][row["kind"]] = row["n"]
    return found
