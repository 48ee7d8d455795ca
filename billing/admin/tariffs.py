"""Tariffs and call rates, entered by billing, one by one or by a file."""

from django.contrib import admin

from billing.admin.resources import CallRateResource, TariffResource
from billing.models import CallRate, Tariff
from selfcare.staff import groups
from selfcare.staff.admins.customers import StoringAdmin
from selfcare.staff.files.importing import ImportingAdmin

for _noun in ("tariff", "callrate"):
    groups.allow(f"billing.view_{_noun}", groups.SUPPORT, groups.PROVISIONING, groups.BILLING)
    groups.allow(f"billing.add_{_noun}", groups.BILLING)
    groups.allow(f"billing.change_{_noun}", groups.BILLING)


@admin.register(Tariff)
class TariffAdmin(ImportingAdmin, StoringAdmin):
    """A new price is a new row from its first day on; the old one gets its last day."""

    resource = TariffResource
    import_permissions = ("billing.add_tariff", "billing.change_tariff")
    list_display = ("plan", "item", "amount", "share", "valid_from", "valid_until")
    list_filter = ("plan", "item")
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
