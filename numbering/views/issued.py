"""払い出し番号の詳細: the numbers that an order has issued, as page and file; and, for the session that ordered them,
the file with their passwords."""

import csv
import io
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from numbering.services import issued
from numbering.services.reveals import passwords_for
from selfcare import text
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders.models import Order
from selfcare.orders.sessions import digest


@require_safe
@customer_view(role=Role.VIEWER)
def show(request: CustomerRequest, uuid: UUID) -> HttpResponse:
    """All numbers on one page, two thousand too; a part of it is what other pages show in a dialog."""
    order = _issuing(request, uuid)
    numbers = issued.issued_by(order)
    context = {
        "order": order,
        "procedure": order.handler,
        "count": len(numbers),
        "groups": issued.grouped(numbers),
        "released": sum(1 for one in numbers if one.released_on),
    }
    return render(request, "numbering/issued.html", context)


@require_safe
@customer_view(role=Role.VIEWER)
def numbers(request: CustomerRequest, uuid: UUID) -> HttpResponse:
    """The same as a file; without passwords, whoever asks."""
    order = _issuing(request, uuid)
    return _csv(f"{order.request_id}-numbers", issued.table(issued.issued_by(order)))


def _issuing(request: CustomerRequest, uuid: UUID) -> Order:
    """404 for orders that issue no numbers, or none yet."""
    accepted = Order.objects.visible_to(request.user).accepted().select_related("contract")
    order = get_object_or_404(accepted, uuid=uuid)
    if not order.handler.issued_page(order):
        raise Http404
    return order


@require_safe
@never_cache
@customer_view(role=Role.VIEWER)
def download(request: CustomerRequest, uuid: UUID) -> HttpResponse:
    """With passwords: 404 for everybody but the ordering session in its half hour."""
    order = get_object_or_404(Order.objects.visible_to(request.user), uuid=uuid, procedure="numbering.add")
    reveal = passwords_for(order=order, session_digest=digest(request))
    if reveal is None:
        raise Http404
    head = [_("IP電話番号（050番号）"), _("付加サービスパスワード"), _("IP加入電話パスワード")]
    return _csv(
        order.request_id, [head, *([row.number, row.service_password, row.sip_password] for row in reveal.numbers)]
    )


def _csv(name: str, rows: Iterable[Sequence[str]]) -> HttpResponse:
    file = io.StringIO()
    csv.writer(file).writerows([text.csv_cell(cell) for cell in row] for row in rows)
    # The mark makes spreadsheets read it as UTF-8.
    response = HttpResponse("\ufeff" + file.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
