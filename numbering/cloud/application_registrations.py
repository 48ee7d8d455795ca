"""What applications add to other parts: their documents' words and holder, the trail's words, the operators' rights."""

import uuid

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from numbering.cloud.models import ApplicationDocument, CloudApplication
from numbering.cloud.services.applications import keeping, papers, resending
from selfcare.accounts import trail
from selfcare.accounts.trail import CONTRACT, Field, tell
from selfcare.documents import holders, kinds

#: Importing them registers their jobs.
_JOBS = (keeping, resending)


def register() -> None:
    for kind, words in ApplicationDocument.Kind.choices:
        kinds.register(f"{papers.PREFIX}{kind}", words)
    holders.register("cloud_application", title=_("クラウド電話のお申し込み"), page=_page_of)
    tell(
        CONTRACT,
        "cloudapplication.opened",
        _("クラウド電話のお申し込みが完了しました"),
        Field(_("申込番号"), "code"),
        Field(_("契約番号"), "contract"),
    )
    # Before there is a contract nobody has a trail to read: the applicant's own page tells them.
    trail.internal(
        *(f"cloudapplication.{what}" for what in
          ("begun", "sent", "review", "document", "accepted", "again", "agency", "payment", "refused", "withdrawn",
           "expired", "erased")),
        "numberarea.created", "numberarea.changed",
    )  # fmt: skip


def _page_of(reference: str) -> tuple[str, str] | None:
    """The operators' page of the application whose documents these are."""
    try:
        found = CloudApplication.objects.filter(uuid=uuid.UUID(reference)).first()
    except ValueError:
        return None
    if found is None:
        return None
    return found.code, reverse("admin:numbering_cloudapplication_change", args=[found.pk])
