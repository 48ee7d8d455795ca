"""お申し込み履歴: what the customer has ordered, all services."""

import csv
from collections.abc import Iterator

from django.db.models import QuerySet
from django.http import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from selfcare import clock, text
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders import history as queries
from selfcare.orders.models import Order
from selfcare.paging import COUNT_LIMIT, keyset

#: Found orders that are counted: a text costs more to look for than the list to count.
_COUNTED = 1_000
#: Characters of the text index's pieces: what is shorter is looked for in row after row, and only once.
_GRAM = 3


class _Echo:
    """A file that gives back what is written, for csv.writer."""

    def write(self, value: str) -> str:
        return value


@require_safe
@customer_view(role=Role.VIEWER)
def history(request: CustomerRequest) -> HttpResponseBase:
    filters = queries.Filters(request.GET)
    orders = queries.of(request.user, filters)
    if request.GET.get("format") == "csv":
        return _csv(orders)
    page = keyset(
        orders,
        field=queries.KEY,
        request=request,
        descending=True,
        count_limit=_COUNTED if filters.query else COUNT_LIMIT,
        once_if_short=0 < len(filters.query) < _GRAM,
    )
    context = {
        "filters": filters,
        "page": page,
        "rows": queries.listed(page.rows, user=request.user, now=clock.now()),
        "query": _kept(request),
    }
    return render(request, "orders/history.html", context)


def _kept(request: CustomerRequest) -> str:
    """The address's filters without the place in the list."""
    kept = request.GET.copy()
    for name in ("before", "after", "format"):
        kept.pop(name, None)
    return kept.urlencode()


def _csv(orders: QuerySet[Order]) -> HttpResponseBase:
    writer = csv.writer(_Echo())

    def lines() -> Iterator[str]:
        yield "\ufeff"
        for row in queries.csv_rows(orders):
            yield writer.writerow([text.csv_cell(cell) for cell in row])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="orders.csv"'
    return response
