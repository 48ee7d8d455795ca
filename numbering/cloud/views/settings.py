"""What a number does with calls: 時間外アナウンス, 留守番電話, 転送. Forms and services, no orders."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from billing.services import NoTariff, cloud_items, cloud_prices
from numbering.cloud.forms.after_hours import AfterHoursForm
from numbering.cloud.forms.call_settings import ForwardingForm, VoicemailForm
from numbering.cloud.models import AfterHours, CloudNumber, Stage, Use, Voicemail
from numbering.cloud.services import after_hours as hours_service
from numbering.cloud.services import forwarding as forwarding_service
from numbering.cloud.services import voicemail as voicemail_service
from selfcare import calendar, clock
from selfcare.accounts.access import customer_view
from selfcare.accounts.models import Role
from selfcare.accounts.requests import CustomerRequest

FUNCTION = "cloud.numbers"


def _number(request: CustomerRequest, digits: str) -> CloudNumber:
    """A voice number of the customer's, in use; others are a 404."""
    rows = CloudNumber.objects.visible_to(request.user).live().filter(use=Use.VOICE)
    rows = rows.exclude(cloud__stage=Stage.ENDED).select_related("cloud__contract")
    return get_object_or_404(rows, digits=digits)


def _page(request: CustomerRequest, name: str, number: CloudNumber, **context: Any) -> HttpResponse:
    return render(request, f"numbering/cloud/{name}.html", {"number": number, "cloud": number.cloud, **context})


def _missing(number: CloudNumber, item: str) -> dict[str, Any]:
    """What the page says of an option that is off: its price, and where it is switched on."""
    try:
        price = cloud_prices(on=calendar.today(clock.now())).monthly(item)
    except NoTariff:
        price = None
    options = f"{reverse('cloud:option-list')}?contract={number.cloud.contract.number}"
    return {"option": cloud_items.WORDS[item], "price": price, "options_url": options}


@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.MEMBER, function=FUNCTION)
def after_hours(request: CustomerRequest, digits: str) -> HttpResponse:
    """`preview` says what the typed hours would do now, and stores nothing."""
    number = _number(request, digits)
    if not number.after_hours:
        return _page(
            request, "option_off", number, title=_("時間外アナウンス"), **_missing(number, cloud_items.AFTER_HOURS)
        )
    setting = AfterHours.objects.filter(number=number).prefetch_related("hours", "closed_days").first()
    form = AfterHoursForm(request.POST if request.method == "POST" else None, setting=setting)
    now = clock.now()
    answer = hours_service.at(setting, now) if setting is not None and setting.is_on else None
    tried = None
    if request.method == "POST" and form.is_valid():
        if "preview" not in request.POST:
            hours_service.save(number=number, wanted=form.wanted(), actor=request.user)
            messages.success(request, _("時間外アナウンスの設定を保存しました。すぐに反映されます。"))
            return redirect("cloud:after_hours", digits)
        week = form.preview()
        tried = hours_service.Answer(week.is_open(now), form.cleaned_data["text"], week.next_change(now))
    return _page(request, "after_hours", number, form=form, setting=setting, answer=answer, tried=tried)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.MEMBER, function=FUNCTION)
def voicemail(request: CustomerRequest, digits: str) -> HttpResponse:
    """On the old scheme the page explains, shows the cost and opens the assistant (spec 7.1)."""
    number = _number(request, digits)
    if not voicemail_service.is_offered(number):
        return _page(request, "voicemail_off", number, **_missing(number, cloud_items.VOICEMAIL))
    if not number.voicemail:
        return _page(request, "option_off", number, title=_("留守番電話"), **_missing(number, cloud_items.VOICEMAIL))
    setting = Voicemail.objects.filter(number=number).first()
    form = VoicemailForm(request.POST if request.method == "POST" else None, setting=setting)
    if request.method == "POST" and form.is_valid():
        voicemail_service.save(number=number, wanted=form.wanted(), actor=request.user)
        messages.success(request, _("留守番電話の設定を保存しました。すぐに反映されます。"))
        return redirect("cloud:voicemail", digits)
    return _page(request, "voicemail", number, form=form, setting=setting)


@require_http_methods(["GET", "HEAD", "POST"])
@customer_view(role=Role.MEMBER, function=FUNCTION)
def forwarding(request: CustomerRequest, digits: str) -> HttpResponse:
    number = _number(request, digits)
    targets = forwarding_service.targets_of(number)
    form = ForwardingForm(request.POST if request.method == "POST" else None, targets=targets)
    if request.method == "POST" and form.is_valid():
        try:
            forwarding_service.save(number=number, targets=form.targets(), actor=request.user)
        except forwarding_service.Refused as refused:
            form.add_error(refused.case, str(refused))
        else:
            messages.success(request, _("転送の設定を保存しました。すぐに反映されます。"))
            return redirect("cloud:forwarding", digits)
    return _page(request, "forwarding", number, form=form)
