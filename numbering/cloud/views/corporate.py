"""個人から法人への切り替え: a new application that carries over what the contract knows."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from numbering.cloud.models import CloudContract
from numbering.cloud.services.applications import copying
from numbering.cloud.views.application_pages import go
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders.procedures import NotPossible


@require_POST
@customer_view(role=Role.MEMBER)
def begin(request: CustomerRequest, number: str) -> HttpResponse:
    """Pressed again it leads to the application that is open already."""
    rows = CloudContract.objects.visible_to(request.user).select_related("contract__customer")
    cloud = get_object_or_404(rows, contract__number=number)
    try:
        application, token = copying.corporate_from(cloud=cloud, actor=request.user)
    except NotPossible as error:
        messages.error(request, str(error))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        return go("who", token) if application.is_draft else redirect("cloud:application", token)
    return redirect("cloud:contract", number)
