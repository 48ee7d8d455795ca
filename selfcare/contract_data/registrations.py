"""What this part adds to others: menu, ribbon, sources, callbacks, names of documents, the operators' groups."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from selfcare.accounts.services import code_addresses
from selfcare.contract_data import due, kinds, panels, shell_entries, trail_words
from selfcare.contract_data.post import following, port
from selfcare.contract_data.services import mail_links
from selfcare.outside import backlog, callbacks
from selfcare.staff import groups
from selfcare.work import sources


def register() -> None:
    """Called once, when the portal starts."""
    kinds.register()
    shell_entries.register()
    trail_words.register()
    code_addresses.also_void(mail_links.void)
    sources.register("contract_data.calendar", run=due.run, waiting=due.waiting)
    sources.register(following.SOURCE, run=following.run, waiting=following.waiting, queue="outside")
    callbacks.register(port.SYSTEM, following.hear)
    backlog.register(
        "letters", title=_("郵便会社に届け出ていないお手紙"), permission="contract_data.view_identitycase",
        url=lambda: f"{reverse('admin:contract_data_identitycase_changelist')}?state__exact=posted",
        ask=following.unannounced,
    )  # fmt: skip
    panels.register()
    _allow()


def _allow() -> None:
    for noun in ("identitycase", "suspension"):
        groups.allow(f"contract_data.view_{noun}", groups.SUPPORT, groups.PROVISIONING)
    groups.allow("contract_data.review_identitycase", groups.PROVISIONING)
    groups.allow("contract_data.record_delivery", groups.SUPPORT, groups.PROVISIONING)
    groups.allow("contract_data.book_suspension", groups.PROVISIONING)
    groups.allow("contract_data.lift_suspension", groups.SUPPORT, groups.PROVISIONING)
