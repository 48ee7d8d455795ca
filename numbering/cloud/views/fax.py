"""クラウドFAX: the numbers, a number's faxes both ways, sending one, and the file of one that came, also by mail."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from numbering.cloud.forms.fax import FaxForm, ForwardForm, ForwardingForm
from numbering.cloud.models import CloudNumber, FaxForwarding, FaxReceived, FaxSent, Stage
from numbering.cloud.services import fax_mails, fax_receiving, fax_sending
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.documents import storage
from selfcare.documents.forms import keep_documents, takes_documents
from selfcare.documents.models import Document
from selfcare.paging import keyset

FUNCTION = "cloud.fax"
#: What a browser may do with a fax: draw it, and nothing else.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def _number(request: CustomerRequest, digits: str) -> CloudNumber:
    """A number of the customer's with クラウドFAX; others are a 404."""
    rows = CloudNumber.objects.visible_to(request.user).live().filter(fax=True).exclude(cloud__stage=Stage.ENDED)
    return get_object_or_404(rows.select_related("cloud__contract"), digits=digits)


@require_safe
@customer_view(role=Role.VIEWER, function=FUNCTION)
def numbers(request: CustomerRequest) -> HttpResponse:
    unread = Q(faxes_received__is_read=False, faxes_received__state=FaxReceived.State.READY)
    rows = (
        CloudNumber.objects.visible_to(request.user)
        .live()
        .filter(fax=True)
        .exclude(cloud__stage=Stage.ENDED)
        .annotate(unread=Count("faxes_received", filter=unread))
        .order_by("digits")
    )
    return render(request, "numbering/cloud/fax.html", {"numbers": rows})


@require_safe
@customer_view(role=Role.VIEWER, function=FUNCTION)
def inbox(request: CustomerRequest, digits: str) -> HttpResponse:
    """?box=sent: what was sent; otherwise what came."""
    number = _number(request, digits)
    is_sent = request.GET.get("box") == "sent"
    sent, received = number.faxes_sent.select_related("sent_by"), number.faxes_received.all()
    page = keyset(sent if is_sent else received, field="id", request=request, size=20, descending=True)
    for fax in page.rows if is_sent else ():
        fax.why = fax_sending.why(fax)
    context = {"number": number, "is_sent": is_sent, "page": page, "rows": page.rows}
    return render(request, "numbering/cloud/fax_inbox.html", context)


@never_cache
@takes_documents()
@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.MEMBER, function=FUNCTION)
def send(request: CustomerRequest, digits: str) -> HttpResponse:
    """A form sent twice is one fax; a file that came well stays while something else is wrong."""
    number = _number(request, digits)
    if request.method != "POST":
        return _send_page(request, number, FaxForm(user=request.user))
    form = FaxForm(request.POST, request.FILES, user=request.user)
    if FaxSent.objects.visible_to(request.user).filter(uuid=form.fax_key).exists():
        return _to_sent(digits)
    good = form.is_valid()
    kept = keep_documents(form=form, holder=fax_sending.holder(request.user, form.fax_key), actor=request.user)
    if not (good and kept):
        return _send_page(request, number, form)
    try:
        fax_sending.queue(number=number, wish=_wish(form), actor=request.user)
    except fax_sending.Refused as refused:
        form.add_error(None, str(refused))
        return _send_page(request, number, form)
    messages.success(request, _("FAXの送信を受け付けました。結果はこの一覧でご確認ください。"))
    return _to_sent(digits)


def _wish(form: FaxForm) -> fax_sending.Wish:
    file: Document | None = form.cleaned_data["file"]
    return fax_sending.Wish(form.fax_key, form.cleaned_data["to"], form.cleaned_data["text"], file)


def _to_sent(digits: str) -> HttpResponse:
    response = redirect("cloud:fax_inbox", digits)
    response["Location"] += "?box=sent"
    return response


def _send_page(request: CustomerRequest, number: CloudNumber, form: FaxForm) -> HttpResponse:
    context: dict[str, Any] = {"number": number, "form": form, "cloud": number.cloud}
    return render(request, "numbering/cloud/fax_send.html", context)


@require_POST
@customer_view(role=Role.MEMBER, function=FUNCTION)
def again(request: CustomerRequest, uuid: UUID) -> HttpResponse:
    """A failed fax once more."""
    fax = get_object_or_404(FaxSent.objects.visible_to(request.user).select_related("number"), uuid=uuid)
    try:
        fax_sending.again(fax=fax, actor=request.user)
    except fax_sending.Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("もう一度送信します。"))
    return _to_sent(fax.number.digits)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.MEMBER, function=FUNCTION)
def forwarding(request: CustomerRequest, digits: str) -> HttpResponse:
    number = _number(request, digits)
    kept = FaxForwarding.objects.filter(number=number).first()
    attached = kept.attached if kept else []
    good = fax_mails.still_usable(number.customer_id, attached)
    choices = list(dict.fromkeys([*fax_mails.usable_by(request.user), *good]))
    if request.method == "POST":
        form = ForwardingForm(request.POST, choices=choices)
        if form.is_valid():
            wanted = form.cleaned_data
            fax_mails.set_addresses(
                number=number, addresses=wanted["addresses"], attached=wanted["attached"], actor=request.user
            )
            messages.success(request, _("お知らせ先を保存しました。"))
            return redirect("cloud:fax_inbox", digits)
    else:
        initial = {"attached": good, "addresses": "\n".join(kept.addresses if kept else [])}
        form = ForwardingForm(choices=choices, initial=initial)
    lost = [address for address in attached if address not in good]
    limits = {"largest": fax_mails.LARGEST_WORDS, "most": fax_mails.MOST_ADDRESSES}
    context = {"number": number, "form": form, "lost": lost, "cloud": number.cloud, **limits}
    return render(request, "numbering/cloud/fax_forwarding.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.MEMBER, function=FUNCTION)
def forward(request: CustomerRequest, uuid: UUID) -> HttpResponse:
    """One fax that came, as a PDF to one of the company's addresses; a form sent twice is one mail."""
    rows = FaxReceived.objects.visible_to(request.user).select_related("number", "document")
    fax = get_object_or_404(rows, uuid=uuid, document__isnull=False)
    number = _number(request, fax.number.digits)
    form = ForwardForm(request.POST if request.method == "POST" else None, choices=fax_mails.usable_by(request.user))
    if request.method == "POST" and form.is_valid():
        to = form.cleaned_data["to"]
        try:
            fax_mails.forward(fax=fax, to=to, key=form.cleaned_data["key"], actor=request.user)
        except fax_sending.Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("FAXを %(to)s に転送します。") % {"to": to})
            return redirect("cloud:fax_inbox", number.digits)
    is_large = fax.document is not None and fax.document.size > fax_mails.LARGEST
    context = {
        "number": number,
        "fax": fax,
        "form": form,
        "forwarded": fax.forwarded.select_related("sent_by").order_by("-pk")[:10],
        "largest": fax_mails.LARGEST_WORDS if is_large else "",
        "cloud": number.cloud,
    }
    return render(request, "numbering/cloud/fax_forward.html", context)


@never_cache
@require_safe
@customer_view(role=Role.VIEWER, function=FUNCTION)
def file(request: CustomerRequest, uuid: UUID) -> HttpResponse:
    """The PDF of a fax that came: inspected when it came, under a policy of its own."""
    rows = FaxReceived.objects.visible_to(request.user).select_related("document")
    fax = get_object_or_404(rows, uuid=uuid, document__isnull=False)
    assert fax.document  # noqa: S101 - asked for above
    try:
        content = storage.read(fax.document.stored)
    except OSError as error:
        raise Http404 from error
    if request.method == "GET" and getattr(request, "viewing", None) is None:
        fax_receiving.note_read(fax=fax, actor=request.user)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{fax.document.name}"'
    response["Content-Security-Policy"] = _POLICY
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
