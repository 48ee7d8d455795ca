"""承認待ち of a batch: its page while it waits and after it ended so, the answer, and taking the request back."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from selfcare import clock
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders import approval
from selfcare.orders.approval_forms import ReasonForm
from selfcare.orders.models import Approval, Batch
from selfcare.orders.procedures import NotPossible, may_order
from selfcare.orders.services import approving_batches, placing
from selfcare.orders.services.accepting import Changed
from selfcare.orders.sessions import digest
from selfcare.orders.views import batch_good
from selfcare.orders.views.approval import require_answering
from selfcare.orders.views.wizard import bar


def page(request: CustomerRequest, batch: Batch) -> HttpResponse:
    """A batch of which nothing has been accepted: what was asked for, and what came of it."""
    mine = bool(batch.session_digest) and batch.session_digest == digest(request)
    context = {
        "batch": batch,
        "procedure": batch.handler,
        "asked": batch.asked,
        "quote": {"monthly": batch.asked.get("monthly", 0), "once": batch.asked.get("once", 0), "lines": []},
        "may_withdraw": batch.awaits_approval and may_order(batch.handler, request.user),
        "may_approve": approval.waits_until(batch) > clock.now() and approval.may_approve(batch, request.user),
        "steps": bar(batch.handler, 2) if mine else [],
    }
    return render(request, "orders/batch_approval.html", context)


def _batch(request: CustomerRequest, uuid: UUID) -> Batch:
    asked = Batch.objects.visible_to(request.user).exclude(approval="").select_related("actor", "decided_by")
    return get_object_or_404(asked, uuid=uuid)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.MEMBER)
def approve(request: CustomerRequest, uuid: UUID) -> HttpResponse:
    """The batch's confirm page as it is today, for a second person."""
    batch = _batch(request, uuid)
    if not batch.awaits_approval:
        return _answered(request, batch)
    require_answering(request, batch)
    form = ReasonForm()
    if request.method != "POST":
        return batch_good.page(request, batch, form=form)
    try:
        approved = placing.approve_batch(batch_id=batch.pk, shown=request.POST.get("shown", ""), actor=request.user)
    except Changed as changed:
        return batch_good.page(request, batch, form=form, changed=changed.rows, status=409)
    except NotPossible as error:
        return batch_good.page(request, batch, form=form, refused=str(error), status=409)
    return _answered(request, approved)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.MEMBER)
def refuse(request: CustomerRequest, uuid: UUID) -> HttpResponse:
    batch = _batch(request, uuid)
    if not batch.awaits_approval:
        return _answered(request, batch)
    require_answering(request, batch)
    if request.method != "POST":
        return redirect(f"{batch.approve_url}#refuse")
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return batch_good.page(request, batch, form=form)
    try:
        batch, _first = approving_batches.refuse(
            batch_id=batch.pk, reason=form.cleaned_data["reason"], actor=request.user
        )
    except NotPossible as error:
        return batch_good.page(request, batch, form=form, refused=str(error), status=409)
    return _answered(request, batch)


def withdraw(request: CustomerRequest, batch: Batch) -> HttpResponse:
    """What the address for undoing means while the batch waits."""
    if request.method == "POST":
        try:
            _ended, first = approving_batches.withdraw(batch_id=batch.pk, actor=request.user)
        except NotPossible as error:
            messages.error(request, str(error))
        else:
            if first:
                messages.success(request, _("お申し込みを取り下げました。"))
        return redirect(batch)
    if not may_order(batch.handler, request.user):
        messages.error(request, _("この申し込みは、お使いのユーザーの役割では取り消せません。"))
        return redirect(batch)
    return render(request, "orders/batch_withdraw.html", {"batch": batch, "procedure": batch.handler})


def _answered(request: CustomerRequest, batch: Batch) -> HttpResponse:
    told = {
        Approval.REFUSED: _("%(request)s を却下しました。"),
        Approval.EXPIRED: _("%(request)s は、承認の期限が過ぎて終了しています。"),
        Approval.WITHDRAWN: _("%(request)s は、取り下げられています。"),
    }
    text = told.get(Approval(batch.approval), _("%(request)s は承認されています。"))
    messages.info(request, text % {"request": batch.request_id})
    return redirect(batch)
