"""同じ内容で申し込む: from an order to the filled-in input page of a new one."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from selfcare import clock
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.services.repeating import order_again
from selfcare.orders.views.wizard import input_url


@require_POST
@customer_view(role=Role.MEMBER)
def again(request: CustomerRequest, uuid: UUID) -> HttpResponse:
    accepted = Order.objects.visible_to(request.user).accepted().select_related("contract")
    order = get_object_or_404(accepted, uuid=uuid)
    try:
        draft = order_again(order=order, now=clock.now(), actor=request.user)
    except NotPossible as error:
        messages.info(request, str(error))
        return redirect(order)
    return redirect(input_url(draft))
