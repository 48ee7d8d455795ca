"""How it is to be paid: a card at the provider's page, account transfer by post, bank transfer, or later."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_safe

from numbering.cloud.models import CloudApplication
from numbering.cloud.services.applications import paying
from numbering.cloud.views import application_pages
from numbering.cloud.views.application_pages import address, by_link
from selfcare.orders.procedures import NotPossible


@by_link
def page(request: HttpRequest, application: CloudApplication, token: str) -> HttpResponse:
    """Also open while the application is under review: a card that was refused costs nobody his application."""
    if not paying.can_choose(application):
        return redirect("cloud:application", token)
    if application.is_draft and not application.kind:
        return redirect(address("who", token))
    problem = ""
    if request.method == "POST":
        try:
            return redirect(_chosen(request, application, token))
        except NotPossible as error:
            problem = str(error)
        except ValidationError as error:
            problem = " ".join(error.messages)
    context = {"payment": paying.words_of(application), "problem": problem, "next_url": _next(application, token)}
    return application_pages.page(request, "payment", application, token, context)


def _chosen(request: HttpRequest, application: CloudApplication, token: str) -> str:
    """Where to go with what was chosen."""
    kind = request.POST.get("method", "")
    if kind == "card":
        return paying.card(application=application, token=token)
    if kind in (paying.BY_POST, paying.BY_BANK):
        paying.choose(application=application, kind=kind)
        messages.success(request, _("お支払い方法を登録しました。"))
    elif kind != "later":
        raise NotPossible(_("お支払い方法を選んでください。"))
    return _next(application, token)


def _next(application: CloudApplication, token: str) -> str:
    return address("confirm", token) if application.is_draft else address("payment", token)


@never_cache
@require_safe
@sensitive_variables("token")
def back(request: HttpRequest, sealed: str) -> HttpResponse:
    """From the provider's page to the step; what came of the card stands in a message already."""
    token = paying.unsealed(sealed)
    if not token:
        return render(request, "numbering/cloud/apply_unknown.html", status=404)
    return redirect(address("payment", token))
