"""What is typed for numbers that come and go."""

import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lines import rules
from lines.models import Line, PortIn
from selfcare import calendar, clock, text
from selfcare.orders.procedures import OrderForm, subject_of

#: Full-width characters of a name, as carriers' forms take them.
LONGEST_NAME = 60


class _DayField(forms.DateField):
    """A day as people write it, digits of any width."""

    def to_python(self, value: Any) -> datetime.date | None:
        return super().to_python(text.normalize_identifier(value) if isinstance(value, str) else value)


class PortInForm(OrderForm):
    date = _DayField(
        label=gettext_lazy("開通希望日"),
        help_text=gettext_lazy("MNP予約番号の有効期限まで指定できます。この日が利用開始日となります。"),
        input_formats=["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first, last = self._days()
        self.fields["date"].initial = first
        self.fields["date"].widget.attrs["min"] = first.isoformat()
        if last is not None:
            self.fields["date"].widget.attrs["max"] = last.isoformat()

    def _days(self) -> tuple[datetime.date, datetime.date | None]:
        """From the day on which the order will be accepted to the reservation's last one."""
        if "first" not in self.shared:
            self.shared["first"] = calendar.today(self.order.handler.hours().next_opening(clock.now()))
            waiting = PortIn.objects.filter(customer_id=self.order.customer_id, state=PortIn.State.WAITING)
            self.shared["lasts"] = dict(waiting.values_list("line_id", "expires_on"))
        line: Line | None = subject_of(self.order)
        last: datetime.date | None = self.shared["lasts"].get(line.pk) if line else None
        return self.shared["first"], last

    def clean_date(self) -> str:
        day: datetime.date = self.cleaned_data["date"]
        first, last = self._days()
        if day < first or (last is not None and day > last):
            raise forms.ValidationError(outside(first, last))
        return day.isoformat()


def outside(first: datetime.date, last: datetime.date | None) -> str:
    """What is said of a day that cannot be had; `last` may be before `first`."""
    if last is None:
        return _("開通希望日は、%(first)s 以降の日付にしてください。") % {"first": rules.day(first)}
    return _("開通希望日は、%(first)s からMNP予約番号の有効期限の %(last)s までの日付にしてください。") % {
        "first": rules.day(first),
        "last": rules.day(last),
    }


class PortOutForm(OrderForm):
    name = forms.CharField(
        label=gettext_lazy("ご契約名義"),
        help_text=gettext_lazy(
            "転入先の事業者でご契約になる法人の名称と同じ名称を、すべて全角で入力してください（株式会社なども含みます）。"
            "個人の氏名では転出できません。"
        ),
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    kana = forms.CharField(
        label=gettext_lazy("ご契約名義（カナ）"),
        help_text=gettext_lazy("法人名のフリガナを、全角カタカナで入力してください。"),
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("性別・区分"),
        help_text=gettext_lazy(
            "法人のご契約のため「法人」で手続きします。転入先でも「法人」を選んでください。生年月日は不要です。"
        ),
        choices=[("corporate", gettext_lazy("法人"))],
        initial="corporate",
        disabled=True,
    )

    def clean_name(self) -> str:
        """Half width is put right where there is a full-width form; what has none is refused."""
        name = _one_line(text.to_fullwidth(self.cleaned_data["name"]))
        if not text.is_fullwidth(name):
            raise forms.ValidationError(_("すべて全角で入力してください。全角にできない文字が含まれています。"))
        return _bounded(name)

    def clean_kana(self) -> str:
        try:
            kana = text.kana(self.cleaned_data["kana"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None
        return _bounded(_one_line(text.to_fullwidth(kana)))


def _one_line(name: str) -> str:
    """One full-width space where there were several, of any kind."""
    return "\u3000".join(name.split())


def _bounded(name: str) -> str:
    if len(name) > LONGEST_NAME:
        raise forms.ValidationError(_("%(longest)d文字以内で入力してください。") % {"longest": LONGEST_NAME})
    return name
