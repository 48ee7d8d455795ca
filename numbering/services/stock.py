"""How many numbers are left and how long they last; the sums that must add up; the alarm when they do not suffice."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Count, Q
from django.db.models.functions import TruncMonth

from numbering.models import Assignment, FreeNumber, Kind, Number
from selfcare import calendar, clock
from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.work import jobs, outbox
from selfcare.work.models import Job

#: Days over which the rate of issue is measured.
RECENT = 30
#: The largest order (spec 2). Whenever a customer is refused for want of numbers, fewer than this are in stock.
LARGEST_ORDER = 50
#: Operators who look after numbers; without any, those who may do everything are told.
OPERATORS = "provisioning"


@dataclass(frozen=True)
class Stock:
    """The pool of one kind on one day. `per_day` is the mean of the last thirty days, `days_left` None at no use."""

    kind: str
    in_stock: int
    reserved: int
    assigned: int
    quarantined: int
    unusable: int
    # (first of the month, how many come out of quarantine in it)
    coming_back: list[tuple[date, int]]
    per_day: Decimal
    days_left: int | None

    @property
    def total(self) -> int:
        return self.in_stock + self.reserved + self.assigned + self.quarantined + self.unusable

    @property
    def too_few(self) -> bool:
        return self.in_stock < LARGEST_ORDER


def stock_and_forecast(*, now: datetime, kind: str = Kind.IP_050) -> Stock:
    today = calendar.today(now)
    free = FreeNumber.objects.filter(kind=kind).aggregate(
        in_stock=Count("pk", filter=Q(available_on__lte=today)),
        quarantined=Count("pk", filter=Q(available_on__gt=today)),
    )
    held = Assignment.objects.filter(number__kind=kind, released_on__isnull=True).aggregate(
        reserved=Count("pk", filter=Q(state="reserved")), assigned=Count("pk", filter=Q(state="active"))
    )
    coming_back = (
        FreeNumber.objects.filter(kind=kind, available_on__gt=today)
        .annotate(month=TruncMonth("available_on"))
        .values_list("month")
        .annotate(Count("pk"))
        .order_by("month")
    )
    issued = Assignment.objects.filter(
        number__kind=kind, origin="added", started_on__gt=today - timedelta(days=RECENT), started_on__lte=today
    ).count()
    per_day = Decimal(issued) / RECENT
    return Stock(
        kind=kind,
        **free,
        **held,
        unusable=Number.objects.filter(kind=kind).exclude(unusable_reason="").count(),
        coming_back=list(coming_back),
        per_day=per_day.quantize(Decimal("0.1")),
        days_left=free["in_stock"] * RECENT // issued if issued else None,
    )


def free_by_area(*, today: date) -> list[tuple[str, int]]:
    """How many geographic numbers could be issued today, by 市外局番."""
    free = FreeNumber.objects.filter(kind=Kind.GEOGRAPHIC, available_on__lte=today)
    return list(free.order_by("area").values_list("area").annotate(Count("pk")))


_PLACES = """
SELECT count(*) FILTER (WHERE places = 0), count(*) FILTER (WHERE places > 1)
FROM (
    SELECT (n.unusable_reason <> '')::int + (f.number_id IS NOT NULL)::int + (a.id IS NOT NULL)::int AS places
    FROM numbering_number AS n
    LEFT JOIN numbering_freenumber AS f ON f.number_id = n.id
    LEFT JOIN numbering_assignment AS a ON a.number_id = n.id AND a.released_on IS NULL
) AS number
"""
_STRANGE = """
SELECT count(*) FROM numbering_assignment AS a JOIN numbering_number AS n ON n.id = a.number_id
WHERE a.digits <> n.digits
"""
# No telephone registers with the numbers of voice contracts; what holds for those says numbering.dial_in.services.
# Both are read once and hashed: joined, the planner may read all of them again for every number.
_SILENT = """
SELECT count(*) FROM numbering_assignment AS a
WHERE a.state = 'active' AND NOT a.is_voice
    AND a.number_id NOT IN (SELECT c.number_id FROM numbering_credential AS c WHERE c.live @> %(now)s)
    AND (a.ends_on IS NULL OR a.ends_on >= %(today)s)
    AND a.id NOT IN (SELECT o.subject_id FROM orders_order AS o
                     WHERE o.procedure = 'numbering.sip_password' AND o.subject_id IS NOT NULL
                       AND o.state = 'acknowledged' AND o.due_at > %(now)s)
"""


def differences(now: datetime) -> list[str]:
    """For reconciling: every number stands in exactly one place, and what is in use can register."""
    with connection.cursor() as cursor:
        cursor.execute(_PLACES)
        nowhere, twice = cursor.fetchone()
        cursor.execute(_SILENT, {"now": now, "today": calendar.today(now)})
        (silent,) = cursor.fetchone()
        cursor.execute(_STRANGE)
        (strange,) = cursor.fetchone()
    found = {
        "numbers are neither free nor reserved, assigned or blocked": nowhere,
        "numbers stand in more than one place": twice,
        "numbers in use have no live credential": silent,
        "assignments carry other digits than their number": strange,
    }
    return [f"{count} {what}" for what, count in found.items() if count]


def watch_stock() -> bool:
    """Alert the operators, once a day, while the largest order could not be filled; whether it could not."""
    now = clock.now()
    today = calendar.today(now)
    left = FreeNumber.objects.filter(kind=Kind.IP_050, available_on__lte=today)[:LARGEST_ORDER].count()
    if left < LARGEST_ORDER:
        jobs.enqueue(kind="numbering.alert_shortage", key=today.isoformat(), payload={"left": left})
    return left < LARGEST_ORDER


def alert_shortage(row: Job) -> None:
    """Tell the operators by mail and leave an event in the trail."""
    left = row.payload["left"]
    operators = User.objects.filter(is_staff=True, is_active=True).exclude(email="")
    told = operators.filter(groups__name=OPERATORS).distinct() or operators.filter(is_superuser=True)
    with transaction.atomic():
        audit.record(action="number.shortage", detail={"left": left, "kind": Kind.IP_050.value})
        outbox.send_many(
            [
                outbox.Outgoing(
                    template="numbering_shortage",
                    to=user.email,
                    language=user.language,
                    context={"left": left, "largest": LARGEST_ORDER},
                )
                for user in told
            ]
        )
