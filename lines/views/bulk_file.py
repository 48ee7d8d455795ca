"""One procedure for many lines from a CSV file: the upload, and files to fill in."""

import csv
from collections.abc import Callable, Iterator

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from lines.services import bulk_files
from selfcare import clock
from selfcare.accounts.access import customer_view
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders import procedures
from selfcare.orders.procedures import Procedure
from selfcare.orders.services import batches
from selfcare.orders.views.wizard import bar, url_name
from selfcare.shell.csv_form import CsvFileForm
from selfcare.shell.uploads import largest_upload, too_large
from selfcare.tables import FileRefused

View = Callable[..., HttpResponseBase]


class LinesFileForm(CsvFileForm):
    file_help = gettext_lazy("1行に1回線。10,000件、4MBまで。")

    def too_large_text(self) -> str:
        return bulk_files.too_large()


def upload(code: str) -> View:
    """The page of one procedure: a file that can be read becomes a draft, whose page names the rows that are not."""
    procedure = procedures.get(code)

    @largest_upload(bulk_files.LARGEST)
    @require_http_methods(["GET", "HEAD", "POST"])
    @never_cache
    @customer_view(role=procedure.role, function=procedure.function)
    def view(request: CustomerRequest) -> HttpResponse:
        if request.method != "POST":
            return _page(request, procedure, LinesFileForm())
        form = LinesFileForm(request.POST, request.FILES, too_large=too_large(request))
        return _take(request, procedure, form) if form.is_valid() else _page(request, procedure, form)

    return view


@sensitive_variables("checked")
def _take(request: CustomerRequest, procedure: Procedure, form: LinesFileForm) -> HttpResponse:
    now = clock.now()
    chosen = form.cleaned_data["file"]
    try:
        checked = bulk_files.check(procedure, content=chosen.read(), now=now, actor=request.user)
    except FileRefused as error:
        form.add_error("file", str(error))
        return _page(request, procedure, form)
    batch = batches.draft(
        procedure=procedure,
        wishes=checked.wishes,
        refused=checked.refused,
        source=chosen.name,
        back=request.path,
        now=now,
        actor=request.user,
    )
    return redirect("orders:batch_confirm", batch.uuid)


def _page(request: CustomerRequest, procedure: Procedure, form: LinesFileForm) -> HttpResponse:
    sample = reverse(f"{url_name(procedure)}-file-sample")
    context = {
        "procedure": procedure,
        "form": form,
        "heading": bulk_files.heading(),
        "columns": bulk_files.columns(procedure, now=clock.now(), actor=request.user),
        "sample": sample,
        "steps": bar(procedure, 0),
    }
    return render(request, "lines/bulk_file.html", context)


class _Echo:
    """A file that gives back what is written, for csv.writer."""

    def write(self, value: str) -> str:
        return value


def sample(code: str) -> View:
    """The heading, and with `?lines=1` the customer's own lines, the rest to be filled in."""
    procedure = procedures.get(code)

    @require_safe
    @customer_view(role=procedure.role, function=procedure.function)
    def view(request: CustomerRequest) -> HttpResponseBase:
        wanted = bulk_files.columns(procedure, now=clock.now(), actor=request.user)
        held = bulk_files.changeable(procedure, request.user) if request.GET.get("lines") == "1" else None
        rows = bulk_files.sample(wanted, held)
        writer = csv.writer(_Echo())
        # Drawn now: by the time the rest is sent, the language may be the next reader's.
        first = writer.writerow(next(rows))

        def lines() -> Iterator[str]:
            # The mark makes spreadsheets read it as UTF-8.
            yield "\ufeff" + first
            for row in rows:
                yield writer.writerow(row)

        response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
        name = url_name(procedure).replace(":", "-")
        response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
        return response

    return view
