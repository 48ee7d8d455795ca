"""Numbers that come and go, with their charges: taken aside at acceptance, in use when the order is carried out."""

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from billing.services import cloud_items
from numbering.cloud.models import CloudContract, CloudId, CloudNumber, Stage, Use
from numbering.cloud.services import charges, holdings, laying_out, releasing
from numbering.models import Assignment, Kind
from numbering.services import pool
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible

#: Voice numbers of one contract, and of one order.
MOST, MOST_AT_ONCE = 100, 10


def areas(cloud: CloudContract) -> list[str]:
    """市外局番 in which the contract has a number already: for those the address has been proved (spec 7.1)."""
    numbers = CloudNumber.objects.live().filter(cloud=cloud, assignment__number__kind=Kind.GEOGRAPHIC)
    return sorted(set(numbers.values_list("assignment__number__area", flat=True)))


def unsaved(cloud: CloudContract, count: int) -> list[CloudNumber]:
    """For quotes: numbers as they would be added."""
    return [CloudNumber(cloud=cloud, digits=f"+{n}", use=Use.VOICE) for n in range(count)]


def shortage() -> str:
    return _(
        "ただいま追加できる番号が不足しているため、お申し込みを受け付けられません。番号は追加されていません。"
        "番号の種類を変えるか、お客様センターへご連絡ください。"
    )


def reserve(*, cloud: CloudContract, wanted: pool.Wanted, order: Order, today: date) -> None:
    """Take the numbers aside, so that a booked order finds them on its day. Raises NotPossible: nothing is taken."""
    try:
        pool.claim_numbers(wanted=wanted, contract=cloud.contract, order=order, today=today)
    except pool.PoolShortage as error:
        raise NotPossible(shortage()) from error
    except pool.PoolBusy as error:
        raise NotPossible(_("ただいま混み合っています。しばらくしてから、もう一度お試しください。")) from error
    Assignment.objects.filter(order=order, state=Assignment.State.RESERVED).update(is_voice=True)


def add(*, order: Order, on: date, cause: str) -> list[CloudNumber]:
    """Bring what the order took aside into use: the numbers ring at every ID. In the caller's transaction.

    Raises NotPossible for a contract that has ended at this moment.
    """
    cloud = _locked([order.subject_id or 0])[0]
    if cloud.stage == Stage.ENDED:
        raise NotPossible(_("このご契約は終了しているため、番号を追加できません。"))
    taken = (
        Assignment.objects.filter(order=order, state=Assignment.State.RESERVED).select_for_update().order_by("digits")
    )
    rows = list(taken)
    Assignment.objects.filter(pk__in=[one.pk for one in rows]).update(state=Assignment.State.ACTIVE, started_on=on)
    made = CloudNumber.objects.bulk_create(
        [
            CloudNumber(
                assignment=one,
                cloud=cloud,
                customer_id=cloud.customer_id,
                digits=one.digits,
                use=Use.VOICE,
                started_on=on,
            )
            for one in rows
        ]
    )
    laying_out.ring(numbers=made, at=list(CloudId.objects.live().filter(cloud=cloud)))
    charges.follow(clouds=[cloud], on=on)
    first = holdings.of(cloud).first_number
    bought = [charges.Bought(cloud, cloud_items.NUMBER, one.digits) for one in made if one != first]
    charges.charge_initial(bought=bought, on=on, cause=cause)
    return made


def remove(*, pks: Sequence[int], on: date) -> None:
    """`on` is the first day without them; who called out with them shows the representative number from then on."""
    numbers = list(CloudNumber.objects.live().filter(pk__in=pks).order_by("pk"))
    clouds = _locked(sorted({one.cloud_id for one in numbers}))
    for cloud in clouds:
        theirs = CloudId.objects.filter(cloud=cloud, outgoing__in=numbers)
        theirs.update(outgoing=cloud.representative_id)
    releasing.end_numbers(numbers=numbers, on=on)
    charges.follow(clouds=clouds, on=on)


def _locked(pks: Sequence[int]) -> list[CloudContract]:
    rows = CloudContract.objects.select_for_update(of=("self",), no_key=True).select_related("contract")
    return list(rows.filter(pk__in=pks).order_by("pk"))
