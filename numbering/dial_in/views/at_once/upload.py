"""Step 4 by file: all rows are taken, or none, and the bad ones wait in the draft until they are corrected."""

from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from numbering.dial_in.forms.table import TableForm
from numbering.dial_in.services import at_once, at_once_supply, at_once_words
from numbering.dial_in.services.at_once_steps import UPLOAD, address
from numbering.dial_in.services.claiming import plans_for
from numbering.dial_in.tables import checking, files
from numbering.dial_in.tables.at_once import SCHEMA, known_bases
from numbering.dial_in.tables.columns import LARGEST, Row
from numbering.dial_in.views.at_once.prices import fees_of
from numbering.dial_in.views.at_once.steps import CODE, back, draft_of, onward, page, save, step, wants_back
from selfcare import calendar
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders.models import Order
from selfcare.shell.uploads import largest_upload, too_large
from selfcare.tables import FileRefused

#: Bad rows, and numbers found, that the page lists; the rest is counted.
_SHOWN, _FOUND = 200, 20


@step(UPLOAD)
def _upload(request: CustomerRequest, order: Order, now: datetime) -> HttpResponse:
    if request.method != "POST":
        return _page(request, order, TableForm(), now)
    if wants_back(request):
        return back(order, UPLOAD)
    if request.POST.get("go") == "next" and not request.FILES and order.data.get("rows"):
        # The file that was taken before is gone on with.
        return onward(order, UPLOAD)
    form = TableForm(request.POST, request.FILES, too_large=too_large(request))
    if not form.is_valid():
        return _page(request, order, form, now)
    chosen = form.cleaned_data["file"]
    try:
        checked = checking.check(SCHEMA, content=chosen.read(), order=order, now=now)
    except FileRefused as error:
        form.add_error("file", str(error))
        return _page(request, order, form, now)
    # What an earlier file said is not ordered beside one that is wrong.
    kept = {"file": checked.as_json(source=chosen.name), "rows": checked.taken}
    order = save(request, order, lambda data: {**data, **kept}, now)
    if checked.bad:
        return _page(request, order, TableForm(), now, bad=checked.bad)
    return redirect(address(order, UPLOAD))


upload = largest_upload(LARGEST)(_upload)


def _page(
    request: CustomerRequest, order: Order, form: TableForm, now: datetime, *, bad: list[Row] | None = None
) -> HttpResponse:
    kept = order.data.get("file") or {}
    rows = checking.bad_rows(kept)
    context = {
        "form": form,
        "columns": SCHEMA.columns,
        "count": kept.get("count", 0),
        "source": kept.get("name", ""),
        "bad": len(rows),
        "just_now": bool(bad),
        "lines": checking.listed(SCHEMA, rows, most=_SHOWN),
        "hidden": max(0, len(rows) - _SHOWN),
        "correct_url": f"{address(order, UPLOAD)}correct.csv",
        "fees": fees_of(order, now),
        **_taken(order, now),
    }
    return page(request, order, UPLOAD, context, now)


def _taken(order: Order, now: datetime) -> dict[str, object]:
    """What the file that was taken asks for, and which numbers were found for it."""
    if not order.data.get("rows"):
        return {"taken": False}
    problem = at_once_supply.shortage(order, now)
    if problem:
        return {"taken": True, "problem": problem}
    claims = at_once.claims_of(order)
    found = at_once_words.found(claims, plans_for(order, claims, today=calendar.today(now)))
    return {
        "taken": True,
        "total": at_once_words.total_words(claims),
        "found": found[:_FOUND],
        "found_more": max(0, len(found) - _FOUND),
        "notices": at_once_words.emergency_notices(claims),
    }


@require_safe
@customer_view(role=Role.MEMBER, function=CODE)
def sample(request: CustomerRequest, uuid: UUID) -> HttpResponse:
    """The heading, and with `?bases=1` the voice group's base numbers, the rest to be filled in."""
    order = draft_of(request, uuid)
    rows = known_bases(order) if request.GET.get("bases") == "1" else ()
    return files.response(files.template(SCHEMA.columns, rows), SCHEMA.name)


@require_safe
@customer_view(role=Role.MEMBER, function=CODE)
def correct(request: CustomerRequest, uuid: UUID) -> HttpResponse:
    """The bad rows of the last file, with what is wrong with each."""
    bad = checking.bad_rows(draft_of(request, uuid).data.get("file"))
    if not bad:
        raise Http404
    return files.response(files.to_correct(SCHEMA.columns, bad), f"{SCHEMA.name}-errors")
