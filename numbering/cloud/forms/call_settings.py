"""What a number does with calls that nobody takes: 留守番電話 and 転送."""

from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator, validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.cloud.models import Forwarding, Voicemail
from numbering.cloud.services import forwarding, voicemail
from selfcare import phones, text
from selfcare.accounts.services.addresses import LONGEST


def _validate_address(typed: str) -> None:
    validate_email(typed)
    MaxLengthValidator(LONGEST)(typed)


def _seconds(choices: tuple[int, ...]) -> list[tuple[int, Any]]:
    """Each with how many rings that is, about."""
    rings = [(one, one // voicemail.RING_SECONDS) for one in choices]
    return [(one, _("%(seconds)d秒（呼び出し音 約%(rings)d回）") % {"seconds": one, "rings": n}) for one, n in rings]


class VoicemailForm(forms.Form):
    is_on = forms.BooleanField(label=gettext_lazy("留守番電話で応答する"), required=False)
    after_seconds = forms.TypedChoiceField(label=gettext_lazy("応答するまでの時間"), coerce=int)
    greeting = forms.CharField(
        label=gettext_lazy("応答メッセージ"),
        help_text=gettext_lazy("300文字まで。この文章を読み上げ、続けて録音を始めます。"),
        widget=forms.Textarea(attrs={"rows": "4"}),
        max_length=300,
        error_messages={"required": gettext_lazy("応答メッセージを入力してください。")},
    )
    addresses = forms.CharField(
        label=gettext_lazy("通知先メールアドレス"),
        help_text=gettext_lazy("録音があったことをお知らせします。1行に1つ、5つまで。空欄のときは通知しません。"),
        widget=forms.Textarea(attrs={"rows": "3", "autocomplete": "off"}),
        max_length=1500,
        required=False,
    )

    def __init__(self, *args: Any, setting: Voicemail | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["after_seconds"].choices = _seconds((5, 10, 15, 20, 30, 45, 60))  # type: ignore[attr-defined]
        self.initial.update(
            {
                "is_on": setting.is_on if setting else True,
                "after_seconds": setting.after_seconds if setting else 20,
                "greeting": setting.greeting
                if setting
                else _("ただいま電話に出ることができません。発信音の後に、お名前とご用件をお話しください。"),
                "addresses": "\n".join(setting.addresses) if setting else "",
            }
        )

    def clean_addresses(self) -> list[str]:
        typed = self.cleaned_data["addresses"].replace(",", "\n").replace("、", "\n").splitlines()
        found = list(dict.fromkeys(text.normalize_identifier(one) for one in typed if one.strip()))
        for one in found:
            try:
                _validate_address(one)
            except forms.ValidationError:
                raise forms.ValidationError(
                    _("「%(address)s」はメールアドレスの形ではありません。") % {"address": one[:60]}
                ) from None
        if len(found) > voicemail.MOST_ADDRESSES:
            raise forms.ValidationError(_("通知先は%(most)d件までです。") % {"most": voicemail.MOST_ADDRESSES})
        return found

    def wanted(self) -> voicemail.Wanted:
        value = self.cleaned_data
        return voicemail.Wanted(value["is_on"], value["after_seconds"], value["greeting"], value["addresses"])


class ForwardingForm(forms.Form):
    """A target for each case; an empty one: not forwarded."""

    def __init__(self, *args: Any, targets: dict[str, forwarding.Target], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for case in Forwarding.When:
            self.fields[case.value] = forms.CharField(
                label=case.label,
                required=False,
                max_length=30,
                widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "off"}),
                help_text=_HELP[case],
            )
            known = targets.get(case.value)
            self.initial[case.value] = phones.display(known.digits) if known else ""
        no_answer = targets.get(Forwarding.When.NO_ANSWER)
        self.fields["after_seconds"] = forms.TypedChoiceField(
            label=_("応答がないときの、転送するまでの時間"), coerce=int, choices=_seconds(forwarding.SECONDS)
        )
        self.initial["after_seconds"] = no_answer.after_seconds if no_answer else 20

    def clean(self) -> dict[str, Any]:
        """Digits for what was typed; each case says by itself what is wrong with it."""
        cleaned = super().clean() or {}
        for case in Forwarding.When.values:
            typed = (cleaned.get(case) or "").strip()
            if not typed:
                cleaned[case] = ""
                continue
            try:
                cleaned[case] = forwarding.digits_of(typed)
            except ValueError as error:
                self.add_error(case, str(error))
        return cleaned

    def targets(self) -> dict[str, forwarding.Target]:
        value = self.cleaned_data
        seconds = {Forwarding.When.NO_ANSWER: value["after_seconds"]}
        cases = (Forwarding.When(case) for case in Forwarding.When.values if value[case])
        return {case.value: forwarding.Target(value[case], seconds.get(case)) for case in cases}


_HELP = {
    Forwarding.When.ALWAYS: gettext_lazy("この番号の電話機やアプリは鳴りません。ほかの設定より優先します。"),
    Forwarding.When.NO_ANSWER: gettext_lazy("下で選んだ時間だけ呼び出してから転送します。"),
    Forwarding.When.BUSY: gettext_lazy("鳴らす端末がすべて通話中のときに転送します。"),
    Forwarding.When.LOGGED_OUT: gettext_lazy("鳴らす端末が1台もログインしていないときに転送します。"),
}
