"""The form of オプションの変更: everything that the contract's numbers and IDs can have, ticked as it is now."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django import forms
from django.http import Http404
from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.services import CloudPrices, NoTariff, cloud_items, cloud_prices
from numbering.cloud.models import CloudContract, CloudId, CloudNumber, Scheme
from numbering.cloud.services import holdings, options
from selfcare import calendar, clock, money
from selfcare.orders.models import Order
from selfcare.orders.procedures import OrderForm

TODAY, FIRST = "today", "first"


def held_of(order: Order) -> holdings.Holdings:
    """The contract's rows, read once for an order object. Its subject is the contract."""
    read_for([order])
    held: holdings.Holdings = order._held  # type: ignore[attr-defined]
    return held


def read_for(orders: Sequence[Order]) -> None:
    """The same for many orders at once: as many statements as for one."""
    missing = [order for order in orders if not hasattr(order, "_held")]
    if not missing:
        return
    rows = CloudContract.objects.select_related("contract", "representative")
    held = holdings.read(rows.filter(pk__in={order.subject_id for order in missing}))
    for order in missing:
        if order.subject_id not in held:
            raise Http404("no cloud phone contract")
        order._held = held[order.subject_id]  # type: ignore[attr-defined]


def prices_today() -> CloudPrices | None:
    try:
        return cloud_prices(on=calendar.today(clock.now()))
    except NoTariff:
        return None


def monthly_words(prices: CloudPrices | None, item: str) -> str:
    try:
        return _("月額 %(yen)s") % {"yen": money.yen(prices.monthly(item))} if prices else ""
    except NoTariff:
        return ""


def switch_words(held: holdings.Holdings, prices: CloudPrices | None) -> str:
    """What the switch to the new scheme does to this contract's monthly sum; empty without prices."""
    try:
        sums = [one.monthly(prices) for one in (held, options.after_switch(held))] if prices else []
    except NoTariff:
        sums = []
    if not sums:
        return ""
    return _("このご契約では、切り替えると月額料金の合計が%(old)sから%(new)s（税抜、留守番電話を除く）になります。") % {
        "old": money.yen(sums[0]), "new": money.yen(sums[1]),
    }  # fmt: skip


def name_of(row: CloudNumber | CloudId) -> str:
    name = str(row) if isinstance(row, CloudNumber) else _("ID %(name)s") % {"name": row.login_name}
    return _("%(name)s（%(label)s）") % {"name": name, "label": row.label} if row.label else name


class Group(NamedTuple):
    """A number or an ID with its fields, each with what it costs."""

    title: str
    fields: list[tuple[forms.BoundField, str]]


class OptionsForm(OrderForm):
    """Cleaned: day (today|first), changes (what differs from now, as services.options reads it)."""

    day = forms.ChoiceField(
        label=gettext_lazy("適用日"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("適用日を選んでください。")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.held = held_of(self.order)
        self.needs_scheme = self.held.cloud.scheme == Scheme.OWN
        self.prices = prices_today()
        kept = {(one.kind, one.pk, one.option): one.wanted for one in options.read(self.initial.get("changes", ()))}
        day = self.fields.pop("day")
        self._names: dict[tuple[str, int], list[tuple[str, str]]] = {}
        for (kind, pk), row in options.rows(self.held).items():
            for option, item in (options.OF_NUMBERS if kind == options.NUMBER else options.OF_IDS).items():
                if option == "voicemail" and self.needs_scheme:
                    continue
                name = f"{kind}_{pk}_{option}"
                self._names.setdefault((kind, pk), []).append((name, item))
                self.fields[name] = forms.BooleanField(label=cloud_items.WORDS[item], required=False)
                self.initial.setdefault(name, kept.get((kind, pk, option), getattr(row, option)))
        self.fields["day"] = day
        first = calendar.today(calendar.first_of_next_month(clock.now()))
        words = dateformat.format(first, _("Y年n月j日(D)"))
        day.choices = [  # type: ignore[attr-defined]
            (TODAY, _("すぐに")),
            (FIRST, _("翌月1日（%(day)s）から") % {"day": words}),
        ]
        self.initial.setdefault("day", TODAY)

    def groups(self, kind: str) -> Iterator[Group]:
        for key, row in options.rows(self.held).items():
            if key[0] == kind and key in self._names:
                fields = [(self[name], monthly_words(self.prices, item)) for name, item in self._names[key]]
                yield Group(name_of(row), fields)

    @property
    def numbers(self) -> list[Group]:
        return list(self.groups(options.NUMBER))

    @property
    def ids(self) -> list[Group]:
        return list(self.groups(options.ID))

    @property
    def voicemail_price(self) -> str:
        return monthly_words(self.prices, cloud_items.VOICEMAIL)

    @property
    def shared_price(self) -> str:
        return monthly_words(self.prices, cloud_items.NUMBER)

    @property
    def switch_words(self) -> str:
        return switch_words(self.held, self.prices)

    def clean(self) -> dict[str, Any]:
        cleaned: Mapping[str, Any] = super().clean() or {}
        live = options.rows(self.held)
        changes = []
        for (kind, pk), names in sorted(self._names.items()):
            for name, _item in names:
                option = name.removeprefix(f"{kind}_{pk}_")
                if cleaned.get(name, False) != getattr(live[kind, pk], option):
                    changes.append([kind, pk, option, cleaned[name]])
        if not changes:
            raise forms.ValidationError(_("変更するオプションがありません。チェックを付けるか外してください。"))
        return {"day": cleaned.get("day", ""), "changes": changes}


class FaxNumberForm(OrderForm):
    """Cleaned: place ("050" or an area of the contract's numbers), ids (who uses it)."""

    place = forms.ChoiceField(
        label=gettext_lazy("番号の種類"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("番号の種類を選んでください。")},
    )
    ids = forms.TypedMultipleChoiceField(
        label=gettext_lazy("このFAX番号を使うID"),
        help_text=gettext_lazy(
            "選んだIDで、受け取ったFAXの確認と送信ができます（パソコンからも使えます）。1つ以上選んでください。"
        ),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("FAX番号を使うIDを1つ以上選んでください。")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.held = held_of(self.order)
        self.fields["place"].choices = _places(self.held)  # type: ignore[attr-defined]
        self.fields["ids"].choices = [(row.pk, name_of(row)) for row in self.held.ids]  # type: ignore[attr-defined]


def _places(held: holdings.Holdings) -> list[tuple[str, str]]:
    """Geographic numbers only where the contract has some already: their address has been proved."""
    mine = CloudNumber.objects.filter(pk__in=[row.pk for row in held.numbers])
    areas = sorted(set(mine.values_list("assignment__number__area", flat=True)) - {""})
    return [*((area, _("%(area)sから始まる番号") % {"area": area}) for area in areas), ("050", _("050から始まる番号"))]
