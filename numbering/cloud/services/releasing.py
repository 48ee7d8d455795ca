"""The end of numbers and IDs of a cloud phone contract, on sets, in the caller's transaction. Charges follow it."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db.models import QuerySet

from numbering.cloud.models import CloudId, CloudNumber, Equipment, Ringing
from numbering.cloud.services import devices
from numbering.models import Assignment, Number
from numbering.services import pool
from selfcare import calendar

#: Why a number that came from another carrier is not issued again. Operators read it.
RETURNED = "番号ポータビリティで受け入れた番号の利用終了（元の事業者へ返却）"
#: What is lent with an ID, and comes back with its end; a desk phone was bought.
LENT = (Equipment.Kind.IP_PHONE, Equipment.Kind.ADAPTER)
#: The customer has it, or it is on its way.
SENT = (Equipment.State.SHIPPED, Equipment.State.DELIVERED)


def end_numbers(*, numbers: Sequence[CloudNumber], on: date) -> None:
    """`on` is the first day without them. They ring nowhere, and rest for six months before anybody else has them.

    A number that was brought along goes back to its carrier instead: it is blocked, and never on our free list.
    """
    ids = [number.pk for number in numbers]
    CloudNumber.objects.filter(pk__in=ids, ended_on__isnull=True).update(ended_on=on, own_of=None)
    CloudId.objects.filter(outgoing__in=ids).update(outgoing=None)
    Ringing.objects.filter(number__in=ids).delete()
    release(assignments=Assignment.objects.filter(cloud_number__in=ids), on=on)


def release(*, assignments: QuerySet[Assignment], on: date) -> None:
    """Off the contract from `on`: into the pool after their rest, or back to the carrier that they came from."""
    held = list(
        assignments.select_for_update(of=("self",))
        .filter(state=Assignment.State.ACTIVE)
        .order_by("pk")
        .values_list("pk", "number_id", "origin")
    )
    Assignment.objects.filter(pk__in=[pk for pk, _number, _origin in held]).update(
        state=Assignment.State.RELEASED, ends_on=on - calendar.ONE_DAY, released_on=on
    )
    ours = [number for _pk, number, origin in held if origin != Assignment.Origin.PORTED]
    rest = calendar.add_months(on, pool.QUARANTINE_MONTHS)
    pool.put(numbers=ours, available_on=[rest] * len(ours))
    returned = [number for _pk, number, origin in held if origin == Assignment.Origin.PORTED]
    Number.objects.filter(pk__in=returned).update(unusable_reason=RETURNED)


def end_ids(*, ids: Sequence[CloudId], on: date, now: datetime) -> None:
    """`on` is the first day without them, and without what is lent with them; their devices are logged out at `now`."""
    keys = [one.pk for one in ids]
    CloudId.objects.filter(pk__in=keys, ended_on__isnull=True).update(ended_on=on)
    CloudNumber.objects.filter(own_of__in=keys).update(own_of=None)
    Ringing.objects.filter(cloud_id__in=keys).delete()
    lent = lent_with(keys)
    lent.exclude(state__in=SENT).update(state=Equipment.State.CANCELLED, ended_on=on)
    lent.update(ended_on=on)
    devices.log_out_all(cloud_ids=keys, now=now)


def lent_with(ids: Sequence[int]) -> QuerySet[Equipment]:
    """What ends with these IDs (by id): phones and adapters that hang on them, sent or not."""
    return Equipment.objects.live().exclude(state=Equipment.State.CANCELLED).filter(on_id__in=ids, kind__in=LENT)
