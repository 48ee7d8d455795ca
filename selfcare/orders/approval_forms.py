"""The forms of 二者承認: the rule, and why something is refused."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from selfcare import text
from selfcare.accounts.models import Role
from selfcare.orders.services import approval_rules
from selfcare.orders.services.approval_rules import Wanted
from selfcare.orders.services.approving import LONGEST_REASON

#: Larger numbers are no limits any more.
_MOST = 999_999_999


def _number(label: Any, unit: Any, help_text: Any) -> forms.CharField:
    found = forms.CharField(
        label=label,
        help_text=help_text,
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "size": "12"}),
    )
    found.unit = unit  # type: ignore[attr-defined]
    return found


class RuleForm(forms.Form):
    is_on = forms.BooleanField(label=gettext_lazy("承認を使う"), required=False)
    finals = forms.BooleanField(label=gettext_lazy("元に戻せない手続き（解約、MNP転出など）"), required=False)
    over_count = _number(
        gettext_lazy("この数を超える番号・回線のお申し込み"),
        pgettext_lazy("unit", "件を超える"),
        gettext_lazy("空欄にすると、数では承認を求めません。"),
    )
    over_yen = _number(
        gettext_lazy("この金額を超えるお申し込み（増える月額と一時費用の合計、税抜）"),
        pgettext_lazy("unit", "円を超える"),
        gettext_lazy("空欄にすると、金額では承認を求めません。"),
    )
    procedures = forms.MultipleChoiceField(
        label=gettext_lazy("いつも承認が必要な手続き"),
        required=False,
        choices=approval_rules.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    approvers = forms.ChoiceField(
        label=gettext_lazy("承認する人"),
        choices=[(Role.MEMBER.value, gettext_lazy("担当者と管理者")), (Role.OWNER.value, gettext_lazy("管理者"))],
        widget=forms.RadioSelect,
    )

    def clean_over_count(self) -> int | None:
        return self._whole("over_count")

    def clean_over_yen(self) -> int | None:
        return self._whole("over_yen")

    def _whole(self, name: str) -> int | None:
        typed = self.cleaned_data[name].replace(",", "").strip()
        if not typed:
            return None
        try:
            found = text.parse_count(typed)
        except ValueError:
            found = -1
        if not 0 <= found <= _MOST:
            raise forms.ValidationError(_("0以上の整数で入力してください。"))
        return found

    @property
    def wanted(self) -> Wanted:
        data = self.cleaned_data
        return Wanted(**{**data, "procedures": sorted(data["procedures"])})


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("却下の理由"),
        help_text=gettext_lazy("申込者に伝わり、お申し込みの画面に残ります。500文字まで。"),
        max_length=LONGEST_REASON,
        error_messages={"required": gettext_lazy("却下の理由を入力してください。申込者に伝わります。")},
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
    )
