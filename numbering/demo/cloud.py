"""The demo's cloud phones: an office that has used them for months, and somebody in the trial."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password

from billing.services import Basket, Fax, IdWish, Start
from numbering import sip
from numbering.cloud.models import (
    CloudContract,
    CloudId,
    CloudNumber,
    Device,
    Equipment,
    Opening,
    PhoneBookEntry,
    Ringing,
    Scheme,
    Stage,
)
from numbering.cloud.services import charges, laying_out, phone_book
from numbering.demo import cloud_applications, cloud_faxes, pool
from numbering.models import Assignment
from selfcare import calendar
from selfcare.accounts.models import Contract
from selfcare.orders.demo import Step, Story
from selfcare.orders.states import State
from selfcare.runtime.demo import Scene, derived

#: What the office has, and what the one in the trial tries.
_OFFICE = Basket(
    start=Start.NEW,
    fax=Fax.OWN,
    ids=(IdWish(flat_rate=True), IdWish(), IdWish(flat_rate=True), IdWish(desk_phone=True)),
    after_hours=1,
    extra_numbers=1,
    adapters=1,
)
_TRIAL = Basket(start=Start.NEW, fax=Fax.SHARED, ids=(IdWish(), IdWish()))
_OFFICE_NUMBERS, _OFFICE_FAX, _TRIAL_NUMBER = ("0300003701", "0300003702"), "0300003790", "0300003755"
_LABELS = ("代表", "採用窓口")
_PEOPLE = ("受付", "鴎野 つばさ", "白帆 めぐる", "会議室の電話機")
#: Of the office's IDs: what is logged in, days ago, hours since it was seen.
_DEVICES = ((0, "受付のスマートフォン", "Android 16", 120, 1), (1, "つばさのスマートフォン", "iOS 20", 44, 3))
_BOOK = (
    ("印刷所 みずいろ", "インサツジョ ミズイロ", "0300009001"),
    ("大家さん（白帆テラス）", "オオヤサン", "09000009004"),
    ("写真スタジオ 入江", "シャシンスタジオ イリエ", "0600009002"),
)
#: Days from the trial's first to 本申込, as billing's part of the demo has them.
_TRIED = 9


@dataclass(frozen=True)
class _Laid:
    cloud: CloudContract
    numbers: list[CloudNumber]
    ids: list[CloudId]


def load(scene: Scene) -> None:
    office = _lay_out(scene, "design.cloud", _OFFICE, _OFFICE_NUMBERS, _OFFICE_FAX)
    _settle(scene, office)
    _name(office)
    _log_in(scene, office)
    PhoneBookEntry.objects.bulk_create(
        phone_book.row_of(office.cloud, phone_book.Entry(name, kana, (number,))) for name, kana, number in _BOOK
    )
    trial = _lay_out(scene, "trial.cloud", _TRIAL, (_TRIAL_NUMBER,), "")
    CloudId.objects.filter(pk=trial.ids[0].pk).update(label="わたしのスマートフォン")


def place(scene: Scene) -> None:
    """Applications in every stage, as applicants and operators make them, and the office's faxes: now."""
    cloud_applications.make(operator=scene.users["operator.admin"])
    office = CloudNumber.objects.get(digits=_OFFICE_FAX)
    cloud_faxes.make(scene=scene, number=office, actor=scene.users["design.owner"])


def _lay_out(scene: Scene, key: str, basket: Basket, digits: tuple[str, ...], fax: str) -> _Laid:
    contract = scene.contracts[key]
    began = contract.started_on
    cloud = CloudContract.objects.create(
        contract=contract, customer_id=contract.customer_id, stage=Stage.TRIAL, scheme=Scheme.OWN, trial_from=began
    )
    Opening.objects.create(
        cloud=cloud,
        customer_id=cloud.customer_id,
        reference=f"A{began:%Y%m%d}-000{contract.number[-3:]}",
        basket=basket.as_json(),
        usable_on=began,
    )
    numbers = laying_out.voice_numbers(cloud=cloud, assignments=_held(contract, digits, began), basket=basket, on=began)
    voice = list(numbers)
    if fax:
        (assignment,) = _held(contract, (fax,), began)
        numbers.append(laying_out.fax_number(cloud=cloud, assignment=assignment, on=began))
    ids = laying_out.ids(cloud=cloud, basket=basket, digits=digits[0], on=began)
    laying_out.ring(numbers=numbers, at=ids)
    laying_out.connect(cloud=cloud, voice=voice[0], at=ids)
    laying_out.equipment(cloud=cloud, basket=basket, at=ids)
    for one in ids:
        one.password = make_password(app_password(one.login_name))
        one.password_set_at = calendar.midnight(began) + timedelta(hours=11)
    CloudId.objects.bulk_update(ids, ["password", "password_set_at"])
    scene.tell(calendar.midnight(began) + timedelta(hours=10), "cloudcontract.opened", about=cloud)
    return _Laid(cloud, numbers, ids)


def _held(contract: Contract, digits: tuple[str, ...], since: date) -> list[Assignment]:
    reserved = pool.reserve(contract, digits, Assignment.Origin.ORIGINAL)
    for one in reserved:
        one.state, one.is_voice, one.started_on = Assignment.State.ACTIVE, True, since
    Assignment.objects.bulk_update(reserved, ["state", "is_voice", "started_on"])
    return reserved


def _settle(scene: Scene, laid: _Laid) -> None:
    """本申込 some days after the first: charges, fees, devices that have come."""
    cloud, owner = laid.cloud, scene.users["design.owner"]
    day = cloud.trial_from + timedelta(days=_TRIED)
    at = calendar.midnight(day) + timedelta(hours=14, minutes=8)
    cloud.stage, cloud.settled_on, cloud.payment_day = Stage.ACTIVE, day, day.day
    cloud.save(update_fields=["stage", "settled_on", "payment_day"])
    charges.begin(causes={cloud: "demo:settle"}, on=day)
    Equipment.objects.filter(cloud=cloud).update(
        state=Equipment.State.DELIVERED,
        ship_by=day + timedelta(days=2),
        shipped_on=day + timedelta(days=1),
        delivered_on=day + timedelta(days=2),
        tracking_number="0000-1111-2222",
    )
    scene.stories.append(
        Story(
            name="cloud-settle",
            procedure="cloud.settle",
            contract=cloud.contract,
            subject=cloud,
            actor=owner,
            steps=[
                Step(State.DRAFT, at),
                Step(State.ACKNOWLEDGED, at + timedelta(seconds=52), owner),
                Step(State.COMPLETED, at + timedelta(seconds=53)),
            ],
        )
    )


def _name(laid: _Laid) -> None:
    for number, label in zip(laid.numbers, _LABELS, strict=False):
        number.label = label
    CloudNumber.objects.bulk_update(laid.numbers, ["label"])
    for one, label in zip(laid.ids, _PEOPLE, strict=False):
        one.label = label
    CloudId.objects.bulk_update(laid.ids, ["label"])
    # The second number is for applicants: it rings at two of the phones only.
    Ringing.objects.filter(number=laid.numbers[1]).exclude(cloud_id__in=laid.ids[1:3]).delete()


def _log_in(scene: Scene, laid: _Laid) -> None:
    realm = settings.SIP_REALM
    for place, name, platform, days, hours in _DEVICES:
        username = f"ddemo{laid.ids[place].code[-7:].lower()}"
        digests = sip.digests(username=username, realm=realm, password=device_password(username))
        Device.objects.create(
            cloud_id=laid.ids[place],
            customer_id=laid.cloud.customer_id,
            name=name,
            platform=platform,
            push_token=f"demo-{place}",
            push_reached=place == 0,
            push_asked_at=scene.real(scene.before(hours=hours)),
            username=username,
            realm=realm,
            ha1=digests.ha1,
            ha1b=digests.ha1b,
            ha1_sha256=digests.ha1_sha256,
            logged_in_at=scene.ago(days, "09:40"),
            last_seen_at=scene.before(hours=hours),
        )


def app_password(login_name: str) -> str:
    """What the app asks for with this login name."""
    return derived("cloud", login_name, 12)


def device_password(username: str) -> str:
    """Of the SIP account that a device of the demo has."""
    return derived("device", username, 12)


def describe() -> dict[str, list[dict[str, Any]]]:
    """IDs in use and the devices logged in with them; a password that was changed since is not known: null."""
    ids = CloudId.objects.live().select_related("cloud__contract", "customer").order_by("code")
    devices = Device.objects.logged_in().order_by("pk")
    return {
        "cloud_ids": [
            {
                "login_name": one.login_name,
                "password": _known_app(one),
                "contract": one.cloud.contract.number,
                "customer": one.customer.name,
            }
            for one in ids
        ],
        "devices": [
            {"username": one.username, "sip_password": _known_device(one), "cloud_id": one.cloud_id_id}
            for one in devices
        ],
    }


def _known_app(one: CloudId) -> str | None:
    password = app_password(one.login_name)
    return password if one.password and check_password(password, one.password) else None


def _known_device(device: Device) -> str | None:
    password = device_password(device.username)
    known = sip.digests(username=device.username, realm=device.realm, password=password).ha1
    return password if device.ha1 == known else None
