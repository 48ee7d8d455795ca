"""The assistant of the new scheme: its pages before the switch, and the result list after it."""

import csv
import io
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from numbering.cloud.models import CloudContract, Scheme, SchemeResult
from numbering.cloud.procedures.scheme_switch import CODE
from numbering.cloud.services import scheme
from selfcare import text
from selfcare.accounts.access import contract_for, customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders.models import Order
from selfcare.orders.views.wizard import wizard

FUNCTION = "cloud.options"
_assistant = wizard(CODE)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.VIEWER, function=FUNCTION)
def page(request: CustomerRequest) -> HttpResponseBase:
    """Who has switched reads the result; everybody else goes on in the assistant, whose roles are the procedure's."""
    if request.method != "POST" and "draft" not in request.GET:
        contract = contract_for(request, FUNCTION)
        cloud = get_object_or_404(CloudContract.objects.visible_to(request.user), pk=contract.pk)
        if cloud.scheme == Scheme.SHARED:
            return _result(request, cloud)
    return _assistant(request)


def _result(request: CustomerRequest, cloud: CloudContract) -> HttpResponse:
    rows = SchemeResult.objects.filter(cloud=cloud).select_related("number", "on_id", "order").order_by("pk")
    context = {"cloud": cloud, "rows": rows, "order": rows[0].order if rows else None}
    return render(request, "numbering/cloud/scheme_result.html", context)


@require_safe
@customer_view(role=Role.VIEWER, function=FUNCTION)
def result_file(request: CustomerRequest, uuid: UUID) -> HttpResponse:
    """The result list as a file; 404 until the switch has taken place."""
    orders = Order.objects.visible_to(request.user).accepted().filter(procedure=CODE)
    order = get_object_or_404(orders, uuid=uuid)
    rows = scheme.results(order)
    if not rows:
        raise Http404
    head = [_("種別"), _("電話番号・ID番号"), _("名前"), _("以前のログインID"), _("新しいログインID"), _("結果")]
    file = io.StringIO()
    csv.writer(file).writerows([text.csv_cell(cell) for cell in row] for row in [head, *map(_cells, rows)])
    # The mark makes spreadsheets read it as UTF-8.
    answer = HttpResponse("\ufeff" + file.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{order.request_id}-scheme.csv"'
    return answer


def _cells(row: SchemeResult) -> list[str]:
    kept = _("継続") if row.is_kept else _("終了")
    if row.number is not None:
        return [_("電話番号"), str(row.number), row.number.label, "", "", kept]
    if row.on_id is None:
        return []
    return [_("ID"), row.on_id.code, row.on_id.label, row.old_login_name, row.new_login_name, kept]
