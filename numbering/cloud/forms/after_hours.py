"""Business hours of a number: two spans for each weekday, closed days one on a line, and the announcement."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, time
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.cloud.models import AfterHours
from numbering.cloud.models.settings import DAY_MINUTES, WEEKDAYS
from numbering.cloud.services.after_hours import MOST_CLOSED, Span, Wanted, Week

DAYS = (
    gettext_lazy("月曜日"), gettext_lazy("火曜日"), gettext_lazy("水曜日"), gettext_lazy("木曜日"),
    gettext_lazy("金曜日"), gettext_lazy("土曜日"), gettext_lazy("日曜日"),
)  # fmt: skip
#: A morning and an afternoon.
SPANS = (1, 2)
_CLOSED = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?\s*(.*)")
_EXAMPLE = gettext_lazy(
    "お電話ありがとうございます。ただいまの時間は営業しておりません。恐れ入りますが、営業時間内におかけ直しください。"
)


class AfterHoursForm(forms.Form):
    is_on = forms.BooleanField(label=gettext_lazy("時間外にアナウンスを流す"), required=False)
    closed_on_holidays = forms.BooleanField(
        label=gettext_lazy("祝日・休日は終日時間外とする"),
        help_text=gettext_lazy("国民の祝日（振替休日を含む）です。毎年の暦にしたがいます。"),
        required=False,
    )
    closed = forms.CharField(
        label=gettext_lazy("そのほかの休業日"),
        help_text=gettext_lazy("1行に1日ずつ入力してください。例：2026/12/29 年末休業"),
        widget=forms.Textarea(attrs={"rows": "5", "autocomplete": "off"}),
        max_length=6000,
        required=False,
    )
    text = forms.CharField(
        label=gettext_lazy("アナウンスの内容"),
        help_text=gettext_lazy("300文字まで。この文章を読み上げます。"),
        widget=forms.Textarea(attrs={"rows": "4"}),
        max_length=300,
        initial=_EXAMPLE,
        error_messages={"required": gettext_lazy("アナウンスの内容を入力してください。")},
    )

    def __init__(self, *args: Any, setting: AfterHours | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for weekday in WEEKDAYS:
            for span in SPANS:
                for part, words in (("opens", gettext_lazy("開始")), ("closes", gettext_lazy("終了"))):
                    self.fields[_name(weekday, span, part)] = forms.TimeField(
                        label=f"{DAYS[weekday]} {words}", required=False, widget=_clock(weekday, span, part)
                    )
        self.initial.update(_initial(setting))

    def week(self) -> Iterator[tuple[Any, list[tuple[Any, Any]]]]:
        """Weekday and its (opens, closes) fields, for the page's table."""
        for weekday in WEEKDAYS:
            yield DAYS[weekday], [(self[_name(weekday, n, "opens")], self[_name(weekday, n, "closes")]) for n in SPANS]

    def others(self) -> list[Any]:
        return [self[name] for name in ("closed_on_holidays", "closed", "text")]

    def clean_closed(self) -> list[tuple[date, str]]:
        days: dict[date, str] = {}
        for line in self.cleaned_data["closed"].splitlines():
            if not line.strip():
                continue
            found = _CLOSED.fullmatch(unicodedata.normalize("NFKC", line).strip())
            try:
                day = date(*(int(part) for part in found.groups()[:3])) if found else None
            except ValueError:
                day = None
            if found is None or day is None:
                raise forms.ValidationError(
                    _("「%(line)s」を日付として読み取れません。2026/12/29 のように入力してください。")
                    % {"line": line[:30]}
                )
            days[day] = found[4][:30]
        if len(days) > MOST_CLOSED:
            raise forms.ValidationError(_("休業日は%(most)d日まで入力できます。") % {"most": MOST_CLOSED})
        return sorted(days.items())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        spans: list[Span] = []
        for weekday in WEEKDAYS:
            today = [span for n in SPANS if (span := self._span(cleaned, weekday, n)) is not None]
            today.sort(key=lambda span: span.opens)
            if len(today) > 1 and today[0].closes > today[1].opens:
                self.add_error(_name(weekday, 2, "opens"), _("2つの時間帯が重なっています。"))
            spans += today
        return {**cleaned, "spans": tuple(spans)}

    def _span(self, cleaned: dict[str, Any], weekday: int, n: int) -> Span | None:
        opens, closes = cleaned.get(_name(weekday, n, "opens")), cleaned.get(_name(weekday, n, "closes"))
        if opens is None and closes is None:
            return None
        if opens is None or closes is None:
            part = "opens" if opens is None else "closes"
            if _name(weekday, n, part) not in self.errors:
                self.add_error(_name(weekday, n, part), _("開始と終了の両方を入力してください。"))
            return None
        begins, ends = _minutes(opens), _minutes(closes)
        return Span(weekday, begins, ends if ends > begins else ends + DAY_MINUTES)

    def wanted(self) -> Wanted:
        value = self.cleaned_data
        return Wanted(value["is_on"], value["text"], value["closed_on_holidays"], value["spans"], value["closed"])

    def preview(self) -> Week:
        value = self.cleaned_data
        return Week(value["spans"], frozenset(day for day, _name in value["closed"]), value["closed_on_holidays"])


def _clock(weekday: int, span: int, part: str) -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time", "aria-label": _aria(weekday, span, part)}, format="%H:%M")


def _aria(weekday: int, span: int, part: str) -> str:
    words = _("開始") if part == "opens" else _("終了")
    return _("%(day)s %(n)dつ目の%(part)s") % {"day": DAYS[weekday], "n": span, "part": words}


def _name(weekday: int, span: int, part: str) -> str:
    return f"day{weekday}_{part}{span}"


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def _time(minutes: int) -> time:
    minutes %= DAY_MINUTES
    return time(minutes // 60, minutes % 60)


def _initial(setting: AfterHours | None) -> dict[str, Any]:
    """What is set; before anything is, 9:00 to 18:00 from Monday to Friday as a proposal."""
    if setting is None:
        proposed = {
            _name(weekday, 1, part): at
            for weekday in range(5)
            for part, at in (("opens", time(9)), ("closes", time(18)))
        }
        return {"is_on": True, "closed_on_holidays": True, **proposed}
    values: dict[str, Any] = {
        "is_on": setting.is_on,
        "closed_on_holidays": setting.closed_on_holidays,
        "text": setting.text,
        "closed": "\n".join(f"{row.day:%Y/%m/%d} {row.name}".strip() for row in setting.closed_days.order_by("day")),
    }
    used: dict[int, int] = {}
    for row in setting.hours.order_by("weekday", "opens"):
        used[row.weekday] = span = used.get(row.weekday, 0) + 1
        values[_name(row.weekday, span, "opens")] = _time(row.opens)
        values[_name(row.weekday, span, "closes")] = _time(row.closes)
    return values
