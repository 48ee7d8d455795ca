"""The forms of an order at once, step by step. What a row means is checked on all rows together, see at_once_rows."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.dial_in.models import BaseNumber
from numbering.dial_in.services.at_once import FILE, MOST_ROWS, SCREEN, empty_row, kept_text
from numbering.dial_in.services.at_once_rows import BASE, CODE, COUNT, KIND, Typed
from numbering.dial_in.services.standing import Standing
from numbering.models import Kind

#: A row's fields in the page's form: which table, the base number, the place.
_FIELD = re.compile(r"(new|code)-([0-9]{1,18})-([0-9]{1,4})-(kind|count|code)")
Row = dict[str, Any]


class ConsentForm(forms.Form):
    agreed = forms.BooleanField(
        label=gettext_lazy("個人情報の取り扱いに同意します"),
        error_messages={"required": gettext_lazy("お申し込みには、個人情報の取り扱いへの同意が必要です。")},
    )


class MethodForm(forms.Form):
    method = forms.ChoiceField(
        label=gettext_lazy("入力方法"),
        choices=[
            (SCREEN, gettext_lazy("画面で入力する（基本契約番号を選び、番号数を入力します）")),
            (FILE, gettext_lazy("CSVファイルで入力する（2,000行まで）")),
        ],
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("入力方法を選んでください。"),
            "invalid_choice": gettext_lazy("入力方法を選んでください。"),
        },
    )


class RowForm(forms.Form):
    """One row of one base number. What is wrong with it comes from the check of all rows."""

    def __init__(self, *, base: BaseNumber, standing: Standing, row: Row, place: int) -> None:
        self.base, self.by_code = base, bool(row["by_code"])
        self.key = f"{'code' if self.by_code else 'new'}-{base.pk}-{place}"
        super().__init__({f"{self.key}-{name}": row[name] for name in (KIND, COUNT, CODE)}, prefix=self.key)
        self.use_required_attribute = False
        kinds = kinds_of(base, standing)
        if len(kinds) > 1:
            kinds.insert(0, ("", _("選んでください")))
        self.fields[KIND] = forms.ChoiceField(label=_("種類"), choices=kinds, widget=forms.Select)
        if self.by_code:
            attrs = {"size": "16", "autocomplete": "off", "spellcheck": "false"}
            self.fields[CODE] = forms.CharField(label=_("予約コード"), widget=forms.TextInput(attrs=attrs))
        else:
            attrs = {"size": "6", "inputmode": "numeric", "autocomplete": "off"}
            self.fields[COUNT] = forms.CharField(label=_("追加番号数"), widget=forms.TextInput(attrs=attrs))
            self.fields[COUNT].unit = _("番号")  # type: ignore[attr-defined]

        # Nothing is checked here, row by row.
        self._errors = ErrorDict(renderer=self.renderer)
        self.cleaned_data: dict[str, Any] = {}

    def refuse(self, problems: Sequence[tuple[str, str]]) -> None:
        """Show what is wrong beside the fields; what is about a field that the row has not, beside its last one."""
        for column, text in problems:
            self.add_error(column if column in self.fields else list(self.fields)[-1], text)


def kinds_of(base: BaseNumber, standing: Standing) -> list[tuple[str, str]]:
    """What a base number may get at once."""
    geographic, ip = Kind.GEOGRAPHIC.value, Kind.IP_050.value
    kinds = []
    if base.area and geographic not in standing.by_kind:
        kinds.append((geographic, _("0ABJ番号（市外局番%(area)s）") % {"area": base.area}))
    if ip not in standing.by_kind:
        kinds.append((ip, str(Kind.IP_050.label)))
    return kinds


def typed_rows(data: Mapping[str, Any], chosen: Sequence[int], *, without: str = "") -> list[Row]:
    """The rows of the posted form, for the chosen base numbers in their order, but for the one with this key; anything
    else that came is passed over.
    """
    found: dict[tuple[int, bool, int], Row] = {}
    places = {base: place for place, base in enumerate(chosen)}
    for name in data:
        parts = _FIELD.fullmatch(name)
        if parts is None or int(parts[2]) not in places or name.rpartition("-")[0] == without:
            continue
        by_code, base, place = parts[1] == "code", int(parts[2]), int(parts[3])
        row = found.setdefault((places[base], by_code, place), empty_row(base, by_code=by_code))
        if parts[4] != (COUNT if by_code else CODE):
            row[parts[4]] = kept_text(data[name], most=40)
    return [found[key] for key in sorted(found)][:MOST_ROWS]


def as_typed(row: Row, bases: Mapping[int, BaseNumber]) -> Typed:
    return Typed(bases.get(row[BASE]), row[KIND], row[COUNT], row[CODE], by_code=row["by_code"])
