"""Taxes, who bills, and how customers pay."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from billing.models import Issuer, PaymentTerms, TaxRate
from selfcare.staff import groups
from selfcare.staff.admins.customers import StoringAdmin

for _noun in ("taxrate", "issuer", "paymentterms"):
    groups.allow(f"billing.view_{_noun}", groups.SUPPORT, groups.BILLING)
    groups.allow(f"billing.add_{_noun}", groups.BILLING)
    groups.allow(f"billing.change_{_noun}", groups.BILLING)


@admin.register(TaxRate)
class TaxRateAdmin(StoringAdmin):
    """A new rate is a new row from its first day on; the old one gets its last day."""

    list_display = ("tax_class", "percent", "valid_from", "valid_until")
    list_filter = ("tax_class",)
    ordering = ("tax_class", "-valid_from")
    fields = ("tax_class", "percent", "valid_from", "valid_until")


@admin.register(Issuer)
class IssuerAdmin(StoringAdmin):
    """Invoices name the row of their day; a change of name or address is a new row."""

    list_display = ("name", "registration_number", "valid_from")
    ordering = ("-valid_from",)
    fields = ("name", "registration_number", "postal_code", "address", "phone", "bank", "valid_from")


@admin.register(PaymentTerms)
class PaymentTermsAdmin(StoringAdmin):
    list_display = ("customer", "method", "due_day", "recipient")
    list_select_related = ("customer",)
    list_filter = ("method",)
    search_fields = ("=customer__partner_id",)
    ordering = ("-pk",)
    raw_id_fields = ("customer",)
    fields = ("customer", "method", "due_day", "recipient")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return ("customer",) if obj else ()
