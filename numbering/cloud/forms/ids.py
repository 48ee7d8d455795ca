"""The forms of 番号ID設定: an ID's settings and password, a number's settings."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.cloud.models import CloudId, CloudNumber, Use
from numbering.cloud.services import ids

_LABEL = gettext_lazy("「受付」「花子の携帯」など、お客様の中でわかる名前を付けられます。")


def _label_field() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("名前"),
        max_length=40,
        required=False,
        help_text=_LABEL,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


def _named(number: CloudNumber) -> str:
    use = _("（FAX）") if number.use == Use.FAX else ""
    return f"{number}{use} {number.label}".strip()


class IdForm(forms.Form):
    label = _label_field()
    numbers = forms.MultipleChoiceField(
        label=gettext_lazy("着信する番号"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "チェックした番号に電話がかかると、このIDでログインしている端末が鳴ります。同じ番号を複数のIDで同時に鳴らせます。"
            "FAX番号は、このIDで送受信できるようになります。"
        ),
    )
    outgoing = forms.ChoiceField(
        label=gettext_lazy("発信番号"),
        help_text=gettext_lazy("このIDから電話をかけたとき、相手に表示される番号です。"),
    )

    def __init__(self, *args: Any, cloud_id: CloudId, numbers: list[CloudNumber], **kwargs: Any) -> None:
        """`numbers`: the contract's live ones, each with `rings_here`."""
        self._numbers = {str(one.pk): one for one in numbers}
        rings = [key for key, one in self._numbers.items() if one.rings_here]  # type: ignore[attr-defined]
        initial = {"label": cloud_id.label, "numbers": rings, "outgoing": str(cloud_id.outgoing_id or "")}
        super().__init__(*args, **{"initial": initial, **kwargs})
        self.fields["numbers"].choices = [(key, _named(one)) for key, one in self._numbers.items()]  # type: ignore[attr-defined]
        voice = [(key, _named(one)) for key, one in self._numbers.items() if one.use == Use.VOICE]
        unset = [] if cloud_id.outgoing_id else [("", _("選んでください"))]
        self.fields["outgoing"].choices = unset + voice  # type: ignore[attr-defined]

    def clean_label(self) -> str:
        return " ".join(self.cleaned_data["label"].split())

    def clean_numbers(self) -> list[CloudNumber]:
        return [self._numbers[key] for key in self.cleaned_data["numbers"]]

    def clean_outgoing(self) -> CloudNumber | None:
        return self._numbers.get(self.cleaned_data["outgoing"])


class PasswordForm(forms.Form):
    how = forms.ChoiceField(
        label=gettext_lazy("決め方"),
        choices=[
            ("generated", gettext_lazy("自動で作る（おすすめ）")),
            ("typed", gettext_lazy("自分で決める")),
        ],
        initial="generated",
        widget=forms.RadioSelect,
    )
    password = forms.CharField(
        label=gettext_lazy("新しいパスワード"),
        required=False,
        strip=False,
        max_length=200,
        help_text=gettext_lazy("自分で決めるときだけ入力します。半角の英字・数字・記号で、10文字から64文字まで。"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "spellcheck": "false"}),
    )
    log_out = forms.BooleanField(
        label=gettext_lazy("ログイン中の端末をすべてログアウトさせる"),
        required=False,
        help_text=gettext_lazy(
            "端末をなくしたときや、パスワードを知られたときに選びます。選ばなければ、ログイン中の端末はそのまま使えます。"
        ),
    )

    def __init__(self, *args: Any, cloud_id: CloudId, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._cloud_id = cloud_id

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("how") != "typed":
            return {**values, "password": ""}
        if not values.get("password"):
            self.add_error("password", _("新しいパスワードを入力してください。"))
            return values
        try:
            ids.check_password(cloud_id=self._cloud_id, password=values["password"])
        except ValidationError as refused:
            self.add_error("password", refused)
        return values


class NumberForm(forms.Form):
    label = _label_field()
    ids = forms.MultipleChoiceField(
        label=gettext_lazy("着信するID"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, number: CloudNumber, ids: list[CloudId], **kwargs: Any) -> None:
        """`ids`: the contract's live ones, each with `rings_here`."""
        self._ids = {str(one.pk): one for one in ids}
        chosen = [key for key, one in self._ids.items() if one.rings_here]  # type: ignore[attr-defined]
        super().__init__(*args, **{"initial": {"label": number.label, "ids": chosen}, **kwargs})
        field = self.fields["ids"]
        field.choices = [(key, f"{one.login_name} {one.label}".strip()) for key, one in self._ids.items()]  # type: ignore[attr-defined]
        if number.use == Use.FAX:
            field.label, field.required = _("このFAX番号を使うID"), True
            field.error_messages["required"] = _("FAX番号を使うIDを、1つ以上選んでください。")
            field.help_text = _(
                "選んだIDのアプリで、このFAX番号を使えます。パソコンからは、IDの選択にかかわらず、ご契約の利用者全員が「クラウドFAX」の画面を使えます。"
            )
        else:
            field.help_text = _(
                "選んだIDの端末が同時に鳴ります。1つも選ばないと、この番号への電話はどの端末も鳴りません。"
            )

    def clean_label(self) -> str:
        return " ".join(self.cleaned_data["label"].split())

    def clean_ids(self) -> list[CloudId]:
        return [self._ids[key] for key in self.cleaned_data["ids"]]
