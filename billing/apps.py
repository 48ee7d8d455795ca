from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "billing"
    label = "billing"
    verbose_name = _("料金")

    def ready(self) -> None:
        from billing import cloud_items, demo, reconcile, shell_entries, trail_words
        from billing.closing import jobs as closing  # noqa: F401
        from billing.closing.figures import figures
        from billing.invoices import jobs  # noqa: F401  (they register)
        from billing.payments import registrations as payments
        from billing.records import jobs as records
        from billing.services.contracts import check_cycle
        from billing.statements import registrations as statements
        from selfcare.accounts import viewing
        from selfcare.accounts.models import Contract
        from selfcare.shell import metrics
        from selfcare.staff.services import rows
        from selfcare.work import grants

        grants.insert_only(
            "billing_callrecord", "billing_closingstep", "billing_datausage", "billing_invoicefile",
            "billing_ledgerentry", "billing_providerevent", "billing_statementfile",
        )  # fmt: skip
        viewing.hide("billing:tokens")
        viewing.refuse_files("billing:file", "billing:zip")
        rows.register_check(Contract, check_cycle)
        cloud_items.tell_billing()
        reconcile.register()
        payments.register()
        records.register()
        statements.register()
        shell_entries.register()
        trail_words.register()
        metrics.register(figures)
        demo.register()
