"""A part's rows from a CSV file: the upload, what is wrong with it, files to fill in and to correct (spec 5.4)."""

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from numbering.dial_in.contents import AddRow, PortRow
from numbering.dial_in.forms.table import TableForm
from numbering.dial_in.models import DialInPart
from numbering.dial_in.services import inputs
from numbering.dial_in.tables import parts as tables
from numbering.dial_in.tables.checking import Schema, bad_rows, check, listed
from numbering.dial_in.tables.columns import LARGEST, Row
from numbering.dial_in.tables.files import response, template, to_correct
from numbering.dial_in.views.by_date.opening import Place, page, part_view
from numbering.dial_in.views.by_date.rows import following
from selfcare import clock
from selfcare.accounts.requests import CustomerRequest
from selfcare.shell.uploads import largest_upload, too_large
from selfcare.tables import FileRefused

#: Bad lines and taken rows that the page lists; the rest is counted.
SHOWN = 200
PREVIEW = 20
FILE_NAMES = {"add": "dial-in-additions", "port": "dial-in-portability"}
OWN = "numbering:dial-in-by-date-file"


@largest_upload(LARGEST)
@never_cache
@part_view
def upload(request: CustomerRequest, place: Place) -> HttpResponseBase:
    """Bad: the page again with every bad line, and nothing taken. Good: the rows are kept, and the next page."""
    if place.base is None:
        return redirect("numbering:dial-in-by-date-part", place.order.uuid, place.which)
    if request.method != "POST":
        return _page(request, place, TableForm())
    if request.POST.get("go") == "next":
        return redirect(following(place) if place.entered.rows else OWN, place.order.uuid, place.which)
    form = TableForm(request.POST, request.FILES, too_large=too_large(request))
    if not form.is_valid():
        return _page(request, place, form)
    return _take(request, place, form)


def _take(request: CustomerRequest, place: Place, form: TableForm) -> HttpResponse:
    file = form.cleaned_data["file"]
    try:
        checked = check(_schema(place), content=file.read(), order=place.order, now=clock.now())
    except FileRefused as error:
        form.add_error("file", str(error))
        return _page(request, place, form)
    place.entered.method = inputs.FILE
    place.entered.file = checked.as_json(source=file.name or "")
    if not checked.bad:
        place.entered.rows = checked.taken
    place.keep(request)
    if checked.bad:
        return _page(request, place, TableForm(), has_failed=True)
    return redirect(following(place), place.order.uuid, place.which)


def _schema(place: Place) -> Schema:
    base = place.base
    if base is None:
        raise Http404
    return tables.schema(place.kind, base, part_id=place.part_id)


def _page(request: CustomerRequest, place: Place, form: TableForm, *, has_failed: bool = False) -> HttpResponse:
    schema, kept = _schema(place), place.entered.file
    bad = bad_rows(kept)
    if not bad and place.entered.rows:
        # A colleague may have saved one of these numbers meanwhile.
        bad = _outdated(place)
        kept = {"count": len(place.entered.rows), "name": _("いまの内容")}
    marks = [place.order.uuid, place.which]
    made: Any = PortRow.from_json if place.kind == DialInPart.Kind.PORT else AddRow.from_json
    return page(
        request,
        place,
        "by_date_part_file",
        1,
        form=form,
        columns=schema.columns,
        has_failed=has_failed,
        bad=len(bad),
        count=kept.get("count", 0),
        source=kept.get("name", ""),
        lines=listed(schema, bad, most=SHOWN),
        hidden=max(0, len(bad) - SHOWN),
        correct_url=reverse("numbering:dial-in-by-date-file-bad", args=marks) if bad_rows(kept) else "",
        taken=len(place.entered.rows),
        rows=[made(row) for row in place.entered.rows[:PREVIEW]],
        more=max(0, len(place.entered.rows) - PREVIEW),
        may_type=len(place.entered.rows) <= tables.ON_SCREEN[place.kind],
    )


def _outdated(place: Place) -> list[Row]:
    """The rows that were taken and do not hold any more, with their place among them as their line."""
    if place.base is None:
        return []
    shown, _fresh = tables.recheck(
        place.kind,
        place.entered.rows,
        base=place.base,
        part_id=place.part_id,
        order=place.order,
        now=clock.now(),
    )
    return [row for row in shown if row.problems]


@part_view
def sample(request: CustomerRequest, place: Place) -> HttpResponse:
    """Only the heading, or, with `?rows=1`, what has been entered so far."""
    rows = tables.written(place.kind, place.entered.rows) if request.GET.get("rows") else []
    return response(template(tables.columns(place.kind), rows), FILE_NAMES[place.kind])


@part_view
def bad(request: CustomerRequest, place: Place) -> HttpResponse:
    """The bad rows of the last file with their reasons; corrected, it can be sent as it is."""
    found = bad_rows(place.entered.file)
    if not found:
        raise Http404
    return response(to_correct(tables.columns(place.kind), found), f"{FILE_NAMES[place.kind]}-errors")
