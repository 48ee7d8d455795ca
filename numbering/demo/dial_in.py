"""What the demo's companies have ordered of dial-in numbers: by the engine itself, as if just now.

One at once; construction on its way, returned to its customer, and begun by a colleague; what sales has arranged; and
what sales keeps under reservation codes.
"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid5

from numbering.dial_in import consent, dates
from numbering.dial_in.models import BaseNumber, DialInPart, VoiceContract
from numbering.dial_in.services import lead_times, matters, operating, parts, reserving
from numbering.dial_in.services.parts import Content
from numbering.models import Kind
from numbering.services.pool import Wanted
from selfcare import calendar, clock
from selfcare.accounts.models import User
from selfcare.orders import due, procedures
from selfcare.orders.days import business_days
from selfcare.orders.models import Order
from selfcare.orders.services.accepting import accept
from selfcare.orders.services.drafts import new_draft, save_draft
from selfcare.orders.services.offers import offer, seal_shown
from selfcare.runtime.demo import Scene

_NAMES = UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
_CONTACT = {
    "company": "うみねこ坂食品株式会社",
    "department": "情報システム部",
    "name": "磯部 拓海",
    "kana": "イソベ タクミ",
    "phone": "0300001000",
    "mail": "isobe@umineko.example",
}
_REASON = "設置場所の図面が、お申し込みの住所と異なっています。ネットワークアドレスをご確認のうえ、訂正をお願いします。"


def place(scene: Scene) -> None:
    """After everything that lies in the past has been written."""
    _codes(scene)
    _at_once(scene, "N100000101", 10)
    _sales(scene, "N100000103")
    arranged = _by_date(scene, "N100000203", [_row(20, reject_nuisance=True)], networks=["10.52.0.0/24"])
    operator = scene.users["operator.provisioning"]
    operating.arrange(order=operating.confirm(order=arranged, actor=operator), actor=operator)
    returned = _by_date(
        scene, "N100000201", [_row(5), _row(3, message_box=True)], networks=["10.6.0.0/24", "10.6.1.0/24"]
    )
    operating.give_back(order=operating.confirm(order=returned, actor=operator), reason=_REASON, actor=operator)
    _begin(scene, "N100000102", [_row(30)])


def _codes(scene: Scene) -> None:
    operator, contract = scene.users["operator.admin"], scene.contracts["company.voice"]
    until = calendar.today(scene.now) + timedelta(days=45)
    for wanted, note in (
        (Wanted(20, Kind.GEOGRAPHIC, "03"), "全社の代表番号の整理"),
        (Wanted(10, Kind.IP_050), "配送センターの増員"),
    ):
        reserving.make(contract=contract, wanted=wanted, valid_until=until, note=note, actor=operator)


def _row(count: int, **functions: Any) -> dict[str, Any]:
    return {"kind": Kind.GEOGRAPHIC.value, "count": count, "functions": functions}


def _base(number: str) -> BaseNumber:
    bases = BaseNumber.objects.select_related("voice_contract__group__contract")
    base: BaseNumber = bases.get(voice_contract__number=number)
    return base


def _at_once(scene: Scene, number: str, count: int) -> None:
    member, base, now = scene.users["company.member"], _base(number), clock.now()
    group = base.voice_contract.group
    draft = new_draft(
        procedure=procedures.get("numbering.dial_in"), subject=group, contract=group.contract, now=now, actor=member
    )
    data = {
        "consent": consent.given(now=now),
        "method": "screen",
        "bases": [base.pk],
        "rows": [{"base": base.pk, "kind": Kind.GEOGRAPHIC.value, "count": count}],
        "contact": _CONTACT,
    }
    order = _accept(save_draft(order=draft, data=data, now=now, actor=member), member)
    due.run_now([order.pk])


def _accept(order: Order, actor: User) -> Order:
    shown = seal_shown(order, offer(order, now=clock.now()))
    return accept(order_id=order.pk, shown=shown, session_digest="", actor=actor)[0]


def _sales(scene: Scene, number: str) -> None:
    """Recorded by an operator: opens in three weeks."""
    now, operator = clock.now(), scene.users["operator.provisioning"]
    voice = VoiceContract.objects.select_related("group__contract").get(number=number)
    opening = _working_day(calendar.today(now) + timedelta(days=21))
    procedure = procedures.get("numbering.dial_in_sales")
    draft = new_draft(procedure=procedure, subject=voice, contract=voice.contract, now=now, actor=operator)
    data = {"date": opening.isoformat(), "content": "0ABJ番号 15番号の追加（工場の増設）", "memo": "見積 U-1120"}
    _accept(save_draft(order=draft, data=data, now=now, actor=operator), operator)


def _begin(scene: Scene, number: str, rows: list[dict[str, Any]]) -> Order:
    """A draft with one part, which the whole company can go on with."""
    member, base, now = scene.users["company.member"], _base(number), clock.now()
    order = parts.begin(
        uuid=uuid5(_NAMES, f"selfcare.demo:dial-in-{number}"),
        voice_contract=base.voice_contract,
        consent=consent.given(now=now),
        source=None,
        actor=member,
    )
    content = Content(kind=DialInPart.Kind.ADD.value, base_id=base.pk, rows=rows)
    parts.save_part(order=order, part_id=None, version=0, content=content, actor=member)
    return Order.objects.get(pk=order.pk)


def _by_date(scene: Scene, number: str, rows: list[dict[str, Any]], *, networks: list[str]) -> Order:
    member = scene.users["company.member"]
    order = _begin(scene, number, rows)
    today = calendar.today(clock.now())
    earliest = dates.earliest(frozenset(lead_times.days()), lead_times.days(), today, business_days(since=today))
    asked: dict[str, Any] = {"add": networks, "delete": []}
    seen = matters.mark(order, matters.MATTERS)
    order = matters.save_matters(order=order, networks=asked, legal=None, seen=seen, actor=member)
    day = _working_day(earliest + timedelta(days=2)).isoformat()
    seen = matters.mark(order, matters.WHEN)
    order = matters.save_when(order=order, day=day, hour="", reason="", seen=seen, actor=member)
    seen = matters.mark(order, matters.CONTACT)
    order = matters.save_contact(order=order, contact=_CONTACT, seen=seen, actor=member)
    return _accept(order, member)


def _working_day(day: date) -> date:
    return business_days(since=day).next_or_same(day)
