"""Recovery codes: shown once in the answer to what made them, and as a file of what that page shows."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from selfcare.accounts import stepup
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import RecoveryDevice
from selfcare.accounts.requests import CustomerRequest
from selfcare.accounts.services import factors
from selfcare.accounts.services import recovery_codes as service


@never_cache
@customer_view()
@stepup.required
def codes(request: CustomerRequest) -> HttpResponse:
    """A POST makes new ones."""
    user = request.user
    if request.method == "POST":
        return show_codes(request, service.make(user=user, actor=user))
    context = {
        "factors": factors.of(user),
        "few": factors.FEW_LEFT,
        "device": RecoveryDevice.objects.filter(user=user).first(),
    }
    return render(request, "accounts/recovery_codes.html", context)


def show_codes(request: CustomerRequest, codes: list[str]) -> HttpResponse:
    """The one page that shows them: the answer to the POST that made them."""
    return render(request, "accounts/recovery_codes_made.html", {"codes": codes})


@never_cache
@require_POST
@sensitive_post_parameters()
@customer_view()
def file(request: CustomerRequest) -> HttpResponse:
    """The codes as a text file. The page sends them itself, because nothing else knows them; a page of somebody
    else's making gets no file out of this."""
    shown = [code.replace("\0", "") for code in request.POST.getlist("code")]
    if not service.own(user=request.user, codes=shown):
        raise Http404
    head = _("Selfcare リカバリーコード（セルフケアID: %(selfcare_id)s）") % {"selfcare_id": request.user.selfcare_id}
    lines = [head, _("1つのコードは一度だけ使えます。人に見せないでください。"), "", *shown, ""]
    answer = HttpResponse("\r\n".join(lines), content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="selfcare-recovery-codes.txt"'
    return answer
