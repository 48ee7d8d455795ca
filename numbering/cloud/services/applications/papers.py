"""Documents of an application: sent along by the applicant, and taken in the place of what was sent before."""

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from numbering.cloud.models import ApplicationDocument, ApplicationStage, CloudApplication
from numbering.cloud.services.applications import links
from numbering.cloud.services.applications.timeline import What, tell
from selfcare import clock
from selfcare.documents.holders import Holder
from selfcare.documents.refusing import Refused
from selfcare.documents.services import storing

State = ApplicationDocument.State
#: As which kind the documents are kept, see selfcare.documents.kinds.
PREFIX = "cloud.apply."


def kind_of(row: ApplicationDocument) -> str:
    return f"{PREFIX}{row.kind}"


def can_send(application: CloudApplication, row: ApplicationDocument) -> bool:
    """All of a draft's; later only exactly what an operator has asked for."""
    if application.is_draft:
        return True
    return application.is_under_review and row.state in (State.WANTED, State.AGAIN)


def holder_of(application: CloudApplication) -> Holder:
    def is_open() -> bool:
        stages = CloudApplication.objects.select_for_update().filter(pk=application.pk).values_list("stage", flat=True)
        return stages.get() in (ApplicationStage.DRAFT, *_REVIEWED)

    return Holder(application.holder_key, application.customer_id, is_open=is_open)


_REVIEWED = (ApplicationStage.APPLIED, ApplicationStage.REVIEWING, ApplicationStage.WANTED)


def receive(*, row: ApplicationDocument, upload: UploadedFile) -> None:
    """Keep a file as this document; the one before is deleted. The last one asked for goes back to the review.

    Raises Refused in the applicant's words, ValidationError (too many files).
    """
    application = row.application
    links.count_file(application)
    with transaction.atomic():
        application = CloudApplication.objects.select_for_update().get(pk=application.pk)
        kept = ApplicationDocument.objects.select_for_update(of=("self",)).select_related("document").get(pk=row.pk)
        if not can_send(application, kept):
            raise Refused(_("この書類は受付済みです。差し替えたいときは、お問い合わせください。"))
        held, holder, now = kept.document, holder_of(application), clock.now()
        kept.document = storing.store(upload=upload, kind=kind_of(kept), holder=holder)
        kept.state, kept.decided_by, kept.decided_at = State.SENT, None, None
        kept.save(update_fields=["document", "state", "decided_by", "decided_at"])
        if held is not None:
            storing.remove(document=held, holder=holder)
        application.saved_at, application.reminders = now, 0
        if application.stage == ApplicationStage.WANTED and not open_rows(application).exists():
            application.stage = ApplicationStage.REVIEWING
        application.save(update_fields=["saved_at", "reminders", "stage"])
        if not application.is_draft:
            tell(application, What.DOCUMENT, at=now, words=kept.get_kind_display(), detail={"kind": kept.kind})
    row.refresh_from_db()


def open_rows(application: CloudApplication) -> "QuerySet[ApplicationDocument]":
    """What the applicant is still to send."""
    return application.documents.filter(state__in=[State.WANTED, State.AGAIN])
