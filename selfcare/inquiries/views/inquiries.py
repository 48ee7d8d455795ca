"""お問い合わせ of a customer: the list, a new one behind the search of よくある質問, and its thread."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from selfcare import clock
from selfcare.accounts.access import customer_view
from selfcare.accounts.requests import CustomerRequest
from selfcare.documents.forms import keep_documents, takes_documents
from selfcare.inquiries import faq, keys
from selfcare.inquiries.forms import PLACES, Filters, InquiryForm, ReplyForm
from selfcare.inquiries.models import Category, Inquiry
from selfcare.inquiries.services import reading, sending
from selfcare.inquiries.views.faq import asked
from selfcare.paging import keyset

#: Articles beside the form, and hits of its search.
_BESIDE, _FOUND = 4, 6


@require_safe
@customer_view()
def index(request: CustomerRequest) -> HttpResponse:
    filters = Filters(request.GET)
    found = Inquiry.objects.visible_to(request.user).select_related("order", "contract", "created_by")
    if filters.wanted:
        found = found.filter(state=filters.wanted)
    page = keyset(found, field="id", request=request, size=20, descending=True)
    context = {"filters": filters, "page": page, "rows": page.rows, "now": clock.now()}
    return render(request, "inquiries/list.html", context)


@never_cache
@takes_documents(files=len(PLACES))
@require_http_methods(["GET", "HEAD", "POST"])
@customer_view()
def new(request: CustomerRequest) -> HttpResponse:
    """What was typed and what came well of the files stays until it is sent; sent twice it is one ticket."""
    if request.method != "POST":
        return _new_page(request, InquiryForm(user=request.user, initial=_prefilled(request)))
    form = InquiryForm(request.POST, request.FILES, user=request.user)
    known = sending.sent(key=form.send_key, user=request.user)
    if known is not None:
        return redirect(known)
    good = form.is_valid()
    kept = keep_documents(form=form, holder=keys.holder(request.user, form.send_key), actor=request.user)
    known = sending.sent(key=form.send_key, user=request.user)
    if known is not None:
        # The same form has been sent a moment ago, by another press of the button.
        return redirect(known)
    if not (good and kept):
        return _new_page(request, form)
    try:
        inquiry = sending.send(wish=_wish(form), actor=request.user)
    except sending.Refused as refused:
        form.add_error(None, str(refused))
        return _new_page(request, form)
    messages.success(request, _("お問い合わせを受け付けました。受付番号：%(ticket)s") % {"ticket": inquiry.ticket})
    return redirect(inquiry)


def _wish(form: InquiryForm) -> sending.Wish:
    return sending.Wish(
        key=form.send_key,
        category=form.cleaned_data["category"],
        text=form.cleaned_data["text"],
        subject=form.subject,
        callback_phone=form.cleaned_data["callback_phone"],
    )


def _prefilled(request: CustomerRequest) -> dict[str, str]:
    """What other pages link here with: ?category=stopped&about=R00000012."""
    category = request.GET.get("category", "")
    about = request.GET.get("about", "").replace("\0", "")[:40]
    return {"category": category if category in Category.values else "", "about": about}


def _new_page(request: CustomerRequest, form: InquiryForm) -> HttpResponse:
    query = asked(request)
    context: dict[str, Any] = {
        "form": form,
        "query": query,
        "articles": faq.find(query, most=_FOUND if query else _BESIDE),
        "category": form.initial.get("category", ""),
        "about": form.initial.get("about", ""),
    }
    return render(request, "inquiries/new.html", context)


@never_cache
@takes_documents(files=len(PLACES))
@require_http_methods(["GET", "HEAD", "POST"])
@customer_view()
def thread(request: CustomerRequest, ticket: str) -> HttpResponse:
    """What has been written, and the form for more. POST close ends it."""
    inquiry = (
        Inquiry.objects.visible_to(request.user)
        .select_related("order", "contract", "created_by")
        .with_ticket(ticket)
        .first()
    )
    if inquiry is None:
        raise Http404
    if request.method != "POST":
        if inquiry.is_unread and getattr(request, "viewing", None) is None and request.method == "GET":
            sending.note_read(inquiry=inquiry, actor=request.user)
        return _thread_page(request, inquiry, ReplyForm(user=request.user))
    if "close" in request.POST:
        if sending.close(inquiry=inquiry, actor=request.user):
            messages.success(request, _("お問い合わせを終了しました。追記すると、いつでも再開できます。"))
        return redirect(inquiry)
    form = ReplyForm(request.POST, request.FILES, user=request.user)
    if sending.sent(key=form.send_key, user=request.user) is not None:
        return redirect(inquiry)
    good = form.is_valid()
    kept = keep_documents(form=form, holder=keys.holder(request.user, form.send_key), actor=request.user)
    if sending.sent(key=form.send_key, user=request.user) is not None:
        return redirect(inquiry)
    if not (good and kept):
        return _thread_page(request, inquiry, form)
    try:
        sending.add(inquiry=inquiry, key=form.send_key, text=form.cleaned_data["text"], actor=request.user)
    except sending.Refused as refused:
        form.add_error(None, str(refused))
        return _thread_page(request, inquiry, form)
    messages.success(request, _("追記を送信しました。"))
    return redirect(inquiry)


def _thread_page(request: CustomerRequest, inquiry: Inquiry, form: ReplyForm) -> HttpResponse:
    context = {
        "inquiry": inquiry,
        "thread": reading.thread(inquiry),
        "form": form,
        "now": clock.now(),
        "is_overdue": inquiry.is_overdue(clock.now()),
    }
    return render(request, "inquiries/thread.html", context)
