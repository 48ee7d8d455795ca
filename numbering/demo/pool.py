"""The demo's pool, and numbers put on contracts and taken off as of another day."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db.models import F, Func

from numbering.models import Assignment, Credential, FreeNumber, Kind, Number
from numbering.models.numbers import NEVER_USED, SPREAD
from numbering.services import cancelling
from numbering.services.issuing import Issued, activate
from selfcare import calendar
from selfcare.accounts.models import Contract
from selfcare.runtime.demo import Scene, derived

#: Kind, 市外局番, the digits in front of the last four, how many.
_RANGES = [
    (Kind.IP_050, "", "0500000", 4000),
    (Kind.GEOGRAPHIC, "03", "030000", 4000),
    (Kind.GEOGRAPHIC, "06", "060000", 1500),
    (Kind.GEOGRAPHIC, "052", "052000", 400),
]
_UNUSABLE: dict[str, Sequence[int]] = {
    "試験用のため": range(10),
    "間違い電話が多いため": (119, 281, 777, 1234, 1919, 2828, 3110, 3119, 3333),
    "設備の点検中": range(3990, 3996),
}


def digits(last: int) -> str:
    """A 050 number by its last four digits."""
    return f"0500000{last:04d}"


def sip_password(number: str) -> str:
    return derived("sip", number, 8)


def next_sip_password(number: str) -> str:
    """What the booked change of the demo changes to."""
    return derived("sip.next", number, 8)


def make(scene: Scene) -> None:
    """All numbers, every one that may be used on the free list."""
    reasons = {digits(last): reason for reason, numbers in _UNUSABLE.items() for last in numbers}
    imported = scene.ago(2000)
    numbers = Number.objects.bulk_create(
        Number(digits=f"{front}{last:04d}", kind=kind, area=area, created_at=imported)
        for kind, area, front, count in _RANGES
        for last in range(count)
    )
    blocked = [number for number in numbers if number.digits in reasons]
    for number in blocked:
        number.unusable_reason = reasons[number.digits]
    Number.objects.bulk_update(blocked, ["unusable_reason"])
    FreeNumber.objects.bulk_create(
        FreeNumber(
            number=number,
            kind=number.kind,
            area=number.area,
            available_on=NEVER_USED,
            spread=scene.random.randrange(SPREAD),
        )
        for number in numbers
        if not number.unusable_reason
    )


def spare(scene: Scene, count: int, *, without: set[int]) -> list[str]:
    """Numbers for orders to come, not in a row, as the pool gives them out."""
    blocked = {last for numbers in _UNUSABLE.values() for last in numbers} | without
    return [digits(last) for last in scene.random.sample([n for n in range(2000) if n not in blocked], count)]


def reserve(
    contract: Contract, numbers: Iterable[str], origin: Assignment.Origin, order_id: int | None = None
) -> list[Assignment]:
    """Off the free list and onto the contract, not yet in use."""
    rows = list(Number.objects.filter(digits__in=list(numbers)).order_by("digits"))
    FreeNumber.objects.filter(number__in=rows).delete()
    return Assignment.objects.bulk_create(
        Assignment(
            number=row,
            digits=row.digits,
            customer_id=contract.customer_id,
            contract=contract,
            order_id=order_id,
            origin=origin,
            free_since=NEVER_USED,
        )
        for row in rows
    )


def begin(
    contract: Contract,
    numbers: Iterable[str],
    origin: Assignment.Origin,
    since: datetime,
    order_id: int | None = None,
) -> list[Assignment]:
    """In use since then, with the passwords that can be computed again."""
    reserved = reserve(contract, numbers, origin, order_id)
    activate([with_passwords(one) for one in reserved], since=since)
    for assignment in reserved:
        assignment.state, assignment.started_on = Assignment.State.ACTIVE, calendar.today(since)
    return reserved


def end(assignments: Sequence[Assignment], days: Sequence[date]) -> None:
    """Given up after these last days of use, and resting since."""
    for assignment, day in zip(assignments, days, strict=True):
        assignment.ends_on = day
    Assignment.objects.bulk_update(assignments, ["ends_on"])
    cancelling.release(assignments=assignments)
    ended = Credential.objects.filter(number_id__in=[one.number_id for one in assignments])
    ended.update(dropped_at=Func(F("live"), function="upper"))


def with_passwords(assignment: Assignment) -> Issued:
    return Issued(assignment, derived("service", assignment.digits, 8), sip_password(assignment.digits))
