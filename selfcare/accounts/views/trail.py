"""操作履歴: who of the company did what, when and from where, for its owners."""

import csv
from collections.abc import Iterator

from django.db.models import Max
from django.http import Http404, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from selfcare import text
from selfcare.accounts import company_trail
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import AuditEvent, Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.accounts.services import trail as service
from selfcare.paging import keyset

#: Events that are counted: to look for rare ones costs more than to show the page.
_COUNTED = 1_000
UTF_8, CP932 = "utf-8", "cp932"
_CHARSETS = {UTF_8: "utf-8", CP932: "Shift_JIS"}


class _Echo:
    """A file that gives back what is written, for csv.writer."""

    def write(self, value: str) -> str:
        return value


@require_safe
@customer_view(role=Role.OWNER)
def index(request: CustomerRequest) -> HttpResponseBase:
    filters = company_trail.Filters(request.GET, user=request.user)
    events = company_trail.of(request.user, filters)
    page = keyset(events, field="id", request=request, descending=True, count_limit=_COUNTED)
    context = {
        "filters": filters,
        "page": page,
        "rows": company_trail.lines(page.rows, filters),
        "query": _kept(request),
    }
    return render(request, "accounts/trail.html", context)


@require_safe
@customer_view(role=Role.OWNER)
def csv_file(request: CustomerRequest) -> HttpResponseBase:
    """What the page shows, all of it. `?encoding=utf-8|cp932`."""
    encoding = request.GET.get("encoding", UTF_8)
    if encoding not in _CHARSETS:
        raise Http404
    filters = company_trail.Filters(request.GET, user=request.user)
    # Without the event of this very download.
    newest = AuditEvent.objects.visible_to(request.user).aggregate(newest=Max("id"))["newest"] or 0
    events = company_trail.of(request.user, filters).filter(pk__lte=newest)
    if request.method == "GET":
        service.exported(filters=filters.told(), encoding=encoding, actor=request.user)
    rows = company_trail.csv_rows(events, filters)
    response = StreamingHttpResponse(_encoded(rows, encoding), content_type=f"text/csv; charset={_CHARSETS[encoding]}")
    response["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return response


def _encoded(rows: Iterator[list[str]], encoding: str) -> Iterator[bytes]:
    writer = csv.writer(_Echo())
    if encoding == UTF_8:
        # The mark makes spreadsheets read it as UTF-8.
        yield b"\xef\xbb\xbf"
    for row in rows:
        line = writer.writerow([text.csv_cell(cell) for cell in row])
        yield line.encode() if encoding == UTF_8 else text.to_cp932(line)[0]


def _kept(request: CustomerRequest) -> str:
    """The address's filters without the place in the list."""
    kept = request.GET.copy()
    for name in ("before", "after", "encoding"):
        kept.pop(name, None)
    return kept.urlencode()
