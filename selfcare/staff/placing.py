"""Orders that operators place on a customer's written request: input, confirm, order, by the same services."""

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from selfcare import clock
from selfcare.accounts.models import Contract
from selfcare.orders import procedures
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible, OrderForm, Procedure, Row
from selfcare.orders.services.accepting import Changed, DraftExpired
from selfcare.orders.services.drafts import new_draft, require_possible, save_draft
from selfcare.orders.services.offers import offer, seal_shown
from selfcare.orders.services.placing import place
from selfcare.orders.states import State
from selfcare.staff.base import StaffAdmin, operator
from selfcare.staff.operations import admin_form


def url(procedure: str, subject: Model) -> str:
    """Where an operator orders `procedure` for this row."""
    return reverse("admin:orders_order_place", args=[procedure, subject.pk])


class PlacingAdmin(StaffAdmin):
    """The pages, under the admin's list of orders."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("place/<str:code>/<int:subject_id>/", view(self.place), name="orders_order_place"),
            path("place/<uuid:uuid>/", view(self.confirm), name="orders_order_confirm"),
            *super().get_urls(),
        ]

    def place(self, request: HttpRequest, code: str, subject_id: int) -> HttpResponse:
        procedure = _procedure(request, code)
        subject = get_object_or_404(procedure.subject, pk=subject_id)
        order = _draft(request, procedure, subject)
        form: OrderForm | None = None
        if procedure.steps:
            posted = request.POST if request.method == "POST" else None
            form = procedure.steps[0](posted, order=order, initial=order.data)
        if request.method == "POST" and (form is None or form.is_valid()):
            data = form.cleaned_data if form else {}
            order.data = data
            problem = _problem(request, order)
            if not problem:
                saved = save_draft(order=order, data=data, now=clock.now(), actor=operator(request))
                return redirect("admin:orders_order_confirm", saved.uuid)
            if form is not None:
                form.add_error(None, problem)
            else:
                messages.error(request, problem)
        return self._draw(
            request, "admin/place.html", order, form=form, adminform=admin_form(form, self) if form else None
        )

    def confirm(self, request: HttpRequest, uuid: UUID) -> HttpResponse:
        orders = Order.objects.filter(actor=operator(request)).select_related("contract", "customer")
        order = get_object_or_404(orders, uuid=uuid)
        _procedure(request, order.procedure)
        if order.state != State.DRAFT:
            return redirect("admin:orders_order_change", order.pk)
        changed: list[Row] = []
        problem = ""
        if request.method == "POST":
            try:
                accepted = place(
                    order_id=order.pk,
                    shown=request.POST.get("shown", ""),
                    session_digest="",
                    actor=operator(request),
                )
            except Changed as error:
                changed = error.rows
            except NotPossible as error:
                problem = str(error)
            except DraftExpired:
                problem = _("確認の期限が過ぎました。もう一度入力してください。")
            else:
                messages.success(request, _("%(id)s を受け付けました。") % {"id": accepted.request_id})
                return redirect("admin:orders_order_change", accepted.pk)
        return self._draw_confirm(request, order, changed, problem or _problem(request, order))

    def _draw_confirm(self, request: HttpRequest, order: Order, changed: list[Row], problem: str) -> HttpResponse:
        current = offer(order, now=clock.now())
        return self._draw(
            request,
            "admin/place_confirm.html",
            order,
            offer=current,
            shown=seal_shown(order, current),
            changed=changed,
            problem=problem,
            back=f"{reverse('admin:orders_order_place', args=[order.procedure, order.subject_id])}?draft={order.uuid}",
        )

    def _draw(self, request: HttpRequest, template: str, order: Order, **words: Any) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": order.handler.title,
            "order": order,
            "subject": procedures.subject_of(order),
            **words,
        }
        return render(request, template, context, status=409 if words.get("problem") or words.get("changed") else 200)


def _procedure(request: HttpRequest, code: str) -> Procedure:
    if not operator(request).has_perm("staff.place_orders"):
        raise PermissionDenied(_("この操作の権限がありません。"))
    try:
        procedure = procedures.get(code)
    except procedures.UnknownProcedure:
        raise Http404 from None
    if not procedure.operator_only:
        raise Http404
    return procedure


def _draft(request: HttpRequest, procedure: Procedure, subject: Model) -> Order:
    """The operator's draft that the address names (戻る keeps the input), or a new one in memory."""
    wanted = request.GET.get("draft")
    if not wanted:
        contract = (
            subject if isinstance(subject, Contract) else cast("Contract | None", getattr(subject, "contract", None))
        )
        return new_draft(
            procedure=procedure, subject=subject, contract=contract, now=clock.now(), actor=operator(request)
        )
    try:
        return get_object_or_404(
            Order, uuid=wanted, procedure=procedure.code, subject_id=subject.pk, actor=operator(request)
        )
    except ValidationError:
        raise Http404 from None


def _problem(request: HttpRequest, order: Order) -> str:
    try:
        require_possible(order, now=clock.now(), actor=operator(request))
    except NotPossible as error:
        return str(error)
    return ""
