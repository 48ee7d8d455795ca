"""The demo's IP Voice: groups, voice contracts of every type, base numbers with their dial-in numbers, codes, days."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from billing.services import start_charges
from numbering.dial_in.functions import NO_FUNCTIONS, Functions
from numbering.dial_in.models import BaseNumber, DialInNumber, SiteNetwork, VoiceContract, VoiceGroup
from numbering.dial_in.services.claiming import charges_of
from numbering.models import Assignment, FreeNumber, Number
from numbering.models.numbers import NEVER_USED
from selfcare import calendar
from selfcare.accounts.models import Contract
from selfcare.orders.models import SpecialDay
from selfcare.runtime.demo import Scene

_Type = VoiceContract.ServiceType


@dataclass(frozen=True)
class SiteFacts:
    """A voice contract; `base` is a number of the pool, the `count` dial-ins are those after it."""

    number: str
    service: str
    name: str
    base: str
    count: int
    fields: dict[str, bool] = field(default_factory=dict)
    networks: Sequence[str] = ()
    functions: Functions = NO_FUNCTIONS


#: Group, its name, the contract it hangs on, the sites. Numbers of ranges that nobody is given.
_GROUPS = [
    ("VG00000101", "東日本", "company.voice", [
        SiteFacts("N100000101", _Type.UNIVERSAL, "本社", "0300001000", 60, functions=Functions(message_box=True)),
        SiteFacts(
            "N100000102", _Type.UNIVERSAL_CLOUD, "お客様相談室", "0300001100", 40, networks=["10.20.0.0/20"],
            functions=Functions(reject_anonymous=True, reject_nuisance=True),
        ),
        SiteFacts("N100000103", _Type.UNIVERSAL, "岬工場", "0300001200", 12, {"emergency_calls": False}),
        SiteFacts("N100000104", _Type.WIRELESS, "配送センター", "05000003500", 8),
    ]),
    ("VG00000102", "西日本", "company.voice", [
        SiteFacts("N100000201", _Type.UNIVERSAL, "ほしぞら支社", "0600000200", 24, {"members_net": True}),
        SiteFacts("N100000202", _Type.SMART_PBX, "ゆうなぎ営業所", "05000003520", 6),
        SiteFacts("N100000203", _Type.UNIVERSAL, "新店舗準備室", "0520000100", 4),
    ]),
    ("VG00000301", "本店", "office.voice", [
        SiteFacts("N100000301", _Type.UNIVERSAL, "設計室", "0300001500", 3),
    ]),
]  # fmt: skip


def make(scene: Scene) -> None:
    """After the pool: what customers had before the portal kept orders."""
    for code, name, key, sites in _GROUPS:
        contract = scene.contracts[key]
        group = VoiceGroup.objects.create(code=code, customer_id=contract.customer_id, contract=contract, name=name)
        for site in sites:
            _site(group, contract, site)
    _days(scene)


def _site(group: VoiceGroup, contract: Contract, site: SiteFacts) -> None:
    voice = VoiceContract.objects.create(
        number=site.number,
        group=group,
        customer_id=contract.customer_id,
        service_type=site.service,
        name=site.name,
        address=contract.customer.address,
        **site.fields,
    )
    first, *others = _take(contract, site.base, site.count + 1)
    base = BaseNumber.objects.create(
        voice_contract=voice,
        customer_id=contract.customer_id,
        number=first.number,
        digits=first.digits,
        kind=first.number.kind,
        area=first.number.area,
    )
    numbers = DialInNumber.objects.bulk_create(
        DialInNumber(
            assignment=one,
            customer_id=contract.customer_id,
            base=base,
            digits=one.digits,
            kind=base.kind,
            **(site.functions.as_json() if place % 4 == 0 else {}),
        )
        for place, one in enumerate(others)
    )
    start_charges(charges=[c for one in numbers for c in charges_of(one, contract, contract.started_on)])
    SiteNetwork.objects.bulk_create(
        SiteNetwork(voice_contract=voice, customer_id=contract.customer_id, network=one, since=contract.started_on)
        for one in site.networks
    )


def _take(contract: Contract, first: str, count: int) -> list[Assignment]:
    """Consecutive numbers of the pool, in use since the contract began."""
    digits = [f"0{int(first) + place}" for place in range(count)]
    numbers = list(Number.objects.filter(digits__in=digits).order_by("digits"))
    if len(numbers) != count:
        raise ValueError(f"the demo's pool has {len(numbers)} of {count} numbers from {first} on")
    FreeNumber.objects.filter(number__in=numbers).delete()
    return Assignment.objects.bulk_create(
        Assignment(
            number=number,
            digits=number.digits,
            customer_id=contract.customer_id,
            contract=contract,
            origin=Assignment.Origin.ORIGINAL,
            state=Assignment.State.ACTIVE,
            free_since=NEVER_USED,
            started_on=contract.started_on,
            is_voice=True,
        )
        for number in numbers
    )


def _days(scene: Scene) -> None:
    """The operator's own days of this year and the next: its anniversary, and two days of maintenance."""
    today = calendar.today(scene.now)
    days = [(today.replace(year=year, month=6, day=19), "創立記念日") for year in (today.year, today.year + 1)]
    soon = today + timedelta(days=24)
    days += [(soon, "設備点検のため工事休止"), (soon + timedelta(days=1), "設備点検のため工事休止")]
    SpecialDay.objects.bulk_create(
        (SpecialDay(day=day, kind=SpecialDay.Kind.CLOSED, note=note) for day, note in days), ignore_conflicts=True
    )
