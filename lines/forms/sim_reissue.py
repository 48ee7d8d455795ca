"""The form of SIMサイズ変更・再発行 (spec 4): the way to the new SIM, and what each way needs to know."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lines import rules
from lines.models import Line, SimReissue
from lines.services import catalogue, sims
from selfcare import calendar, clock, phones
from selfcare.orders.procedures import OrderForm, subject_of

Method = SimReissue.Method
#: How far ahead a SIM can be shipped.
LATEST = timedelta(days=7)
PREFECTURES = (
    *("北海道", "青森県", "岩手県", "宮城県", "秋田県", "山形県", "福島県", "茨城県", "栃木県", "群馬県", "埼玉県"),
    *("千葉県", "東京都", "神奈川県", "新潟県", "富山県", "石川県", "福井県", "山梨県", "長野県", "岐阜県", "静岡県"),
    *("愛知県", "三重県", "滋賀県", "京都府", "大阪府", "兵庫県", "奈良県", "和歌山県", "鳥取県", "島根県", "岡山県"),
    *("広島県", "山口県", "徳島県", "香川県", "愛媛県", "高知県", "福岡県", "佐賀県", "長崎県", "熊本県", "大分県"),
    *("宮崎県", "鹿児島県", "沖縄県"),
)
#: Of another address; all but the building are needed.
_ELSEWHERE = ("postal_code", "prefecture", "address", "building", "addressee", "phone")
#: The fields of each method; what is typed into another one's does not count.
_OF_METHOD: dict[str, tuple[str, ...]] = {
    Method.BLACK: ("size", "ship_on", *_ELSEWHERE),
    Method.OTA: ("provisional_number", "serial"),
    Method.ESIM: (),
}


def first_day(opening: datetime) -> date:
    """The first day on which a SIM can be shipped: that of the acceptance."""
    return calendar.today(opening)


class _Preset:
    """A field left empty holds what the page shows there at first: a file need not repeat it in every row."""

    initial: Any

    def clean(self, value: Any) -> Any:
        return super().clean(value or self.initial)  # type: ignore[misc]


class SizeField(_Preset, forms.ChoiceField):
    pass


class DayField(_Preset, forms.DateField):
    """A day in any width, as pages and files write it."""

    def to_python(self, value: Any) -> date | None:
        return super().to_python(unicodedata.normalize("NFKC", value) if isinstance(value, str) else value)


def _text(label: Any, *, autocomplete: str, most: int = 100, **kwargs: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": autocomplete, **kwargs.pop("attrs", {})})
    return forms.CharField(label=label, required=False, max_length=most, widget=widget, **kwargs)


class SimReissueForm(OrderForm):
    method = forms.ChoiceField(
        label=gettext_lazy("再発行方法"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("再発行方法を選んでください。"),
            "invalid_choice": gettext_lazy("この回線では選べない再発行方法です。"),
        },
    )
    size = SizeField(
        label=gettext_lazy("SIMサイズ"),
        error_messages={
            "required": gettext_lazy("SIMサイズを選んでください。"),
            "invalid_choice": gettext_lazy("この回線では選べないSIMサイズです。"),
        },
    )
    ship_on = DayField(
        label=gettext_lazy("発送希望日"),
        help_text=gettext_lazy("本日から1週間先まで選べます。この日に、いまお使いのSIMは使えなくなります。"),
        input_formats=["%Y-%m-%d", "%Y/%m/%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": gettext_lazy("日付の書き方が正しくありません。例：2026-12-01")},
    )
    postal_code = _text(
        gettext_lazy("郵便番号"),
        autocomplete="postal-code",
        most=12,
        attrs={"inputmode": "numeric", "size": "10"},
        help_text=gettext_lazy("例：100-0001"),
    )
    prefecture = forms.ChoiceField(
        label=gettext_lazy("都道府県"),
        required=False,
        choices=[("", gettext_lazy("選んでください")), *((name, name) for name in PREFECTURES)],
        widget=forms.Select(attrs={"autocomplete": "address-level1"}),
    )
    address = _text(gettext_lazy("市区町村・番地"), autocomplete="address-line1")
    building = _text(gettext_lazy("建物名・部屋番号（任意）"), autocomplete="address-line2")
    addressee = _text(gettext_lazy("宛名"), autocomplete="name", most=60)
    phone = _text(gettext_lazy("電話番号"), autocomplete="tel", most=30, attrs={"inputmode": "tel", "size": "16"})
    provisional_number = forms.CharField(
        label=gettext_lazy("仮電話番号"),
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off", "size": "16"}),
        help_text=gettext_lazy("OTA用SIMの台紙に書かれている電話番号です。"),
        error_messages={"required": gettext_lazy("仮電話番号を入力してください。")},
    )
    serial = forms.CharField(
        label="USIM No.",
        max_length=60,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "size": "26"}),
        help_text=gettext_lazy("SIMカードに書かれている番号です。空白はあってもなくてもかまいません。"),
        error_messages={"required": gettext_lazy("SIMカードの番号を入力してください。")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        initial = kwargs.get("initial") or {}
        # A draft taken up again holds the address as one.
        kwargs["initial"] = {**initial, **(initial.get("ship_to") or {})}
        super().__init__(*args, **kwargs)
        self.line: Line = subject_of(self.order)
        self.choices = self._offered()
        self._offer()
        if self.is_bound:
            for name in self._idle(self.data.get("method")):
                self.fields[name].required = False

    def _idle(self, chosen: str | None) -> list[str]:
        """The fields of the other methods."""
        names = [name for method, some in _OF_METHOD.items() if method != chosen for name in some]
        return [name for name in names if name in self.fields]

    def _offered(self) -> dict[str, list[str]]:
        shared = self.shared.setdefault("catalogue", catalogue.of(self.order))
        self.order._catalogue = shared
        contract = catalogue.contract_of(self.order)
        return sims.choices(self.line, shared.sizes(self.order.customer_id, contract))

    def _offer(self) -> None:
        """What this line can have, with the first of it chosen."""
        labels = {method.value: method.label for method in Method}
        method, size, day = self.fields["method"], self.fields["size"], self.fields["ship_on"]
        method.choices = [(name, labels[name]) for name in self.choices]  # type: ignore[attr-defined]
        method.initial = next(iter(self.choices), None)
        sizes = self.choices.get(Method.BLACK, [])
        size.choices = [(name, Line.SimSize(name).label) for name in sizes]  # type: ignore[attr-defined]
        size.initial = self.line.sim_size if self.line.sim_size in sizes else next(iter(sizes), None)
        if "first" not in self.shared:
            self.shared["first"] = first_day(self.order.handler.hours().next_opening(clock.now()))
        self.first: date = self.shared["first"]
        day.initial = self.first
        day.widget.attrs |= {"min": self.first.isoformat(), "max": (self.first + LATEST).isoformat()}
        if self.line.carrier == Line.Carrier.SOFTBANK:
            del self.fields["provisional_number"]
            self.fields["serial"].label = "ICCID"

    def for_many(self) -> None:
        """Asked once for many lines: each line's own SIM cannot be, so that OTA goes by a file."""
        for name in _OF_METHOD[Method.OTA]:
            self.fields.pop(name, None)
        method = self.fields["method"]
        method.choices = [one for one in method.choices if one[0] != Method.OTA]  # type: ignore[attr-defined]

    @property
    def elsewhere(self) -> bool:
        """Whether another address has been typed: then its part of the page stands open."""
        return any(self[name].value() for name in _ELSEWHERE)

    def clean_ship_on(self) -> date | None:
        day: date | None = self.cleaned_data["ship_on"]
        if self.cleaned_data.get("method") == Method.BLACK and day is not None:
            problem = day_problem(day, self.first)
            if problem:
                raise forms.ValidationError(problem)
        return day

    def clean_postal_code(self) -> str:
        typed = unicodedata.normalize("NFKC", self.cleaned_data["postal_code"]).replace("〒", "")
        digits = re.sub(r"[\s\u2010-\u2015\u2212\u30fc-]", "", typed)
        if digits and not re.fullmatch("[0-9]{7}", digits):
            raise forms.ValidationError(_("郵便番号は7桁の数字で入力してください。例：100-0001"))
        return f"{digits[:3]}-{digits[3:]}" if digits else ""

    def clean_phone(self) -> str:
        return _number(self.cleaned_data["phone"], r"0[0-9]{9,10}")

    def clean_provisional_number(self) -> str:
        typed = self.cleaned_data["provisional_number"]
        return _number(typed, r"0[0-9]{9,13}") if self.cleaned_data.get("method") == Method.OTA else ""

    def clean_serial(self) -> str:
        if self.cleaned_data.get("method") != Method.OTA:
            return ""
        try:
            return sims.read_serial(self.cleaned_data["serial"], self.line.carrier)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None

    def clean(self) -> dict[str, Any]:
        method = self.cleaned_data.get("method")
        reading: dict[Any, Callable[[], dict[str, Any]]] = {
            Method.BLACK: self._shipped,
            Method.OTA: self._rewritten,
            Method.ESIM: lambda: {"size": Line.SimSize.ESIM.value},
        }
        for name in self._idle(method) if method else ():
            self.errors.pop(name, None)
        wanted = reading[method]() if method else {}
        return self.cleaned_data if self.errors else {"method": method, **wanted}

    def _shipped(self) -> dict[str, Any]:
        typed = self.cleaned_data
        elsewhere = {name: " ".join(typed.get(name, "").split()) for name in _ELSEWHERE}
        if any(elsewhere.values()):
            for name in _ELSEWHERE:
                if not elsewhere[name] and name != "building" and name not in self.errors:
                    self.add_error(name, _("標準外の発送先には、建物名のほかはすべて入力してください。"))
        day = typed.get("ship_on")
        return {
            "size": typed.get("size"),
            "ship_on": day.isoformat() if day else "",
            "ship_to": elsewhere if any(elsewhere.values()) else {},
        }

    def _rewritten(self) -> dict[str, Any]:
        serial, provisional = self.cleaned_data.get("serial"), self.cleaned_data.get("provisional_number", "")
        if self.errors or not serial:
            return {}
        stock = self._stock().get(serial)
        if stock is None or stock.provisional_number != provisional:
            self.add_error("serial", sims.not_in_stock())
            return {}
        if stock.sim_size not in self.choices[Method.OTA]:
            size = Line.SimSize(stock.sim_size).label
            self.add_error("serial", _("このSIMのサイズ（%(size)s）は、この回線では選べません。") % {"size": size})
        return {"size": stock.sim_size, "serial": serial, "provisional_number": provisional}

    def _stock(self) -> dict[str, Any]:
        """The customer's free SIMs, read once for all rows of a file."""
        carrier = self.line.carrier
        kept: dict[str, Any] = self.shared.setdefault("stock", {})
        if carrier not in kept:
            kept[carrier] = sims.free_stock(customer_id=self.order.customer_id, carrier=carrier)
        stock: dict[str, Any] = kept[carrier]
        return stock


def day_problem(day: date, first: date) -> str:
    """Why a SIM cannot be shipped on that day; empty when it can. `first`: the day of the acceptance."""
    if first <= day <= first + LATEST:
        return ""
    return _("発送希望日は、%(first)s から %(last)s までの日にしてください。") % {
        "first": rules.day(first),
        "last": rules.day(first + LATEST),
    }


def _number(typed: str, pattern: str) -> str:
    """Digits of a telephone number as typed; empty where nothing was."""
    if not typed:
        return ""
    try:
        digits = phones.normalize(typed)
    except ValueError as error:
        raise forms.ValidationError(str(error)) from None
    if not re.fullmatch(pattern, digits):
        raise forms.ValidationError(_("電話番号の桁数をご確認ください。"))
    return digits
