"""The rows that a basket stands for: numbers with their options, IDs, which number rings where, equipment."""

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from billing.services import Basket, Fax
from numbering.cloud.models import CloudContract, CloudId, CloudNumber, Equipment, Ringing, Scheme, Use
from numbering.cloud.services import codes
from numbering.models import Assignment, Kind
from numbering.services import pool
from selfcare.accounts.models import Contract
from selfcare.orders.procedures import NotPossible

#: IDs that the basic fee includes.
INCLUDED = 2


def claim(*, contract: Contract, wanted: pool.Wanted, on: date) -> list[Assignment]:
    """Numbers from the pool, in use from that day on, ascending. Raises NotPossible: then nothing is taken."""
    try:
        ids = pool.claim_numbers(wanted=wanted, contract=contract, order=None, today=on)
    except pool.PoolShortage as error:
        area = wanted.area if wanted.kind == Kind.GEOGRAPHIC else "050"
        words = _("%(area)sの電話番号の在庫が足りないため、開通できません。別の番号をお選びください。")
        raise NotPossible(words % {"area": area}) from error
    except pool.PoolBusy as error:
        raise NotPossible(_("ただいま混み合っています。しばらくしてから、もう一度お試しください。")) from error
    taken = Assignment.objects.filter(contract=contract, number__in=ids, released_on=None)
    taken.update(
        state=Assignment.State.ACTIVE, is_voice=True, started_on=on, origin=Assignment.Origin.ORIGINAL
    )  # fmt: skip
    return list(taken.order_by("digits"))


def voice_numbers(
    *, cloud: CloudContract, assignments: Sequence[Assignment], basket: Basket, on: date
) -> list[CloudNumber]:
    """The numbers that people call, with the options that the basket has for them; the first is the representative."""
    made = CloudNumber.objects.bulk_create(
        [
            CloudNumber(
                assignment=one,
                cloud=cloud,
                customer_id=cloud.customer_id,
                digits=one.digits,
                use=Use.VOICE,
                fax=basket.fax == Fax.SHARED and place == 0,
                after_hours=place < basket.after_hours,
                voicemail=place < basket.voicemail,
                started_on=on,
            )
            for place, one in enumerate(assignments)
        ]
    )
    if made and cloud.representative_id is None:
        cloud.representative = made[0]
        cloud.save(update_fields=["representative"])
    return made


def fax_number(*, cloud: CloudContract, assignment: Assignment, on: date) -> CloudNumber:
    return CloudNumber.objects.create(
        assignment=assignment,
        cloud=cloud,
        customer_id=cloud.customer_id,
        digits=assignment.digits,
        use=Use.FAX,
        fax=True,
        started_on=on,
    )


def login_names(*, cloud: CloudContract, digits: str, known: Sequence[str]) -> list[str]:
    """Of the contract's IDs, by their codes: the new scheme's are the codes; else the number, with "-2" and so on."""
    if cloud.scheme == Scheme.SHARED:
        return list(known)
    return [digits if place == 1 else f"{digits}-{place}" for place in range(1, len(known) + 1)]


def ids(*, cloud: CloudContract, basket: Basket, digits: str, on: date) -> list[CloudId]:
    """The basket's IDs, without passwords: those are set on the page. `digits` name the first one."""
    upcoming = codes.upcoming(CloudId, len(basket.ids))
    names = login_names(cloud=cloud, digits=digits, known=[code for _pk, code in upcoming])
    return CloudId.objects.bulk_create(
        [
            CloudId(
                pk=pk,
                cloud=cloud,
                customer_id=cloud.customer_id,
                code=code,
                login_name=name,
                is_included=place < INCLUDED,
                has_desk_phone=wish.desk_phone,
                flat_rate=wish.flat_rate,
                started_on=on,
            )
            for place, ((pk, code), name, wish) in enumerate(zip(upcoming, names, basket.ids, strict=True))
        ]
    )


def ring(*, numbers: Sequence[CloudNumber], at: Sequence[CloudId]) -> None:
    """Every number rings at every ID, until the customer says otherwise; a FAX number is used by all of them."""
    Ringing.objects.bulk_create([Ringing(number=number, cloud_id=one) for number in numbers for one in at])


def connect(*, cloud: CloudContract, voice: CloudNumber, at: Sequence[CloudId]) -> None:
    """Who is called by these IDs sees the voice number, which with the old scheme is the first ID's own."""
    CloudId.objects.filter(pk__in=[one.pk for one in at]).update(outgoing=voice)
    if cloud.scheme == Scheme.OWN and at:
        voice.own_of = at[0]
        voice.save(update_fields=["own_of"])


def equipment(*, cloud: CloudContract, basket: Basket, at: Sequence[CloudId]) -> list[Equipment]:
    """Phones and adapters, which wait for 本申込. Adapters go to IDs with a fixed IP phone first, one to each."""
    desks = [one for one in at if one.has_desk_phone]
    places: list[CloudId | None] = [*desks[: basket.adapters]]
    places += [None] * (basket.adapters - len(places))
    wanted: list[tuple[str, CloudId | None]] = [
        *((Equipment.Kind.IP_PHONE, one) for one in desks),
        *((Equipment.Kind.DESK_PHONE, None) for _n in range(basket.desk_phones)),
        *((Equipment.Kind.ADAPTER, place) for place in places),
    ]
    return Equipment.objects.bulk_create(
        [
            Equipment(pk=pk, cloud=cloud, customer_id=cloud.customer_id, code=code, kind=kind, on_id=place)
            for (pk, code), (kind, place) in zip(codes.upcoming(Equipment, len(wanted)), wanted, strict=True)
        ]
    )
