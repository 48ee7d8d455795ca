"""What the demo's mobile services offer, and the customer's stock of bulk OTA SIMs."""

from datetime import datetime

from billing.services import EndingCharge, NewCharge, replace_charges
from lines import items
from lines.models import CustomerCatalogue, Line, LineService, Plan, StockSim
from lines.options import FLAT_RATES, OPTIONS
from selfcare.runtime.demo import Scene

_K, _Z, _C = Line.SimKind, Line.SimSize, Line.Carrier
#: Code, name, family, kind, MB, whether it takes MNP-in; what they cost is billing's part of the demo.
PLANS = [
    ("data_3gb", "データ 3GB", "data", _K.DATA, 3_000, True),
    ("data_10gb", "データ 10GB", "data", _K.DATA, 10_000, True),
    ("data_30gb", "データ 30GB", "data", _K.DATA, 30_000, True),
    ("sms_1gb", "SMS 1GB", "sms", _K.SMS, 1_000, False),
    ("sms_5gb", "SMS 5GB", "sms", _K.SMS, 5_000, False),
    ("voice_light", "音声 ライト（500MB）", "light", _K.VOICE, 500, False),
    ("voice_3gb", "音声 3GB", "voice", _K.VOICE, 3_000, False),
    ("voice_10gb", "音声 10GB", "voice", _K.VOICE, 10_000, False),
    ("voice_20gb", "音声 20GB", "voice", _K.VOICE, 20_000, False),
]


def make(scene: Scene) -> None:
    for carrier, timing in ((_C.DOCOMO, "larger_at_once"), (_C.SOFTBANK, "first_of_month")):
        service = LineService.objects.create(
            code=carrier,
            name=f"モバイル 標準（{carrier.label}）",
            carrier=carrier,
            timing=timing,
            sizes=[_Z.STANDARD, _Z.MICRO, _Z.NANO, _Z.MULTI, _Z.ESIM],
        )
        Plan.objects.bulk_create(_plan(service, *facts) for facts in PLANS)
    # A small customer has agreed on fewer sizes.
    CustomerCatalogue.objects.create(customer=scene.customers["person"], sizes=[_Z.NANO, _Z.ESIM])
    _stock(scene)


def _plan(service: LineService, code: str, name: str, family: str, kind: str, size: int, takes_port_in: bool) -> Plan:
    every = [option.code for option in OPTIONS[service.carrier]]
    is_docomo = service.carrier == _C.DOCOMO
    return Plan(
        service=service,
        code=code,
        name=name,
        family=family,
        sim_kind=kind,
        size=size,
        flat_rates=list(FLAT_RATES) if family == "voice" else [],
        options=every if family == "voice" else ["voicemail"] if family == "light" else [],
        takes_port_in=takes_port_in and is_docomo,
    )


def _stock(scene: Scene) -> None:
    """Eight bulk OTA SIMs of each carrier in the company's drawer."""
    added: datetime = scene.ago(80, "15:20")
    StockSim.objects.bulk_create(
        StockSim(
            customer=scene.customers["company"],
            carrier=carrier,
            serial=with_check_digit(f"8981{network}000000005{place:04d}"),
            provisional_number=f"0700009{place:04d}" if carrier == _C.DOCOMO else "",
            sim_size=_Z.MULTI,
            added_at=added,
        )
        for carrier, network in ((_C.DOCOMO, "10"), (_C.SOFTBANK, "20"))
        for place in range(1, 9)
    )


def with_check_digit(digits: str) -> str:
    """With the last digit that Luhn's check wants."""
    total = sum(
        sum(divmod(int(digit) * (2 if place % 2 == 0 else 1), 10)) for place, digit in enumerate(reversed(digits))
    )
    return f"{digits}{-total % 10}"


def charge(lines: list[Line]) -> None:
    """What lines have cost since they were opened, until those that have ended did."""
    charged = [
        (line, item)
        for line in lines
        if line.opened_on
        for item in [items.plan(line.plan), *(items.option(code, value) for code, value in line.options.items())]
    ]
    replace_charges(
        ending=[],
        starting=[
            NewCharge(line.customer_id, line.contract_id, item, line.number, line.opened_on)
            for line, item in charged
            if line.opened_on
        ],
    )
    replace_charges(
        ending=[
            EndingCharge(item, line.number, line.ends_on)
            for line, item in charged
            if line.status == Line.Status.TERMINATED and line.ends_on
        ],
        starting=[],
    )
