"""SIP passwords of many numbers from one file: the upload, what is wrong with it, and files to fill in."""

import csv
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from numbering.forms.sip_password import AT, QUIET
from numbering.forms.sip_password_file import SipPasswordFileForm
from numbering.services import sip_password_files as files
from numbering.services.sip_password_tables import LARGEST
from selfcare import clock
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders import procedures
from selfcare.orders.services import batches
from selfcare.orders.views.wizard import bar
from selfcare.shell.uploads import largest_upload, too_large
from selfcare.tables import FileRefused

#: Bad lines that the page lists; the rest is counted.
SHOWN = 200


@largest_upload(LARGEST)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@customer_view(role=Role.MEMBER, function=files.CODE)
def upload(request: CustomerRequest) -> HttpResponse:
    """Bad: the page again, with every bad line and nothing stored. Good: a draft, and its confirm page."""
    if request.method != "POST":
        return _page(request, SipPasswordFileForm())
    form = SipPasswordFileForm(request.POST, request.FILES, too_large=too_large(request))
    if not form.is_valid():
        return _page(request, form)
    return _take(request, form)


@sensitive_variables("checked")
def _take(request: CustomerRequest, form: SipPasswordFileForm) -> HttpResponse:
    now = clock.now()
    chosen = form.cleaned_data
    when = files.When(quiet=chosen["when"] == QUIET, at=chosen["at"] if chosen["when"] == AT else None)
    try:
        checked = files.check(content=chosen["file"].read(), when=when, now=now, actor=request.user)
    except FileRefused as error:
        form.add_error("file", str(error))
        return _page(request, form)
    if checked.bad:
        return _page(request, form, checked=checked, source=chosen["file"].name)
    batch = batches.draft(
        procedure=procedures.get(files.CODE),
        wishes=checked.wishes,
        source=chosen["file"].name,
        now=now,
        actor=request.user,
    )
    return redirect("orders:batch_confirm", batch.uuid)


def _page(
    request: CustomerRequest, form: SipPasswordFileForm, *, checked: files.Checked | None = None, source: str = ""
) -> HttpResponse:
    procedure = procedures.get(files.CODE)
    bad = checked.bad if checked else []
    context: dict[str, Any] = {
        "procedure": procedure,
        "form": form,
        "steps": bar(procedure, 0),
        "source": source,
        "count": checked.count if checked else 0,
        "bad": len(bad),
        "lines": [
            (entry.line, entry.shown, [(files.word_of(one.column), one.text) for one in entry.problems])
            for entry in bad[:SHOWN]
        ],
        "hidden": max(0, len(bad) - SHOWN),
    }
    return render(request, "numbering/sip_password_file.html", context)


class _Echo:
    """A file that gives back what is written, for csv.writer."""

    def write(self, value: str) -> str:
        return value


@require_safe
@customer_view(role=Role.MEMBER, function=files.CODE)
def sample(request: CustomerRequest) -> HttpResponseBase:
    """Only the heading."""
    return _csv(request, files.sample(None), "sip-passwords.csv")


@require_safe
@customer_view(role=Role.MEMBER, function=files.CODE)
def numbers(request: CustomerRequest) -> HttpResponseBase:
    """The customer's own numbers, their passwords to be filled in."""
    return _csv(request, files.sample(files.changeable(request.user)), "sip-passwords-numbers.csv")


def _csv(request: HttpRequest, rows: Iterator[list[str]], name: str) -> HttpResponseBase:
    writer = csv.writer(_Echo())
    # Drawn now: by the time the rest is sent, the language may be the next reader's.
    heading = writer.writerow(next(rows))

    def lines() -> Iterator[str]:
        # The mark makes spreadsheets read it as UTF-8.
        yield "\ufeff" + heading
        for row in rows:
            yield writer.writerow(row)

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
