"""番号ID設定: the contract's numbers and IDs, and what is set for each of them."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Exists, OuterRef, Prefetch, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from numbering.cloud.forms.ids import IdForm, NumberForm, PasswordForm
from numbering.cloud.models import CloudContract, CloudId, CloudNumber, Ringing, Use
from numbering.cloud.services import devices, ids, numbers
from selfcare.accounts.access import contract_for, customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders.procedures import NotPossible

FUNCTION = "cloud.numbers"


@require_safe
@customer_view(role=Role.VIEWER, function=FUNCTION)
def index(request: CustomerRequest) -> HttpResponse:
    contract = contract_for(request, FUNCTION)
    cloud = get_object_or_404(CloudContract.objects.visible_to(request.user), pk=contract.pk)
    rings = Ringing.objects.select_related("number").order_by("number__digits")
    rows = CloudId.objects.live().filter(cloud=cloud).select_related("outgoing").order_by("pk")
    rows = rows.prefetch_related(Prefetch("ringing", rings)).annotate(
        logged_in=Count("devices", filter=Q(devices__logged_out_at=None))
    )
    at = Ringing.objects.select_related("cloud_id").order_by("cloud_id_id")
    found = CloudNumber.objects.live().filter(cloud=cloud).order_by("pk").prefetch_related(Prefetch("ringing", at))
    context = {
        "cloud": cloud,
        "contract": contract,
        "ids": rows,
        "numbers": found,
        "may_change": request.user.has_role(Role.MEMBER),
    }
    return render(request, "numbering/cloud/numbers.html", context)


@require_safe
@never_cache
@customer_view(role=Role.VIEWER, function=FUNCTION)
def show(request: CustomerRequest, code: str) -> HttpResponse:
    return _page(request, id_of(request, code))


@require_POST
@customer_view(role=Role.MEMBER, function=FUNCTION)
def save(request: CustomerRequest, code: str) -> HttpResponse:
    """Name, numbers that ring, outgoing number."""
    cloud_id = id_of(request, code)
    form = IdForm(request.POST, cloud_id=cloud_id, numbers=_numbers_for(cloud_id))
    if form.is_valid():
        try:
            ids.set_up(cloud_id=cloud_id, actor=request.user, **form.cleaned_data)
        except NotPossible as refused:
            form.add_error("numbers", str(refused))
        else:
            messages.success(request, _("ID %(id)s の設定を保存しました。") % {"id": cloud_id.login_name})
            return redirect("cloud:id", cloud_id.code)
    return _page(request, cloud_id, form)


@require_POST
@customer_view(role=Role.MEMBER, function=FUNCTION)
def log_out(request: CustomerRequest, code: str) -> HttpResponse:
    """変更保存: who was shown as logged in and is not ticked any more is logged out.

    A device that logged in after the page was drawn was not shown, and stays.
    """
    cloud_id = id_of(request, code)
    unticked = set(request.POST.getlist("shown")) - set(request.POST.getlist("keep"))
    theirs = cloud_id.devices.logged_in()
    chosen = [one for one in theirs if str(one.uuid) in unticked]
    out = devices.log_out(cloud_id=cloud_id, devices=chosen, actor=request.user)
    if not out:
        messages.info(request, _("変更はありません。ログアウトさせる端末のチェックを外してから、保存してください。"))
        return redirect("cloud:id", cloud_id.code)
    names = _("、").join(one.name for one in out)
    messages.success(request, _("%(names)s をログアウトさせました。") % {"names": names})
    if silent := devices.silent(cloud_id=cloud_id):
        words = _(
            "%(numbers)s は、いま鳴る端末がありません。ほかの端末がログインするまで、この番号への電話は受けられません"
            "（不在着信になります）。"
        )
        messages.warning(request, words % {"numbers": _("、").join(str(one) for one in silent)})
    return redirect("cloud:id", cloud_id.code)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters()
@customer_view(role=Role.MEMBER, function=FUNCTION)
def password(request: CustomerRequest, code: str) -> HttpResponse:
    """The new one is shown in the answer to the form that set it, and nowhere else."""
    cloud_id = id_of(request, code)
    form = PasswordForm(request.POST or None, cloud_id=cloud_id)
    shown: dict[str, Any] = {}
    if form.is_valid():
        values = form.cleaned_data
        try:
            made = ids.set_password(
                cloud_id=cloud_id, typed=values["password"], log_out=values["log_out"], actor=request.user
            )
        except NotPossible as refused:
            form.add_error(None, str(refused))
        else:
            shown = {"made": made, "typed": bool(values["password"]), "logged_out": values["log_out"]}
            form = PasswordForm(cloud_id=cloud_id)
    return render(request, "numbering/cloud/password.html", {"cloud_id": cloud_id, "form": form, **shown})


@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.MEMBER, function=FUNCTION)
def number(request: CustomerRequest, digits: str) -> HttpResponse:
    found = get_object_or_404(
        CloudNumber.objects.visible_to(request.user).live().select_related("cloud"), digits=digits
    )
    here = Ringing.objects.filter(number=found, cloud_id=OuterRef("pk"))
    rows = CloudId.objects.live().filter(cloud_id=found.cloud_id).annotate(rings_here=Exists(here)).order_by("pk")
    form = NumberForm(request.POST or None, number=found, ids=list(rows))
    if form.is_valid():
        values = form.cleaned_data
        try:
            numbers.set_up(number=found, label=values["label"], rings_at=values["ids"], actor=request.user)
        except NotPossible as refused:
            form.add_error("ids", str(refused))
        else:
            messages.success(request, _("%(number)s の設定を保存しました。") % {"number": found})
            return redirect("cloud:numbers")
    context = {"number": found, "form": form, "may_remove": found.pk != found.cloud.representative_id}
    return render(request, "numbering/cloud/number.html", context)


def id_of(request: CustomerRequest, code: str) -> CloudId:
    """One of the customer's own that is in use; 404 for anybody else's."""
    rows = CloudId.objects.visible_to(request.user).live().select_related("cloud__contract", "outgoing")
    return get_object_or_404(rows, code=code)


def _numbers_for(cloud_id: CloudId) -> list[CloudNumber]:
    here = Ringing.objects.filter(number=OuterRef("pk"), cloud_id=cloud_id)
    rows = CloudNumber.objects.live().filter(cloud_id=cloud_id.cloud_id)
    return list(rows.annotate(rings_here=Exists(here)).order_by("pk"))


def _page(request: CustomerRequest, cloud_id: CloudId, form: IdForm | None = None) -> HttpResponse:
    found = _numbers_for(cloud_id)
    logged_in = devices.shown(cloud_ids=[cloud_id.pk])[cloud_id.pk]
    rings = [one for one in found if one.rings_here]  # type: ignore[attr-defined]
    context = {
        "cloud_id": cloud_id,
        "form": form or IdForm(cloud_id=cloud_id, numbers=found),
        "numbers": rings,
        "missed": [one for one in rings if one.use == Use.VOICE],
        "devices": logged_in,
        "silent": [] if logged_in else devices.silent(cloud_id=cloud_id),
        "may_change": request.user.has_role(Role.MEMBER),
    }
    return render(request, "numbering/cloud/id.html", context)
