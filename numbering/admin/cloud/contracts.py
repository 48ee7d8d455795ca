"""Cloud phone contracts as operators see them: stage, trial, 本申込, end; those that nobody has ordered for good."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from numbering.cloud.models import CloudContract, Stage
from numbering.cloud.procedures.ending import EndByOperator
from numbering.cloud.services import trials
from selfcare import calendar, clock
from selfcare.staff import groups, panels, placing
from selfcare.staff.base import FactsAdmin, operator
from selfcare.staff.operations import Link, OperatedAdmin, register_link

#: The first page lists no further.
_LISTED = 10

groups.allow("numbering.view_cloudcontract", groups.SUPPORT, groups.PROVISIONING, groups.BILLING)


class OverdueFilter(admin.SimpleListFilter):
    title = gettext_lazy("無料お試しの期間が過ぎた契約")
    parameter_name = "overdue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", gettext_lazy("本申込がまだのもの"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() != "yes":
            return queryset
        return queryset.filter(pk__in=trials.overdue(today=calendar.today(clock.now())).values("pk"))


@admin.register(CloudContract)
class CloudContractAdmin(FactsAdmin, OperatedAdmin):
    list_display = ("contract", "customer", "representative", "stage", "scheme", "usable_on", "settled_on", "ends_on")
    list_select_related = ("contract", "customer", "representative", "opening")
    list_filter = ("stage", "scheme", "is_ported", OverdueFilter)
    search_fields = ("=contract__number", "=numbers__digits", "=opening__reference", "=port_ins__digits")
    search_help_text = gettext_lazy("契約番号・電話番号・申込番号を、省略せずに入力")
    ordering = ("-pk",)
    sortable_by = ()
    fields = (
        "contract", "customer", "reference", "representative", "stage", "scheme", "switched_on", "is_ported",
        "trial_from", "usable_on", "reminders", "reminded_on", "settled_on", "payment_day", "ends_on", "agency_code",
    )  # fmt: skip
    readonly_fields = fields

    @admin.display(description=gettext_lazy("申込番号"), empty_value="—")
    def reference(self, row: CloudContract) -> str | None:
        return getattr(getattr(row, "opening", None), "reference", None)

    @admin.display(description=gettext_lazy("ご利用可能日"), empty_value="—")
    def usable_on(self, row: CloudContract) -> Any:
        return getattr(getattr(row, "opening", None), "usable_on", None)

    @admin.display(description=gettext_lazy("お知らせした回数"), empty_value="—")
    def reminders(self, row: CloudContract) -> Any:
        return getattr(getattr(row, "opening", None), "reminders", None)

    @admin.display(description=gettext_lazy("最後にお知らせした日"), empty_value="—")
    def reminded_on(self, row: CloudContract) -> Any:
        return getattr(getattr(row, "opening", None), "reminded_on", None)


def _end(row: CloudContract) -> tuple[str, str] | None:
    """Where an operator ends it: after the reminders, or on a written request."""
    if row.stage == Stage.ENDED or row.ends_on is not None:
        return None
    return str(EndByOperator.title), placing.url(EndByOperator.code, row.contract)


def overdue(request: HttpRequest) -> dict[str, Any] | None:
    """For the operators' first page: trials that nobody answers about, the longest first; they are ended by hand."""
    if not operator(request).has_perm("numbering.view_cloudcontract"):
        return None
    rows = list(trials.overdue(today=calendar.today(clock.now()))[: _LISTED + 1])
    return {"rows": rows[:_LISTED], "more": len(rows) > _LISTED}


def register() -> None:
    panels.register("cloud-trials", overdue, "admin/numbering/cloud_trials_panel.html", order=27)
    register_link(CloudContract, Link("staff.place_orders", _end))
