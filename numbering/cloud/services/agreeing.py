"""Whether cloud phone contracts and their numbers and IDs agree; what they are charged says reconciling."""

from datetime import datetime

from django.db.models import F, Q

from numbering.cloud.models import CloudContract, CloudId, CloudNumber, Stage
from numbering.models import Assignment
from selfcare import calendar


def differences(now: datetime) -> list[str]:
    """For reconciling: one sentence per kind of difference, with how many there are."""
    live, ids = CloudNumber.objects.live(), CloudId.objects.live()
    # Workers carry an end out within minutes after midnight.
    late = calendar.today(now) - calendar.ONE_DAY
    rows = {
        "cloud phone numbers hang on an assignment that is not theirs": live.exclude(
            assignment__state=Assignment.State.ACTIVE, assignment__digits=F("digits"), assignment__is_voice=True
        ),
        "numbers are live on cloud phone contracts that have ended": live.filter(cloud__stage=Stage.ENDED),
        "IDs are live on cloud phone contracts that have ended": ids.filter(cloud__stage=Stage.ENDED),
        "cloud phone contracts are past their last day": CloudContract.objects.filter(
            ~Q(stage=Stage.ENDED), ends_on__lt=late
        ),
    }
    counts = {what: found.count() for what, found in rows.items()}
    return [f"{count} {what}" for what, count in counts.items() if count]
