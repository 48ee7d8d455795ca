"""Numbers that come from other carriers: opened on the line that waits for them, warned of, void after their day."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from billing.services import NewCharge, start_charges
from lines import items
from lines.models import Line, PortIn
from lines.services import porting_mails
from selfcare import calendar
from selfcare.accounts import audit

#: How many days before the last one customers are warned (spec 4).
WARNINGS = (5, 1)
#: Nobody is written to before the offices open.
_NOT_BEFORE = 9
_TONES = {
    PortIn.State.WAITING: "tone--info",
    PortIn.State.OPENED: "tone--ok",
    PortIn.State.VOID: "tone--bad",
}
PORT_IN = Line.Change.PORT_IN

# Each warning once, however many run this: who is second finds the day written. A line whose opening is ordered needs
# no warning. Down for days, one mail makes up for two.
_WARN = """
UPDATE lines_portin AS p SET warned_on = %(today)s
FROM lines_line AS l
WHERE l.id = p.line_id AND p.state = 'waiting' AND NOT l.open_changes @> ARRAY['port_in']::varchar[]
    AND p.expires_on BETWEEN %(today)s AND %(today)s::date + %(first)s
    AND (p.warned_on IS NULL OR p.warned_on < p.expires_on
        - CASE WHEN p.expires_on <= %(today)s::date + %(last)s THEN %(last)s ELSE %(first)s END)
RETURNING p.id
"""
# What its carrier is at is not void: it was ordered in time.
_VOID = """
UPDATE lines_portin AS p SET state = 'void'
FROM lines_line AS l
WHERE l.id = p.line_id AND p.state = 'waiting' AND p.expires_on < %(today)s
    AND NOT l.open_changes @> ARRAY['port_in']::varchar[]
RETURNING p.id
"""


@dataclass(frozen=True)
class Deadline:
    """How long something can still be used, as word and colour. `tone` is a CSS class."""

    on: date
    days: int
    text: str
    tone: str


def deadline(on: date, *, today: date) -> Deadline:
    days = (on - today).days
    if days < 0:
        return Deadline(on, days, _("期限切れ"), "tone--off")
    if days == 0:
        return Deadline(on, days, _("本日まで"), "tone--bad")
    text = _("あと%(days)d日") % {"days": days}
    tone = "tone--bad" if days <= WARNINGS[1] else "tone--wait" if days <= WARNINGS[0] else "tone--ok"
    return Deadline(on, days, text, tone)


@dataclass(frozen=True)
class Awaited:
    """A port-in as pages show it. `is_over`: too late to open it; `tone` is a CSS class."""

    port_in: PortIn
    label: str
    tone: str
    deadline: Deadline
    is_over: bool


def shown(port_in: PortIn, *, today: date) -> Awaited:
    """On the day after its last one it is void, whether a worker has been there or not."""
    state = PortIn.State(port_in.state)
    left = deadline(port_in.expires_on, today=today)
    if state == PortIn.State.WAITING and left.days < 0 and PORT_IN not in port_in.line.open_changes:
        state = PortIn.State.VOID
    return Awaited(port_in, str(state.label), _TONES[state], left, state == PortIn.State.VOID)


def awaited(line: Line, *, today: date) -> Awaited | None:
    """What comes, came or was to come to a line, as its page shows it."""
    port_in = of_line(line)
    return shown(port_in, today=today) if port_in is not None else None


def is_shipped(line: Line, *, today: date) -> bool:
    return line.shipped_on is not None and line.shipped_on <= today


def of_line(line: Line) -> PortIn | None:
    """What comes, came or was to come to this line. Reads it once; `prefetch_related_objects` does for many."""
    found: PortIn | None = getattr(line, "port_in", None)
    return found


def taken(numbers: Collection[str]) -> set[str]:
    """Which of these are the numbers of lines here already; one of a line that has ended may come back."""
    if not numbers:
        return set()
    lines = Line.objects.filter(number__in=numbers).exclude(status=Line.Status.TERMINATED)
    return set(lines.values_list("number", flat=True))


def open_line(*, line_id: int, on: date) -> None:
    """The number has come: the provisional one gives way, use and charges begin `on` that day. Safe to repeat.

    A line that has ended meanwhile stays as it is. In the caller's transaction. Raises IntegrityError when the number
    is another line's.
    """
    line = Line.objects.select_for_update(no_key=True).get(pk=line_id)
    port_in = PortIn.objects.select_for_update().get(line=line)
    if port_in.state == PortIn.State.OPENED or line.status != Line.Status.UNOPENED:
        return
    line.provisional_number, line.number = line.number, port_in.number
    line.status, line.opened_on = Line.Status.ACTIVE, on
    line.save(update_fields=["provisional_number", "number", "status", "opened_on"])
    port_in.state, port_in.opened_on = PortIn.State.OPENED, on
    port_in.save(update_fields=["state", "opened_on"])
    charged = [items.plan(line.plan), *sorted(items.charged_options(line.carrier, line.options))]
    start_charges(
        charges=[NewCharge(line.customer_id, line.contract_id, item, line.number, on) for item in charged],
    )
    audit.record(action="line.ported_in", obj=line, detail={"number": line.number, "instead": line.provisional_number})


def warn(now: datetime) -> int:
    """Write to whose numbers must be opened within five days, and again within one; return of how many."""
    if calendar.local(now).hour < _NOT_BEFORE:
        return 0
    today = calendar.today(now)
    with transaction.atomic():
        ids = _run(_WARN, {"today": today, "first": WARNINGS[0], "last": WARNINGS[1]})
        warned = PortIn.objects.filter(pk__in=ids).select_related("line").order_by("expires_on", "pk")
        porting_mails.warn_of_expiry(list(warned), today=today)
    return len(ids)


def make_void(now: datetime) -> int:
    """End what was not opened by its last day; return how many. Nothing opens by itself."""
    with transaction.atomic():
        return len(_run(_VOID, {"today": calendar.today(now)}))


def _run(statement: str, values: dict[str, Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [pk for (pk,) in cursor.fetchall()]
