"""Equipment on its way: shipped with a tracking number, delivered; each step by an operator, and told (spec 7.1)."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from numbering.cloud.models import CloudContract, Equipment
from numbering.cloud.services import telling
from selfcare import calendar, clock
from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.orders.procedures import NotPossible

State = Equipment.State


def beside(equipment: Equipment) -> list[Equipment]:
    """What of the same contract is being prepared with it: it goes into the same parcel."""
    rows = Equipment.objects.live().filter(cloud=equipment.cloud_id, state=State.PREPARING)
    return list(rows.order_by("pk"))


@transaction.atomic
def ship(*, equipment: Sequence[Equipment], tracking_number: str, actor: User) -> None:
    """One parcel. Raises NotPossible unless all of it is being prepared: then nothing has changed."""
    today = calendar.today(clock.now())
    values = {"state": State.SHIPPED, "shipped_on": today, "tracking_number": tracking_number}
    _move(equipment, State.PREPARING, values, "cloud_shipped", actor)


@transaction.atomic
def deliver(*, equipment: Sequence[Equipment], on: date, actor: User) -> None:
    """Raises NotPossible unless all of it has been shipped by that day, which is not to come."""
    if on > calendar.today(clock.now()):
        raise NotPossible(_("お届け日は、今日までの日付にしてください。"))
    if any(one.shipped_on is not None and on < one.shipped_on for one in equipment):
        raise NotPossible(_("お届け日は、発送日より前にはできません。"))
    _move(equipment, State.SHIPPED, {"state": State.DELIVERED, "delivered_on": on}, "cloud_delivered", actor)


def _move(equipment: Sequence[Equipment], old: str, values: dict[str, object], template: str, actor: User) -> None:
    """Compare and set, audit and mail, in the caller's transaction."""
    ids = [one.pk for one in equipment]
    if not ids or Equipment.objects.live().filter(pk__in=ids, state=old).update(**values) != len(ids):
        raise NotPossible(_("機器の状態が変わっています。最新の状況をご確認ください。何も変更していません。"))
    moved = list(Equipment.objects.filter(pk__in=ids).order_by("pk"))
    for one in moved:
        detail = {"equipment": one.code, "state": [old, one.state], "tracking_number": one.tracking_number}
        audit.record(action="equipment.moved", obj=one, detail=detail, actor=actor)
    cloud = CloudContract.objects.select_related("contract__customer").get(pk=moved[0].cloud_id)
    telling.equipment_moved(cloud=cloud, moved=moved, template=template)
