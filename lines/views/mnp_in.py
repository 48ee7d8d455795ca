"""MNP転入待ちリスト: lines that wait for their number from elsewhere, and which of them can be opened now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from lines import offered
from lines.models import Line, PortIn
from lines.models.porting import PortInQuerySet
from lines.procedures.mnp_in import PortInOpening
from lines.search import matching
from lines.services import port_ins
from lines.services.catalogue import Catalogue
from selfcare import calendar, clock, phones, text
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role, User
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders import procedures
from selfcare.paging import keyset

#: Sort keys of the page: columns, the last one of which tells equal ones apart, and whether they run backwards.
SORTS: dict[str, tuple[tuple[str, ...], bool]] = {
    "": (("expires_on", "id"), False),
    "-expires": (("expires_on", "id"), True),
    "number": (("number", "id"), False),
}
ANY = "any"


class Filters(forms.Form):
    """Everything is optional; nonsense is said beside its field and narrows nothing."""

    q = forms.CharField(
        label=gettext_lazy("電話番号・SIM製造番号・MNP予約番号"),
        required=False,
        max_length=60,
        widget=forms.SearchInput(attrs={"autocomplete": "off"}),
    )
    state = forms.ChoiceField(
        label=gettext_lazy("状態"),
        required=False,
        choices=[
            ("", PortIn.State.WAITING.label),
            (PortIn.State.VOID.value, PortIn.State.VOID.label),
            (PortIn.State.OPENED.value, PortIn.State.OPENED.label),
            (ANY, gettext_lazy("すべて")),
        ],
    )
    shipped = forms.ChoiceField(
        label=gettext_lazy("SIMの発送"),
        required=False,
        choices=[("", gettext_lazy("すべて")), ("yes", gettext_lazy("発送済")), ("no", gettext_lazy("未発送"))],
    )
    sort = forms.ChoiceField(
        label=gettext_lazy("並び順"),
        required=False,
        choices=[
            ("", gettext_lazy("有効期限が近い順")),
            ("-expires", gettext_lazy("有効期限が遠い順")),
            ("number", gettext_lazy("電話番号順")),
        ],
    )

    @property
    def wanted(self) -> dict[str, str]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


@dataclass(frozen=True)
class Waiting:
    """One row of the list."""

    awaited: port_ins.Awaited
    line: Line
    is_shipped: bool
    choice: offered.Choice


@require_safe
@customer_view(role=Role.VIEWER, function=PortInOpening.function)
def index(request: CustomerRequest) -> HttpResponse:
    now = clock.now()
    filters = Filters(request.GET)
    wanted = filters.wanted
    fields, descending = SORTS[wanted.get("sort", "")]
    found = _narrowed(request.user, wanted, now=now).select_related("line__contract")
    page = keyset(found, field=fields, request=request, descending=descending)
    context = {
        "filters": filters,
        "page": page,
        "rows": _rows(page.rows, request.user, now=now),
        "narrows": bool(wanted.keys() - {"sort"}),
        "void": _void(request.user) if not wanted.get("state") else 0,
        "hours": procedures.get(PortInOpening.code).hours(),
    }
    return render(request, "lines/mnp_in_list.html", context)


def _narrowed(user: User, wanted: dict[str, str], *, now: datetime) -> PortInQuerySet:
    found = PortIn.objects.visible_to(user)
    state = wanted.get("state", PortIn.State.WAITING)
    if state != ANY:
        found = found.filter(state=state)
    shipped = Q(line__shipped_on__lte=calendar.today(now))
    if "shipped" in wanted:
        found = found.filter(shipped) if wanted["shipped"] == "yes" else found.exclude(shipped)
    if "q" in wanted:
        found = found.filter(_matching(user, wanted["q"]))
    return found


def _matching(user: User, query: str) -> Q:
    """By part of the number that comes, the provisional one, the SIM serial, or the reservation number."""
    wanted = Q(line__in=matching(Line.objects.visible_to(user), query).values("pk"))
    digits = phones.search_digits(query)
    if digits:
        wanted |= Q(number__contains=digits)
    return wanted | Q(reservation_number__contains=text.search_key(query))


def _rows(found: Sequence[PortIn], user: User, *, now: datetime) -> list[Waiting]:
    """As many queries for fifty of them as for one."""
    today = calendar.today(now)
    lines = [port_in.line for port_in in found]
    procedure = procedures.get(PortInOpening.code)
    choices = offered.choices(lines, [procedure], now=now, user=user, catalogue=Catalogue())
    return [
        Waiting(
            awaited=port_ins.shown(port_in, today=today),
            line=port_in.line,
            is_shipped=port_ins.is_shipped(port_in.line, today=today),
            choice=choices[port_in.line_id][0],
        )
        for port_in in found
    ]


def _void(user: User) -> int:
    """How many came too late and are still about: their SIMs are of no more use."""
    void = PortIn.objects.visible_to(user).filter(state=PortIn.State.VOID)
    return void.filter(line__status=Line.Status.UNOPENED).count()
