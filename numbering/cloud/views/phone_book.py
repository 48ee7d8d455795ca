"""Web電話帳: the list with its search, entries one by one, a file in and a file out."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from numbering.cloud.forms.phone_book import EntryForm, PhoneBookFileForm, SearchForm, limits
from numbering.cloud.models import CloudContract, PhoneBookEntry, PhoneBookFile
from numbering.cloud.services import phone_book, phone_book_files
from selfcare import paging
from selfcare.accounts.access import contract_for, customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.shell.uploads import largest_upload, too_large
from selfcare.tables import FileRefused

FUNCTION = "cloud.phone_book"
_SAMPLE = ("架空商事 本社", "カクウショウジ", "03-0000-0000", "", "", "担当：田中様")


def _cloud(request: CustomerRequest) -> CloudContract:
    contract = contract_for(request, FUNCTION)
    return get_object_or_404(CloudContract.objects.visible_to(request.user), pk=contract.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.VIEWER, function=FUNCTION)
def index(request: CustomerRequest) -> HttpResponse:
    """A POST removes the ticked entries; who only looks may not."""
    cloud = _cloud(request)
    may_change = request.user.has_role(Role.MEMBER)
    if request.method == "POST" and may_change:
        ids = [int(one) for one in request.POST.getlist("entry") if one.isascii() and one.isdecimal() and len(one) < 19]
        count = phone_book.remove(cloud=cloud, ids=ids, actor=request.user)
        text = _("%(n)d件の連絡先を削除しました。") if count else _("削除する連絡先を選んでください。")
        messages.add_message(request, messages.SUCCESS if count else messages.ERROR, text % {"n": count})
        return redirect("cloud:phone_book")
    form = SearchForm(request.GET)
    typed = form.cleaned_data["q"] if form.is_valid() else ""
    entries = phone_book.found(PhoneBookEntry.objects.visible_to(request.user).filter(cloud=cloud), typed)
    page = paging.keyset(entries, field=("sort_key", "id"), request=request)
    context = {"cloud": cloud, "form": form, "page": page, "typed": typed, "limits": limits(), "may_change": may_change}
    return render(request, "numbering/cloud/phone_book.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.MEMBER, function=FUNCTION)
def entry(request: CustomerRequest, pk: int | None = None) -> HttpResponse:
    """A new entry, or one of the customer's to change."""
    cloud = _cloud(request)
    rows = PhoneBookEntry.objects.visible_to(request.user).filter(cloud=cloud).select_related("cloud")
    row = get_object_or_404(rows, pk=pk) if pk is not None else None
    form = EntryForm(request.POST if request.method == "POST" else None, row=row)
    if request.method == "POST" and form.is_valid():
        try:
            if row is None:
                phone_book.add(cloud=cloud, entry=form.entry(), actor=request.user)
            else:
                phone_book.change(row=row, entry=form.entry(), actor=request.user)
        except ValueError as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("「%(name)s」を保存しました。") % {"name": form.cleaned_data["name"]})
            return redirect("cloud:phone_book")
    return render(request, "numbering/cloud/phone_book_entry.html", {"cloud": cloud, "form": form, "row": row})


@largest_upload(phone_book_files.LARGEST)
@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.MEMBER, function=FUNCTION)
def take_in(request: CustomerRequest) -> HttpResponse:
    """A file with a bad row is shown with all of them and not kept; a good one waits for its confirmation."""
    cloud = _cloud(request)
    if request.method != "POST":
        return _import_page(request, PhoneBookFileForm())
    form = PhoneBookFileForm(request.POST, request.FILES, too_large=too_large(request))
    if not form.is_valid():
        return _import_page(request, form)
    chosen = form.cleaned_data["file"]
    try:
        checked = phone_book_files.check(chosen.read())
    except FileRefused as error:
        form.add_error("file", str(error))
        return _import_page(request, form)
    if checked.bad:
        return _import_page(request, form, checked=checked)
    kept = phone_book_files.keep(
        cloud=cloud, checked=checked, name=chosen.name, mode=form.cleaned_data["mode"], actor=request.user
    )
    return redirect("cloud:phone_book_preview", kept.uuid)


def _import_page(request: CustomerRequest, form: PhoneBookFileForm, **context: Any) -> HttpResponse:
    context |= {"form": form, "heading": phone_book_files.heading(), "sample": _SAMPLE, "limits": limits()}
    return render(request, "numbering/cloud/phone_book_import.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.MEMBER, function=FUNCTION)
def preview(request: CustomerRequest, uuid: UUID) -> HttpResponse:
    """What the file would enter; pressed twice, it is entered once."""
    cloud = _cloud(request)
    mine = PhoneBookFile.objects.filter(customer_id=cloud.customer_id, cloud=cloud, user=request.user)
    file = get_object_or_404(mine, uuid=uuid)
    if request.method == "POST":
        return _take_in(request, cloud, file)
    if file.taken_in_at:
        return _taken_in_before(request)
    context = {
        "file": file,
        "rows": file.rows[:10],
        "count": len(file.rows),
        "replaced": phone_book.held(cloud) if file.mode == PhoneBookFile.Mode.REPLACE else 0,
        "heading": phone_book_files.heading(),
    }
    return render(request, "numbering/cloud/phone_book_preview.html", context)


def _take_in(request: CustomerRequest, cloud: CloudContract, file: PhoneBookFile) -> HttpResponse:
    try:
        count = phone_book_files.take_in(cloud=cloud, uuid=file.uuid, actor=request.user)
    except phone_book.Refused as refused:
        messages.error(request, str(refused))
        return redirect("cloud:phone_book_preview", file.uuid)
    if count is None:
        return _taken_in_before(request)
    messages.success(request, _("%(n)d件の連絡先を取り込みました。") % {"n": count})
    return redirect("cloud:phone_book")


def _taken_in_before(request: CustomerRequest) -> HttpResponse:
    messages.info(request, _("このファイルは、すでに取り込まれているか、別のファイルに置き換えられています。"))
    return redirect("cloud:phone_book")


@require_safe
@customer_view(role=Role.VIEWER, function=FUNCTION)
def export(request: CustomerRequest) -> HttpResponse:
    """`?encoding=cp932` for programs that read no UTF-8; characters that it has not become 〓."""
    cloud = _cloud(request)
    encoding = "cp932" if request.GET.get("encoding") == "cp932" else "utf-8"
    entries = PhoneBookEntry.objects.filter(cloud=cloud).order_by("sort_key", "pk")
    content, _replaced = phone_book_files.export(list(entries), encoding)
    charset = "Shift_JIS" if encoding == "cp932" else "utf-8"
    answer = HttpResponse(content, content_type=f"text/csv; charset={charset}")
    answer["Content-Disposition"] = f'attachment; filename="phone-book-{cloud.contract.number}.csv"'
    return answer
