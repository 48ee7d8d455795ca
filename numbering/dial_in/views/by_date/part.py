"""A part's first and last pages: method and base number; the check, saving, and what a colleague saved meanwhile."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from numbering.dial_in import contents
from numbering.dial_in.forms.parts import BaseForm
from numbering.dial_in.models import DialInPart
from numbering.dial_in.services import inputs, parts
from numbering.dial_in.services.parts import Content, Overtaken
from numbering.dial_in.tables import parts as tables
from numbering.dial_in.views.by_date.menu import entry
from numbering.dial_in.views.by_date.opening import Place, page, part_view
from numbering.dial_in.views.by_date.remaining import chosen_document, drop_replaced
from selfcare import clock, phones
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders.procedures import NotPossible
from selfcare.paging import keyset

#: Rows that the check page lists; the rest is counted, and in the file.
SHOWN = 200


@part_view
def base(request: CustomerRequest, place: Place) -> HttpResponse:
    entered = place.entered
    if request.method == "POST":
        form = BaseForm(request.POST, kind=place.kind)
        if form.is_valid():
            chosen = place.bases.filter(pk=form.cleaned_data["base"]).first()
            if chosen is not None:
                entered.base, entered.method = chosen.pk, form.cleaned_data["method"]
                place.keep(request)
                return redirect(
                    "numbering:dial-in-by-date-rows"
                    if entered.method == inputs.SCREEN
                    else "numbering:dial-in-by-date-file",
                    place.order.uuid,
                    place.which,
                )
            form.add_error("base", _("基本契約番号を選んでください。"))
    else:
        form = BaseForm(initial={"method": entered.method, "base": entered.base}, kind=place.kind)
    query = request.GET.get("q", "").strip()[:30]
    return page(request, place, "by_date_part_base", 0, form=form, query=query, **_bases(request, place, query))


def _bases(request: CustomerRequest, place: Place, query: str) -> dict[str, Any]:
    found = place.bases
    if query:
        # What is no number finds nothing.
        found = found.filter(digits__contains=phones.search_digits(query) or "-")
    listed = keyset(found, field=("digits", "id"), request=request, size=100)
    typed = request.POST.get("base", "") or str(place.entered.base or "")
    rows = list(listed.rows)
    # The chosen one stays on the page that a search shows without it.
    if place.base is not None and place.base.pk not in {one.pk for one in rows}:
        rows.insert(0, place.base)
    if not typed and len(rows) == 1:
        typed = str(rows[0].pk)
    return {"page": listed, "bases": rows, "chosen": typed}


@part_view
def check(request: CustomerRequest, place: Place) -> HttpResponse:
    """What will be saved. A POST saves, unless a colleague has saved meanwhile: then both are shown."""
    if place.base is None:
        messages.error(request, _("基本契約番号を選んでください。"))
        return redirect("numbering:dial-in-by-date-part", place.order.uuid, place.which)
    if not place.entered.rows:
        return redirect("numbering:dial-in-by-date-rows", place.order.uuid, place.which)
    if not _still_holds(place):
        messages.error(request, _("ほかの内容と合わなくなった行があります。番号を確認してください。"))
        return redirect("numbering:dial-in-by-date-rows", place.order.uuid, place.which)
    document = chosen_document(place)
    if contents.has_remaining(_as_part(place)) and document is None:
        return redirect("numbering:dial-in-by-date-remaining", place.order.uuid, place.which)
    if request.method != "POST":
        return _check_page(request, place, theirs=_newer(place))
    return _save(request, place)


def _still_holds(place: Place) -> bool:
    """Whether the rows can be saved as they are now: the base number, a code or a number may have changed since."""
    if place.base is None:
        return False
    shown, fresh = tables.recheck(
        place.kind,
        place.entered.rows,
        base=place.base,
        part_id=place.part_id,
        order=place.order,
        now=clock.now(),
    )
    place.entered.rows = fresh or place.entered.rows
    return not any(row.problems for row in shown)


def _save(request: CustomerRequest, place: Place) -> HttpResponse:
    typed = request.POST.get("version", "")
    # The button under both versions says over which one this is to be saved.
    version = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else place.entered.version
    removed = place.which not in DialInPart.Kind.values and place.part is None
    entered = place.entered
    document = entered.document if contents.has_remaining(_as_part(place)) else ""
    has_changed = _shows_number(place) and entered.free_dial_until != entered.free_dial_before
    content = Content(
        kind=place.kind,
        base_id=place.base.pk if place.base else 0,
        rows=entered.rows,
        free_dial_until=entered.free_dial_until if has_changed else None,
        document=document,
    )
    before = place.order.data.get("remaining", {}).get(place.which, "")
    try:
        part = parts.save_part(
            order=place.order,
            part_id=None if removed else place.part_id,
            version=version,
            content=content,
            actor=request.user,
        )
    except Overtaken as overtaken:
        return _check_page(request, place, theirs=overtaken.part, gone=overtaken.part is None, status=409)
    except NotPossible as error:
        return _check_page(request, place, problem=str(error), status=409)
    for uuid in {before, entered.document}:
        drop_replaced(uuid, place.order, document, request.user)
    inputs.forget(order=place.order, place=place.which, user=request.user)
    messages.success(request, _("「%(part)s」を保存しました。") % {"part": part})
    return redirect("numbering:dial-in-by-date-menu", place.order.uuid)


def _as_part(place: Place) -> DialInPart:
    """What would be saved, in memory."""
    return DialInPart(
        kind=place.kind,
        base=place.base,
        rows=place.entered.rows,
        order=place.order,
        customer_id=place.order.customer_id,
    )


def _shows_number(place: Place) -> bool:
    return any(one.shown_number for one in contents.functions_of([_as_part(place)]))


def _newer(place: Place) -> DialInPart | None:
    """The saved part, when it is newer than the one that this input began with."""
    return place.part if place.part is not None and place.part.version != place.entered.version else None


def _check_page(
    request: CustomerRequest,
    place: Place,
    *,
    theirs: DialInPart | None = None,
    gone: bool = False,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    mine = _as_part(place)
    answer = page(
        request,
        place,
        "by_date_part_check",
        3,
        part=mine,
        entry=entry(mine, place.order),
        rows=contents.rows_of(mine)[:SHOWN],
        hidden=max(0, len(mine.rows) - SHOWN),
        document=chosen_document(place),
        shows_number=_shows_number(place),
        theirs=theirs,
        their_rows=contents.rows_of(theirs)[:SHOWN] if theirs else [],
        gone=gone or (place.part is None and place.which not in DialInPart.Kind.values),
        problem=problem,
    )
    answer.status_code = status
    return answer


@part_view
def drop(request: CustomerRequest, place: Place) -> HttpResponse:
    """Forget what this person has entered: the saved part, if there is one, stays as it is."""
    if request.method == "POST":
        saved = place.order.data.get("remaining", {}).get(place.which, "")
        drop_replaced(place.entered.document, place.order, saved, request.user)
        inputs.forget(order=place.order, place=place.which, user=request.user)
        messages.success(request, _("入力中の内容を破棄しました。"))
        return redirect("numbering:dial-in-by-date-menu", place.order.uuid)
    return page(request, place, "by_date_part_drop", None)


@part_view
def remove(request: CustomerRequest, place: Place) -> HttpResponse:
    """Asks first, and shows what would go; a colleague's newer version is shown instead of removed."""
    part = place.part
    if part is None:
        return redirect("numbering:dial-in-by-date-menu", place.order.uuid)
    newer = False
    if request.method == "POST":
        typed = request.POST.get("version", "")
        version = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0
        document = place.order.data.get("remaining", {}).get(place.which, "")
        try:
            parts.remove_part(order=place.order, part_id=part.pk, version=version, actor=request.user)
        except Overtaken as overtaken:
            newer, part = True, overtaken.part or part
        else:
            drop_replaced(document, place.order, "", request.user)
            inputs.forget(order=place.order, place=place.which, user=request.user)
            messages.success(request, _("「%(part)s」を削除しました。") % {"part": part})
            return redirect("numbering:dial-in-by-date-menu", place.order.uuid)
    shown = contents.rows_of(part)
    answer = page(
        request,
        place,
        "by_date_part_remove",
        None,
        part=part,
        entry=entry(part, place.order),
        rows=shown[:SHOWN],
        hidden=max(0, len(shown) - SHOWN),
        newer=newer,
    )
    answer.status_code = 409 if newer else 200
    return answer
