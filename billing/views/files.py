"""The files themselves, by session or by token: one file, or all files of a month as a ZIP."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import dateformat
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from billing import availability
from billing.availability import Availability, State
from billing.invoices import files as invoices
from billing.invoices import names as invoice_names
from billing.models import InvoiceFile, StatementFile
from billing.statements import downloads, encodings, finding, kinds, serving, shelf, store, zips
from billing.statements.rendering import NotFinal, Wanted
from billing.views.asking import Asker, for_customers, plain
from selfcare import clock

logger = logging.getLogger(__name__)

#: Seconds: what a program should wait when too many downloads go on.
RETRY_AFTER = 30


@dataclass(frozen=True)
class _Form:
    encoding: str
    header: bool


def _form(request: HttpRequest) -> _Form:
    """`?encoding=utf-8|cp932&header=on|off`. Raises Http404 for anything else."""
    encoding, header = request.GET.get("encoding", encodings.UTF_8), request.GET.get("header", "on")
    if encoding not in encodings.CHARSETS or header not in ("on", "off"):
        raise Http404
    return _Form(encoding, header == "on")


@require_safe
@for_customers
def file(request: HttpRequest, asker: Asker, name: str) -> HttpResponseBase:
    now = clock.now()
    form = _form(request)
    found = finding.find(asker.customer, name, now)
    if found is None:
        return _pdf(request, asker, name, now)
    kind, period = found.kind, found.period
    if form.encoding not in kind.encodings:
        raise Http404
    if period is None:
        return _not_there(request, asker, name, None)
    there = availability.of(kind, period, now, kind.periods(asker.customer.pk))
    if not there.is_ready:
        return _not_there(request, asker, name, there)
    try:
        return _send(
            request, asker, serving.Download(Wanted(kind, asker.customer.pk, period, form.encoding), name, form.header)
        )
    except NotFinal:
        return _not_there(request, asker, name, Availability(State.LATE, there.since))


def _send(request: HttpRequest, asker: Asker, download: serving.Download) -> HttpResponseBase:
    wanted = download.wanted
    try:
        place = downloads.Place(asker.customer.pk)
    except downloads.TooMany:
        return _too_many(request, asker)
    response = serving.answer(request, download, _stored(wanted), place)
    if request.method == "GET" and response.status_code in (200, 206) and wanted.kind.audited:
        detail = {"name": download.name, "encoding": wanted.encoding, "header": download.header}
        _record(asker, detail, response)
    return response


def _stored(wanted: Wanted) -> StatementFile | None:
    row = wanted.stored()
    if row is not None and store.size(row.stored) is None:
        logger.error("A statement's file is missing; it is rendered again.", extra={"statement": row.pk})
        return None
    return row


def _record(asker: Asker, detail: dict[str, Any], response: HttpResponseBase) -> None:
    """One event for a download: parts of it that follow its beginning are not told one by one."""
    begins = response.headers.get("Content-Range", "bytes 0-").startswith("bytes 0-")
    if begins or not asker.has_begun(detail):
        asker.record(detail)


def _pdf(request: HttpRequest, asker: Asker, name: str, now: datetime) -> HttpResponseBase:
    found = invoices.find(asker.customer, name)
    if found is None:
        raise Http404
    named, pdf = found
    there = _of_bill(named.month, now, pdf)
    if pdf is None or not there.is_ready:
        return _not_there(request, asker, name, there)
    try:
        content = invoices.content(pdf)
    except invoices.Damaged:
        return _damaged(request, asker, name, pdf)
    if request.method == "GET":
        asker.record({"name": name})
    response = HttpResponse(content, content_type="application/pdf")
    response["ETag"] = f'"{pdf.sha256}"'
    return serving.attached(response, name)


def _of_bill(month: date, now: datetime, pdf: InvoiceFile | None) -> Availability:
    """An invoice keeps the days of the bill's other file."""
    bill = kinds.get("invoice")
    return availability.of(bill, month, now, [month] if pdf is not None else [])


@require_safe
@for_customers
def zip_of_month(request: HttpRequest, asker: Asker, month: str) -> HttpResponseBase:
    now = clock.now()
    form = _form(request)
    first = _month(month, now)
    items = [item for one in shelf.months(asker.customer, now) if one.month == first for item in one.items]
    ready = [item for item in items if item.availability.is_ready]
    if not ready:
        if not items:
            raise Http404
        # What comes first is what there will be to fetch.
        return _not_there(request, asker, f"{month}.zip", min((item.availability for item in items), key=_since))
    try:
        place = downloads.Place(asker.customer.pk)
    except downloads.TooMany:
        return _too_many(request, asker)
    try:
        entries = [_entry(asker, item, form) for item in ready] + list(_pdfs(asker, first, now))
    except _Lost as lost:
        place.close()
        return _damaged(request, asker, f"{month}.zip", lost.pdf)
    if request.method == "GET":
        names = [entry.name for entry in entries]
        asker.record({"name": f"{month}.zip", "encoding": form.encoding, "header": form.header, "files": names})
        response: HttpResponseBase = StreamingHttpResponse(
            downloads.Body(zips.stream(entries), place), content_type="application/zip"
        )
    else:
        response = HttpResponse(content_type="application/zip")
    return serving.attached(response, f"{asker.customer.partner_id}_{month}.zip")


def _since(there: Availability) -> date:
    return there.since


def _month(text: str, now: datetime) -> date:
    try:
        return datetime.strptime(text, "%Y%m").date()  # noqa: DTZ007 (a month has no time zone)
    except ValueError:
        raise Http404 from None


def _entry(asker: Asker, item: shelf.Item, form: _Form) -> zips.Entry:
    encoding = form.encoding if form.encoding in item.kind.encodings else encodings.UTF_8
    wanted = Wanted(item.kind, asker.customer.pk, item.period, encoding)
    return zips.of_statement(wanted, item.name, _stored(wanted), header=form.header)


class _Lost(Exception):
    """A stored invoice is not what was issued. Known before the first byte of a ZIP, which would look whole else."""

    def __init__(self, pdf: InvoiceFile) -> None:
        super().__init__(str(pdf.pk))
        self.pdf = pdf


def _pdfs(asker: Asker, month: date, now: datetime) -> Iterator[zips.Entry]:
    made = InvoiceFile.objects.filter(
        bill__customer=asker.customer, bill__month=month, bill__run__closed_at__isnull=False, revision=0
    )
    for pdf in made.select_related("bill").order_by("bill__cycle"):
        there = _of_bill(month, now, pdf)
        if there.is_ready:
            name = invoice_names.pdf_file(asker.customer.partner_id, month, pdf.bill.cycle)
            try:
                content = invoices.content(pdf)
            except invoices.Damaged as error:
                raise _Lost(pdf) from error
            yield zips.Entry(name, there.since, partial(_opened, content))


def _opened(content: bytes) -> tuple[int, list[bytes]]:
    return len(content), [content]


def _damaged(request: HttpRequest, asker: Asker, name: str, pdf: InvoiceFile) -> HttpResponse:
    logger.error("A stored invoice is lost or damaged; bring it back from the backup.", extra={"invoice": pdf.pk})
    words = _(
        "保管している請求書（PDF）を読み出せませんでした。ご請求の内容と金額に変わりはなく、請求明細などほかのファイルは"
        "ご利用いただけます。お手数ですが、担当営業またはお客様センターまでお問い合わせください。"
    )
    return _unavailable(request, asker, name, words)


def _unavailable(request: HttpRequest, asker: Asker, name: str, words: str) -> HttpResponse:
    if asker.token is not None:
        return plain(503, words)
    return render(request, "billing/file_not_there.html", {"name": name, "reason": words}, status=503)


def _not_there(request: HttpRequest, asker: Asker, name: str, there: Availability | None) -> HttpResponse:
    """404 for a name of the customer's own whose file is not to be had, with the reason."""
    reason = _reason(there)
    if asker.token is not None:
        return plain(404, reason)
    return render(request, "billing/file_not_there.html", {"name": name, "reason": reason}, status=404)


def _reason(there: Availability | None) -> str:
    if there is not None and there.state is State.EARLY:
        day = dateformat.format(there.since, _("Y年n月j日"))
        return _("このファイルは%(day)sからダウンロードできます。") % {"day": day}
    if there is not None and there.state is State.PAST:
        return _("このファイルのダウンロード期間は終わりました。")
    return _("このファイルは準備中です。しばらくしてから、もう一度お試しください。")


def _too_many(request: HttpRequest, asker: Asker) -> HttpResponse:
    words = _("同時にダウンロードできる数を超えています。ほかのダウンロードが終わってから、もう一度お試しください。")
    response = _unavailable(request, asker, "", words)
    response["Retry-After"] = str(RETRY_AFTER)
    return response
