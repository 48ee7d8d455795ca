"""Blank forms to fill in and to send back."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from numbering.dial_in import blank_forms
from numbering.dial_in.views.by_date.opening import FUNCTION
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.documents.filetypes import CONTENT_TYPES

_MAKERS = {"xlsx": blank_forms.workbook, "pdf": blank_forms.page}


@require_safe
@customer_view(role=Role.MEMBER, function=FUNCTION)
def legal(request: CustomerRequest, kind: str) -> HttpResponse:
    """取引時確認記録登録申込書, in the reader's language."""
    make = _MAKERS.get(kind)
    if make is None:
        raise Http404
    answer = HttpResponse(make(), content_type=CONTENT_TYPES[kind])
    answer["Content-Disposition"] = f'attachment; filename="legal-record.{kind}"'
    return answer
