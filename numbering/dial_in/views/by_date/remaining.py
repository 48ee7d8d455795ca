"""残回線構成表: the file about the lines that remain with the other company, mandatory where numbers remain."""

from io import BytesIO

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from numbering.dial_in.models import DialInPart
from numbering.dial_in.tables import part_ports
from numbering.dial_in.views.by_date.opening import FUNCTION, Place, page, part_view
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role, User
from selfcare.accounts.requests import CustomerRequest
from selfcare.documents.forms import DocumentField, takes_documents
from selfcare.documents.models import Document
from selfcare.documents.refusing import Refused
from selfcare.documents.services.storing import remove, store
from selfcare.orders.models import Order

KIND = "numbering.dial_in.remaining"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: Empty rows of the blank form.
_BLANK_ROWS = 30


class RemainingForm(forms.Form):
    remaining = DocumentField(kind=KIND, label=gettext_lazy("残回線構成表"))


def chosen_document(place: Place) -> Document | None:
    return _document(place.order, place.entered.document)


def _document(order: Order, uuid: str) -> Document | None:
    """Of this order only: what stands in an input is believed nothing."""
    return Document.objects.of(order, KIND).filter(uuid=uuid).first() if uuid else None


def drop_replaced(uuid: str, order: Order, kept: str, user: User) -> None:
    """Delete the file that another one has replaced; a file that the order still names stays."""
    if not uuid or uuid == kept:
        return
    document = _document(order, uuid)
    named = Order.objects.values_list("data", flat=True).get(pk=order.pk).get("remaining", {}).values()
    if document is not None and uuid not in named:
        try:
            remove(document=document, actor=user)
        except Refused:
            # Accepted in the meantime: then the file is part of what was ordered.
            return


@takes_documents()
@part_view
def remaining(request: CustomerRequest, place: Place) -> HttpResponse:
    if place.kind != DialInPart.Kind.PORT:
        return redirect("numbering:dial-in-by-date-functions", place.order.uuid, place.which)
    held = chosen_document(place)
    form = RemainingForm(
        request.POST if request.method == "POST" else None,
        request.FILES if request.method == "POST" else None,
        initial={"remaining": held},
    )
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["remaining"]
        try:
            kept = (
                sent
                if isinstance(sent, Document)
                else store(upload=sent, kind=KIND, order=place.order, actor=request.user)
            )
        except Refused as error:
            form.add_error("remaining", str(error))
        else:
            before, place.entered.document = place.entered.document, str(kept.uuid)
            place.keep(request)
            drop_replaced(before, place.order, place.entered.document, request.user)
            return redirect("numbering:dial-in-by-date-functions", place.order.uuid, place.which)
    return page(request, place, "by_date_part_remaining", 1, form=form)


@require_safe
@customer_view(role=Role.MEMBER, function=FUNCTION)
def blank(request: CustomerRequest) -> HttpResponse:
    """The blank form as a workbook, in the reader's language."""
    file = BytesIO()
    _workbook().save(file)
    answer = HttpResponse(file.getvalue(), content_type=XLSX)
    answer["Content-Disposition"] = 'attachment; filename="remaining-lines.xlsx"'
    return answer


def _workbook() -> Workbook:
    """Who fills it in knows it from paper: who it is from on top, one line per number below."""
    book = Workbook()
    sheet = book.active
    sheet.title = _("残回線構成表")
    sheet["A1"] = _("残回線構成表")
    sheet["A1"].font = Font(bold=True, size=14)
    for row, label in enumerate([_("ご契約者名"), _("音声契約番号"), _("記入日"), _("ご担当者")], start=3):
        sheet.cell(row, 1, label).font = Font(bold=True)
    headings = [
        _("電話番号"),
        _("引き継ぐ／残す"),
        _("代表・子番号の区別"),
        _("回線種別"),
        _("回線名義（%(same)s など）") % {"same": part_ports.PARTY["same"][0]},
        _("設置場所（%(same)s など）") % {"same": part_ports.PLACE["same"][0]},
        _("備考"),
    ]
    thin = Side(style="thin", color="808080")
    for column, heading in enumerate(headings, start=1):
        cell = sheet.cell(8, column, heading)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="E4F0F6")
        sheet.column_dimensions[get_column_letter(column)].width = 26 if column > 1 else 20
        for row in range(8, 9 + _BLANK_ROWS):
            one = sheet.cell(row, column)
            one.border = Border(left=thin, right=thin, top=thin, bottom=thin)
            one.alignment = Alignment(wrap_text=True, vertical="top")
            # A number is a text, or its leading 0 is lost.
            one.number_format = "@"
    sheet.freeze_panes = "A9"
    return book
