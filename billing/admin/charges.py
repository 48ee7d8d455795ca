"""What customers are charged for: every month, begun and ended by orders; and once, or to correct a closed month."""

from typing import ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy

from billing.admin.corrections import WITHDRAW, CorrectingAdmin
from billing.admin.resources import OnceChargeResource, RecurringChargeResource
from billing.models import OnceCharge, RecurringCharge
from selfcare.staff import groups
from selfcare.staff.base import FactsAdmin
from selfcare.staff.files.importing import ImportingAdmin
from selfcare.staff.operations import OperatedAdmin

for _noun in ("recurringcharge", "oncecharge"):
    groups.allow(f"billing.view_{_noun}", groups.SUPPORT, groups.PROVISIONING, groups.BILLING)
    # By files, and corrections by a form; the pages of rows that are there are for reading.
    groups.allow(f"billing.add_{_noun}", groups.BILLING)
groups.allow("billing.change_recurringcharge", groups.BILLING)


class ChargeAdmin(ImportingAdmin, FactsAdmin):
    list_select_related: ClassVar[tuple[str, ...]] = ("customer", "contract")
    search_fields = ("=subject", "=contract__number", "=customer__partner_id")
    search_help_text = gettext_lazy("電話番号（数字のみ）・契約番号・パートナーIDを、省略せずに入力")
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(RecurringCharge)
class RecurringChargeAdmin(ChargeAdmin):
    resource = RecurringChargeResource
    import_permissions = ("billing.add_recurringcharge", "billing.change_recurringcharge")
    list_display = ("subject", "item", "customer", "contract", "started_on", "ended_on")
    fields = ("customer", "contract", "item", "subject", "started_on", "ended_on")


@admin.register(OnceCharge)
class OnceChargeAdmin(CorrectingAdmin, OperatedAdmin, ChargeAdmin):
    operations = (WITHDRAW,)
    resource = OnceChargeResource
    import_permissions = ("billing.add_oncecharge",)
    list_display = ("words", "subject", "customer", "contract", "charged_on", "amount", "billed")
    list_select_related = ("customer", "contract", "billed")
    fields = (
        "customer", "contract", "item", "words", "subject", "charged_on", "amount", "tax_class", "cause", "corrects",
        "reason", "billed", "voiced", "created_at",
    )  # fmt: skip
    raw_id_fields = ("contract",)
