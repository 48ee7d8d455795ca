"""The input page of every procedure: facts, notes, form; a good form is answered by a redirect to the confirm page."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from selfcare import clock
from selfcare.accounts.access import contract_for, customer_view
from selfcare.accounts.models import Contract, User
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders import procedures
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible, OrderForm, Procedure
from selfcare.orders.repeating import without_past
from selfcare.orders.services.drafts import choose, new_draft, require_possible, save_draft
from selfcare.orders.services.offers import opens_at

View = Callable[..., HttpResponseBase]


def wizard(code: str) -> View:
    """The input view of one procedure, for an URL with or without `<int:pk>` of its subject.

    Without one the subject is the contract that carries the procedure's function. A GET never writes; a POST stores
    a draft. `?draft=<uuid>` takes up a draft of one's own: 戻る keeps the input. `?key=<uuid>` is the page's own mark:
    sent twice, from two windows or after going back, it is one wish and shows what came of it.
    """
    procedure = procedures.get(code)

    @sensitive_post_parameters()
    @customer_view(role=procedure.role, function=procedure.function or None)
    def view(request: CustomerRequest, pk: int | None = None) -> HttpResponse:
        now = clock.now()
        order = _order(request, procedure, pk, now)
        if order.accepted_at is not None:
            return redirect(order)
        step = _step(request, procedure)
        form = _form(request, order, step, now)
        problem = _obstacle(order, now, request.user)
        if request.method == "POST" and (form is None or form.is_valid()):
            secret = _take_over(order, form)
            problem = _problem(order, now, request.user)
            if problem is None:
                saved = save_draft(order=order, data=order.data, now=now, actor=request.user, secret=secret)
                if step + 1 < len(procedure.steps):
                    return redirect(f"{request.path}?draft={saved.uuid}&step={step + 2}")
                return redirect("orders:confirm", saved.uuid)
            if form is not None:
                form.add_error(None, ValidationError(problem))
        context = _context(order, procedure, form, step, problem)
        context["opens_at"] = opens_at(procedure, now)
        context["action"] = _action(request, order, pk, step)
        return render(request, procedure.input_template, context)

    return view


def _take_over(order: Order, form: OrderForm | None) -> dict[str, Any]:
    """Put what was typed on the draft in memory; returns what must be sealed instead."""
    if form is None:
        return {}
    order.data = {**order.data, **{name: value for name, value in form.cleaned_data.items() if name not in form.secret}}
    subject = form.chosen()
    if subject is not None:
        choose(order, subject)
    # What was left empty is no secret: the same wish sent twice stays one.
    return {name: form.cleaned_data[name] for name in form.secret if form.cleaned_data[name]}


def _context(
    order: Order, procedure: Procedure, form: OrderForm | None, step: int, problem: str | None
) -> dict[str, Any]:
    intro = procedure.intro(order)
    return {
        "order": order,
        "procedure": procedure,
        "subject": procedures.subject_of(order),
        "form": form,
        "facts": intro.facts,
        "notes": intro.notes,
        "problem": problem,
        "steps": bar(procedure, step),
        "contract": order.contract,
    }


def pages_before_confirm(procedure: Procedure) -> int:
    return len(procedure.step_labels) or max(len(procedure.steps), 1)


def bar(procedure: Procedure, at: int) -> list[tuple[str, str]]:
    """The step bar as (label, done|current|ahead): the input pages, 確認, 完了."""
    inputs = pages_before_confirm(procedure)
    labels = [str(label) for label in procedure.step_labels] or [
        _("入力") if inputs == 1 else _("入力 %(n)s") % {"n": n + 1} for n in range(inputs)
    ]
    labels += [_("確認"), _("完了")]
    return [(label, "done" if i < at else "current" if i == at else "ahead") for i, label in enumerate(labels)]


def _subject(request: CustomerRequest, procedure: Procedure, pk: int | None) -> tuple[Contract | None, Model | None]:
    """The row to change, fetched through the user's own; somebody else's is a 404. None: the form finds it."""
    if procedure.finds_subject:
        return None, None
    if pk is None:
        contract = contract_for(request, procedure.function)
        return contract, contract
    rows = procedure.subject._default_manager.visible_to(request.user)  # type: ignore[attr-defined]
    subject = get_object_or_404(rows, pk=pk)
    owner: Contract | None = getattr(subject, "contract", None)
    if owner is None or procedure.function not in owner.functions:
        raise Http404
    return owner, subject


def _order(request: CustomerRequest, procedure: Procedure, pk: int | None, now: datetime) -> Order:
    """The order that the address names (one's own), or a new draft in memory."""
    draft, key = _uuid(request, "draft"), _uuid(request, "key")
    wanted = draft or key
    if wanted is not None:
        mine = (
            Order.objects.visible_to(request.user)
            .select_related("contract")
            .filter(uuid=wanted, procedure=procedure.code, actor=request.user)
            # What a file wished is confirmed with all the rest of it.
            .exclude(batch__isnull=False, accepted_at=None)
        )
        kept = (mine.filter(subject_id=pk) if pk is not None else mine).first()
        if kept is not None:
            return kept
        if draft is not None:
            raise Http404
    contract, subject = _subject(request, procedure, pk)
    order = new_draft(procedure=procedure, subject=subject, contract=contract, now=now, actor=request.user)
    if key is not None and not Order.objects.filter(uuid=key).exists():
        order.uuid = key
    return order


def _uuid(request: CustomerRequest, name: str) -> UUID | None:
    value = request.GET.get(name)
    if not value:
        return None
    try:
        return UUID(value)
    except ValueError:
        raise Http404 from None


def _action(request: CustomerRequest, order: Order, pk: int | None, step: int) -> str:
    """Where the form goes: it says which draft, or which contract and wish, the page was about when it was drawn."""
    if order.pk:
        return f"{request.path}?{urlencode({'draft': order.uuid, 'step': step + 1})}"
    marks: dict[str, Any] = {"key": order.uuid}
    if pk is None and order.contract is not None:
        marks["contract"] = order.contract.number
    return f"{request.path}?{urlencode(marks)}"


def _step(request: CustomerRequest, procedure: Procedure) -> int:
    wanted = request.GET.get("step") or "1"
    if not wanted.isdecimal() or len(wanted) > 2 or not 1 <= int(wanted) <= max(len(procedure.steps), 1):
        raise Http404
    return int(wanted) - 1


def _form(request: CustomerRequest, order: Order, step: int, now: datetime) -> OrderForm | None:
    steps = order.handler.steps
    if not steps:
        return None
    if request.method == "POST":
        return steps[step](request.POST, order=order)
    linked = {name: request.GET[name] for name in steps[step].prefill if name in request.GET}
    return steps[step](order=order, initial={**linked, **without_past(order.data, now)})


def _problem(order: Order, now: datetime, user: User) -> str | None:
    """Why this user cannot order this now, in the customer's words; None when he can."""
    try:
        require_possible(order, now=now, actor=user)
    except NotPossible as error:
        return str(error)
    return None


def _obstacle(order: Order, now: datetime, user: User) -> str | None:
    """Why nothing can be ordered here now, whatever one types: what a kept draft says can be corrected."""
    typed, order.data = order.data, {}
    try:
        return _problem(order, now, user)
    finally:
        order.data = typed


def input_url(order: Order) -> str:
    """The address of the input page that leads to this draft; 戻る goes there."""
    if page := order.handler.input_page(order):
        return page
    by_form = order.handler.subject is Contract or order.handler.finds_subject
    arguments = [] if by_form else [order.subject_id]
    return f"{reverse(url_name(order.handler), args=arguments)}?draft={order.uuid}"


def url_name(procedure: Procedure) -> str:
    """Of a procedure's input page: the app's namespace, and the code's words with hyphens."""
    return procedure.code.replace(".", ":").replace("_", "-")
