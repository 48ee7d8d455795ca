"""What is not finished: reminders, its end, and the day from which on nothing typed is kept of it.

| when | what |
| --- | --- |
| 3, 10 and 20 days after the last step | a reminder, to drafts with a mail address and to those asked for documents |
| 30 days after the last step | the end; what was never sent is erased at once |
| 30 days after a refusal, a withdrawal, an end | data and documents are erased; number, stage and timeline stay |
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from billing.services import adopt_methods, drop_method, erase_methods, has_method, method_of
from numbering.cloud.models import ApplicationStage, CloudApplication
from numbering.cloud.models.applications import CLOSED, PERSONAL
from numbering.cloud.services.applications import links
from numbering.cloud.services.applications.timeline import What, tell
from selfcare import calendar, clock
from selfcare.documents.services import storing
from selfcare.work import jobs
from selfcare.work.models import Job

#: Days after the last step.
REMINDERS = (3, 10, 20)
LASTS = timedelta(days=30)
#: Nobody is written to before the offices open.
NOT_BEFORE = 9
#: How long the data of an ended application is kept, for questions.
KEPT = timedelta(days=30)
_IDLE = (ApplicationStage.DRAFT, ApplicationStage.WANTED)
_CHUNK = 200
#: A registration at the provider lasts an hour; its result may be late.
_LATE = timedelta(days=2)


def close(row: CloudApplication, stage: str, *, reason: str = "") -> None:
    """End a locked application without a contract. The payment method goes with the data."""
    now = clock.now()
    row.stage, row.closed_at, row.reason = stage, now, reason
    row.erase_on = calendar.today(now + KEPT)
    row.save(update_fields=["stage", "closed_at", "reason", "erase_on"])
    drop_method(holder=row.holder_key)


def remind(*, now: datetime) -> int:
    """Mails to those who stopped on the way; returns how many. Down for days, one mail makes up for several."""
    if calendar.local(now).hour < NOT_BEFORE:
        return 0
    sent = 0
    for place, days in reversed(list(enumerate(REMINDERS))):
        due = CloudApplication.objects.filter(
            stage__in=_IDLE, reminders__lte=place, saved_at__lte=now - timedelta(days=days)
        ).exclude(mail="")
        for pk in list(due.order_by("pk").values_list("pk", flat=True)):
            sent += _remind(pk, place, now)
    return sent


def _remind(pk: int, place: int, now: datetime) -> int:
    with transaction.atomic():
        row = CloudApplication.objects.select_for_update().get(pk=pk)
        # It may have gone on meanwhile, or another worker has been here.
        if row.reminders > place or row.stage not in _IDLE:
            return 0
        row.reminders = place + 1
        row.save(update_fields=["reminders"])
        wanted = [document.get_kind_display() for document in row.documents.filter(state__in=["wanted", "again"])]
        until = calendar.today(row.saved_at + LASTS)
        links.mail(
            row,
            "cloud_application_reminder",
            is_draft=row.is_draft,
            wanted=wanted,
            until=f"{until:%Y/%m/%d}",
        )
        return 1


def expire(*, now: datetime) -> int:
    """End what nobody has gone on with; returns how many."""
    over = CloudApplication.objects.filter(stage__in=_IDLE, saved_at__lte=now - LASTS)
    ended = 0
    for pk in list(over.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            row = CloudApplication.objects.select_for_update().get(pk=pk)
            if row.stage not in _IDLE or row.saved_at > now - LASTS:
                continue
            was_draft = row.is_draft
            close(row, ApplicationStage.EXPIRED)
            tell(row, What.EXPIRED, at=now)
            if was_draft:
                _erase(row, now)
            elif row.mail:
                links.mail(row, "cloud_application_expired", erase_on=f"{row.erase_on:%Y/%m/%d}")
            ended += 1
    return ended


def erase(*, now: datetime) -> int:
    """Empty what is past its day; returns how many. No lower bound: what was missed once is found."""
    today = calendar.today(now)
    over = CloudApplication.objects.filter(stage__in=CLOSED, erased_at__isnull=True, erase_on__lte=today)
    pks = list(over.order_by("pk").values_list("pk", flat=True)[:_CHUNK])
    for pk in pks:
        with transaction.atomic():
            row = CloudApplication.objects.select_for_update().get(pk=pk)
            if row.erased_at is None:
                _erase(row, now)
    return len(pks)


def _erase(row: CloudApplication, now: datetime) -> None:
    """Fields, documents with their files, cards, links; the timeline's words of people, too."""
    rows = row.documents.select_related("document")
    files = [one.document for one in rows if one.document]
    rows.delete()
    if files:
        storing.discard(files, action="document.expired", actor=None)
    erase_methods(holder=row.holder_key)
    row.links.all().delete()
    row.events.exclude(words="").update(words="")
    for name in PERSONAL:
        setattr(row, name, "")
    row.basket, row.shown, row.erased_at = {}, {}, now
    row.save()
    tell(row, What.ERASED, at=now)


def adopt_late(*, now: datetime) -> int:
    """Cards that the provider has let pass only after the contract was opened; returns how many."""
    lately = CloudApplication.objects.filter(stage=ApplicationStage.OPENED, closed_at__gt=now - _LATE)
    adopted = 0
    for row in lately.select_related("contract").order_by("pk"):
        if row.contract and method_of(holder=row.holder_key) is not None and not has_method(row.contract):
            adopt_methods(holder=row.holder_key, contract=row.contract, actor=None)
            adopted += 1
    return adopted


@jobs.job("cloud.keep_applications", every=timedelta(hours=1))
def keep(row: Job) -> dict[str, Any]:
    now = clock.now()
    adopted = adopt_late(now=now)
    return {"reminded": remind(now=now), "expired": expire(now=now), "erased": erase(now=now), "adopted": adopted}
