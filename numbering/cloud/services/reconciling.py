"""Whether cloud phone contracts, their numbers and what they are charged agree; each difference is one question."""

from datetime import datetime

from django.db.models import F, Q

from billing.services import cloud_items, open_charges
from numbering.cloud.models import CloudContract, CloudId, CloudNumber, Stage
from numbering.cloud.services import charges
from numbering.models import Assignment
from selfcare import calendar

#: Contracts whose rows are read together.
_CHUNK = 500


def differences(now: datetime) -> list[str]:
    """For reconciling: one sentence per kind of difference, with how many there are."""
    today = calendar.today(now)
    live = CloudNumber.objects.live()
    found = {
        "cloud phone contracts are charged for other things than they have": _charged_otherwise(),
        "cloud phone numbers hang on an assignment that is not theirs": live.exclude(
            assignment__state=Assignment.State.ACTIVE, assignment__digits=F("digits"), assignment__is_voice=True
        ).count(),
        "numbers are live on cloud phone contracts that have ended": live.filter(cloud__stage=Stage.ENDED).count(),
        "IDs are live on cloud phone contracts that have ended": CloudId.objects.live()
        .filter(cloud__stage=Stage.ENDED)
        .count(),
        "cloud phone contracts are past their last day": CloudContract.objects.filter(
            ~Q(stage=Stage.ENDED), ends_on__lt=today - calendar.ONE_DAY
        ).count(),
    }
    return [f"{count} {what}" for what, count in found.items() if count]


def _charged_otherwise() -> int:
    """A charge that begins later, of shared numbers, is open already."""
    wrong, last = 0, 0
    while rows := list(CloudContract.objects.filter(pk__gt=last).select_related("contract").order_by("pk")[:_CHUNK]):
        last = rows[-1].pk
        goal = charges.wanted(rows)
        current = open_charges(contracts=[row.pk for row in rows], items=cloud_items.MONTHLY)
        wrong += sum(goal[row.pk] != current.get(row.pk, set()) for row in rows)
    return wrong
