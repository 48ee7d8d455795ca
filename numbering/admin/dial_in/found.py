"""Form fields that find a contract or a voice group by what operators have at hand; and days to choose."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.dial_in.models import VoiceGroup
from selfcare import text
from selfcare.accounts.models import Contract


class VoiceContractOwnerField(forms.CharField):
    """An IP Voice contract that has not ended, by its number, whole."""

    def __init__(self, **kwargs: Any) -> None:
        told = {"label": gettext_lazy("契約"), "help_text": gettext_lazy("IP Voiceの契約番号を、省略せずに入力")}
        super().__init__(**{"max_length": 40, **told, **kwargs})

    def clean(self, value: Any) -> Contract | None:
        typed = text.normalize_identifier(super().clean(value))
        if not typed and not self.required:
            return None
        found = Contract.objects.filter(number=typed, kind=Contract.Kind.IP_VOICE).first()
        if found is None:
            raise forms.ValidationError(_("この番号のIP Voiceの契約はありません。"))
        if found.state != Contract.State.ACTIVE:
            raise forms.ValidationError(_("この契約は終了しています。"))
        return found

    def prepare_value(self, value: Any) -> Any:
        return value.number if isinstance(value, Contract) else value


class VoiceGroupField(forms.CharField):
    """A voice group by its code, whole."""

    def __init__(self, **kwargs: Any) -> None:
        told = {
            "label": gettext_lazy("音声グループ"),
            "help_text": gettext_lazy("音声グループIDを、省略せずに入力"),
        }
        super().__init__(**{"max_length": 40, **told, **kwargs})

    def clean(self, value: Any) -> VoiceGroup:
        typed = text.normalize_identifier(super().clean(value)).upper()
        found: VoiceGroup | None = VoiceGroup.objects.select_related("contract").filter(code=typed).first()
        if found is None:
            raise forms.ValidationError(_("このIDの音声グループはありません。"))
        return found

    def prepare_value(self, value: Any) -> Any:
        return value.code if isinstance(value, VoiceGroup) else value


def day_field(label: Any, **kwargs: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **kwargs)
