"""Tariffs, entered by billing; and the monthly charges, which orders begin and end."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from billing.models import RecurringCharge, Tariff
from selfcare.staff import groups
from selfcare.staff.admins.customers import StoringAdmin
from selfcare.staff.base import FactsAdmin

for _noun in ("tariff", "recurringcharge"):
    groups.allow(f"billing.view_{_noun}", groups.SUPPORT, groups.PROVISIONING, groups.BILLING)
groups.allow("billing.add_tariff", groups.BILLING)
groups.allow("billing.change_tariff", groups.BILLING)


@admin.register(Tariff)
class TariffAdmin(StoringAdmin):
    """A new price is a new row from its first day on; the old one gets its last day."""

    list_display = ("plan", "item", "amount", "valid_from", "valid_until")
    list_filter = ("plan", "item")
    ordering = ("plan", "item", "-valid_from")
    fields = ("plan", "item", "amount", "valid_from", "valid_until")


@admin.register(RecurringCharge)
class RecurringChargeAdmin(FactsAdmin):
    list_display = ("subject", "item", "customer", "contract", "started_on", "ended_on")
    list_select_related = ("customer", "contract")
    search_fields = ("=subject", "=contract__number", "=customer__partner_id")
    search_help_text = gettext_lazy("電話番号（数字のみ）・契約番号・パートナーIDを、省略せずに入力")
    ordering = ("-pk",)
    sortable_by = ()
    fields = ("customer", "contract", "item", "subject", "started_on", "ended_on")
