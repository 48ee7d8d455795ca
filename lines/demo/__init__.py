"""The demo's mobile lines: what is offered, the fleets, what was ordered about them, what is booked now."""

from datetime import timedelta
from typing import Any

from lines.demo import booked, catalogue, lists, past
from lines.models import Line, PortIn
from selfcare import calendar
from selfcare.accounts.models import Contract
from selfcare.runtime import demo
from selfcare.runtime.demo import Scene

_S, _K, _Z = Line.Status, Line.SimKind, Line.SimSize
#: Contract, how many of each status.
_FLEETS = {
    "company.docomo": {_S.ACTIVE: 24, _S.SUSPENDED: 3, _S.UNOPENED: 4, _S.TERMINATED: 3},
    "company.softbank": {_S.ACTIVE: 13, _S.SUSPENDED: 2, _S.UNOPENED: 2, _S.TERMINATED: 1},
    "person.mobile": {_S.ACTIVE: 2},
}
_KINDS = [(_K.VOICE, _Z.NANO), (_K.DATA, _Z.NANO), (_K.VOICE, _Z.MULTI), (_K.SMS, _Z.MICRO), (_K.DATA, _Z.STANDARD)]
_PLANS = {_K.VOICE: "voice_3gb", _K.SMS: "sms_1gb", _K.DATA: "data_10gb"}
#: Voice options, by turns.
_OPTIONS: list[dict[str, Any]] = [
    {"flat_rate": "5min", "voicemail": True},
    {"voicemail": True, "call_waiting": True},
    {},
    {"flat_rate": "unlimited"},
]
_PLACES = ["本社", "港町店", "岬店", "第一倉庫", "配送車", "工場", "営業部", "商品部"]
#: When what is booked now is ordered: after everything that lies in the past has been written.
_BOOKED = demo.TRAIL + 5


def register() -> None:
    demo.register("lines", load, describe)
    demo.register("lines.lists", lists.take, order=lists.AFTER_MONTHS)
    demo.register("lines.booked", booked.place, order=_BOOKED)


def load(scene: Scene) -> None:
    fleets: dict[str, list[Line]] = {}
    for number, (key, wanted) in enumerate(_FLEETS.items()):
        statuses = [status for status, count in wanted.items() for _ in range(count)]
        fleets[key] = [
            _line(scene, scene.contracts[key], number * 100 + place, status) for place, status in enumerate(statuses)
        ]
    catalogue.make(scene)
    every = Line.objects.bulk_create(line for fleet in fleets.values() for line in fleet)
    catalogue.charge(every)
    _port_in(scene, [line for line in fleets["company.docomo"] if line.status == _S.UNOPENED])
    past.tell(scene, fleets["company.docomo"] + fleets["company.softbank"])


def _port_in(scene: Scene, lines: list[Line]) -> None:
    """Numbers that come from elsewhere: one reservation is about to end, one SIM has not been sent."""
    today = calendar.today(scene.now)
    days_left = (12, 4, 9, 14)
    PortIn.objects.bulk_create(
        PortIn(
            line=line,
            customer_id=line.customer_id,
            number=f"0700008{place:04d}",
            reservation_number=f"99-000-{10250 + place * 37}",
            expires_on=today + timedelta(days=left),
        )
        for place, (line, left) in enumerate(zip(lines, days_left, strict=False), start=1)
    )


def _line(scene: Scene, contract: Contract, place: int, status: Line.Status) -> Line:
    # What waits to be opened waits for a number from elsewhere, which only data lines can have.
    kind, size = (_K.DATA, _Z.NANO) if status == _S.UNOPENED else _KINDS[place % len(_KINDS)]
    docomo = contract.service == "docomo"
    shipped = calendar.today(scene.ago(190 + place * 5 % 330))
    today = calendar.today(scene.now)
    if status == _S.UNOPENED:
        # The first of them have not even been sent.
        shipped = calendar.today(scene.ago(place % 9 + 1))
    return Line(
        customer_id=contract.customer_id,
        contract=contract,
        number=f"0700000{place:04d}",
        sim_serial=f"{'DN' if docomo else 'AX'}{7400000000 + place * 37:013d}",
        carrier=Line.Carrier.DOCOMO if docomo else Line.Carrier.SOFTBANK,
        sim_kind=kind,
        sim_size=size,
        # Every second one was sent with its plan, the others without.
        product=_PLANS[kind] if place % 2 else f"SIM-{size.upper()}",
        plan=_PLANS[kind],
        options=_OPTIONS[place % len(_OPTIONS)] if kind == _K.VOICE else {},
        pin_is_default=place % 2 == 0,
        name=f"{_PLACES[place % len(_PLACES)]}{place % 100 // len(_PLACES) + 1}",
        status=status,
        shipped_on=None if status == _S.UNOPENED and place % 3 == 0 else shipped,
        opened_on=None if status == _S.UNOPENED else min(shipped + timedelta(days=6), today),
        ends_on=calendar.end_of_month(calendar.add_months(today, -2)) if status == _S.TERMINATED else None,
    )


def describe() -> dict[str, list[dict[str, Any]]]:
    lines = Line.objects.select_related("customer").order_by("pk")
    return {
        "lines": [
            {
                "id": line.pk,
                "number": line.number,
                "carrier": line.carrier,
                "status": line.status,
                "customer": line.customer.name,
            }
            for line in lines
        ]
    }
