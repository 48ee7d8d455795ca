"""Tariffs and call rates, entered by billing, one by one or by a file."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.admin.resources import CallRateResource, TariffResource
from billing.models import CallRate, Tariff
from selfcare.staff import groups
from selfcare.staff.admins.customers import StoringAdmin
from selfcare.staff.files.importing import ImportingAdmin

for _noun in ("tariff", "callrate"):
    groups.allow(f"billing.view_{_noun}", groups.SUPPORT, groups.PROVISIONING, groups.BILLING)
    groups.allow(f"billing.add_{_noun}", groups.BILLING)
    groups.allow(f"billing.change_{_noun}", groups.BILLING)


class PlanFilter(admin.SimpleListFilter):
    """By plan. What every number costs has none, and so a word of its own: a link needs one."""

    title = gettext_lazy("料金プラン")
    parameter_name = "plan"
    _NONE = "-"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Tariff]") -> list[tuple[str, str]]:
        plans = Tariff.objects.order_by("plan").values_list("plan", flat=True).distinct()
        return [(plan or self._NONE, plan or _("（プランなし）")) for plan in plans]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Tariff]") -> "QuerySet[Tariff]":
        if self.value() is None:
            return queryset
        return queryset.filter(plan="" if self.value() == self._NONE else self.value())


@admin.register(Tariff)
class TariffAdmin(ImportingAdmin, StoringAdmin):
    """A new price is a new row from its first day on; the old one gets its last day."""

    resource = TariffResource
    import_permissions = ("billing.add_tariff", "billing.change_tariff")
    list_display = ("item", "plan", "amount", "share", "valid_from", "valid_until")
    list_filter = (PlanFilter, "item")
    ordering = ("plan", "item", "-valid_from")
    fields = ("plan", "item", "amount", "share", "valid_from", "valid_until")


@admin.register(CallRate)
class CallRateAdmin(ImportingAdmin, StoringAdmin):
    """Likewise what calls and messages cost."""

    resource = CallRateResource
    import_permissions = ("billing.add_callrate", "billing.change_callrate")
    list_display = ("plan", "kind", "prefix", "unit_seconds", "unit_price", "tax_class", "valid_from", "valid_until")
    list_filter = ("plan", "kind")
    ordering = ("plan", "kind", "prefix", "-valid_from")
    fields = ("plan", "kind", "prefix", "unit_seconds", "unit_price", "tax_class", "valid_from", "valid_until")
