"""When a password change made at a moment is reflected, by the timetables that hold then; and publishing new ones."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib import import_module
from itertools import groupby
from typing import Any

from django.db import IntegrityError, connections, transaction
from django.utils.translation import gettext as _

from numbering.models import Service, Timetable, TimetableEntry
from selfcare import calendar, clock
from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.calendar import ONE_DAY, Slot, Slots

_MINUTE = timedelta(minutes=1)


class NoTimetable(LookupError):
    """Nothing says when a change of this service is reflected: the service is unknown, or the moment before its first.

    `args` are the service and the day.
    """


class TimetableError(ValueError):
    """The timetable cannot be published or withdrawn; the message is for the operator."""


@dataclass(frozen=True)
class Timetables:
    """All versions of some services: (first day in Tokyo, slots), ascending. Decides without asking the database."""

    versions: Mapping[str, Sequence[tuple[date, Slots]]]

    def on(self, service: str, day: date) -> Slots:
        """What holds on a day in Tokyo. Raises NoTimetable, as every method here."""
        versions = self.versions.get(service, ())
        place = bisect_right(versions, day, key=lambda version: version[0])
        if not place:
            raise NoTimetable(service, day)
        return versions[place - 1][1]

    def at_once(self, service: str, moment: datetime) -> bool:
        return not self.on(service, calendar.today(moment)).entries

    def reflected_at(self, service: str, moment: datetime) -> datetime:
        """When a change made at this moment is reflected (aware): the moment itself where it is at once.

        The version of the day of the change decides, on whatever day the reflection is.
        """
        return self.on(service, calendar.today(moment)).reflected_at(moment)

    def outage(self, service: str, moment: datetime) -> timedelta:
        """How long the number can neither register nor call after a change made at this moment."""
        return self.reflected_at(service, moment) - moment

    def intervals(self, service: str, moment: datetime) -> list[tuple[int, int, int]]:
        """The day's table for the page: start, end, reflection in minutes from its 00:00; empty where at once."""
        return self.on(service, calendar.today(moment)).intervals()

    def quietest(self, service: str, now: datetime) -> datetime:
        """The moment of the shortest outage: now, or a whole minute of the next 24 hours; the earliest of equals."""
        return min(self._candidates(service, now), key=lambda moment: (self.outage(service, moment), moment))

    def _candidates(self, service: str, now: datetime) -> Iterator[datetime]:
        """Within an interval the outage shrinks by the minute: its last one is its best.

        At once is as good at any time of the day. The last minute of all may cut an interval off.
        """
        yield now
        last = calendar.local(now + ONE_DAY).replace(second=0, microsecond=0)
        for day in (calendar.today(now), calendar.today(now) + ONE_DAY):
            begins = calendar.midnight(day)
            ends = [begins + end * _MINUTE for _starts, end, _reflected in self.on(service, day).intervals()]
            for moment in (begins, *(end - _MINUTE for end in ends), last):
                if now < moment <= last:
                    yield moment


def load(services: Iterable[str] | None = None) -> Timetables:
    """The timetables of these services, or of all, in one query."""
    kept = Timetable.objects.order_by("service", "valid_from", "entries__starts")
    if services is not None:
        kept = kept.filter(service__in=set(services))
    rows = kept.values_list("service", "valid_from", "entries__starts", "entries__reflected")
    versions: dict[str, list[tuple[date, Slots]]] = {}
    for (service, valid_from), entries in groupby(rows, key=lambda row: row[:2]):
        slots = Slots(tuple(Slot(starts, reflected) for *_of, starts, reflected in entries if starts is not None))
        versions.setdefault(service, []).append((valid_from, slots))
    return Timetables(versions)


def check(*, service: str, valid_from: date) -> datetime:
    """Whether a timetable could be published for this day; the moment it was asked. Raises TimetableError."""
    if service not in Service.values:
        raise TimetableError(_("このサービスはありません。"))
    now = clock.now()
    if valid_from <= calendar.today(now):
        raise TimetableError(_("適用開始日は明日以降にしてください。"))
    if Timetable.objects.filter(service=service, valid_from=valid_from).exists():
        raise TimetableError(_taken())
    return now


def publish(*, service: str, valid_from: date, entries: Sequence[Slot], actor: User) -> Timetable:
    """Let a service reflect by other times from a day after today on; no entries: at once from then on.

    Orders already accepted keep the moments they were promised. Raises SlotError, TimetableError.
    """
    slots = Slots(tuple(entries))
    now = check(service=service, valid_from=valid_from)
    try:
        with transaction.atomic():
            timetable = Timetable.objects.create(service=service, valid_from=valid_from, created_at=now)
            TimetableEntry.objects.bulk_create(
                TimetableEntry(timetable=timetable, starts=slot.starts, reflected=slot.reflected)
                for slot in slots.entries
            )
            audit.record(action="timetable.published", obj=timetable, detail=_told(timetable, slots), actor=actor)
    except IntegrityError as error:
        raise _refusal(error) from error
    return timetable


def withdraw(*, timetable: Timetable, actor: User) -> None:
    """Take back a timetable that has not begun. Raises TimetableError."""
    if timetable.valid_from <= calendar.today(clock.now()):
        raise TimetableError(_("すでに適用されている時刻表は取り下げられません。"))
    try:
        with transaction.atomic():
            kept = Timetable.objects.select_for_update().filter(pk=timetable.pk).first()
            if kept is None:
                raise TimetableError(_("この時刻表はすでに取り下げられています。"))
            audit.record(action="timetable.withdrawn", obj=kept, detail=_told(kept, slots_of(kept)), actor=actor)
            kept.delete()
    except IntegrityError as error:
        raise _refusal(error) from error


def publish_first(using: str, **_kwargs: Any) -> None:
    """post_migrate: the published timetables in a database that has none, as after `flush`; the migration's own."""
    connection = connections[using]
    if Timetable._meta.db_table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(import_module("numbering.migrations.0005_timetables").PUBLISHED)


def slots_of(timetable: Timetable) -> Slots:
    return Slots(tuple(Slot(entry.starts, entry.reflected) for entry in timetable.entries.all()))


def _told(timetable: Timetable, slots: Slots) -> dict[str, object]:
    return {
        "service": timetable.service,
        "valid_from": timetable.valid_from.isoformat(),
        "entries": [[slot.starts, slot.reflected] for slot in slots.entries],
    }


def _taken() -> str:
    return _("このサービスには、同じ日から適用される時刻表がすでにあります。")


def _refusal(error: IntegrityError) -> TimetableError:
    """What the database saw and the checks before could not: somebody else was first, or midnight passed meanwhile."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
    if name == "timetable_one_per_day":
        return TimetableError(_taken())
    if name in ("timetable_in_force", "timetable_entry_in_force"):
        return TimetableError(_("適用開始日は明日以降にしてください。"))
    raise error
