"""工事希望年月日: the calendar of the days that can be had, and the form that is filled in with it."""

import datetime
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils import dateformat
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from numbering.dial_in import dates
from numbering.dial_in.dates import Terms
from selfcare import calendar
from selfcare.calendar import ONE_DAY
from selfcare.orders.models import SpecialDay

#: Months that are open at first; the others lie below a heading that opens them.
OPEN_MONTHS = 2


class WhenForm(forms.Form):
    """Cleaned: `date` (ISO day), `time` ("HH:MM" or ""), `date_reason` (or "")."""

    date = forms.DateField(
        label=gettext_lazy("工事希望年月日"),
        input_formats=["%Y-%m-%d"],
        error_messages={
            "required": gettext_lazy("工事希望年月日を選んでください。"),
            "invalid": gettext_lazy("工事希望年月日を、カレンダーの中から選んでください。"),
        },
    )
    time = forms.TypedChoiceField(
        label=gettext_lazy("工事希望時間"),
        required=False,
        coerce=datetime.time.fromisoformat,
        empty_value=None,
        error_messages={"invalid_choice": gettext_lazy("工事希望時間を、一覧の中から選んでください。")},
    )
    date_reason = forms.CharField(
        label=gettext_lazy("ご希望の理由"),
        required=False,
        widget=forms.Textarea(attrs={"rows": "3"}),
    )

    def __init__(self, *args: Any, terms: Terms, free_dial_until: datetime.date | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.terms, self.free_dial_until = terms, free_dial_until
        if not terms.is_movable:
            # Business days in the usual hours only: there is nothing to choose, and no reason to give.
            del self.fields["time"], self.fields["date_reason"]
            return
        hours = [(f"{hour:%H:%M}", f"{hour:%-H:%M}") for hour in dates.hours()]
        self.fields["time"].choices = [("", _("指定しない")), *hours]  # type: ignore[attr-defined]
        self.fields["date_reason"].help_text = _(
            "土日祝日、または平日8:30～17:00以外の時間を選んだときは、必ず入力してください。全角%(most)d文字以内。"
        ) % {"most": dates.REASON_LENGTH}

    @property
    def chosen(self) -> str:
        """The day to mark in the calendar, ISO; empty without."""
        value = self["date"].value()
        return value.isoformat() if isinstance(value, datetime.date) else str(value or "")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        day: datetime.date | None = cleaned.get("date")
        hour: datetime.time | None = cleaned.get("time")
        reason = cleaned.get("date_reason", "")
        if day is None:
            return cleaned
        found = dates.problems(day, hour, self.terms, reason=reason, free_dial_until=self.free_dial_until)
        for name, why in found.items():
            if name in self.fields:
                self.add_error(name, why)
        needed = dates.needs_reason(day, hour, self.terms.days)
        cleaned["date"] = day.isoformat()
        cleaned["time"] = f"{hour:%H:%M}" if hour else ""
        cleaned["date_reason"] = "" if "date_reason" in found else dates.clean_reason(reason, needed=needed)
        return cleaned


@dataclass(frozen=True)
class Day:
    """A cell: `is_free` can be chosen, `needs_reason` whatever the hour; `mark` is 休 on a day without construction."""

    date: datetime.date
    is_free: bool
    needs_reason: bool = False
    is_closed: bool = False
    is_outside: bool = False


@dataclass(frozen=True)
class Month:
    """`names`: what is to be known of its days, as (days in words, name)."""

    first: datetime.date
    weeks: list[list[Day]]
    names: list[tuple[str, str]]


def months(terms: Terms, *, specials: Collection[SpecialDay]) -> list[Month]:
    """From the month of the earliest day to that of the latest; `specials` are the operator's own days in them."""
    found = []
    first = terms.earliest.replace(day=1)
    while first <= terms.latest:
        last = calendar.end_of_month(first)
        weeks = [[_cell(day, first, terms) for day in week] for week in calendar.weeks_of(first, last)]
        found.append(Month(first, weeks, list(_names(first, last, terms, specials))))
        first = last + ONE_DAY
    return found


def _cell(day: datetime.date, first: datetime.date, terms: Terms) -> Day:
    if (day.year, day.month) != (first.year, first.month):
        return Day(day, is_free=False, is_outside=True)
    return Day(
        day,
        is_free=not dates.choosable(day, terms),
        needs_reason=dates.needs_reason(day, None, terms.days),
        is_closed=dates.is_no_work_day(day, terms.days),
    )


def _names(
    first: datetime.date, last: datetime.date, terms: Terms, specials: Collection[SpecialDay]
) -> Iterator[tuple[str, str]]:
    """Holidays and the operator's days by name, those of one name that follow each other together."""
    own = {special.day: special for special in specials}
    run: list[datetime.date] = []
    name = ""
    day = first
    while day <= last:
        named = _name(day, own.get(day), terms)
        if named != name:
            if name:
                yield _span(run), name
            run, name = [], named
        run.append(day)
        day += ONE_DAY
    if name:
        yield _span(run), name


def _name(day: datetime.date, special: SpecialDay | None, terms: Terms) -> str:
    if special is not None and special.kind == SpecialDay.Kind.CLOSED:
        return special.note or _("休業日")
    if special is not None:
        return _("%(name)s（営業日）") % {"name": special.note} if special.note else _("営業日")
    if dates.is_no_work_day(day, terms.days):
        return _("年末年始")
    holiday = calendar.holiday_name(day)
    # Their names are Japanese.
    return holiday if not holiday or get_language() == "ja" else _("祝日")


def _span(run: list[datetime.date]) -> str:
    first, last = run[0], run[-1]
    return _short(first) if first == last else f"{_short(first)}～{_short(last)}"


def _short(day: datetime.date) -> str:
    return dateformat.format(day, _("n/j(D)"))
