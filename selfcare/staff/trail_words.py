"""What operators do with lists, letters and mails: companies read only what leaves the house."""

from django.utils.translation import gettext_lazy as _

from selfcare.accounts import trail
from selfcare.accounts.trail import CONTRACT, tell


def register() -> None:
    tell(CONTRACT, "letter.sent", _("書面を郵送しました"))
    trail.internal(
        "letter.printed", "letter.withdrawn", "mail.queued_again", "job.retried", "maintenance.changed",
        "rows.exported", "rows.imported", "export.requested", "export.failed", "export.fetched",
    )  # fmt: skip
