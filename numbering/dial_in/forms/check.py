"""The guided check's forms: which voice contract, and what only the customer knows."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.dial_in.contents import MANY
from numbering.dial_in.eligibility import Asked, Facts
from numbering.dial_in.models import VoiceContract, VoiceGroup
from selfcare import phones

YES, NO = "yes", "no"
_CHOOSE = ("", gettext_lazy("選んでください"))

_LABELS = {
    Asked.WANTS_0ABJ: gettext_lazy("0ABJ番号（03、06などで始まる番号）を追加しますか？"),
    Asked.PORTABILITY: gettext_lazy("他社でご利用中の番号を引き継ぎますか？（番号ポータビリティ）"),
    Asked.TARGETS: gettext_lazy("追加する番号で、特定番号通知または転送先特定番号を利用しますか？"),
    Asked.OVER_MANY: gettext_lazy("1つの代表（基本契約番号）で1,000番号を超えますか？"),
}
_HELP = {
    Asked.WANTS_0ABJ: gettext_lazy("050番号だけを追加するときは「いいえ」を選んでください。"),
    Asked.TARGETS: gettext_lazy(
        "特定番号通知は、発信のときに別の番号を相手に表示する機能です。転送先特定番号は、着信を転送する番号を決める機能です。"
    ),
}


class ContractForm(forms.Form):
    """A voice group, and one of its voice contracts; the second field comes with the group."""

    group = forms.ChoiceField(label=gettext_lazy("音声グループ"), required=False)
    contract = forms.ChoiceField(label=gettext_lazy("音声契約"), required=False)

    def __init__(
        self,
        *args: Any,
        groups: Sequence[VoiceGroup],
        voice_contracts: Iterable[VoiceContract],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group"].choices = [_CHOOSE, *((str(one.pk), str(one)) for one in groups)]  # type: ignore[attr-defined]
        rows = [(one.number, f"{one} {one.get_service_type_display()}") for one in voice_contracts]
        if rows:
            self.fields["contract"].choices = [_CHOOSE, *rows]  # type: ignore[attr-defined]
        else:
            del self.fields["contract"]


class AnswersForm(forms.Form):
    """The questions that the portal cannot answer itself for this voice contract."""

    def __init__(self, *args: Any, asked: Sequence[Asked], fullest: tuple[str, int] | None, **kwargs: Any) -> None:
        """`fullest`: digits of the base number with most dial-in numbers, and how many they are."""
        super().__init__(*args, **kwargs)
        for name in asked:
            self.fields[name.value] = forms.ChoiceField(
                label=_LABELS[name],
                help_text=_many(fullest) if name is Asked.OVER_MANY else _HELP.get(name, ""),
                choices=[(YES, gettext_lazy("はい")), (NO, gettext_lazy("いいえ"))],
                widget=forms.RadioSelect,
                error_messages={"required": gettext_lazy("「はい」か「いいえ」を選んでください。")},
            )

    def answered(self, known: Facts) -> Facts:
        """What is known with what was answered; of a valid form everything that was asked."""
        said = {name: value == YES for name, value in self.cleaned_data.items()}
        return replace(
            known,
            wants_0abj=said.get(Asked.WANTS_0ABJ),
            portability=said.get(Asked.PORTABILITY),
            targets=said.get(Asked.TARGETS),
            over_many=said.get(Asked.OVER_MANY),
        )


def _many(fullest: tuple[str, int] | None) -> str:
    text = _("すでにある番号と合わせて数えます。")
    if fullest is None or not fullest[1]:
        return text
    return text + _("いま最も多い代表は %(base)s の%(count)s番号で、あと%(left)s番号までです。") % {
        "base": phones.display(fullest[0]),
        "count": f"{fullest[1]:,}",
        "left": f"{max(0, MANY - fullest[1]):,}",
    }
