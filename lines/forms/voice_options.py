"""The form of 音声オプション変更 (spec 4): what the line's carrier and plan have, a new PIN, and from when."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lines import forwarding, items, options, rules, voice_rules
from lines.models import Line, Plan
from lines.options import Kind, VoiceOption
from lines.services import catalogue, voice_options
from lines.voice_rules import FIRST, FLAT_RATE, TODAY
from selfcare import calendar, clock, money, phones, text
from selfcare.orders.procedures import OrderForm, subject_of

_PIN = re.compile(r"[0-9]{4}")


class VoiceOptionsForm(OrderForm):
    """One field per option, under the option's code; one that is left empty stays as it is.

    Cleaned: day (today|first), options (what changes, by code; None takes away), has_pin. Secret: pin.
    """

    secret = ("pin",)

    pin = forms.CharField(
        label=gettext_lazy("ネットワーク暗証番号"),
        help_text=gettext_lazy(
            "変更するときだけ、新しい番号を数字4桁で入力してください（空欄なら変わりません）。初期値は1234です。"
            "誕生日など推測されやすい番号は避けてください。入力した番号は、この後の画面やメールには表示されません。"
        ),
        required=False,
        max_length=20,
        widget=forms.PasswordInput(attrs={"inputmode": "numeric", "autocomplete": "off", "size": "6"}),
    )
    day = forms.ChoiceField(
        label=gettext_lazy("適用日"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("適用日を選んでください。")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        drafted = {**kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.line: Line = subject_of(self.order)
        # One for all rows of a file.
        self.order._catalogue = self.shared.setdefault("catalogue", catalogue.of(self.order))
        self.first, self.begins = self._days()
        shown = {**self.line.options, **drafted.get("options", {})}
        fields = {name: self.fields.pop(name) for name in ("pin", "day")}
        for option in options.OPTIONS[self.line.carrier]:
            self._add(option, shown)
        self.fields |= fields
        day = self.fields["day"]
        day.choices = self._day_choices()  # type: ignore[attr-defined]
        day.initial = FIRST if self.held_flat_rate else TODAY
        if self.held_flat_rate:
            day.help_text = _(
                "通話定額を変更・解除するときは、%(day)sからだけです。ほかのオプションを今日から変更したいときは、"
                "通話定額とは別にお申し込みください。"
            ) % {"day": rules.day(self.first)}

    @property
    def held_flat_rate(self) -> str:
        return str(self.line.options.get(FLAT_RATE, ""))

    def _days(self) -> tuple[date, date]:
        """The 1st of next month, and today: both as of the moment in which the order will be accepted."""
        if "days" not in self.shared:
            accepted = self.order.handler.hours().next_opening(clock.now())
            self.shared["days"] = calendar.today(calendar.first_of_next_month(accepted)), calendar.today(accepted)
        days: tuple[date, date] = self.shared["days"]
        return days

    def _day_choices(self) -> list[tuple[str, str]]:
        if "day_choices" not in self.shared:
            self.shared["day_choices"] = [
                (TODAY, _("%(day)s（受付後1時間以内）") % {"day": rules.day(self.begins)}),
                (FIRST, _("%(day)s 0:00 から") % {"day": rules.day(self.first)}),
            ]
        choices: list[tuple[str, str]] = self.shared["day_choices"]
        return choices

    def _plans(self) -> list[Plan]:
        """Of the line now, and of the 1st."""
        found = (voice_options.plan_at(self.order, self.line, day) for day in (None, self.first))
        return [plan for plan in found if plan is not None]

    def _add(self, option: VoiceOption, shown: Mapping[str, Any]) -> None:
        """The option's field, if the line has it or can have it."""
        plans, held = self._plans(), self.line.options.get(option.code)
        if held is None and not any(option.code in plan.options for plan in plans):
            return
        rates = {rate for plan in plans for rate in plan.flat_rates} | ({str(held)} if held else set())
        can_be = self._offered(option, rates)
        self.fields[option.code] = forms.ChoiceField(
            label=option.label,
            help_text=option.note,
            choices=can_be,
            required=False,
            initial=options.as_typed(option, shown.get(option.code)),
            widget=forms.Select if option.kind is Kind.CAP else forms.RadioSelect,
        )
        if option.kind is Kind.FORWARDING:
            self.fields["forwarding_number"] = forms.CharField(
                label=_("転送先の電話番号"),
                help_text=_("国内の電話番号。例：03-1234-5678。転送先までの通話料は、この回線にかかります。"),
                required=False,
                max_length=40,
                initial=phones.display(shown.get(option.code) or held or ""),
                widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off", "size": "16"}),
            )

    def _offered(self, option: VoiceOption, rates: set[str]) -> list[tuple[str, str]]:
        """What can be chosen of it, with prices; made once for all rows of a file that have the same."""
        made = self.shared.setdefault("offered", {})
        key = (self.order.contract_id, self.line.carrier, option.code, frozenset(rates))
        if key not in made:
            made[key] = [(typed, self._priced(option, typed, words)) for typed, words in options.choices(option, rates)]
        offered: list[tuple[str, str]] = made[key]
        return offered

    def _priced(self, option: VoiceOption, typed: str, words: str) -> str:
        value = options.value_of(option, typed)
        if not option.has_fee or value is None:
            return words
        contract = catalogue.contract_of(self.order)
        fee = catalogue.of(self.order).fee(contract, items.option(option.code, value), self.begins)
        return _("%(choice)s（月額 %(fee)s）") % {"choice": words, "fee": money.yen(fee)}

    def clean_pin(self) -> str:
        typed = text.to_halfwidth_digits(self.cleaned_data["pin"]).strip()
        if typed and not _PIN.fullmatch(typed):
            raise forms.ValidationError(_("ネットワーク暗証番号は、数字4桁で入力してください。"))
        if typed and len(set(typed)) == 1:
            raise forms.ValidationError(
                _("同じ数字を4つ並べた暗証番号は、推測されやすいため使えません。別の番号にしてください。")
            )
        return typed

    def clean_forwarding_number(self) -> str:
        """Digits; the number that is no longer forwarded to is not looked at."""
        typed: str = self.cleaned_data["forwarding_number"]
        if not typed.strip():
            return ""
        if self.cleaned_data.get("call_forwarding") == options.OFF:
            if self.line.options.get("call_forwarding"):
                return ""
            raise forms.ValidationError(
                _("転送する場合は、転送電話を「あり」にしてください。転送しない場合は、この番号を消してください。")
            )
        try:
            digits = forwarding.normalize(typed)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None
        reason = forwarding.problem(digits, own=self.line.number)
        if reason:
            raise forms.ValidationError(reason)
        return digits

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        changes = voice_rules.effective(self.line.options, self._wished(typed))
        day, pin = typed.get("day", ""), typed.get("pin", "")
        reason = voice_rules.too_early(self.line.options, changes, day)
        if reason:
            self.add_error("day", reason)
        plan = voice_options.plan_at(self.order, self.line, self.first if day == FIRST else None)
        for code, text_ in voice_rules.not_offered(self.line.carrier, changes, plan).items():
            self.add_error(code, text_)
        self._refuse_unknown()
        # A line that has no options at all is told so by the procedure's check.
        if not self.errors and not changes and not pin and self.line.sim_kind == Line.SimKind.VOICE:
            raise forms.ValidationError(
                _("いまの内容から何も変わっていません。変更する項目を選ぶか、新しい暗証番号を入力してください。")
            )
        return {"day": day, "options": changes, "has_pin": bool(pin), "pin": pin}

    def _refuse_unknown(self) -> None:
        """What a file asks of a line that cannot have it is not passed over; the page has no such field."""
        if self.line.sim_kind != Line.SimKind.VOICE:
            return
        table = {option.code: option for some in options.OPTIONS.values() for option in some}
        for code, option in table.items():
            if code not in self.fields and self.data.get(code) not in (None, "", "0", options.OFF):
                self.add_error(None, _("この回線では、%(option)sを利用できません。") % {"option": option.label})

    def _wished(self, typed: Mapping[str, Any]) -> dict[str, Any]:
        """Every option that was said something about, with its value."""
        wished: dict[str, Any] = {}
        target = typed.get("forwarding_number", "")
        for option in options.OPTIONS[self.line.carrier]:
            chosen = typed.get(option.code, "")
            if option.kind is Kind.FORWARDING:
                # A number alone is meant.
                chosen = chosen or (options.ON if target else "")
                if chosen == options.ON and not target:
                    if "forwarding_number" not in self.errors:
                        self.add_error("forwarding_number", _("転送先の電話番号を入力してください。"))
                    continue
            if chosen:
                wished[option.code] = options.value_of(option, chosen, target=target)
        return wished
