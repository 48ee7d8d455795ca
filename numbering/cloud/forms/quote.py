"""What somebody ticks on 料金シミュレーション. The same fields, as GET parameters, are a quote's address.

Who goes on with a quote (its PDF, the application) takes the basket from the query by `basket_of`.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from billing.services import Basket, Fax, IdWish, Start
from selfcare import text

#: IDs of one quote; larger offices are advised by people.
MOST_IDS = 50
MOST = 50
#: Names of the parameters, and what they are where they are not sent.
DEFAULTS: Mapping[str, Any] = {
    "start": Start.NEW.value,
    "fax": Fax.NONE.value,
    "ids": 2,
    "extra_numbers": 0,
    "after_hours": 0,
    "voicemail": 0,
    "desk_phones": 0,
    "adapters": 0,
}
_PLACES = [(str(place), str(place)) for place in range(1, MOST_IDS + 1)]


class CountField(forms.CharField):
    """A small count, in digits of any width; nothing typed is the default."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "size": "4"})

    def __init__(self, *, least: int = 0, most: int = MOST, unit: Any, initial: int = 0, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=20, initial=initial, **kwargs)
        self.least, self.most, self.unit = least, most, unit

    def clean(self, value: Any) -> int:
        typed = super().clean(value)
        try:
            count = text.parse_count(typed) if typed else int(self.initial)
        except ValueError:
            count = -1
        if not self.least <= count <= self.most:
            raise forms.ValidationError(
                _("%(least)dから%(most)dまでの整数で入力してください。") % {"least": self.least, "most": self.most}
            )
        return count


class PlacesField(forms.MultipleChoiceField):
    """Which IDs have something. What is not the place of an ID is passed over: nobody has typed it."""

    def clean(self, value: Any) -> set[int]:
        return {int(place) for place in value or () if self.valid_value(place)}


class QuoteForm(forms.Form):
    """Every field may be missing: the address without parameters is the smallest quote."""

    start = forms.ChoiceField(
        label=gettext_lazy("電話番号"), choices=Start.choices, required=False, widget=forms.RadioSelect
    )
    fax = forms.ChoiceField(
        label=gettext_lazy("クラウドFAX"), choices=Fax.choices, required=False, widget=forms.RadioSelect
    )
    ids = CountField(
        label=gettext_lazy("電話を使う台数（ID）"),
        help_text=gettext_lazy("1台の電話機ごとに1つのIDが必要です。2つまでは基本料金に含まれます。"),
        least=1,
        most=MOST_IDS,
        initial=2,
        unit=pgettext_lazy("unit", "台"),
    )
    flat = PlacesField(label=gettext_lazy("10分かけ放題"), choices=_PLACES, required=False)
    desk = PlacesField(label=gettext_lazy("固定型IP電話機"), choices=_PLACES, required=False)
    extra_numbers = CountField(
        label=gettext_lazy("追加する電話番号"),
        help_text=gettext_lazy("最初の1番号は基本料金に含まれます。"),
        unit=pgettext_lazy("unit", "番号"),
    )
    after_hours = CountField(
        label=gettext_lazy("時間外アナウンス"),
        help_text=gettext_lazy("使う電話番号の数。営業時間外の着信に音声で案内します。"),
        most=MOST + 1,
        unit=pgettext_lazy("unit", "番号"),
    )
    voicemail = CountField(
        label=gettext_lazy("留守番電話"),
        help_text=gettext_lazy("使う電話番号の数。新方式でのご契約となり、すべての電話番号が共有番号になります。"),
        most=MOST + 1,
        unit=pgettext_lazy("unit", "番号"),
    )
    adapters = CountField(
        label=gettext_lazy("宅内装置"),
        help_text=gettext_lazy("普通の電話機やFAX機をつなぐ装置。固定型IP電話機のIDで使う分は、月額がかかりません。"),
        unit=pgettext_lazy("unit", "台"),
    )
    desk_phones = CountField(
        label=gettext_lazy("優先電話機（買い取り）"),
        help_text=gettext_lazy("机に置く電話機。費用は購入時の1回だけです。"),
        unit=pgettext_lazy("unit", "台"),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = {**(super().clean() or {})}
        for name, value in DEFAULTS.items():
            if cleaned.get(name) == "":
                cleaned[name] = value
        if "extra_numbers" in cleaned:
            numbers = 1 + cleaned["extra_numbers"]
            for name in ("after_hours", "voicemail"):
                if cleaned.get(name, 0) > numbers:
                    self.add_error(
                        name, _("電話番号は%(count)d番号です。それ以下の数を入力してください。") % {"count": numbers}
                    )
        return cleaned

    @property
    def basket(self) -> Basket:
        """Of a valid form. What is ticked for an ID that there is no more counts for nothing."""
        value = self.cleaned_data
        names = ("after_hours", "voicemail", "extra_numbers", "desk_phones", "adapters")
        ids = tuple(
            IdWish(desk_phone=place in value["desk"], flat_rate=place in value["flat"])
            for place in range(1, value["ids"] + 1)
        )
        return Basket(start=value["start"], fax=value["fax"], ids=ids, **{name: value[name] for name in names})

    def rows(self) -> list[dict[str, Any]]:
        """The IDs to tick something for; of a form with errors in their count, the two that are included."""
        cleaned = getattr(self, "cleaned_data", {})
        flat, desk = cleaned.get("flat", set()), cleaned.get("desk", set())
        return [
            {"place": place, "is_included": place <= 2, "flat": place in flat, "desk": place in desk}
            for place in range(1, cleaned.get("ids", 2) + 1)
        ]


def form_of(query: QueryDict) -> QuoteForm:
    """A bound form in any case; radio buttons and counts that were not sent are filled in, so that the page says so."""
    data = query.copy()
    for name, value in DEFAULTS.items():
        if not data.get(name):
            data[name] = str(value)
    return QuoteForm(data)


def basket_of(query: QueryDict) -> Basket | None:
    """The basket of an address; None for one that is none."""
    form = form_of(query)
    return form.basket if form.is_valid() else None


def query_of(basket: Basket) -> str:
    """The parameters of a basket, only those that differ from the default: short enough to be sent on."""
    values: list[tuple[str, str]] = []
    for name, default in DEFAULTS.items():
        value = len(basket.ids) if name == "ids" else getattr(basket, name)
        if value != default:
            values.append((name, str(value)))
    for place, one in enumerate(basket.ids, start=1):
        values += [(name, str(place)) for name, on in (("flat", one.flat_rate), ("desk", one.desk_phone)) if on]
    return urlencode(values)
