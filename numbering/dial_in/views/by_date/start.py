"""The way into a construction-date order: drafts in progress, a new one by group, consent, and one voice contract."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from numbering.dial_in.consent import PRIVACY_VERSION, given
from numbering.dial_in.forms.parts import IMPORTANT_VERSION, ConsentForm
from numbering.dial_in.models import VoiceContract, VoiceGroup
from numbering.dial_in.services import parts
from numbering.dial_in.services.works import open_works
from numbering.dial_in.views.by_date.opening import FUNCTION, order_of
from selfcare import calendar, clock, text
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Contract, Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders import procedures
from selfcare.orders.models import Order
from selfcare.orders.states import State
from selfcare.orders.views.wizard import bar
from selfcare.paging import keyset

_SALT = "numbering.dial_in_by_date.consent"
#: How long a consent waits for its voice contract.
_CONSENT_LIFE = 24 * 3600
DRAFTS = 50


@dataclass(frozen=True)
class Offered:
    """A voice contract of the group; `reason`: why nothing can be ordered for it. `works`: open orders on it."""

    voice_contract: VoiceContract
    bases: int
    reason: str
    works: list[Order]


@require_safe
@customer_view(role=Role.MEMBER, function=FUNCTION)
def index(request: CustomerRequest) -> HttpResponse:
    now = clock.now()
    held = Order.objects.visible_to(request.user).filter(procedure=parts.CODE, batch=None)
    held = held.filter(state=State.DRAFT, expires_at__gt=now)
    drafts = list(held.select_related("contract", "actor").order_by("-pk")[:DRAFTS])
    procedures.subjects_of(drafts)
    context = {
        "procedure": procedures.get(parts.CODE),
        "groups": _groups(request),
        "drafts": [_entry(order) for order in drafts],
        "hidden": held.count() - len(drafts),
        "chosen": _named_group(request),
        "contract": request.GET.get("contract", "")[:20],
        "missing": "group" in request.GET,
    }
    return render(request, "numbering/dial_in/by_date_start.html", context)


def _entry(order: Order) -> dict[str, Any]:
    touched = order.data.get("touched", {})
    return {
        "order": order,
        "voice_contract": procedures.subject_of(order),
        "touched": parts.touched_at(order),
        "by": touched.get("name", ""),
    }


def _groups(request: CustomerRequest) -> list[VoiceGroup]:
    """Those on contracts that have the function."""
    contracts = Contract.objects.visible_to(request.user).with_function(FUNCTION)
    return list(VoiceGroup.objects.visible_to(request.user).filter(contract__in=contracts).order_by("code"))


def _named_group(request: CustomerRequest) -> str:
    """The group that the address names, by its code or by the number of one of its voice contracts."""
    # A NUL cannot be in any text of the database, and PostgreSQL refuses to look for one.
    number = request.GET.get("contract", "").replace("\0", "")[:20]
    named = VoiceContract.objects.visible_to(request.user).filter(number=number)
    return request.GET.get("group", "") or named.values_list("group__code", flat=True).first() or ""


def _group(request: CustomerRequest) -> VoiceGroup | None:
    code = request.GET.get("group", "")
    return next((group for group in _groups(request) if group.code == code), None)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.MEMBER, function=FUNCTION)
def consent(request: CustomerRequest) -> HttpResponse:
    """Nothing is stored yet: the consent goes on in the address, signed, with its version and time."""
    group = _group(request)
    if group is None:
        return redirect(f"{reverse('numbering:dial-in-by-date')}?group=")
    form = ConsentForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        said = {**given(now=clock.now()), "important": IMPORTANT_VERSION, "by": request.user.pk}
        marks = {"group": group.code, "consent": signing.dumps(said, salt=_SALT), **_marks(request)}
        return redirect(f"{reverse('numbering:dial-in-by-date-contract')}?{urlencode(marks)}")
    procedure = procedures.get(parts.CODE)
    context = {"group": group, "form": form, "steps": bar(procedure, 0), "version": PRIVACY_VERSION}
    return render(request, "numbering/dial_in/by_date_consent.html", context)


def _marks(request: CustomerRequest) -> dict[str, str]:
    """What the address says beside group and consent: a voice contract, a draft to go on from."""
    return {name: request.GET[name][:40] for name in ("contract", "from") if request.GET.get(name)}


def _consented(request: CustomerRequest) -> dict[str, Any] | None:
    """What this user consented to within the last day; None for a token of somebody else, or none of ours."""
    try:
        said: dict[str, Any] = signing.loads(request.GET.get("consent", ""), salt=_SALT, max_age=_CONSENT_LIFE)
    except signing.BadSignature:
        return None
    return said if said.get("by") == request.user.pk else None


@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.MEMBER, function=FUNCTION)
def contract(request: CustomerRequest) -> HttpResponse:
    """One voice contract of the group; the answer to a good choice is the menu of the new draft."""
    group, said = _group(request), _consented(request)
    if group is None:
        return redirect(f"{reverse('numbering:dial-in-by-date')}?group=")
    if said is None:
        marks = urlencode({"group": group.code, **_marks(request)})
        return redirect(f"{reverse('numbering:dial-in-by-date-consent')}?{marks}")
    source = _source(request)
    problem = ""
    if request.method == "POST":
        chosen = _chosen(request, group)
        problem = _("音声契約を選んでください。") if chosen is None else chosen.reason
        if chosen is not None and not problem:
            order = parts.begin(
                uuid=_key(request, chosen.voice_contract),
                voice_contract=chosen.voice_contract,
                consent=said,
                source=source,
                actor=request.user,
            )
            return redirect("numbering:dial-in-by-date-menu", order.uuid)
    return _contracts_page(request, group, source, problem)


def _contracts_page(request: CustomerRequest, group: VoiceGroup, source: Order | None, problem: str) -> HttpResponse:
    query = request.GET.get("q", "").replace("\0", "").strip()[:60]
    found = VoiceContract.objects.visible_to(request.user).filter(group=group)
    if query:
        found = found.filter(number__contains=text.normalize_identifier(query).upper()) | found.filter(
            name__contains=query
        )
    page = keyset(found, field="number", request=request, size=100)
    procedure = procedures.get(parts.CODE)
    context = {
        "procedure": procedure,
        "group": group,
        "page": page,
        "rows": _offered(page.rows),
        "query": query,
        "kept_marks": [
            (name, request.GET[name]) for name in ("group", "consent", "contract", "from") if name in request.GET
        ],
        "named": request.GET.get("contract", ""),
        "problem": problem,
        "chosen": request.POST.get("voice_contract") or (str(source.subject_id) if source else ""),
        "key": request.POST.get("key") or uuid4(),
        "steps": bar(procedure, 0),
    }
    return render(request, "numbering/dial_in/by_date_contract.html", context)


def _offered(found: Any) -> list[Offered]:
    """As many queries for a hundred as for one."""
    ids = [one.pk for one in found]
    today = calendar.today(clock.now())
    works = open_works(voice_contracts=ids)
    bases: dict[int, int] = parts.base_counts(ids)
    offered = []
    for one in found:
        reason = ""
        if one.ended_on is not None and one.ended_on <= today:
            reason = _("この音声契約は終了しています。")
        elif not bases.get(one.pk):
            reason = _("基本契約番号がないため、番号を追加できません。")
        offered.append(Offered(one, bases.get(one.pk, 0), reason, works.get(one.pk, [])))
    return offered


def _chosen(request: CustomerRequest, group: VoiceGroup) -> Offered | None:
    """Of this group and this customer; anybody else's is as unknown as one that nobody has."""
    typed = request.POST.get("voice_contract", "")
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 19):
        return None
    held = VoiceContract.objects.visible_to(request.user).filter(group=group).select_related("group__contract")
    found = held.filter(pk=int(typed)).first()
    return _offered([found])[0] if found else None


def _key(request: CustomerRequest, voice_contract: VoiceContract) -> UUID:
    """The page's own mark: sent twice, it is one draft. One of anything else, or none, is as good as new."""
    try:
        key = UUID(request.POST.get("key", ""))
    except ValueError:
        return uuid4()
    own = Order.objects.filter(
        actor=request.user, procedure=parts.CODE, state=State.DRAFT, subject_id=voice_contract.pk
    )
    is_taken = Order.objects.filter(uuid=key).exists() and not own.filter(uuid=key).exists()
    return uuid4() if is_taken else key


def _source(request: CustomerRequest) -> Order | None:
    """The expired draft whose parts are to go on in the new one."""
    typed = request.GET.get("from", "")
    if not typed:
        return None
    try:
        order = order_of(request, UUID(typed))
    except ValueError:
        raise Http404 from None
    return order if order.accepted_at is None else None
