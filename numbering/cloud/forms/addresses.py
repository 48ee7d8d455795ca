"""Fields of people's and companies' addresses, as they are typed in Japan."""

import re
import unicodedata
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from selfcare import phones, text

PREFECTURES = (
    "北海道", "青森県", "岩手県", "宮城県", "秋田県", "山形県", "福島県", "茨城県", "栃木県",
    "群馬県", "埼玉県", "千葉県", "東京都", "神奈川県", "新潟県", "富山県", "石川県", "福井県",
    "山梨県", "長野県", "岐阜県", "静岡県", "愛知県", "三重県", "滋賀県", "京都府", "大阪府",
    "兵庫県", "奈良県", "和歌山県", "鳥取県", "島根県", "岡山県", "広島県", "山口県", "徳島県",
    "香川県", "愛媛県", "高知県", "福岡県", "佐賀県", "長崎県", "熊本県", "大分県", "宮崎県",
    "鹿児島県", "沖縄県",
)  # fmt: skip


class PlainField(forms.CharField):
    """One line of text as it was written, without invisible characters; `shown` says what is missing when empty."""

    def __init__(self, *, needed: Any = None, autocomplete: str = "off", **kwargs: Any) -> None:
        attrs = {"autocomplete": autocomplete, **kwargs.pop("attrs", {})}
        if needed is not None:
            kwargs["error_messages"] = {"required": needed}
        super().__init__(required=needed is not None, widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> str:
        typed: str = super().clean(value)
        if any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn") for c in typed):
            raise forms.ValidationError(_("使えない文字が含まれています。入力し直してください。"))
        return typed


class KanaField(PlainField):
    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        try:
            return text.kana(typed) if typed else ""
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None


class PostalCodeField(PlainField):
    """Seven digits in any width, kept as "100-0001"."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, attrs={"inputmode": "numeric", "size": "10"}, **kwargs)

    def clean(self, value: Any) -> str:
        typed = unicodedata.normalize("NFKC", super().clean(value)).replace("〒", "")
        digits = re.sub(r"[\s\u2010-\u2015\u2212\u30fc-]", "", typed)
        if digits and not re.fullmatch("[0-9]{7}", digits, re.ASCII):
            raise forms.ValidationError(_("郵便番号は7桁の数字で入力してください。例：100-0001"))
        return f"{digits[:3]}-{digits[3:]}" if digits else ""


class AddressLineField(PlainField):
    """Prefecture first: areas of numbers are told by how an address begins."""

    def clean(self, value: Any) -> str:
        typed = "".join(super().clean(value).split())
        if typed and not typed.startswith(PREFECTURES):
            raise forms.ValidationError(_("住所は都道府県から入力してください。例：東京都千代田区丸の内1-1"))
        return typed


class PhoneField(PlainField):
    """Digits with the leading 0; `pattern` narrows which."""

    def __init__(self, *, pattern: str = r"0[0-9]{9,10}", wrong: Any = None, **kwargs: Any) -> None:
        super().__init__(max_length=40, attrs={"type": "tel", "inputmode": "tel", "size": "18"}, **kwargs)
        self.pattern, self.wrong = pattern, wrong

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        if not typed:
            return ""
        try:
            digits = phones.normalize(typed)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None
        if not re.fullmatch(self.pattern, digits, re.ASCII):
            raise forms.ValidationError(
                str(self.wrong) if self.wrong else _("市外局番からの10桁か11桁の電話番号を入力してください。")
            )
        return digits
