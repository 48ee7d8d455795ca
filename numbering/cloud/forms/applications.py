"""The forms of an application, one for each step. They check shapes; services decide."""

from datetime import date
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.cloud.forms.addresses import AddressLineField, KanaField, PhoneField, PlainField, PostalCodeField
from numbering.cloud.forms.application_ends import AgencyField
from numbering.cloud.models import CloudApplication, NumberArea
from numbering.cloud.services import port_origins
from numbering.cloud.services.applications import needs
from numbering.dial_in.services import ports
from selfcare import phones
from selfcare.accounts.address_forms import AddressField
from selfcare.accounts.models import Customer

#: Of the form only: what is refused with the reason, instead of being missing among the choices.
VIRTUAL = "virtual"


class WhoForm(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("ご契約の区分"),
        choices=[
            (Customer.Kind.CORPORATE, gettext_lazy("法人（従業員の方など、複数の方で利用できます）")),
            (Customer.Kind.PERSONAL, gettext_lazy("個人（ご契約者ご本人だけが利用できます）")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("法人か個人かを選んでください。")},
    )
    name = PlainField(
        label=gettext_lazy("会社名・お名前"),
        max_length=120,
        help_text=gettext_lazy("法人は登記どおりの会社名、個人は本人確認書類どおりのお名前。"),
        needed=gettext_lazy("会社名またはお名前を入力してください。"),
        autocomplete="organization",
    )
    kana = KanaField(
        label=gettext_lazy("フリガナ"),
        max_length=120,
        help_text=gettext_lazy("ひらがなや半角カナで入力しても、全角カナに直します。"),
        needed=gettext_lazy("フリガナを入力してください。"),
    )
    contact_name = PlainField(label=gettext_lazy("ご担当者名（法人のみ）"), max_length=80, autocomplete="name")
    contact_kana = KanaField(label=gettext_lazy("ご担当者フリガナ（法人のみ）"), max_length=80)
    postal_code = PostalCodeField(
        label=gettext_lazy("郵便番号"),
        help_text=gettext_lazy("例：100-0001"),
        needed=gettext_lazy("郵便番号を入力してください。"),
        autocomplete="postal-code",
    )
    address = AddressLineField(
        label=gettext_lazy("住所"),
        max_length=200,
        help_text=gettext_lazy("都道府県から番地まで。法人は本店の所在地。"),
        needed=gettext_lazy("住所を入力してください。"),
        autocomplete="street-address",
    )
    building = PlainField(label=gettext_lazy("建物名・部屋番号"), max_length=120, autocomplete="address-line2")
    phone = PhoneField(
        label=gettext_lazy("日中のご連絡先電話番号"),
        needed=gettext_lazy("ご連絡先の電話番号を入力してください。"),
        autocomplete="tel",
    )
    mail = AddressField(
        label=gettext_lazy("メールアドレス"),
        help_text=gettext_lazy(
            "入力の続きや状況の確認ができるリンクを、すぐにこのアドレスへお送りします。途中でブラウザーを閉じても、続きから再開できます。"
        ),
        error_messages={
            "required": gettext_lazy("メールアドレスを入力してください。"),
            "invalid": gettext_lazy("メールアドレスの形が正しくありません。例：taro@example.co.jp"),
        },
    )
    agency_code = AgencyField(
        label=gettext_lazy("特約店コード"),
        help_text=gettext_lazy("代理店からご案内のある方のみ。あとから一度だけ登録することもできます。"),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("kind") == Customer.Kind.CORPORATE:
            for name, words in (
                ("contact_name", _("ご担当者名を入力してください。")),
                ("contact_kana", _("ご担当者のフリガナを入力してください。")),
            ):
                if name not in self.errors and not cleaned.get(name):
                    self.add_error(name, words)
        elif cleaned.get("kind") == Customer.Kind.PERSONAL:
            cleaned |= {"contact_name": "", "contact_kana": ""}
        return cleaned


def who_initial(application: CloudApplication) -> dict[str, Any]:
    names = WhoForm.base_fields
    return {name: getattr(application, name) for name in names} | {"phone": phones.display(application.phone)}


class NumberForm(forms.Form):
    """A new number, by its area; for a landline that stays, which one is forwarded."""

    landline = PhoneField(
        label=gettext_lazy("転送元の固定電話番号"),
        help_text=gettext_lazy("いまの電話会社の「電話転送」を、新しい番号あてに設定していただきます。"),
        needed=gettext_lazy("いまお使いの固定電話の番号を入力してください。"),
    )
    area = forms.ChoiceField(
        label=gettext_lazy("市外局番"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("市外局番を選んでください。")},
    )
    site_kind = forms.ChoiceField(
        label=gettext_lazy("ご利用場所"),
        required=False,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("050以外の番号のときに選んでください。賃貸借契約書などの証明書類をお送りいただきます。"),
        choices=[
            *CloudApplication.Site.choices,
            (VIRTUAL, gettext_lazy("バーチャルオフィス（住所だけの契約）")),
        ],
    )
    site_postal_code = PostalCodeField(
        label=gettext_lazy("ご利用場所の郵便番号"),
        help_text=gettext_lazy("ご利用場所が、お客様情報の住所と違うときだけ入力してください。"),
    )
    site_address = AddressLineField(label=gettext_lazy("ご利用場所の住所"), max_length=200)
    site_building = PlainField(label=gettext_lazy("ご利用場所の建物名・部屋番号"), max_length=120)

    def __init__(self, *args: Any, application: CloudApplication, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.application = application
        self.areas = {area.code: area for area in NumberArea.objects.filter(is_offered=True).order_by("position")}
        self.fields["area"].choices = [(code, str(area)) for code, area in self.areas.items()]  # type: ignore[attr-defined]
        if not needs.is_receiving(application):
            del self.fields["landline"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        area = self.areas.get(cleaned.get("area", ""))
        if area is None:
            return cleaned
        if not area.is_geographic:
            return cleaned | dict.fromkeys(("site_kind", "site_postal_code", "site_address", "site_building"), "")
        if cleaned.get("site_kind") == VIRTUAL:
            self.add_error(
                "site_kind",
                _("バーチャルオフィスの住所では、市外局番の番号をご利用いただけません。050の番号をお選びください。"),
            )
        elif "site_kind" not in self.errors and not cleaned.get("site_kind"):
            self.add_error("site_kind", _("ご利用場所を選んでください。"))
        if cleaned.get("site_postal_code") and not cleaned.get("site_address") and "site_address" not in self.errors:
            self.add_error("site_address", _("ご利用場所の住所を入力してください。"))
        if not self.errors:
            self._check_place(area, cleaned)
        return cleaned

    def _check_place(self, area: NumberArea, cleaned: dict[str, Any]) -> None:
        place = cleaned.get("site_address") or self.application.address
        if not area.has(place):
            self.add_error(
                "area",
                _(
                    "%(code)sの番号は、ご利用場所の住所が%(name)sにあるときだけお選びいただけます。"
                    "別の場所で使うときはご利用場所の住所を入力し、そうでないときは050など別の番号をお選びください。"
                )
                % {"code": area.code, "name": area.name},
            )


class PortForm(forms.Form):
    """A number that is brought along."""

    port_number = PhoneField(
        label=gettext_lazy("移行する電話番号"),
        pattern=r"0[1-9][0-9]{8}",
        wrong=gettext_lazy("市外局番からの10桁の固定電話番号を入力してください。"),
        needed=gettext_lazy("移行する電話番号を入力してください。"),
    )
    port_holder = PlainField(
        label=gettext_lazy("現在の契約者名"),
        max_length=120,
        help_text=gettext_lazy("いまの電話会社に登録されているお名前。お申し込みの名義と同じである必要があります。"),
        needed=gettext_lazy("現在の契約者名を入力してください。"),
    )
    port_carrier = PlainField(
        label=gettext_lazy("現在の電話会社"),
        max_length=60,
        needed=gettext_lazy("現在の電話会社を入力してください。"),
    )
    port_origin = forms.ChoiceField(
        label=gettext_lazy("番号を取得した電話サービス"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("番号を取得した電話サービスを選んでください。")},
    )

    def clean_port_number(self) -> str:
        digits: str = self.cleaned_data["port_number"]
        if not ports.area_of(digits):
            raise forms.ValidationError(
                _("番号ポータビリティで移行できるのは、市外局番のある固定電話の番号だけです。番号をご確認ください。")
            )
        return digits

    def __init__(self, *args: Any, application: CloudApplication, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        origins = port_origins.movable(on=on)
        self.fields["port_origin"].choices = [  # type: ignore[attr-defined]
            (origin.code, _described(origin.words, origin.help)) for origin in origins
        ]


def _described(words: str, explanation: str) -> SafeString:
    return format_html('{}<span class="count">　{}</span>', words, explanation)


def number_form(application: CloudApplication, *, on: date, data: Any = None) -> forms.Form:
    """The one for what the basket wants, with what is known."""
    if needs.is_bringing(application):
        names: Any = PortForm.base_fields
        initial = {name: getattr(application, name) for name in names}
        initial |= {
            "port_holder": application.port_holder or application.name,
            "port_number": phones.display(application.port_number),
        }
        return PortForm(data, application=application, on=on, initial=initial)
    names = NumberForm.base_fields
    initial = {name: getattr(application, name) for name in names}
    return NumberForm(data, application=application, initial=initial)
