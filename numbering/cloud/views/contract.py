"""ご契約内容: the customer's cloud phone contracts, and one of them with all that belongs to it."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from numbering.cloud import contract_page
from numbering.cloud.models import CloudContract, CloudPortIn
from numbering.cloud.services import opening, porting
from selfcare import calendar, clock, text
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest
from selfcare.orders.procedures import NotPossible

FUNCTION = "cloud.numbers"


class AgencyCodeForm(forms.Form):
    agency_code = forms.RegexField(
        r"^[A-Za-z0-9-]{2,20}$",
        label=gettext_lazy("特約店コード"),
        max_length=20,
        help_text=gettext_lazy("登録できるのは一度だけです。特約店からお受け取りのコードを入力してください。"),
        error_messages={"invalid": gettext_lazy("半角の英数字とハイフンで、2〜20文字で入力してください。")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if self.is_bound:
            # As typed on any keyboard.
            self.data = {"agency_code": text.normalize_identifier(self.data.get("agency_code", "")).upper()}


@require_safe
@customer_view(role=Role.VIEWER, function=FUNCTION)
def index(request: CustomerRequest) -> HttpResponse:
    rows = list(
        CloudContract.objects.visible_to(request.user)
        .select_related("contract", "representative")
        .order_by("contract__started_on", "pk")
    )
    if len(rows) == 1:
        return redirect("cloud:contract", rows[0].contract.number)
    listed = [(row, opening.telephone(row), contract_page.tone(row.stage)) for row in rows]
    return render(request, "numbering/cloud/contracts.html", {"contracts": listed})


@require_safe
@customer_view(role=Role.VIEWER)
def show(request: CustomerRequest, number: str) -> HttpResponse:
    cloud = _mine(request, number)
    return _draw(request, cloud, AgencyCodeForm())


@require_POST
@customer_view(role=Role.MEMBER)
def agency_code(request: CustomerRequest, number: str) -> HttpResponse:
    cloud = _mine(request, number)
    form = AgencyCodeForm(request.POST)
    if form.is_valid():
        try:
            opening.settle_agency_code(cloud=cloud, code=form.cleaned_data["agency_code"], actor=request.user)
        except NotPossible as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("特約店コードを登録しました。"))
        return redirect("cloud:contract", number)
    return _draw(request, cloud, form, status=422)


@require_POST
@customer_view(role=Role.MEMBER)
def withdraw_port_in(request: CustomerRequest, number: str) -> HttpResponse:
    cloud = _mine(request, number)
    mine = CloudPortIn.objects.visible_to(request.user).open().filter(cloud=cloud)
    try:
        porting.take_back(port_in=get_object_or_404(mine), actor=request.user)
    except NotPossible as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request, _("番号ポータビリティの手続きを取りやめました。現在の電話はそのままお使いいただけます。")
        )
    return redirect("cloud:contract", number)


def _mine(request: CustomerRequest, number: str) -> CloudContract:
    rows = CloudContract.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("contract__customer", "representative"), contract__number=number)


def _draw(request: CustomerRequest, cloud: CloudContract, form: AgencyCodeForm, status: int = 200) -> HttpResponse:
    page = contract_page.of(cloud, user=request.user, today=calendar.today(clock.now()))
    context = {
        "page": page,
        "cloud": cloud,
        "form": form,
        "tone": contract_page.tone(cloud.stage),
        "equipment": [(one, contract_page.tone(one.state)) for one in page.equipment],
        "may_change": request.user.has_role(Role.MEMBER) and cloud.stage != "ended",
    }
    return render(request, "numbering/cloud/contract.html", context, status=status)
