"""時間外アナウンス: which announcement plays when, in words for the page and as an answer for a switch; and setting it.

All of it is decided in Tokyo. A span of business hours belongs to the day on which it begins: on a closed day none
begins, and one that began on the evening before goes on past midnight.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import dateformat
from django.utils.translation import gettext as _

from numbering.cloud.models import AfterHours, BusinessHours, ClosedDay, CloudNumber
from selfcare import calendar
from selfcare.accounts import audit
from selfcare.accounts.models import User

#: How far ahead the next change is looked for: longer than any row of holidays; beyond it "no change" is said.
HORIZON = timedelta(days=400)
#: Closed days on one number.
MOST_CLOSED = 100


@dataclass(frozen=True)
class Span:
    """Business hours of one weekday (0 Monday), in minutes from its 0:00; `closes` over 1440 is on the next day."""

    weekday: int
    opens: int
    closes: int


@dataclass(frozen=True)
class Week:
    """When a number is open: spans of a week, except on closed days and, where chosen, on national holidays."""

    spans: tuple[Span, ...] = ()
    closed: frozenset[date] = frozenset()
    closed_on_holidays: bool = True

    def is_closed_day(self, day: date) -> bool:
        return day in self.closed or (self.closed_on_holidays and bool(calendar.holiday_name(day)))

    def is_open(self, now: datetime) -> bool:
        moment = calendar.local(now)
        return any(opens <= moment < closes for opens, closes in self._around(moment.date()))

    def next_change(self, now: datetime) -> datetime | None:
        """When open becomes closed or closed open; None: not within HORIZON."""
        moment = calendar.local(now)
        state, last = self.is_open(now), moment + HORIZON
        day = moment.date()
        while day <= last.date():
            for edge in sorted({edge for span in self._around(day) for edge in span if edge > moment}):
                # Spans may touch: an edge between two of them changes nothing.
                if self.is_open(edge) != state:
                    return edge
            day += calendar.ONE_DAY
        return None

    def _around(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """The spans that begin on this day or the one before, as moments."""
        for begins in (day - calendar.ONE_DAY, day):
            if self.is_closed_day(begins):
                continue
            midnight = calendar.midnight(begins)
            for span in self.spans:
                if span.weekday == begins.weekday():
                    yield midnight + timedelta(minutes=span.opens), midnight + timedelta(minutes=span.closes)


@dataclass(frozen=True)
class Answer:
    """What happens with a call at one moment. `text` is what is announced; empty: the call rings."""

    is_open: bool
    text: str
    until: datetime | None

    @property
    def words(self) -> str:
        """営業時間内／時間外, and until when."""
        state = _("営業時間内です（通常どおり着信します）") if self.is_open else _("時間外です（アナウンスが流れます）")
        if self.until is None:
            return _("いまは%(state)s。この先の切り替わりはありません。") % {"state": state}
        at = dateformat.format(calendar.local(self.until), _("n月j日(D) G:i"))
        change = _("営業時間内") if not self.is_open else _("時間外")
        return _("いまは%(state)s。%(at)s に%(change)sに切り替わります。") % {
            "state": state,
            "at": at,
            "change": change,
        }


RINGS = Answer(is_open=True, text="", until=None)


def week_of(setting: AfterHours) -> Week:
    spans = tuple(Span(row.weekday, row.opens, row.closes) for row in setting.hours.all())
    return Week(spans, frozenset(row.day for row in setting.closed_days.all()), setting.closed_on_holidays)


def at(setting: AfterHours, now: datetime) -> Answer:
    """What this setting does at a moment, whether or not the option is on."""
    week = week_of(setting)
    is_open = week.is_open(now)
    return Answer(is_open, "" if is_open else setting.text, week.next_change(now))


def announcement(*, number: CloudNumber, now: datetime) -> Answer:
    """For a switch: what to do with a call to this number at this moment. Three queries at most.

    Without the option, without a setting, or with it switched off, calls ring.
    """
    if not number.after_hours or number.ended_on is not None:
        return RINGS
    setting = AfterHours.objects.filter(number=number, is_on=True).prefetch_related("hours", "closed_days").first()
    return at(setting, now) if setting is not None else RINGS


@dataclass(frozen=True)
class Wanted:
    """What a page asks for; `closed` are (day, name)."""

    is_on: bool
    text: str
    closed_on_holidays: bool
    spans: Sequence[Span]
    closed: Sequence[tuple[date, str]]


def save(*, number: CloudNumber, wanted: Wanted, actor: User) -> AfterHours:
    """Replace the number's setting, hours and closed days together."""
    with transaction.atomic():
        CloudNumber.objects.select_for_update().get(pk=number.pk)
        setting, _made = AfterHours.objects.update_or_create(
            number=number,
            defaults={
                "customer_id": number.customer_id,
                "is_on": wanted.is_on,
                "text": wanted.text,
                "closed_on_holidays": wanted.closed_on_holidays,
            },
        )
        setting.hours.all().delete()
        setting.closed_days.all().delete()
        BusinessHours.objects.bulk_create(
            BusinessHours(setting=setting, weekday=span.weekday, opens=span.opens, closes=span.closes)
            for span in wanted.spans
        )
        ClosedDay.objects.bulk_create(ClosedDay(setting=setting, day=day, name=name) for day, name in wanted.closed)
        audit.record(action="cloud.after_hours_set", obj=number, detail=_detail(number, wanted), actor=actor)
    return setting


def _detail(number: CloudNumber, wanted: Wanted) -> dict[str, Any]:
    return {
        "number": number.digits,
        "on": wanted.is_on,
        "holidays": wanted.closed_on_holidays,
        "hours": [[span.weekday, span.opens, span.closes] for span in wanted.spans],
        "closed": [day.isoformat() for day, _name in wanted.closed],
    }
