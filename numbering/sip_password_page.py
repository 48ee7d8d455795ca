"""What the input page of a SIP password change shows beside the form: numbers to choose from, and when it is reflected.

It follows what stands in the number's field and answers for one's own numbers only: anything else that is typed there
changes nothing on the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from numbering import reflections
from numbering.models import Assignment, Service
from numbering.models.assignments import AssignmentQuerySet
from numbering.procedures.sip_password import SipPassword, outage_note, service_word
from numbering.reflections import ShownInterval
from numbering.services import sip_passwords, timetables
from numbering.services.timetables import NoTimetable, Timetables
from selfcare import calendar, phones
from selfcare.accounts.models import Contract
from selfcare.orders.models import Order

#: Own numbers that the field proposes; more of them are found on the list of numbers.
MOST = 100


@dataclass(frozen=True)
class Reflection:
    """When changes of some services that share a timetable are reflected. The sentences are about `now`.

    `rows` are those of today, with whether the change would be made in them; none where it is reflected at once.
    """

    services: str
    rows: Sequence[tuple[ShownInterval, bool]]
    at_once: bool
    now: str
    quiet: str


@dataclass(frozen=True)
class Page:
    """`number`: as displayed, empty until one of the customer's own is typed. `waiting`: its open change."""

    number: str
    waiting: Order | None
    reflections: Sequence[Reflection]
    numbers: Sequence[Assignment]
    more: bool

    @property
    def only(self) -> Reflection | None:
        """The one that the choices of the form can speak of."""
        return self.reflections[0] if len(self.reflections) == 1 else None


def page_of(*, order: Order, typed: str, now: datetime) -> Page:
    """`typed`: what stands in the field. The order is a draft; whose it is decides whose numbers these are."""
    contracts = list(Contract.objects.with_function(SipPassword.function).filter(customer_id=order.customer_id))
    own = Assignment.objects.active().filter(customer_id=order.customer_id, contract__in=contracts)
    chosen = _chosen(own, typed)
    services = {chosen.contract.service} if chosen else {contract.service for contract in contracts}
    numbers = list(own.order_by("digits")[: MOST + 1])
    return Page(
        number=phones.display(chosen.digits) if chosen else "",
        waiting=sip_passwords.waiting([chosen]).get(chosen.pk) if chosen else None,
        reflections=_reflections(services, now),
        numbers=numbers[:MOST],
        more=len(numbers) > MOST,
    )


def _chosen(own: AssignmentQuerySet, typed: str) -> Assignment | None:
    try:
        digits = phones.normalize(typed)
    except ValueError:
        return None
    return own.filter(digits=digits).select_related("contract").first()


def _reflections(services: set[str], now: datetime) -> list[Reflection]:
    """One for each different table, in the order in which the services are offered."""
    wanted = [service for service in Service.values if service in services]
    tables = timetables.load(wanted)
    groups: dict[tuple[tuple[int, int, int], ...], list[str]] = {}
    for service in wanted:
        try:
            groups.setdefault(tuple(tables.intervals(service, now)), []).append(service)
        except NoTimetable:
            # Its numbers have no password to change here; the form says so of each.
            continue
    return [_reflection(members, intervals, tables, now) for intervals, members in groups.items()]


def _reflection(
    services: list[str], intervals: tuple[tuple[int, int, int], ...], tables: Timetables, now: datetime
) -> Reflection:
    moment = calendar.local(now)
    minute = moment.hour * 60 + moment.minute
    current = [starts <= minute < ends for starts, ends, _reflected in intervals]
    return Reflection(
        services=_("、").join(service_word(service) for service in services),
        rows=list(zip(reflections.shown(intervals), current, strict=True)),
        at_once=not intervals,
        now=outage_note(now, tables.reflected_at(services[0], now)) if intervals else "",
        quiet=_quiet(services[0], tables, now) if intervals else "",
    )


def _quiet(service: str, tables: Timetables, now: datetime) -> str:
    """16:59 に変更すると 17:30 に反映（約31分）, with the days where they are not today's; empty when it is now."""
    try:
        quiet = tables.quietest(service, now)
        reflected = tables.reflected_at(service, quiet)
    except NoTimetable:
        return ""
    if quiet <= now:
        return ""
    return _("%(at)s に変更すると %(reflected)s に反映（約%(length)s）") % {
        "at": _clock(quiet, now),
        "reflected": _clock(reflected, quiet),
        "length": reflections.length(round((reflected - quiet) / timedelta(minutes=1))),
    }


def _clock(moment: datetime, since: datetime) -> str:
    """The time of day, as one of the next day where it is."""
    local = calendar.local(moment)
    next_day = local.date() != calendar.today(since)
    return _("翌日 %(time)s") % {"time": f"{local:%H:%M}"} if next_day else f"{local:%H:%M}"
