"""登録メールアドレスの変更: the input page, and the page behind each of the two links."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from selfcare.accounts import stepup
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role, User
from selfcare.accounts.services.addresses import masked
from selfcare.contract_data.models import MailLink
from selfcare.contract_data.services import mail_links
from selfcare.orders.views.wizard import wizard

#: Codes and links go to this address: who changes it shows the login once more.
page = customer_view(role=Role.OWNER)(stepup.required(wizard(mail_links.CODE)))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("token")
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Opening it changes nothing, because scanners of mail open every link; its button does."""
    try:
        found = mail_links.of_link(token)
        context = {"address": masked(found.email), "end": found.end, "contract_number": _contract(found)}
        if request.method != "POST":
            return render(request, "contract_data/mail_link.html", context)
        actor = request.user if isinstance(request.user, User) else None
        context["done"] = "changed" if mail_links.confirm(token=token, actor=actor) else "half"
    except mail_links.LinkRefused as refused:
        status = 404 if refused.reason == "unknown" else 410
        return render(request, "contract_data/mail_link.html", {"refused": refused.reason}, status=status)
    return render(request, "contract_data/mail_link.html", context)


def _contract(found: MailLink) -> str:
    return found.order.contract.number if found.order.contract else ""
