"""お申し込み方法の確認: which way numbers can be added on a voice contract, why, and from what date (spec 5.1).

A GET with everything in its address: it can be kept, sent on, and gone back to; nothing is written.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from numbering.dial_in import dates, eligibility
from numbering.dial_in.eligibility import Facts, Verdict, Way
from numbering.dial_in.forms.check import AnswersForm, ContractForm
from numbering.dial_in.models import BaseNumber, SiteNetwork, VoiceContract, VoiceGroup
from numbering.dial_in.services import facts, lead_times
from numbering.dial_in.views.links import FUNCTION, groups_of
from selfcare import calendar, clock
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Contract, Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders.days import business_days

#: A 音声契約番号, and nothing else.
_NUMBER = re.compile(r"N[0-9]{9}", re.ASCII)


@dataclass(frozen=True)
class Result:
    """What the check has found: `starts` is the day from which it can be had, `next_url` the form for it."""

    verdict: Verdict
    starts: date | None
    next_url: str
    #: Whom to talk to where nothing can be ordered here.
    contact: Contract


@require_safe
@customer_view(role=Role.VIEWER, function=FUNCTION)
def check(request: CustomerRequest) -> HttpResponse:
    now = clock.now()
    groups = list(groups_of(request.user))
    usable = VoiceContract.objects.filter(group__in=groups, ended_on=None).select_related("group__contract")
    voice_contract = _chosen(request, usable)
    group = _group(request, groups, voice_contract)
    siblings: Sequence[VoiceContract] = list(usable.filter(group=group).order_by("number")) if group else []
    initial = {"group": group.pk if group else "", "contract": voice_contract.number if voice_contract else ""}
    context: dict[str, Any] = {
        "chooser": ContractForm(groups=groups, voice_contracts=siblings, initial=initial),
        "voice_contract": voice_contract,
        "may_order": request.user.has_role(Role.MEMBER),
    }
    if voice_contract is not None:
        context |= _questions(request, voice_contract, now)
    return render(request, "numbering/dial_in/check.html", context)


def _chosen(request: CustomerRequest, usable: QuerySet[VoiceContract]) -> VoiceContract | None:
    """The voice contract named in the address, or the only one there is; somebody else's is a 404."""
    number = request.GET.get("contract", "")
    if not number:
        rows = list(usable.order_by("number")[:2])
        return rows[0] if len(rows) == 1 else None
    if not _NUMBER.fullmatch(number):
        raise Http404
    found = get_object_or_404(usable, number=number)
    # Another group was chosen than that of the contract which still stands in the address.
    return found if request.GET.get("group", "") in ("", str(found.group_id)) else None


def _group(
    request: CustomerRequest, groups: Sequence[VoiceGroup], voice_contract: VoiceContract | None
) -> VoiceGroup | None:
    if voice_contract is not None:
        return voice_contract.group
    if len(groups) == 1:
        return groups[0]
    wanted = request.GET.get("group", "")
    return next((one for one in groups if str(one.pk) == wanted), None)


def _questions(request: CustomerRequest, voice_contract: VoiceContract, now: datetime) -> dict[str, Any]:
    known, fullest = _known(voice_contract, now)
    asked = eligibility.questions(known)
    said = any(name in request.GET for name in asked)
    form = AnswersForm(request.GET if said else None, asked=asked, fullest=fullest)
    result = None
    if not asked or (said and form.is_valid()):
        answered = form.answered(known) if asked else known
        result = _result(voice_contract, answered, now)
    return {"form": form if asked else None, "result": result}


def _known(voice_contract: VoiceContract, now: datetime) -> tuple[Facts, tuple[str, int] | None]:
    """What the portal knows, and the base number with most dial-in numbers with how many they are."""
    known = facts.gather([voice_contract], now)[voice_contract.pk]
    bases = dict(BaseNumber.objects.filter(voice_contract=voice_contract, ended_on=None).values_list("pk", "digits"))
    if not bases:
        return known, None
    held = facts.held(bases)
    most = max(held, key=lambda pk: (held[pk], bases[pk]))
    return replace(known, least_held=min(held.values())), (bases[most], held[most])


def _result(voice_contract: VoiceContract, answered: Facts, now: datetime) -> Result:
    verdict = eligibility.decide(answered)
    starts, next_url = None, ""
    if verdict.way == Way.AT_ONCE:
        starts = calendar.today(now)
        next_url = reverse("numbering:dial-in-at-once-new", args=[voice_contract.group_id])
    elif verdict.way == Way.BY_DATE:
        starts = _earliest(voice_contract, answered, calendar.today(now))
        next_url = f"{reverse('numbering:dial-in-by-date')}?{urlencode({'contract': voice_contract.number})}"
    return Result(verdict, starts, next_url, voice_contract.contract)


def _earliest(voice_contract: VoiceContract, answered: Facts, today: date) -> date:
    has_networks = SiteNetwork.objects.filter(voice_contract=voice_contract).exists()
    contents = dates.contents_expected(answered, has_networks=has_networks)
    return dates.earliest(contents, lead_times.days(), today, business_days(since=today))
