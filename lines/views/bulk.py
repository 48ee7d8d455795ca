"""One procedure for many lines that were ticked in the list, or that its filters found: what to do is asked once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from lines import offered
from lines.models import Line
from lines.services import bulk_forms
from lines.services.catalogue import Catalogue
from lines.views.pages import filters_of
from selfcare import clock
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders.procedures import OrderForm, Procedure
from selfcare.orders.services import batches, bulk
from selfcare.orders.services.drafts import new_draft, refusals
from selfcare.orders.views.wizard import bar, url_name
from selfcare.shell import standing

#: Lines that can be ticked one by one, and lines that a filter can stand for.
TICKED, FILTERED = 1_000, 10_000
#: Of a batch's way back to where its lines were chosen.
_LONGEST_PATH = 200


@dataclass(frozen=True)
class Chosen:
    """Which lines: `ids` ticked ones, or all that `filter` finds. Both come from the page and are believed nothing."""

    ids: tuple[int, ...]
    filter: str
    is_all: bool

    @property
    def back(self) -> str:
        path = f"{reverse('lines:list')}?{self.filter}" if self.filter else reverse("lines:list")
        return path if len(path) <= _LONGEST_PATH else reverse("lines:list")


@sensitive_post_parameters()
@require_POST
@customer_view(role=Role.MEMBER)
def choose(request: CustomerRequest) -> HttpResponse:
    """Ticks come here; without a form, or with a good one, they become a draft that its own page confirms."""
    chosen = _chosen(request)
    if not request.POST.get("procedure"):
        messages.error(request, _("手続きを選んでください。"))
        return redirect(chosen.back)
    procedure = _procedure(request)
    if len(chosen.ids) > TICKED:
        messages.error(request, _("一度に選べる回線は%(most)s件までです。") % {"most": f"{TICKED:,}"})
        return redirect(chosen.back)
    lines = _lines(request, chosen)
    if not lines:
        messages.error(request, _("手続きする回線を選んでください。"))
        return redirect(chosen.back)
    making = bulk_forms.maker(procedure, now=clock.now(), actor=request.user)
    if not procedure.steps:
        return _draft(request, procedure, chosen, lines, {})
    possible, reason = _possible(making, lines)
    if not possible:
        return _page(request, procedure, chosen, lines, [], problem=reason)
    kinds = bulk_forms.examples(possible)
    if "given" not in request.POST:
        return _page(request, procedure, chosen, lines, _once(making, kinds))
    tried = [making.forms(line, request.POST) for line in kinds]
    if any(all(form.is_valid() for form in forms) for forms in tried):
        return _draft(request, procedure, chosen, lines, _values(making, kinds, request.POST))
    return _page(request, procedure, chosen, lines, _with_errors(_once(making, kinds), tried[0], request.POST))


def _procedure(request: CustomerRequest) -> Procedure:
    code = request.POST["procedure"]
    possible = offered.in_bulk(request.user, standing.functions(request))
    found = next((one for one in possible if one.code == code), None)
    if found is None:
        raise Http404
    return found


def _chosen(request: CustomerRequest) -> Chosen:
    typed = [*request.POST.getlist("line"), *request.POST.get("lines", "").split(",")]
    ids = dict.fromkeys(int(one) for one in typed if one.isascii() and one.isdecimal() and len(one) < 19)
    kept = QueryDict(request.POST.get("filter", "")[:1000].replace("\x00", ""), mutable=True)
    for name in ("before", "after"):
        kept.pop(name, None)
    return Chosen(tuple(ids), kept.urlencode(), request.POST.get("all") == "1")


def _lines(request: CustomerRequest, chosen: Chosen) -> list[Line]:
    """The customer's own lines among them: other customers' are as unknown as those that nobody has."""
    held = Line.objects.visible_to(request.user)
    if not chosen.is_all:
        return list(held.filter(pk__in=chosen.ids).select_related("contract").order_by("number", "pk"))
    filters = filters_of(request, QueryDict(chosen.filter), Catalogue())
    fields, descending = filters.order
    found = filters.narrow(held).order_by(*(f"-{name}" if descending else name for name in fields))[:FILTERED]
    lines = list(found)
    contracts = {contract.pk: contract for contract in standing.contracts(request)}
    for line in lines:
        if line.contract_id in contracts:
            line.contract = contracts[line.contract_id]
    return lines


def _possible(making: bulk_forms.Maker, lines: Sequence[Line]) -> tuple[list[Line], str]:
    """The lines for which something can be ordered at all, and the first reason of the others."""
    drafts = [
        new_draft(procedure=making.procedure, subject=line, contract=line.contract, now=making.now, actor=making.actor)
        for line in lines
    ]
    reasons = refusals(drafts, now=making.now)
    possible = [line for line, draft in zip(lines, drafts, strict=True) if draft not in reasons]
    return possible, next(iter(reasons.values()), "")


def _once(making: bulk_forms.Maker, kinds: Sequence[Line]) -> list[OrderForm]:
    return bulk_forms.merged([making.forms(line, once=True) for line in kinds])


def _values(making: bulk_forms.Maker, kinds: Sequence[Line], data: QueryDict) -> dict[str, str]:
    """What was given, by the names of the forms' fields."""
    names = {name for line in kinds for form in making.forms(line, once=True) for name in form.fields}
    return {name: data.get(name, "") for name in names}


def _with_errors(shown: list[OrderForm], tried: list[OrderForm], data: QueryDict) -> list[OrderForm]:
    """The page's forms again, with what was typed and what one line's form finds wrong with it."""
    for form, bound in zip(shown, tried, strict=True):
        form.data, form.is_bound, form.cleaned_data = data, True, {}
        form._errors = bound.errors  # type: ignore[attr-defined]
    return shown


def _draft(
    request: CustomerRequest, procedure: Procedure, chosen: Chosen, lines: Sequence[Line], values: dict[str, str]
) -> HttpResponse:
    now = clock.now()
    rows = [bulk.Typed(line, values) for line in lines]
    wishes, refused = bulk.read(procedure, rows, now=now, actor=request.user)
    batch = batches.draft(
        procedure=procedure, wishes=wishes, refused=refused, source="", back=chosen.back, now=now, actor=request.user
    )
    return redirect("orders:batch_confirm", batch.uuid)


def _page(
    request: CustomerRequest,
    procedure: Procedure,
    chosen: Chosen,
    lines: Sequence[Line],
    forms: list[OrderForm],
    *,
    problem: str = "",
) -> HttpResponse:
    context: dict[str, Any] = {
        "procedure": procedure,
        "chosen": chosen,
        "ids": "" if chosen.is_all else ",".join(str(line.pk) for line in lines),
        "count": len(lines),
        "forms": forms,
        "form": next((form for form in forms if form.errors), forms[0] if forms else None),
        "problem": problem,
        "file_url": reverse(f"{url_name(procedure)}-file"),
        "steps": bar(procedure, 0),
    }
    return render(request, "lines/bulk.html", context)
