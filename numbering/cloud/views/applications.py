"""The applicant's page by its link: how far it is, what is missing, and what can still be done without a login."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from numbering.cloud.forms.application_ends import AgencyForm, PapersForm
from numbering.cloud.models import CloudApplication, Equipment
from numbering.cloud.services.applications import needs, papers, paying, sending, summary
from numbering.cloud.views.application_pages import address, by_link
from numbering.cloud.views.apply_steps import MOST_FILES, keep_files
from selfcare.documents.forms import takes_documents
from selfcare.orders.procedures import NotPossible


@takes_documents(MOST_FILES)
@by_link
def page(request: HttpRequest, application: CloudApplication, token: str) -> HttpResponse:
    """A POST brings the documents that were asked for again."""
    form = _papers(request, application)
    if form is not None and form.is_bound and keep_files(form):
        if form.changed_data:
            messages.success(request, _("書類を受け取りました。確認の結果は、メールでお知らせします。"))
        return redirect("cloud:application", token)
    missing = needs.missing(application) if application.is_draft else []
    context = {
        "application": application,
        "token": token,
        "stage": summary.stage_of(application),
        "steps": summary.way_of(application),
        "form": form,
        "papers": application.documents.select_related("document").order_by("pk"),
        "missing": missing,
        "continue_url": address(missing[0].step if missing else "confirm", token) if application.is_draft else "",
        "events": application.events.order_by("-at", "-pk"),
        # Of a contract, what it says is shown after the login only.
        "rows": [] if application.contract_id else summary.rows_of(application),
        "payment": paying.words_of(application),
        "may_pay": application.is_under_review,
        "equipment": _equipment(application),
        "may_name_agency": application.is_under_review and not application.agency_code,
        "may_withdraw": application.is_draft or application.is_under_review,
    }
    return render(request, "numbering/cloud/application.html", context)


def _papers(request: HttpRequest, application: CloudApplication) -> PapersForm | None:
    """The fields of what was asked for again; a draft has its own step for them."""
    if not application.is_under_review or not papers.open_rows(application).exists():
        return None
    if request.method == "POST":
        return PapersForm(request.POST, request.FILES, application=application)
    return PapersForm(application=application)


def _equipment(application: CloudApplication) -> list[Equipment]:
    if application.contract_id is None:
        return []
    return list(Equipment.objects.live().filter(cloud=application.contract_id).order_by("pk"))


@by_link
def agency(request: HttpRequest, application: CloudApplication, token: str) -> HttpResponse:
    """特約店コード, later and once."""
    form = AgencyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            sending.name_agency(application=application, code=form.cleaned_data["agency_code"])
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("特約店コードを登録しました。"))
            return redirect("cloud:application", token)
    context = {"application": application, "token": token, "form": form}
    return render(request, "numbering/cloud/application_agency.html", context)


@by_link
def withdraw(request: HttpRequest, application: CloudApplication, token: str) -> HttpResponse:
    problem = ""
    if request.method == "POST":
        try:
            sending.withdraw(application=application)
            messages.success(request, _("お申し込みを取り下げました。"))
            return redirect("cloud:application", token)
        except NotPossible as error:
            problem = str(error)
    context = {"application": application, "token": token, "problem": problem}
    return render(request, "numbering/cloud/application_withdraw.html", context)
