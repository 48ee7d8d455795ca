"""What operators see first: work that waits for them."""

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from selfcare import clock
from selfcare.orders import procedures
from selfcare.orders.models import Order
from selfcare.orders.states import State
from selfcare.staff import panels
from selfcare.staff.base import operator
from selfcare.work.models import Job, Letter, Mail

#: A panel counts no further: 「100件以上」 is as good a call to work.
_COUNTED = 100
_LISTED = 10
#: How long after its due time an order may be under way, waiting for the outside, before operators hear of it.
UNDER_WAY = timedelta(hours=1)


def register() -> None:
    panels.register("waiting", waiting, "admin/panels/waiting.html", order=10)
    panels.register("held", held_orders, "admin/panels/held.html", order=20)


def waiting(request: HttpRequest) -> dict[str, Any] | None:
    """What has stopped or lies in a tray, by kind; nothing to do is said, too."""
    held = {"state": "held"}
    kinds = [
        (_("止まっているお申し込み"), "orders.view_order", Order.objects.filter(**held), "orders_order", "state=held"),
        (
            _("未印刷の郵送物"),
            "staff.post_letters",
            Letter.objects.filter(state=Letter.State.QUEUED),
            "work_letter",
            "state=queued",
        ),
        (
            _("印刷済・未発送の郵送物"),
            "staff.post_letters",
            Letter.objects.filter(state=Letter.State.PRINTED),
            "work_letter",
            "state=printed",
        ),
        (_("送れないメール"), "staff.resend_mails", Mail.objects.filter(**held), "work_mail", "state__exact=held"),
        (_("止まっているジョブ"), "staff.retry_jobs", Job.objects.filter(**held), "work_job", "state__exact=held"),
    ]
    user = operator(request)
    rows = [
        {
            "title": title,
            "count": rows[:_COUNTED].count(),
            "url": f"{reverse(f'admin:{noun}_changelist')}?{query}",
        }
        for title, permission, rows, noun, query in kinds
        if user.has_perm(permission)
    ]
    return {"rows": rows, "counted": _COUNTED} if rows else None


def held_orders(request: HttpRequest) -> dict[str, Any] | None:
    """The oldest orders that wait for an operator, and those that are later than the customer was promised."""
    if not operator(request).has_perm("orders.view_order"):
        return None
    held = Order.objects.filter(state=State.HELD).select_related("customer").order_by("pk")[:_LISTED]
    now = clock.now()
    # An order under way may be tried again for ever, because nobody answers: its next try says nothing about that.
    late = Q(state=State.ACKNOWLEDGED, due_at__lte=now) | Q(state=State.IN_PROGRESS, due_at__lte=now - UNDER_WAY)
    # What goes through stages waits for an operator on its day; the apps' own panels say for which.
    staged = [procedure.code for procedure in procedures.every() if procedure.staged]
    behind = Order.objects.filter(late).exclude(procedure__in=staged).order_by("due_at", "pk")
    return {"orders": list(held), "late": list(behind[:_LISTED])}
