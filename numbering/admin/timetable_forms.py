"""The form of a new timetable: service, day, and one row per interval."""

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering import reflections
from numbering.models import Service
from numbering.services import timetables
from numbering.services.timetables import TimetableError
from selfcare import text
from selfcare.calendar import DAY_MINUTES, Slot, SlotError, Slots

if TYPE_CHECKING:
    AnyFormSet = forms.BaseFormSet["IntervalForm"]
else:
    AnyFormSet = forms.BaseFormSet

#: Half-hours all day long.
MOST_ROWS = 48
#: Empty rows below the filled ones, and as many more with every press of the button.
SPARE_ROWS = 4
_CLOCK_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


class ClockTime(forms.CharField):
    """`HH:MM` as minutes of the day; full-width digits and colon count. None when empty."""

    def __init__(self, **options: Any) -> None:
        attrs = {"size": 6, "placeholder": "00:00", "autocomplete": "off"}
        super().__init__(required=False, max_length=10, widget=forms.TextInput(attrs=attrs), **options)

    def clean(self, value: Any) -> Any:
        typed = text.to_halfwidth_digits(super().clean(value)).replace("：", ":")
        found = _CLOCK_TIME.fullmatch(typed)
        if typed and not found:
            raise ValidationError(_("00:00から23:59までの時刻をHH:MMの形で入力してください。"))
        return int(found[1]) * 60 + int(found[2]) if found else None


class IntervalForm(forms.Form):
    starts = ClockTime(label=gettext_lazy("開始"))
    reflected = ClockTime(label=gettext_lazy("反映"))
    next_day = forms.BooleanField(label=gettext_lazy("翌日"), required=False)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if not self.errors and self.is_filled:
            for name in ("starts", "reflected"):
                if data[name] is None:
                    self.add_error(name, _("時刻を入力してください。"))
        return data

    @property
    def is_filled(self) -> bool:
        """An empty row between others is passed over."""
        data = self.cleaned_data
        return data.get("starts") is not None or data.get("reflected") is not None or bool(data.get("next_day"))

    def slot(self) -> Slot:
        data = self.cleaned_data
        return Slot(data["starts"], data["reflected"] + (DAY_MINUTES if data["next_day"] else 0))


class Intervals(AnyFormSet):
    """The rows, and the timetable that they make."""

    slots = Slots()

    def add_fields(self, form: IntervalForm, index: int | None) -> None:
        """Every field says its row aloud: the column's heading is not the field's label."""
        super().add_fields(form, index)
        for field in form.fields.values():
            field.widget.attrs["aria-label"] = _("%(row)d行目の%(field)s") % {
                "row": (index or 0) + 1,
                "field": field.label,
            }

    def clean(self) -> None:
        if any(self.errors):
            return
        filled = [form for form in self.forms if form.is_filled]
        try:
            self.slots = Slots(tuple(form.slot() for form in filled))
        except SlotError as error:
            filled[error.index].add_error(error.field, str(error))
            raise ValidationError("") from error


class TimetableForm(forms.Form):
    service = forms.ChoiceField(label=gettext_lazy("サービス"), choices=Service.choices)
    valid_from = forms.DateField(
        label=gettext_lazy("適用開始日"),
        help_text=gettext_lazy("明日以降の日付。この日の00:00から適用します。"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    at_once = forms.BooleanField(
        label=gettext_lazy("すぐに反映する"),
        required=False,
        help_text=gettext_lazy("時間帯を設けず、変更をすぐに反映するときに選びます。"),
    )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if {"service", "valid_from"} <= data.keys():
            try:
                timetables.check(service=data["service"], valid_from=data["valid_from"])
            except TimetableError as error:
                self.add_error("valid_from", str(error))
        return data


class NewTimetable:
    """Both parts of the form as one. `slots` and `mark` once it is valid."""

    def __init__(self, data: QueryDict | None = None, *, service: str = "", slots: Slots | None = None) -> None:
        initial = rows_of(slots) if slots else []
        self.head = TimetableForm(data, initial={"service": service})
        self.rows = _form_set(len(initial))(data, initial=initial, prefix="rows")

    @classmethod
    def with_more_rows(cls, data: QueryDict) -> "NewTimetable":
        """The same as typed, judged by nobody, with more empty rows."""
        form = cls(data)
        names = ("starts", "reflected", "next_day")
        typed = [{name: data.get(row.add_prefix(name), "") for name in names} for row in form.rows.forms]
        form.head = TimetableForm(initial={name: data.get(name, "") for name in form.head.fields})
        form.rows = _form_set(len(typed))(initial=typed, prefix="rows")
        return form

    def is_valid(self) -> bool:
        if not all([self.head.is_valid(), self.rows.is_valid()]):
            return False
        if self.head.cleaned_data["at_once"] and self.slots.entries:
            self.head.add_error("at_once", _("時間帯をすべて消すか、チェックを外してください。"))
        elif not self.head.cleaned_data["at_once"] and not self.slots.entries:
            self.head.add_error(None, _("時間帯を入力するか、「すぐに反映する」を選んでください。"))
        return self.head.is_valid()

    @property
    def slots(self) -> Slots:
        return self.rows.slots

    @property
    def mark(self) -> str:
        """What the preview showed: only exactly that is published."""
        data = self.head.cleaned_data
        entries = ",".join(f"{slot.starts}-{slot.reflected}" for slot in self.slots.entries)
        return f"{data['service']} {data['valid_from']} {entries}"


def rows_of(slots: Slots) -> list[dict[str, Any]]:
    """A timetable as the rows show it."""
    return [
        {
            "starts": reflections.clock_time(slot.starts),
            "reflected": reflections.clock_time(slot.reflected % DAY_MINUTES),
            "next_day": slot.reflected >= DAY_MINUTES,
        }
        for slot in slots.entries
    ]


def _form_set(filled: int) -> type[Intervals]:
    made: Any = forms.formset_factory(
        IntervalForm,
        formset=Intervals,
        extra=min(SPARE_ROWS, MOST_ROWS - filled),
        max_num=MOST_ROWS,
        absolute_max=MOST_ROWS,
        validate_max=True,
    )
    return made  # type: ignore[no-any-return]
