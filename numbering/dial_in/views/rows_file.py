"""The rows of an order as they were entered, for everybody of its customer."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from numbering.dial_in import rows_file
from numbering.dial_in.tables import files
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders.models import Order
from selfcare.orders.services.correcting import awaits_correction


@require_safe
@customer_view(role=Role.VIEWER)
def download(request: CustomerRequest, uuid: UUID) -> HttpResponse:
    """404 for orders of other procedures, and while a returned one is being changed: nobody has ordered that yet."""
    accepted = Order.objects.visible_to(request.user).accepted().filter(procedure__in=rows_file.PROCEDURES)
    order = get_object_or_404(accepted, uuid=uuid)
    if awaits_correction(order):
        raise Http404
    return files.response(rows_file.table(order), f"{order.request_id}-rows")
