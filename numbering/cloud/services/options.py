"""Options of numbers and IDs: what a wish would change on the rows as they are, and the change itself, on sets.

A wish is a list of (kind, id of the row, option, wanted): `("number", 17, "after_hours", True)`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from django.utils.translation import gettext as _

from billing.services import cloud_items
from numbering.cloud.models import CloudContract, CloudId, CloudNumber, Ringing, Scheme, Use
from numbering.cloud.services import charges, laying_out
from numbering.cloud.services.holdings import Holdings
from numbering.models import Assignment
from numbering.services import pool
from selfcare.orders.procedures import NotPossible

#: Options of a voice number and the items that they are on the bill.
OF_NUMBERS: Mapping[str, str] = {
    "fax": cloud_items.FAX,
    "after_hours": cloud_items.AFTER_HOURS,
    "voicemail": cloud_items.VOICEMAIL,
}
#: Options of an ID.
OF_IDS: Mapping[str, str] = {"flat_rate": cloud_items.FLAT_RATE}
NUMBER, ID = "number", "id"
#: FAX numbers of one contract.
MOST_FAX = 20


class Change(NamedTuple):
    kind: str
    pk: int
    option: str
    wanted: bool

    @property
    def item(self) -> str:
        return (OF_NUMBERS if self.kind == NUMBER else OF_IDS)[self.option]


def read(stored: Iterable[Sequence[object]]) -> list[Change]:
    """The wish of an order's data. Raises ValueError for what is none."""
    found = []
    for kind, pk, option, wanted in stored:
        if option not in {NUMBER: OF_NUMBERS, ID: OF_IDS}.get(str(kind), ()) or not isinstance(pk, int):
            raise ValueError(f"no such option: {kind} {option}")
        found.append(Change(str(kind), pk, str(option), bool(wanted)))
    return found


def rows(held: Holdings) -> dict[tuple[str, int], CloudNumber | CloudId]:
    """What can have options: voice numbers (one for FAX alone always has FAX and nothing else) and IDs."""
    voice = {(NUMBER, row.pk): row for row in held.numbers if row.use == Use.VOICE}
    return {**voice, **{(ID, row.pk): row for row in held.ids}}


def effective(held: Holdings, changes: Iterable[Change]) -> list[Change]:
    """What of the wish would still change something: rows that have ended are passed over."""
    live = rows(held)
    return [
        one
        for one in changes
        if (one.kind, one.pk) in live and getattr(live[one.kind, one.pk], one.option) != one.wanted
    ]


def after(held: Holdings, changes: Iterable[Change]) -> Holdings:
    """What the contract has then, for its price."""
    wished = held.copy()
    live = rows(wished)
    for one in effective(held, changes):
        setattr(live[one.kind, one.pk], one.option, one.wanted)
    return wished


def after_switch(held: Holdings) -> Holdings:
    """The same contract on the new scheme, for its price: what 留守番電話 asks for first."""
    switched = held.copy()
    switched.cloud.scheme = Scheme.SHARED
    return switched


def needs_new_scheme(cloud: CloudContract, changes: Iterable[Change]) -> bool:
    """留守番電話 exists for shared numbers only (spec 7.1)."""
    return cloud.scheme == Scheme.OWN and any(one.option == "voicemail" and one.wanted for one in changes)


def change(*, wishes: Mapping[CloudContract, Sequence[Change]], on: date) -> None:
    """Switch options of these contracts on and off and let the charges follow from that day, in the caller's
    transaction. Safe to repeat."""
    groups: dict[tuple[str, str, bool], list[int]] = {}
    for one in (one for changes in wishes.values() for one in changes):
        groups.setdefault((one.kind, one.option, one.wanted), []).append(one.pk)
    clouds = list(wishes)
    for (kind, option, wanted), pks in sorted(groups.items()):
        if kind == NUMBER:
            found = CloudNumber.objects.live().filter(cloud__in=clouds, pk__in=pks, use=Use.VOICE)
            # Nobody has it by an old order on a scheme that does not have it.
            keeps = found.filter(cloud__scheme=Scheme.SHARED) if option == "voicemail" and wanted else found
            keeps.update(**{option: wanted})
        else:
            CloudId.objects.live().filter(cloud__in=clouds, pk__in=pks).update(**{option: wanted})
    charges.follow(clouds=clouds, on=on)


def add_fax_number(
    *, cloud: CloudContract, wanted: pool.Wanted, ids: Iterable[int], request_id: str, on: date
) -> CloudNumber:
    """クラウドFAX with a number of its own, used by these IDs, in the caller's transaction.

    Raises NotPossible without a number in the pool or without a live ID among them: then nothing is taken.
    """
    users = list(CloudId.objects.live().filter(cloud=cloud, pk__in=list(ids)))
    if not users:
        raise NotPossible(no_users())
    (taken,) = laying_out.claim(contract=cloud.contract, wanted=wanted, on=on)
    Assignment.objects.filter(pk=taken.pk).update(origin=Assignment.Origin.ADDED)
    number = laying_out.fax_number(cloud=cloud, assignment=taken, on=on)
    Ringing.objects.bulk_create(Ringing(number=number, cloud_id=one) for one in users)
    charges.follow(clouds=[cloud], on=on)
    bought = charges.Bought(cloud, cloud_items.FAX_NUMBER, number.digits)
    charges.charge_initial(bought=[bought], on=on, cause=f"order:{request_id}")
    return number


def no_users() -> str:
    return _("FAX番号を使うIDがありません。1つ以上のIDを選んでください。")
