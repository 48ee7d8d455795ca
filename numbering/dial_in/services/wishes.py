"""A construction-date order read as a whole: its parts, the site it is for, and which pages and dates follow.

Only reads. Procedure and pages ask the same questions, so that none asks for what another one does not check.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from ipaddress import IPv4Network
from typing import Any

from django.db.models import Count, Q

from numbering.dial_in import contents, dates
from numbering.dial_in.functions import NO_FUNCTIONS, Functions
from numbering.dial_in.models import BaseNumber, DialInNumber, DialInPart, SiteNetwork, VoiceContract
from numbering.dial_in.services import lead_times, works
from numbering.dial_in.services.claiming import Claim
from numbering.models import Assignment, Kind
from selfcare import calendar
from selfcare.documents.models import Document
from selfcare.orders.days import business_days
from selfcare.orders.models import Order
from selfcare.orders.procedures import subject_of

#: The kinds of documents: the law's record, and the lines that remain with the other company.
LEGAL_DOCUMENT, REMAINING_DOCUMENT = "numbering.dial_in.legal", "numbering.dial_in.remaining"
_THERE = [Assignment.State.ACTIVE, Assignment.State.RESERVED]


@dataclass(frozen=True)
class When:
    """What was chosen of the construction date; `day` None: nothing yet."""

    day: date | None = None
    hour: time | None = None
    reason: str = ""
    free_dial_until: date | None = None

    @classmethod
    def of(cls, data: dict[str, Any]) -> "When":
        return cls(
            day=date.fromisoformat(data["date"]) if data.get("date") else None,
            hour=time.fromisoformat(data["time"]) if data.get("time") else None,
            reason=data.get("date_reason", ""),
            free_dial_until=date.fromisoformat(data["free_dial_until"]) if data.get("free_dial_until") else None,
        )

    @property
    def due(self) -> datetime | None:
        return dates.opening(self.day, self.hour) if self.day else None


class Wish:
    """What an order wants; everything is asked of the database once."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.data: dict[str, Any] = order.data
        self.voice_contract: VoiceContract = subject_of(order)

    @cached_property
    def parts(self) -> list[DialInPart]:
        return list(self.order.dial_in_parts.select_related("base").order_by("pk")) if self.order.pk else []

    @cached_property
    def totals(self) -> contents.Totals:
        return contents.totals(self.parts)

    @cached_property
    def claims(self) -> list[Claim]:
        return contents.claims(self.parts)

    @cached_property
    def ports(self) -> list[tuple[DialInPart, contents.PortRow]]:
        return contents.ports(self.parts)

    @cached_property
    def moving(self) -> list[Functions]:
        """What the numbers that move have today: it is charged already."""
        digits = [row.number for _part, row in self.ports if row.move]
        names = list(NO_FUNCTIONS.__dataclass_fields__)
        here = DialInNumber.objects.filter(
            customer_id=self.order.customer_id, digits__in=digits, assignment__state=Assignment.State.ACTIVE
        )
        return [Functions(**row) for row in here.values(*names)] if digits else []

    @cached_property
    def networks(self) -> list[SiteNetwork]:
        """Those registered for the site, in order."""
        return list(SiteNetwork.objects.filter(voice_contract=self.voice_contract).order_by("network"))

    @cached_property
    def registered(self) -> dict[int, IPv4Network]:
        """The site's networks by id; those that another open order adds under ids that nothing has."""
        found = {one.pk: IPv4Network(str(one.network)) for one in self.networks}
        others = Order.objects.open().filter(procedure=works.BY_DATE, subject_id=self.voice_contract.pk)
        wished = others.exclude(pk=self.order.pk).order_by("pk").values_list("data__networks__add", flat=True)
        coming = [IPv4Network(network) for some in wished for network in some or []]
        return found | {-place: network for place, network in enumerate(coming, start=1)}

    @cached_property
    def documents(self) -> dict[str, tuple[str, str]]:
        """Kind and name of each file that was sent along, by its uuid."""
        rows = Document.objects.filter(order=self.order, customer_id=self.order.customer_id) if self.order.pk else []
        return {str(one.uuid): (one.kind, one.name) for one in rows}

    def has_document(self, uuid: str, kind: str) -> bool:
        """Whether what stands in the data is a file of this order: the data are believed nothing."""
        return self.documents.get(uuid, ("", ""))[0] == kind

    @cached_property
    def has_0abj(self) -> bool:
        """Whether the voice contract has a geographic number, in use or coming by another order."""
        site = self.voice_contract.pk
        if BaseNumber.objects.filter(voice_contract=site, ended_on=None, kind=Kind.GEOGRAPHIC).exists():
            return True
        there = DialInNumber.objects.filter(
            base__voice_contract=site, kind=Kind.GEOGRAPHIC, assignment__state__in=_THERE
        )
        return there.exclude(assignment__order=self.order.pk).exists()

    @cached_property
    def held(self) -> dict[int, int]:
        """How many dial-in numbers hang on each base number that gets some, those of this order left out."""
        bases = contents.under_base(self.parts).keys()
        others = Q(assignment__state__in=_THERE) & ~Q(assignment__order=self.order.pk, assignment__state="reserved")
        rows = DialInNumber.objects.filter(others, base__in=bases).order_by().values_list("base")
        return dict(rows.annotate(n=Count("pk")))

    @property
    def asks_networks(self) -> bool:
        """Geographic numbers only call from the registered addresses of the site."""
        found = self.totals
        return bool(found.geographic or found.ported or found.moved)

    @property
    def wished_networks(self) -> dict[str, Any]:
        return self.data.get("networks") or {}

    @property
    def asks_legal(self) -> bool:
        """New geographic numbers on the cloud plan: the law on prevention of transfer of criminal proceeds."""
        is_cloud = self.voice_contract.service_type == VoiceContract.ServiceType.UNIVERSAL_CLOUD
        return is_cloud and contents.new_geographic(self.parts)

    @property
    def asks_matters(self) -> bool:
        return self.asks_networks or self.asks_legal

    @property
    def shows_number(self) -> bool:
        """特定番号通知 is chosen for one of the numbers."""
        return any(one.shown_number for one in contents.functions_of(self.parts))

    @property
    def when(self) -> When:
        return When.of(self.data)

    @cached_property
    def contents(self) -> frozenset[str]:
        """Whose lead times count."""
        wished = self.wished_networks if self.asks_networks else {}
        return contents.lead_contents(
            self.parts,
            is_first_0abj=not self.has_0abj,
            members_net=self.voice_contract.members_net,
            changes_networks=bool(wished.get("add") or wished.get("delete")),
            held=self.held,
        )

    def terms(self, now: datetime) -> dates.Terms:
        """By which days are judged, were it ordered at `now` (within the acceptance hours)."""
        ordered_on = calendar.today(now)
        return dates.terms(
            self.contents,
            lead_times=lead_times.days(),
            ordered_on=ordered_on,
            days=business_days(since=ordered_on),
            shows_number=self.shows_number,
        )


def with_parts(order: Order, parts: Iterable[DialInPart]) -> Wish:
    """What it would be with these parts, whatever is saved."""
    wish = Wish(order)
    wish.parts = list(parts)
    return wish


def of(order: Order) -> Wish:
    """Kept on the order object as long as its data are the same."""
    kept: Wish | None = getattr(order, "_dial_in_wish", None)
    if kept is None or kept.data is not order.data:
        kept = Wish(order)
        order._dial_in_wish = kept  # type: ignore[attr-defined]
    return kept
