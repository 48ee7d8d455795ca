"""Voice contracts with their numbers, and a pool to order from; each valid by itself."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from billing.models import Tariff
from numbering import items
from numbering.dial_in.functions import Functions
from numbering.dial_in.models import BaseNumber, DialInNumber, ReservationCode, SiteNetwork, VoiceContract, VoiceGroup
from numbering.models import Assignment, FreeNumber, Kind, Number
from numbering.models.numbers import NEVER_USED
from selfcare import clock
from selfcare.accounts.models import Contract
from selfcare.orders.models import Order, SpecialDay
from selfcare.orders.states import State
from tests import builders

FUNCTIONS = ["numbering.dial_in"]
TARIFF = "ip_voice_test"
FEES = {
    items.DIAL_IN_050: 100,
    items.DIAL_IN_0ABJ: 150,
    items.MESSAGE_BOX: 300,
    items.REJECT_ANONYMOUS: 200,
    items.REJECT_NUISANCE: 400,
    items.SHOWN_NUMBER: 500,
    items.FORWARD_NUMBER: 600,
}
NONE = Functions()
SINCE = date(2026, 4, 1)
_running = count(1)
#: The blocks of numbers given out, so that none meets another.
_blocks = count(1)


def contract(**fields: Any) -> Contract:
    """An IP Voice contract that may add dial-in numbers, with a price for everything."""
    if not Tariff.objects.filter(plan=TARIFF).exists():
        Tariff.objects.bulk_create(
            Tariff(plan=TARIFF, item=item, amount=fee, valid_from=date(2020, 1, 1)) for item, fee in FEES.items()
        )
    defaults = {"kind": Contract.Kind.IP_VOICE, "service": "ip_voice", "plan": TARIFF, "functions": FUNCTIONS}
    return builders.contract(**{**defaults, **fields})


def group(of: Contract | None = None, **fields: Any) -> VoiceGroup:
    of = of or contract()
    n = next(_running)
    return VoiceGroup.objects.create(**{"code": f"VG{n:06}", "customer_id": of.customer_id, "contract": of, **fields})


def voice_contract(of: VoiceGroup | None = None, **fields: Any) -> VoiceContract:
    """Universal, 通常タイプ, unless it says otherwise; without base numbers."""
    of = of or group()
    n = next(_running)
    made = {
        "number": f"N{n:09}",
        "group": of,
        "customer_id": of.customer_id,
        "service_type": VoiceContract.ServiceType.UNIVERSAL,
        "name": f"拠点{n}",
        **fields,
    }
    return VoiceContract.objects.create(**made)


def base(of: VoiceContract | None = None, *, kind: str = Kind.GEOGRAPHIC, area: str = "03", digits: str = "") -> Any:
    """A base number (BaseNumber) in use, with its number and assignment; `of` a voice contract, else a new one."""
    of = of or voice_contract()
    area = area if kind == Kind.GEOGRAPHIC else ""
    assignment = _assignments(of, _numbers(1, kind=kind, area=area, first=digits), Assignment.Origin.ORIGINAL)[0]
    return BaseNumber.objects.create(
        voice_contract=of,
        customer_id=of.customer_id,
        number_id=assignment.number_id,
        digits=assignment.digits,
        kind=kind,
        area=area,
    )


def dial_ins(
    on: BaseNumber, how_many: int = 1, *, kind: str = "", first: str = "", functions: Functions = NONE
) -> list[DialInNumber]:
    """Dial-in numbers in use under a base number, consecutive from `first` on; of the base's kind unless said."""
    kind = kind or on.kind
    area = (on.area or "03") if kind == Kind.GEOGRAPHIC else ""
    numbers = _numbers(how_many, kind=kind, area=area, first=first)
    return DialInNumber.objects.bulk_create(
        DialInNumber(
            assignment=assignment,
            customer_id=on.customer_id,
            base=on,
            digits=assignment.digits,
            kind=kind,
            **functions.as_json(),
        )
        for assignment in _assignments(on.voice_contract, numbers, Assignment.Origin.ADDED)
    )


def free(
    how_many: int, *, kind: str = Kind.GEOGRAPHIC, area: str = "03", first: str = "", since: date = NEVER_USED
) -> list[str]:
    """Consecutive free numbers; returns their digits, ascending."""
    numbers = _numbers(how_many, kind=kind, area=area if kind == Kind.GEOGRAPHIC else "", first=first)
    FreeNumber.objects.bulk_create(
        (FreeNumber(number=number, kind=number.kind, area=number.area, available_on=since) for number in numbers),
        batch_size=5000,
    )
    return [number.digits for number in numbers]


def reservation(
    of: Contract, how_many: int = 5, *, kind: str = Kind.GEOGRAPHIC, area: str = "03", first: str = "", **fields: Any
) -> ReservationCode:
    """A code with so many numbers kept under it, good for thirty days."""
    n = next(_running)
    area = area if kind == Kind.GEOGRAPHIC else ""
    now = clock.now()
    made = ReservationCode.objects.create(
        **{
            "code": f"RSV{n:05}",
            "customer_id": of.customer_id,
            "contract": of,
            "kind": kind,
            "area": area,
            "count": how_many,
            "valid_until": now.date() + timedelta(days=30),
            "created_at": now,
            **fields,
        }
    )
    Assignment.objects.bulk_create(
        Assignment(
            number=number,
            digits=number.digits,
            customer_id=of.customer_id,
            contract=of,
            reservation=made,
            origin=Assignment.Origin.ADDED,
            state=Assignment.State.RESERVED,
            is_voice=True,
            free_since=NEVER_USED,
        )
        for number in _numbers(how_many, kind=kind, area=area, first=first)
    )
    return made


def network(of: VoiceContract, address: str = "192.168.1.0/24") -> SiteNetwork:
    return SiteNetwork.objects.create(voice_contract=of, customer_id=of.customer_id, network=address, since=SINCE)


def special_day(day: date, kind: str = SpecialDay.Kind.CLOSED, note: str = "") -> SpecialDay:
    return SpecialDay.objects.create(day=day, kind=kind, note=note)


def open_work(on: VoiceContract, due_at: datetime, procedure: str = "numbering.dial_in_sales", **fields: Any) -> Order:
    """An accepted order under way on the voice contract, without going through the engine; counted as its work."""
    now = clock.now()
    order = Order.objects.create(
        **{
            "procedure": procedure,
            "customer_id": on.customer_id,
            "contract": on.contract,
            "subject_id": on.pk,
            "state": State.ACKNOWLEDGED,
            "created_at": now,
            "accepted_at": now,
            "due_at": due_at,
            **fields,
        }
    )
    VoiceContract.objects.filter(pk=on.pk).update(works=on.works + 1)
    on.refresh_from_db()
    return order


def _numbers(how_many: int, *, kind: str, area: str, first: str = "") -> Sequence[Number]:
    """Consecutive numbers of the pool, with consecutive ids."""
    start = int(first) if first else _begin(kind, area, how_many)
    return Number.objects.bulk_create(
        (Number(digits=f"0{start + n}", kind=kind, area=area, created_at=clock.now()) for n in range(how_many)),
        batch_size=5000,
    )


def _begin(kind: str, area: str, how_many: int) -> int:
    """The first of blocks of 10,000 numbers that no other call of the same test gets; areas of up to four digits."""
    block = next(_blocks)
    for _more in range((how_many - 1) // 10_000):
        next(_blocks)
    if kind == Kind.IP_050:
        return int(f"505{block % 1000:03}0000")
    # 03-2000-0000, 0422-20-0000 and on.
    wide = 6 - len(area)
    return int(f"{area}{2 * 10 ** (wide - 1) + block % (7 * 10 ** (wide - 1)):0{wide}}0000")


def _assignments(of: VoiceContract, numbers: Sequence[Number], origin: str) -> list[Assignment]:
    return Assignment.objects.bulk_create(
        (
            Assignment(
                number=number,
                digits=number.digits,
                customer_id=of.customer_id,
                contract_id=of.contract_id,
                origin=origin,
                state=Assignment.State.ACTIVE,
                is_voice=True,
                free_since=NEVER_USED,
                started_on=SINCE,
            )
            for number in numbers
        ),
        batch_size=5000,
    )
