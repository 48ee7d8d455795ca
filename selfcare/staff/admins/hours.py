"""The operators' page of acceptance hours: what holds for each function, and changing it, at once."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from selfcare import calendar, clock
from selfcare.calendar import Hours
from selfcare.orders.models import AcceptanceHours
from selfcare.orders.procedures import Procedure
from selfcare.orders.services import hours
from selfcare.orders.services.hours import HoursError
from selfcare.staff.base import FactsAdmin, operator, trail_of
from selfcare.staff.operations import admin_form

_LIST = "admin:orders_acceptancehours_changelist"
_MAY = "orders.change_acceptancehours"
_MIDNIGHT = time(0)


def _clock_time(label: Any, help_text: Any = "") -> forms.TimeField:
    return forms.TimeField(
        label=label,
        required=False,
        help_text=help_text,
        input_formats=["%H:%M"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        error_messages={"invalid": gettext_lazy("00:00から23:59までの時刻をHH:MMの形で入力してください。")},
    )


class HoursForm(forms.Form):
    always = forms.BooleanField(label=gettext_lazy("24時間受け付ける"), required=False)
    opens = _clock_time(gettext_lazy("受付開始"))
    closes = _clock_time(
        gettext_lazy("受付終了"),
        gettext_lazy("この時刻の直前まで受け付けます。20:00なら19:59まで。開始より前の時刻は翌日になります。"),
    )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("always"):
            return {**data, "opens": _MIDNIGHT, "closes": _MIDNIGHT}
        for name in ("opens", "closes"):
            if name not in self.errors and data.get(name) is None:
                self.add_error(name, _("時刻を入力してください。"))
        if not self.errors and data["opens"] == data["closes"]:
            self.add_error("closes", _("開始と同じ時刻です。終日のときは「24時間受け付ける」を選んでください。"))
        return data

    @property
    def hours(self) -> Hours:
        return Hours(self.cleaned_data["opens"], self.cleaned_data["closes"])

    @property
    def mark(self) -> str:
        """What the preview showed: only exactly that is set."""
        return f"{self.hours.opens:%H:%M}-{self.hours.closes:%H:%M}"


def _state(one: Hours, now: datetime) -> str:
    """受付中, or from when on."""
    if one.is_open(now):
        return _("受付中")
    at = dateformat.format(calendar.local(one.next_opening(now)), _("n/j(D) H:i"))
    return _("時間外（%(at)s から）") % {"at": at}


def _titles(known: list[Procedure]) -> str:
    return _("、").join(str(procedure.title) for procedure in known)


@admin.register(AcceptanceHours)
class AcceptanceHoursAdmin(FactsAdmin):
    """The list shows every function that a procedure has, also where no row says anything."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.setting)
        return [path("set/<str:function>/", view, name="orders_acceptancehours_set"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        now = clock.now()
        kept = {row.function: row for row in AcceptanceHours.objects.all()}
        may_change = operator(request).has_perm(_MAY)
        rows = []
        for function, known in hours.functions().items():
            row = kept.get(function)
            held = row.hours if row else known[0].acceptance
            rows.append(
                {
                    "titles": _titles(known),
                    "function": function,
                    "hours": held,
                    "state": _state(held, now),
                    "trail": trail_of(row) if row else "",
                    "url": reverse("admin:orders_acceptancehours_set", args=[function]) if may_change else "",
                }
            )
        context = {**self._page(request, self.opts.verbose_name), "rows": rows, "now": now}
        return render(request, "admin/orders/hours.html", context)

    def _page(self, request: HttpRequest, title: Any) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts, "title": title}

    def setting(self, request: HttpRequest, function: str) -> HttpResponse:
        """Form, preview below it, and setting exactly what the preview showed."""
        if not operator(request).has_perm(_MAY):
            raise PermissionDenied(_("この操作の権限がありません。"))
        known = hours.functions().get(function)
        if known is None:
            raise Http404
        held = known[0].hours()
        initial: dict[str, Any] = {"always": held.is_always}
        if not held.is_always:
            initial |= {"opens": held.opens, "closes": held.closes}
        form = HoursForm(request.POST if request.method == "POST" else None, initial=initial)
        preview = {}
        if form.is_valid():
            is_seen = request.POST.get("shown") == form.mark
            if "publish" in request.POST and is_seen and self._set(request, function, form):
                return redirect(_LIST)
            now = clock.now()
            preview = {
                "preview": {
                    "rows": [(held, _state(held, now)), (form.hours, _state(form.hours, now))],
                    "mark": form.mark,
                }
            }
        context = {
            **self._page(request, _("受付時間の変更")),
            "form": form,
            "adminform": admin_form(form, self),
            "titles": _titles(known),
            **preview,
        }
        return render(request, "admin/orders/hours_form.html", context)

    def _set(self, request: HttpRequest, function: str, form: HoursForm) -> bool:
        new = form.hours
        try:
            hours.change(function=function, opens=new.opens, closes=new.closes, actor=operator(request))
        except HoursError as error:
            form.add_error(None, str(error))
            return False
        messages.success(request, _("受付時間を変更しました（%(hours)s）。") % {"hours": new})
        return True
