"""Whether every cloud phone contract is charged for what it has, and for nothing else."""

from collections.abc import Iterator
from datetime import datetime

from billing.services import cloud_items, open_charges
from numbering.cloud.models import CloudContract
from numbering.cloud.services import charges

#: Contracts looked at together.
CHUNK = 2_000


def differences(now: datetime) -> list[str]:
    """One sentence for each charge that is missing or too many. There is no repair: since when, a person must know."""
    found = []
    for clouds in _chunks():
        goal = charges.wanted(clouds)
        current = open_charges(contracts=goal, items=cloud_items.MONTHLY)
        for cloud in clouds:
            have = current.get(cloud.pk, set())
            number = cloud.contract.number
            found += [
                f"{number}: {item} of {subject} is not charged" for item, subject in sorted(goal[cloud.pk] - have)
            ]
            found += [f"{number}: {item} of {subject} is charged" for item, subject in sorted(have - goal[cloud.pk])]
    return found


def _chunks() -> Iterator[list[CloudContract]]:
    last = 0
    rows = CloudContract.objects.select_related("contract").order_by("pk")
    while clouds := list(rows.filter(pk__gt=last)[:CHUNK]):
        yield clouds
        last = clouds[-1].pk
