"""IDs that come and go, with their equipment and charges, in the transaction that carries the order out."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.utils.translation import gettext as _

from billing.quotes import INCLUDED_IDS
from billing.services import cloud_items
from numbering.cloud.models import CloudContract, CloudId, CloudNumber, Equipment, Ringing, Scheme, Stage, Use
from numbering.cloud.services import charges, codes, holdings, releasing
from numbering.cloud.services.settling import SHIPPING_DAYS
from selfcare.orders.days import business_days
from selfcare.orders.models import Order
from selfcare.orders.procedures import NotPossible
from selfcare.orders.states import OPEN

#: IDs of one contract, and of one order.
MOST, MOST_AT_ONCE = 100, 30


def unsaved(held: holdings.Holdings, smartphones: int, desk_phones: int) -> list[CloudId]:
    """For quotes: IDs as they would be added."""
    kinds, free = [False] * smartphones + [True] * desk_phones, free_places(held.ids)
    return [
        CloudId(cloud=held.cloud, code=f"+{place}", has_desk_phone=desk, is_included=place < free)
        for place, desk in enumerate(kinds)
    ]


def free_places(live: Iterable[CloudId]) -> int:
    """How many more IDs the basic fee includes: who began with one phone has one. Smartphones' come into them first."""
    return max(0, INCLUDED_IDS - sum(one.is_included for one in live))


def rival(held: holdings.Holdings, *, but: Order) -> str:
    """Why no further IDs can be ordered while an order of some is open and the basic fee includes one more: both would
    be told that it costs nothing. Empty where that is not so.
    """
    if not free_places(held.ids):
        return ""
    rows = Order.objects.filter(contract=held.cloud.contract, procedure=but.procedure, state__in=OPEN)
    found = rows.exclude(pk=but.pk).order_by("pk").first()
    words = _(
        "手続き中または予約中のID追加（%(request)s）があります。基本料金に含まれるIDが残っているため、"
        "完了を待つか、お申し込み履歴から取り消してから、もう一度お申し込みください。"
    )
    return words % {"request": found.request_id} if found else ""


def add(*, cloud_id: int, smartphones: int, desk_phones: int, on: date, cause: str) -> list[CloudId]:
    """IDs without passwords, at which all voice numbers ring; phones for those that have one; charges.

    Raises NotPossible for a contract that has ended at this moment.
    """
    cloud = _locked([cloud_id])[0]
    if cloud.stage == Stage.ENDED:
        raise NotPossible(_("このご契約は終了しているため、IDを追加できません。"))
    kinds = [False] * smartphones + [True] * desk_phones
    free = free_places(CloudId.objects.live().filter(cloud=cloud))
    upcoming = codes.upcoming(CloudId, len(kinds))
    voice = list(CloudNumber.objects.live().filter(cloud=cloud, use=Use.VOICE).order_by("pk"))
    made = CloudId.objects.bulk_create(
        [
            CloudId(
                pk=pk,
                cloud=cloud,
                customer_id=cloud.customer_id,
                code=code,
                login_name=name,
                is_included=place < free,
                has_desk_phone=desk,
                outgoing_id=cloud.representative_id,
                started_on=on,
            )
            for place, ((pk, code), name, desk) in enumerate(
                zip(upcoming, _login_names(cloud, upcoming), kinds, strict=True)
            )
        ]
    )
    Ringing.objects.bulk_create([Ringing(number=number, cloud_id=one) for number in voice for one in made])
    _send_phones(cloud, [one for one in made if one.has_desk_phone], on)
    charges.follow(clouds=[cloud], on=on)
    bought = [
        charges.Bought(
            cloud, cloud_items.of_id(is_included=one.is_included, has_desk_phone=one.has_desk_phone), one.code
        )
        for one in made
    ]
    charges.charge_initial(bought=bought, on=on, cause=cause)
    return made


def remove(*, pks: Sequence[int], on: date, now: datetime) -> None:
    """`on` is the first day without them. What is logged in with them is logged out, lent phones are asked back."""
    ids = list(CloudId.objects.live().filter(pk__in=pks).order_by("pk"))
    clouds = _locked(sorted({one.cloud_id for one in ids}))
    releasing.end_ids(ids=ids, on=on, now=now)
    charges.follow(clouds=clouds, on=on)


def _locked(pks: Sequence[int]) -> list[CloudContract]:
    rows = CloudContract.objects.select_for_update(of=("self",), no_key=True).select_related("contract")
    return list(rows.filter(pk__in=pks).order_by("pk"))


def _login_names(cloud: CloudContract, upcoming: Sequence[tuple[int, str]]) -> list[str]:
    """新方式: the codes. 従来方式: the representative number with the next "-2", "-3" …; none is used again."""
    if cloud.scheme == Scheme.SHARED or cloud.representative is None:
        return [code for _pk, code in upcoming]
    digits = cloud.representative.digits
    known = CloudId.objects.filter(login_name__startswith=digits).values_list("login_name", flat=True)
    places = [int(found[1]) for name in known if (found := re.fullmatch(rf"{digits}-([0-9]+)", name))]
    first = max([1, *places]) + 1
    return [f"{digits}-{first + n}" for n in range(len(upcoming))]


def _send_phones(cloud: CloudContract, ids: Sequence[CloudId], on: date) -> None:
    """After 本申込 at once, before it with it."""
    if not ids:
        return
    active = cloud.stage == Stage.ACTIVE
    state = Equipment.State.PREPARING if active else Equipment.State.WAITING
    ship_by = business_days(since=on).add(on, SHIPPING_DAYS) if active else None
    Equipment.objects.bulk_create(
        [
            Equipment(
                pk=pk,
                cloud=cloud,
                customer_id=cloud.customer_id,
                code=code,
                kind=Equipment.Kind.IP_PHONE,
                on_id=one,
                state=state,
                ship_by=ship_by,
            )
            for (pk, code), one in zip(codes.upcoming(Equipment, len(ids)), ids, strict=True)
        ]
    )
