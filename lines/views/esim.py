"""The activation code of a line's eSIM, for those who may order: on this page only, and each look is written down."""

from typing import Any
from uuid import UUID

import segno
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from lines.models import SimReissue
from lines.services.sim_reissues import code_of
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders.models import Order

FUNCTION = "lines.sim_reissue"


@require_GET
@never_cache
@customer_view(role=Role.MEMBER, function=FUNCTION)
def show(request: CustomerRequest, uuid: UUID) -> HttpResponse:
    """404 for another customer's order and for one that has no eSIM; a page without a code when its time is over."""
    orders = Order.objects.visible_to(request.user).filter(procedure=FUNCTION)
    order = get_object_or_404(orders, uuid=uuid)
    rows = SimReissue.objects.select_related("line", "order").filter(method=SimReissue.Method.ESIM)
    reissue = get_object_or_404(rows, order=order, customer_id=request.user.customer_id)
    code = code_of(reissue=reissue, actor=request.user)
    context: dict[str, Any] = {"order": order, "reissue": reissue, "line": reissue.line, "code": code}
    if code is not None:
        picture = segno.make(code.text, error="m", micro=False).svg_inline(scale=5, border=4, light="#fff")
        # segno draws squares; nothing of the text is in them.
        context["picture"] = mark_safe(picture)  # noqa: S308
    return render(request, "lines/esim.html", context)
