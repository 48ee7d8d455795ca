"""What narrows and sorts the customer's list of lines."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lines.models import Line, LineQuerySet
from lines.search import matching
from lines.services.catalogue import Catalogue
from selfcare.accounts.models import Contract

#: Sort keys of the page and the columns that stand behind them, unique with the last one: the number of a line that has
#: ended may be another one's now.
SORTS: dict[str, tuple[str, ...]] = {
    "number": ("number", "id"),
    "sim": ("sim_serial",),
    "name": ("name", "number", "id"),
    "status": ("status", "number", "id"),
}
ANY = "any"
#: What the page shows at once; the others are unfolded.
_OFTEN = frozenset({"sort", "q", "status", "open"})


def _date(label: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}))


class Filters(forms.Form):
    """Everything is optional; nonsense is said beside its field and narrows nothing.

    `contracts` are those that the customer can choose among, `catalogue` names their plans.
    """

    sort = forms.ChoiceField(
        required=False, choices=[(f"{sign}{key}", key) for key in SORTS for sign in ("", "-")], widget=forms.HiddenInput
    )
    q = forms.CharField(
        label=gettext_lazy("電話番号・SIM製造番号・メモ"),
        required=False,
        max_length=60,
        widget=forms.SearchInput(attrs={"autocomplete": "off"}),
    )
    status = forms.ChoiceField(label=gettext_lazy("SIMステータス"), required=False)
    open = forms.ChoiceField(label=gettext_lazy("手続き中"), required=False)
    carrier = forms.ChoiceField(label=gettext_lazy("キャリア種別"), required=False)
    plan = forms.ChoiceField(label=gettext_lazy("プラン"), required=False)
    contract = forms.ChoiceField(label=gettext_lazy("契約"), required=False)
    ends_from = _date(gettext_lazy("利用終了予定日（から）"))
    ends_until = _date(gettext_lazy("利用終了予定日（まで）"))

    def __init__(self, *args: Any, contracts: Sequence[Contract], catalogue: Catalogue, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.contracts = {contract.number: contract for contract in contracts}
        plans = {plan.code: plan.name for contract in contracts for plan in catalogue.plans(contract)}
        named = [(contract.number, f"{contract.number} {contract.name}".strip()) for contract in contracts]
        self._offer("status", Line.Status.choices)
        self._offer("open", [(ANY, _("手続き中のもの")), *Line.Change.choices])
        self._offer("carrier", Line.Carrier.choices)
        self._offer("plan", list(plans.items()))
        self._offer("contract", named if len(named) > 1 else [])

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        """Nothing to choose among is no field."""
        if not choices:
            del self.fields[name]
            return
        self.fields[name].choices = [("", _("すべて")), *choices]  # type: ignore[attr-defined]

    @property
    def often(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name in _OFTEN]

    @property
    def more(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name not in _OFTEN]

    @property
    def is_more(self) -> bool:
        """Whether one of those that are seldom used narrows, or is wrong: then they are shown at once."""
        self.is_valid()
        return any(field.errors or self.cleaned_data.get(field.name) for field in self.more)

    @property
    def narrows(self) -> bool:
        self.is_valid()
        return any(value for name, value in self.cleaned_data.items() if name != "sort")

    @property
    def query(self) -> str:
        """What is looked for in the texts."""
        self.is_valid()
        return str(self.cleaned_data.get("q", ""))

    @property
    def scans(self) -> bool:
        """Whether something narrows for which there is no index: it changes too often to be kept in one."""
        self.is_valid()
        return bool(self.cleaned_data.get("plan") or self.cleaned_data.get("open"))

    def narrow(self, lines: LineQuerySet) -> LineQuerySet:
        self.is_valid()
        wanted = {name: value for name, value in self.cleaned_data.items() if value}
        if "q" in wanted:
            lines = matching(lines, wanted["q"])
        for name in ("status", "carrier", "plan"):
            if name in wanted:
                lines = lines.filter(**{name: wanted[name]})
        if "contract" in wanted:
            lines = lines.filter(contract=self.contracts[wanted["contract"]])
        if "open" in wanted:
            lines = lines.filter(~Q(open_changes=[]))
            if wanted["open"] != ANY:
                lines = lines.filter(open_changes__contains=[wanted["open"]])
        if "ends_from" in wanted:
            lines = lines.filter(ends_on__gte=wanted["ends_from"])
        if "ends_until" in wanted:
            lines = lines.filter(ends_on__lte=wanted["ends_until"])
        return lines

    @property
    def order(self) -> tuple[tuple[str, ...], bool]:
        """The columns of the sort, and whether it is descending."""
        self.is_valid()
        chosen = self.cleaned_data.get("sort") or "number"
        return SORTS[chosen.removeprefix("-")], chosen.startswith("-")

    @property
    def sorting(self) -> str:
        """As it stands in the address, with its sign."""
        self.is_valid()
        return self.cleaned_data.get("sort") or "number"
