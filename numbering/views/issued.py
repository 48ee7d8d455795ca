"""The numbers just issued, with their passwords, as a file for the session that ordered them."""

import csv
import io
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from numbering.services.reveals import passwords_for
from selfcare import text
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders.models import Order
from selfcare.orders.sessions import digest


@require_safe
@never_cache
@customer_view(role=Role.VIEWER)
def download(request: CustomerRequest, uuid: UUID) -> HttpResponse:
    """404 for everybody but the ordering session in its half hour."""
    order = get_object_or_404(Order.objects.visible_to(request.user), uuid=uuid, procedure="numbering.add")
    reveal = passwords_for(order=order, session_digest=digest(request))
    if reveal is None:
        raise Http404
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([_("IP電話番号（050番号）"), _("付加サービスパスワード"), _("IP加入電話パスワード")])
    for row in reveal.numbers:
        writer.writerow([text.csv_cell(cell) for cell in (row.number, row.service_password, row.sip_password)])
    # The mark makes spreadsheets read it as UTF-8.
    response = HttpResponse("\ufeff" + file.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{order.request_id}.csv"'
    return response
