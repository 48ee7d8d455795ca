"""The demo's tariffs. The codes of plans and items are those that contracts and the apps that sell them use."""

from billing import items
from billing.models import Tariff
from billing.models.tariffs import Share
from selfcare import calendar
from selfcare.runtime.demo import Scene

#: Plan, item, and what it costs: until a year ago, since then, and from the next financial year on.
_PRICES = [
    ("b2bua_office", "numbering.050.monthly", 380, 350, 350),
    ("standard_business", "numbering.050.monthly", 300, 280, 270),
    ("opengate_business", "numbering.050.monthly", 360, 340, 340),
]
#: Mobile plans and voice options, the same all the time.
_MOBILE = {
    **{f"lines.plan.data_{size}": fee for size, fee in (("3gb", 850), ("10gb", 1_480), ("30gb", 2_680))},
    **{f"lines.plan.sms_{size}": fee for size, fee in (("1gb", 720), ("5gb", 1_180))},
    "lines.plan.voice_light": 980,
    **{f"lines.plan.voice_{size}": fee for size, fee in (("3gb", 1_780), ("10gb", 2_380), ("20gb", 2_980))},
    **{f"lines.option.flat_rate.{kind}": fee for kind, fee in (("5min", 500), ("10min", 850), ("unlimited", 1_600))},
    "lines.option.voicemail": 300,
    "lines.option.call_waiting": 200,
    "lines.option.group_call": 200,
    "lines.option.number_block": 100,
    # Once.
    "lines.once.port_out": 3_000,
    "lines.once.sim_reissue": 2_000,
}
#: Dial-in numbers of IP Voice and their functions.
_VOICE = {
    "numbering.dial_in.050": 100,
    "numbering.dial_in.0abj": 150,
    "numbering.dial_in.message_box": 300,
    "numbering.dial_in.reject_anonymous": 200,
    "numbering.dial_in.reject_nuisance": 600,
    "numbering.dial_in.shown_number": 100,
    "numbering.dial_in.forward_number": 500,
}
#: クラウド電話: every month, and once.
_CLOUD = {
    "cloud.basic_new": 980,
    "cloud.basic_port": 2_080,
    "cloud.fax_number": 1_180,
    "cloud.fax": 500,
    "cloud.flat_rate": 1_000,
    "cloud.after_hours": 800,
    "cloud.voicemail": 300,
    "cloud.id": 700,
    "cloud.id_desk_phone": 1_200,
    "cloud.desk_phone_fee": 500,
    "cloud.number": 200,
    "cloud.adapter": 500,
    "cloud.once.basic_new": 5_000,
    "cloud.once.basic_port": 8_000,
    "cloud.once.fax_number": 5_000,
    "cloud.once.id": 5_000,
    "cloud.once.id_desk_phone": 5_000,
    "cloud.once.number": 1_000,
    "cloud.once.desk_phone": 12_000,
    "cloud.once.adapter": 9_800,
}
#: What every number bears.
_NUMBERS = {items.UNIVERSAL_SERVICE: 2, items.RELAY_SERVICE: 1}
#: Of a month that a number begins or ends in, only its days are charged.
_BY_DAYS = ("numbering.050.monthly", "numbering.dial_in.050", "numbering.dial_in.0abj")
_CHANGED_MONTHS_AGO, _YEARS = 12, 10


def make(scene: Scene) -> None:
    first = calendar.today(scene.now).replace(day=1)
    began = calendar.add_months(first, -12 * _YEARS)
    changed = calendar.add_months(first, -_CHANGED_MONTHS_AGO)
    coming = first.replace(month=4)
    if coming <= first:
        coming = calendar.add_months(coming, 12)
    spans = [(began, changed - calendar.ONE_DAY), (changed, coming - calendar.ONE_DAY), (coming, None)]
    Tariff.objects.bulk_create(
        Tariff(
            plan=plan,
            item=item,
            amount=amount,
            share=_share(item),
            valid_from=valid_from,
            valid_until=valid_until,
        )
        for plan, item, *amounts in _PRICES
        for amount, (valid_from, valid_until) in zip(amounts, spans, strict=True)
    )
    plans = (("mobile_standard", _MOBILE), ("voice_standard", _VOICE), ("cloud_phone", _CLOUD), ("", _NUMBERS))
    for plan, prices in plans:
        Tariff.objects.bulk_create(
            Tariff(plan=plan, item=item, amount=amount, share=_share(item), valid_from=began)
            for item, amount in prices.items()
        )


def _share(item: str) -> Share:
    return Share.DAYS if item in _BY_DAYS else Share.FULL
