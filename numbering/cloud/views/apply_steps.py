"""The steps of a draft. Each saves what was typed and leads to the next; every one can be opened again."""

from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from billing.services import CloudQuote, NoTariff, price
from numbering.cloud.forms import quote
from numbering.cloud.forms.application_ends import ConfirmForm, PapersForm
from numbering.cloud.forms.applications import WhoForm, number_form, who_initial
from numbering.cloud.models import CloudApplication
from numbering.cloud.services.applications import filling, links, needs, papers, paying, sending, timetable
from numbering.cloud.services.applications.summary import rows_of
from numbering.cloud.views.application_pages import draft_by_link, go, page
from selfcare import calendar, clock
from selfcare.documents.forms import takes_documents
from selfcare.documents.refusing import Refused
from selfcare.orders.procedures import NotPossible

#: Files that one post may bring: a company's with a geographic number has three.
MOST_FILES = 6
_SALT = "cloud.application.shown"


def _save(form: Any, application: CloudApplication, values: dict[str, Any]) -> bool:
    """False with the reason in the form."""
    try:
        filling.save(application=application, values=values)
    except NotPossible as error:
        form.add_error(None, str(error))
    except ValidationError as error:
        form.add_error(None, error)
    return not form.errors


@draft_by_link
def basket(request: HttpRequest, application: CloudApplication, token: str) -> HttpResponse:
    query = request.POST if request.method == "POST" else _query(application)
    form = quote.form_of(query)
    # The other button only counts anew.
    going_on = request.method == "POST" and "count" not in request.POST
    if going_on and form.is_valid() and _save(form, application, {"basket": form.basket.as_json()}):
        return go("who", token)
    context = {"form": form, "quote": _price(form)}
    return page(request, "basket", application, token, context)


def _query(application: CloudApplication) -> Any:
    return QueryDict(quote.query_of(needs.basket_of(application)))


def _price(form: quote.QuoteForm) -> Any:
    try:
        return price(form.basket, on=calendar.today(clock.now())) if form.is_valid() else None
    except NoTariff:
        return None


@draft_by_link
def who(request: HttpRequest, application: CloudApplication, token: str) -> HttpResponse:
    form = WhoForm(request.POST if request.method == "POST" else None, initial=who_initial(application))
    if form.is_valid():
        is_saved = _save(form, application, form.cleaned_data)
        # A corrected mail address ends the link of the mail that this page may have been opened by.
        token = links.going_on(application, token)
        if is_saved:
            return go("number", token)
    return page(request, "who", application, token, {"form": form})


@draft_by_link
def number(request: HttpRequest, application: CloudApplication, token: str) -> HttpResponse:
    if not application.kind:
        return go("who", token)
    today = calendar.today(clock.now())
    form = number_form(application, on=today, data=request.POST if request.method == "POST" else None)
    if form.is_valid() and _save(form, application, form.cleaned_data):
        return go("documents", token)
    bringing = needs.is_bringing(application)
    return page(request, "number", application, token, {"form": form, "bringing": bringing})


@takes_documents(MOST_FILES)
@draft_by_link
def documents(request: HttpRequest, application: CloudApplication, token: str) -> HttpResponse:
    if not application.kind:
        return go("who", token)
    if request.method != "POST":
        return page(request, "documents", application, token, {"form": PapersForm(application=application)})
    form = PapersForm(request.POST, request.FILES, application=application)
    good = keep_files(form)
    if good and "stay" not in request.POST:
        return go("payment", token)
    return page(request, "documents", application, token, {"form": form})


def keep_files(form: PapersForm) -> bool:
    """Store what came well, also when another file is wrong; false when something could not be stored."""
    form.is_valid()
    for kind, row in form.rows.items():
        upload = form.cleaned_data.get(kind)
        if not isinstance(upload, UploadedFile):
            continue
        try:
            papers.receive(row=row, upload=upload)
        except Refused as error:
            form.add_error(kind, str(error))
        except ValidationError as error:
            form.add_error(kind, error)
        else:
            form.initial[kind] = row.document
            vars(form[kind]).pop("initial", None)
    return not form.errors


@draft_by_link
def confirm(request: HttpRequest, application: CloudApplication, token: str) -> HttpResponse:
    form = ConfirmForm(request.POST if request.method == "POST" else None, application=application)
    changed = False
    if form.is_valid():
        try:
            sending.submit(application=application, shown=_shown(request.POST.get("shown", "")), agreed=form.agreed)
            return redirect("cloud:application", token)
        except sending.Changed:
            changed = True
        except (sending.Incomplete, NotPossible) as error:
            form.add_error(None, str(error))
        except NoTariff:
            form.add_error(None, _("いま料金を計算できないため、送信できません。入力済みの内容は保存されています。"))
    now = clock.now()
    priced = _quoted(application)
    context = {
        "form": form,
        "quote": priced,
        "shown": signing.dumps(sending.shown_of(priced), salt=_SALT) if priced else "",
        "changed": changed,
        "missing": needs.missing(application),
        "rows": rows_of(application),
        "payment": paying.words_of(application),
        "promises": timetable.promises(application, now) if application.kind else [],
    }
    return page(request, "confirm", application, token, context)


def _quoted(application: CloudApplication) -> CloudQuote | None:
    """None where operators have not entered what something costs."""
    try:
        return sending.quote_of(application)
    except NoTariff:
        return None


def _shown(typed: str) -> dict[str, Any]:
    """What the page had promised; nothing of a form that was tampered with, so that it is shown anew."""
    try:
        shown = signing.loads(typed, salt=_SALT)
    except signing.BadSignature:
        return {}
    return shown if isinstance(shown, dict) else {}
