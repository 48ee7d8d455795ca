"""工事の一覧: what is to be done next with orders of construction, the earliest first; in short on the home page."""

import csv
import io
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from numbering.dial_in import entered
from numbering.dial_in.models import VoiceContract
from numbering.dial_in.services import works
from numbering.dial_in.services.works import BY_DATE, SALES
from numbering.dial_in.stages import STAGED, Stage, next_of, stage_of
from selfcare import calendar, clock, text
from selfcare.calendar import BusinessDays
from selfcare.orders import procedures
from selfcare.orders.days import business_days
from selfcare.orders.models import Order
from selfcare.orders.states import APPROVAL, State
from selfcare.staff import panels
from selfcare.staff.base import StaffAdmin, operator

_PAGE = 50
#: The panel names so many, and counts no further.
_LISTED, _COUNTED = 8, 100
_MAY = "orders.view_order"
#: What the list can be narrowed to.
_FILTERS: dict[str, Any] = {
    "": gettext_lazy("すべて"),
    Stage.RECEIVED: Stage.RECEIVED.label,
    Stage.CONFIRMING: Stage.CONFIRMING.label,
    Stage.ARRANGED: Stage.ARRANGED.label,
    Stage.DONE: Stage.DONE.label,
    Stage.RETURNED: Stage.RETURNED.label,
    "sales": gettext_lazy("営業経由"),
}


@dataclass(frozen=True)
class Work:
    """One open order: what is next, by which day, and whether that is over."""

    order: Order
    subject: VoiceContract
    stage: str
    next: str
    opens_on: date | None
    by: date | None
    late: bool


def register() -> None:
    panels.register("works", panel, "admin/numbering/dial_in_panel.html", order=25)


def open_orders(wanted: str = "") -> QuerySet[Order]:
    """By the day on which they open, the earliest first."""
    under_way = [State.ACKNOWLEDGED, State.IN_PROGRESS]
    # What waits for its company's approval is nothing for operators yet.
    orders = Order.objects.open().filter(procedure__in=STAGED).exclude(state=State.PENDING, phase=APPROVAL)
    if wanted == "sales":
        orders = orders.filter(procedure=SALES)
    elif wanted == Stage.RETURNED:
        orders = orders.filter(procedure=BY_DATE, state=State.PENDING)
    elif wanted == Stage.RECEIVED:
        orders = orders.filter(procedure=BY_DATE, state__in=under_way, phase="")
    elif wanted:
        orders = orders.filter(procedure=BY_DATE, state__in=under_way, phase=wanted)
    return orders.select_related("customer").defer("shown", "data", "search", "result").order_by("due_at", "pk")


def as_works(orders: list[Order], today: date) -> list[Work]:
    procedures_of = {code: [order for order in orders if order.procedure == code] for code in STAGED}
    for some in procedures_of.values():
        procedures.subjects_of(some)
    days = business_days(since=min((calendar.today(order.due_at) for order in orders if order.due_at), default=today))
    return [_work(order, today, days) for order in orders]


def _work(order: Order, today: date, days: BusinessDays) -> Work:
    stage, following = stage_of(order), next_of(order)
    opens_on = calendar.today(order.due_at) if order.due_at else None
    by = works.until(order, days) if following == Stage.COMPLETED else opens_on
    # Until the day itself everything must be arranged; the work and what follows are late when their day is over.
    is_over = by is not None and (by < today if following in (Stage.DONE, Stage.COMPLETED) else by <= today)
    if following is not None:
        told = str(following.label)
    else:
        told = _("お客様の訂正待ち") if stage == Stage.RETURNED else _("再開または取消の判断")
    return Work(
        order=order,
        subject=procedures.subject_of(order),
        stage=str(stage.label) if stage else order.state_label,
        next=told,
        opens_on=opens_on,
        by=by,
        late=is_over,
    )


def panel(request: HttpRequest) -> dict[str, Any] | None:
    """The next few; nothing to do is said, too."""
    if not operator(request).has_perm(_MAY):
        return None
    orders = open_orders()
    today = calendar.today(clock.now())
    return {"works": as_works(list(orders[:_LISTED]), today), "count": orders[:_COUNTED].count(), "counted": _COUNTED}


class WorksAdmin(StaffAdmin):
    """The pages, under the admin's list of voice contracts."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("works/", view(self.works), name="numbering_voicecontract_works"),
            path("works/<int:order_id>/rows.csv", view(self.rows), name="numbering_voicecontract_rows"),
            *super().get_urls(),
        ]

    def works(self, request: HttpRequest) -> HttpResponse:
        if not operator(request).has_perm(_MAY):
            raise PermissionDenied(_("この操作の権限がありません。"))
        wanted = request.GET.get("stage", "")
        wanted = wanted if wanted in _FILTERS else ""
        page = Paginator(open_orders(wanted), _PAGE).get_page(request.GET.get("page"))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("工事の一覧"),
            "page": page,
            "works": as_works(list(page.object_list), calendar.today(clock.now())),
            "wanted": wanted,
            "filters": [(key, label, key == wanted) for key, label in _FILTERS.items()],
        }
        return render(request, "admin/numbering/dial_in_works.html", context)

    def rows(self, request: HttpRequest, order_id: int) -> HttpResponse:
        """Every row of an order's parts, as a file."""
        if not operator(request).has_perm(_MAY):
            raise PermissionDenied(_("この操作の権限がありません。"))
        order = get_object_or_404(Order, pk=order_id, procedure=BY_DATE, accepted_at__isnull=False)
        file = io.StringIO()
        csv.writer(file).writerows([text.csv_cell(cell) for cell in row] for row in entered.table(order))
        # The mark makes spreadsheets read it as UTF-8.
        response = HttpResponse("\ufeff" + file.getvalue(), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{order.request_id}-rows.csv"'
        return response

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        tools = []
        if operator(request).has_perm(_MAY):
            tools.append((_("工事の一覧"), reverse("admin:numbering_voicecontract_works")))
        return super().changelist_view(request, {**(extra_context or {}), "tools": tools})
