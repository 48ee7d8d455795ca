"""The assistant's two pages: what to keep and when, and the first of the two confirmations."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import Http404
from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.services import NoTariff, cloud_prices
from numbering.cloud.models import CloudId, CloudNumber, Stage, Use
from numbering.cloud.services import charges, scheme
from selfcare import calendar, clock, text
from selfcare.orders.procedures import OrderForm, Row, subject_of

#: How far ahead a switch can be booked, in days.
LATEST = 90


def plan_of(order: Any) -> scheme.Plan:
    """What the draft or order says of the rows as they are now; read once for each order object and its data."""
    ends = (tuple(order.data.get("end_numbers", ())), tuple(order.data.get("end_ids", ())))
    known = getattr(order, "_scheme_plan", None)
    if known is None or known[0] != ends:
        contract = subject_of(order)
        if not hasattr(contract, "cloud"):
            raise Http404("no cloud phone contract")
        order._scheme_plan = (ends, scheme.plans({contract.cloud: ends})[0])
    plan: scheme.Plan = order._scheme_plan[1]
    return plan


def number_words(plan: scheme.Plan, row: CloudNumber) -> str:
    """The number with what tells it from the others: its name, what it is for."""
    told = [row.label] if row.label else []
    if row.pk == plan.cloud.representative_id:
        told.append(_("代表番号"))
    if row.use == Use.FAX:
        told.append(str(Use.FAX.label))
    return _("%(number)s（%(told)s）") % {"number": row, "told": _("・").join(told)} if told else str(row)


def id_words(row: CloudId) -> str:
    told = [row.label] if row.label else []
    if row.has_desk_phone:
        told.append(_("固定型IP電話機"))
    return (
        _("%(number)s（%(told)s）") % {"number": row.login_name, "told": _("・").join(told)} if told else row.login_name
    )


class KeepForm(OrderForm):
    numbers = forms.MultipleChoiceField(
        label=gettext_lazy("継続する電話番号"),
        help_text=gettext_lazy(
            "チェックを外した番号は切替のときに利用終了となり、元に戻せません。代表番号は外せません。"
        ),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("継続する電話番号を1つ以上選んでください。")},
    )
    ids = forms.MultipleChoiceField(
        label=gettext_lazy("継続するID"),
        help_text=gettext_lazy("チェックを外したIDは切替のときに利用終了となり、元に戻せません。"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("継続するIDを1つ以上選んでください。")},
    )
    day = forms.DateField(
        label=gettext_lazy("切替日"),
        help_text=gettext_lazy("この日の午前0:00に切り替わります。明日から90日先まで選べます。"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plan = plan_of(self.order)
        held = self.plan.held
        numbers = [(str(row.pk), number_words(self.plan, row)) for row in held.numbers]
        ids = [(str(row.pk), id_words(row)) for row in held.ids]
        self.fields["numbers"].choices, self.fields["ids"].choices = numbers, ids  # type: ignore[attr-defined]
        today = calendar.today(clock.now())
        self.days = today + calendar.ONE_DAY, today + timedelta(days=LATEST)
        self.fields["day"].widget.attrs |= {"min": self.days[0].isoformat(), "max": self.days[1].isoformat()}
        self.initial.setdefault("numbers", [key for key, _words in numbers])
        self.initial.setdefault("ids", [key for key, _words in ids])
        self.initial.setdefault("day", self.days[0])

    def clean_day(self) -> str:
        day: date = self.cleaned_data["day"]
        first, last = self.days
        if not first <= day <= last:
            raise forms.ValidationError(
                _("切替日は、%(first)s から %(last)s までの日付にしてください。")
                % {"first": words(first), "last": words(last)}
            )
        return day.isoformat()

    def clean_numbers(self) -> list[str]:
        kept: list[str] = self.cleaned_data["numbers"]
        held = self.plan.held.numbers
        if str(self.plan.cloud.representative_id) not in kept:
            raise forms.ValidationError(
                _("代表番号は切替後も変わらないため、外せません。代表番号にチェックを付けてください。")
            )
        if not any(row.use == Use.VOICE and str(row.pk) in kept for row in held):
            raise forms.ValidationError(_("音声の番号を1つ以上継続してください。"))
        return kept

    def clean(self) -> dict[str, Any]:
        """What ends is kept beside what stays: what comes to the contract later is on neither list, and stays."""
        cleaned = {**(super().clean() or {})}
        held = self.plan.held
        cleaned["end_numbers"] = [row.pk for row in held.numbers if str(row.pk) not in cleaned.get("numbers", ())]
        cleaned["end_ids"] = [row.pk for row in held.ids if str(row.pk) not in cleaned.get("ids", ())]
        return cleaned


class UnderstoodForm(OrderForm):
    """The first confirmation. The engine's confirm page is the second one."""

    understood = forms.BooleanField(
        label=gettext_lazy("新方式への切替は元に戻せないこと、ログインIDが変わることを確認しました"),
        error_messages={"required": gettext_lazy("内容をお確かめのうえ、チェックを付けてください。")},
    )
    typed = forms.CharField(
        label=gettext_lazy("確認のための入力"),
        max_length=10,
        widget=forms.TextInput(attrs={"autocomplete": "off", "size": "10"}),
        error_messages={"required": gettext_lazy("「切替」と入力してください。")},
        help_text=gettext_lazy("「切替」と入力してください。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Asked anew each time: a confirmation that is filled in already is none.
        self.initial = {}
        self.plan = plan_of(self.order)

    def rows(self) -> list[Row]:
        """What the switch does, as the confirm page will say it; without what that page says of money."""
        return self.order.handler.summary(self.order)

    def costs(self) -> scheme.Costs | None:
        """Item by item, before and after; None where a price is missing."""
        try:
            return scheme.costs(self.plan, cloud_prices(on=calendar.today(clock.now())))
        except NoTariff:
            return None

    def begins(self) -> date | None:
        """The first day on which shared numbers cost something; None in a trial."""
        if self.plan.cloud.stage == Stage.TRIAL:
            return None
        return charges.next_period(date.fromisoformat(self.order.data["day"]))

    def clean_typed(self) -> str:
        if text.normalize_identifier(self.cleaned_data["typed"]) != "切替":
            raise forms.ValidationError(_("「切替」と入力してください。"))
        return "切替"


def words(day: date) -> str:
    return dateformat.format(day, _("Y年n月j日(D)"))
