"""利用停止 as operators see them: lifted for good, or provisionally until a day."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from selfcare import calendar, clock
from selfcare.contract_data.models import Suspension
from selfcare.contract_data.services import hours, lifting
from selfcare.contract_data.services.telling import moment_words
from selfcare.staff.base import FactsAdmin, operator
from selfcare.staff.operations import OperatedAdmin, Operation, ReasonForm

_LIFT = "contract_data.lift_suspension"


class StandingFilter(admin.SimpleListFilter):
    title = gettext_lazy("状態")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("1", gettext_lazy("予約中・停止中")), ("0", gettext_lazy("解除済み"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Suspension]) -> QuerySet[Suspension]:
        if self.value() not in ("0", "1"):
            return queryset
        return queryset.filter(lifted_at__isnull=self.value() == "1")


class ProvisionalForm(ReasonForm):
    until = forms.DateField(
        label=gettext_lazy("この日まで使えるようにする"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d"],
        help_text=gettext_lazy(
            "次の営業日の午前10時に、また停止します。お客様には、すぐに、また停止の前の営業日の朝に、メールでお知らせします。"
        ),
    )
    field_order = ("until", "reason")


def _lift(request: HttpRequest, row: Suspension, data: dict[str, Any]) -> str:
    lifting.lift(suspension=row, reason=data["reason"], actor=operator(request))
    return _("利用停止を解除しました。")


def _provisionally(request: HttpRequest, row: Suspension, data: dict[str, Any]) -> str:
    day: date = data["until"]
    until = hours.stop_after(calendar.midnight(day + calendar.ONE_DAY))
    lifting.lift_provisionally(suspension=row, until=until, reason=data["reason"], actor=operator(request))
    return _("%(until)sまで、暫定的に解除し、お客様にお知らせしました。") % {"until": moment_words(until)}


def _is_standing(row: Suspension) -> bool:
    return row.lifted_at is None


def _has_begun(row: Suspension) -> bool:
    return _is_standing(row) and row.has_begun(clock.now())


@admin.register(Suspension)
class SuspensionAdmin(OperatedAdmin, FactsAdmin):
    list_display = ("contract", "customer", "starts_at", "in_force", "provisional_until", "lifted_at")
    list_display_links = ("contract",)
    list_filter = (StandingFilter, ("starts_at", admin.DateFieldListFilter))
    list_select_related = ("contract", "customer")
    search_fields = ("contract__number", "customer__partner_id")
    search_help_text = gettext_lazy("契約番号・パートナーID")
    ordering = ("-pk",)
    sortable_by = ()
    fields = (
        "contract", "customer", "case", "reason", "in_force", "counted_from", "booked_at", "booked_by", "starts_at",
        "announced_week_at", "announced_day_at", "provisional_until", "lifted_at",
    )  # fmt: skip
    operations = (
        Operation(
            "lift-provisionally", gettext_lazy("暫定的に解除する"), _LIFT, _provisionally, form=ProvisionalForm,
            possible=_has_begun, text=gettext_lazy("電話はすぐに使えるようになり、期限を過ぎるとまた停止します。"),
        ),
        Operation(
            "lift", gettext_lazy("解除する"), _LIFT, _lift, form=ReasonForm, possible=_is_standing,
            text=gettext_lazy("電話はすぐに使えるようになります。もう一度停止するには、予約とお知らせからやり直します。"),
        ),
    )  # fmt: skip

    @admin.display(description=gettext_lazy("停止中"), boolean=True)
    def in_force(self, row: Suspension) -> bool:
        return row.is_in_force(clock.now())
