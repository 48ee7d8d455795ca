"""ご契約・運用状況: the customer's voice contracts, and one of them with all its numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from numbering.dial_in.models import BaseNumber, DialInNumber, VoiceContract
from numbering.dial_in.search import voice_contracts
from numbering.dial_in.services import facts, sites
from numbering.dial_in.views.links import FUNCTION
from numbering.models import Kind
from selfcare import clock, phones
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.paging import keyset

#: Voice contracts on a page: each may have thousands of numbers to count.
_PAGE = 20
#: The lists of one contract's page: its dial-in numbers, and its base numbers.
_DIAL_INS, _BASES = "numbers", "bases"

_ANY = ("", gettext_lazy("すべて"))


def _search(label: Any) -> forms.CharField:
    widget = forms.SearchInput(attrs={"autocomplete": "off"})
    return forms.CharField(label=label, required=False, max_length=80, widget=widget)


class Filters(forms.Form):
    q = _search(gettext_lazy("音声契約番号・拠点名・電話番号"))
    service = forms.ChoiceField(
        label=gettext_lazy("サービス種別"), required=False, choices=[_ANY, *VoiceContract.ServiceType.choices]
    )


class NumberFilters(forms.Form):
    q = _search(gettext_lazy("電話番号"))
    kind = forms.ChoiceField(label=gettext_lazy("種別"), required=False, choices=[_ANY, *Kind.choices])
    view = forms.CharField(required=False, widget=forms.HiddenInput)


def _typed(filters: forms.Form, name: str) -> str:
    """What a filter says; nothing where it says what it cannot."""
    filters.is_valid()
    return str(filters.cleaned_data.get(name, "")).strip()


@require_safe
@customer_view(role=Role.VIEWER, function=FUNCTION)
def index(request: CustomerRequest) -> HttpResponse:
    filters = Filters(request.GET)
    query, service = _typed(filters, "q"), _typed(filters, "service")
    found = voice_contracts(request.user, query).select_related("group__contract")
    if service:
        found = found.filter(service_type=service)
    page = keyset(found, field="number", request=request, size=_PAGE)
    context = {
        "filters": filters,
        "page": page,
        "sites": sites.sites(page.rows, clock.now()),
        "narrows": bool(query or service),
    }
    return render(request, "numbering/dial_in/contracts.html", context)


@dataclass(frozen=True)
class Listed:
    """A dial-in number with its functions in words."""

    number: DialInNumber
    functions: Sequence[str]


@require_safe
@customer_view(role=Role.VIEWER, function=FUNCTION)
def show(request: CustomerRequest, number: str) -> HttpResponse:
    mine = VoiceContract.objects.visible_to(request.user).select_related("group__contract")
    voice_contract = get_object_or_404(mine, number=number)
    filters = NumberFilters(request.GET)
    view = _BASES if _typed(filters, "view") == _BASES else _DIAL_INS
    digits, kind = phones.search_digits(_typed(filters, "q")), _typed(filters, "kind")
    rows: Any = _bases(voice_contract) if view == _BASES else _dial_ins(request, voice_contract)
    if digits:
        rows = rows.filter(digits__contains=digits)
    elif _typed(filters, "q"):
        rows = rows.none()
    if kind:
        rows = rows.filter(kind=kind)
    page = keyset(rows, field="digits", request=request)
    counts = facts.held([base.pk for base in page.rows], with_coming=False) if view == _BASES else {}
    context = {
        "site": sites.sites([voice_contract], clock.now())[0],
        "voice_contract": voice_contract,
        "filters": filters,
        "page": page,
        "view": view,
        "bases": [(base, counts[base.pk]) for base in page.rows] if view == _BASES else [],
        "numbers": [Listed(one, function_words(one)) for one in page.rows] if view == _DIAL_INS else [],
        "narrows": bool(kind or _typed(filters, "q")),
    }
    return render(request, "numbering/dial_in/contract.html", context)


def _bases(voice_contract: VoiceContract) -> Any:
    return BaseNumber.objects.filter(voice_contract=voice_contract, ended_on=None)


def _dial_ins(request: CustomerRequest, voice_contract: VoiceContract) -> Any:
    mine = DialInNumber.objects.visible_to(request.user).select_related("base", "assignment")
    return mine.filter(base__voice_contract=voice_contract)


def function_words(number: DialInNumber) -> list[str]:
    """The additional functions of a number as its customer reads them."""
    flags = {
        _("メッセージボックス"): number.message_box,
        _("非通知着信拒否"): number.reject_anonymous,
        _("迷惑電話お断り"): number.reject_nuisance,
    }
    words = [name for name, has in flags.items() if has]
    if number.shown_number:
        words.append(_("特定番号通知 %(number)s") % {"number": phones.display(number.shown_number)})
    if number.forward_number:
        words.append(_("転送先特定番号 %(number)s") % {"number": phones.display(number.forward_number)})
    return words
