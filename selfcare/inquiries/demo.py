"""The demo's inquiries: one answered and not yet read, one that waits, one urgent, one settled."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from selfcare import calendar
from selfcare.calendar import BusinessDays
from selfcare.inquiries.expected import expected_at
from selfcare.inquiries.models import Category, Inquiry, Message
from selfcare.runtime import demo
from selfcare.runtime.demo import Scene


@dataclass(frozen=True)
class _Asked:
    """`who` is a user of the scene, `contract` one of its contracts where the inquiry is about one."""

    who: str
    contract: str
    category: Category
    at: datetime
    text: str
    answer: str = ""
    state: str = Inquiry.State.OPEN
    is_unread: bool = False
    callback_phone: str = ""


def register() -> None:
    demo.register("inquiries", load, order=demo.ORDERS + 1)


def load(scene: Scene) -> None:
    for number, asked in enumerate(_all(scene)):
        if asked.who in scene.users:
            _write(scene, asked, number)


def _all(scene: Scene) -> list[_Asked]:
    states = Inquiry.State
    return [
        _Asked(
            "design.owner", "design.cloud", Category.RINGING, scene.ago(6, "11:05"),
            "受付のスマートフォンだけ着信音が鳴りません。着信履歴には残っています。",
            "アプリのバッテリー設定が「最適化」になっていると、鳴らないことがあります。「制限なし」に変えてから、「テスト着信」をお試しください。",
            states.ANSWERED, is_unread=True,
        ),
        _Asked(
            "design.owner", "design.cloud", Category.DEVICES, scene.ago(40, "15:20"),
            "宅内装置をルーターの下につなぎましたが、ランプが点きません。",
            "ルーターの電源を入れ直してから、宅内装置の電源をお入れください。3分ほどで点灯します。",
            states.CLOSED,
        ),
        _Asked(
            "company.member", "", Category.ORDER, scene.before(minutes=25),
            "先週申し込んだ番号の追加で、開通の連絡先を変えたいです。",
        ),
        _Asked(
            "office.owner", "", Category.STOPPED, scene.before(minutes=10),
            "朝から発信も着信もできません。", callback_phone="09000004321",
        ),
    ]  # fmt: skip


def _write(scene: Scene, asked: _Asked, number: int) -> None:
    user, is_open = scene.users[asked.who], asked.state == Inquiry.State.OPEN
    urgent = asked.category == Category.STOPPED
    days = BusinessDays()
    inquiry = Inquiry.objects.create(
        customer=scene.customers[asked.who.split(".")[0]],
        contract=scene.contracts.get(asked.contract),
        category=asked.category,
        is_urgent=urgent,
        callback_phone=asked.callback_phone,
        state=asked.state,
        expected_at=expected_at(asked.at, is_urgent=urgent, days=days) if is_open else None,
        created_by=user,
        is_unread=asked.is_unread,
        created_at=asked.at,
        changed_at=asked.at,
    )
    Message.objects.create(
        inquiry=inquiry,
        side=Message.Side.CUSTOMER,
        author=user,
        text=asked.text,
        key=f"inquiry:{user.customer_id}-demo-{number}",
        written_at=asked.at,
    )
    detail = {"ticket": inquiry.ticket, "category": asked.category, "is_urgent": urgent}
    scene.tell(asked.at, "inquiry.sent", about=inquiry, actor=user, detail=detail)
    if asked.answer:
        _answer(scene, inquiry, asked)


def _answer(scene: Scene, inquiry: Inquiry, asked: _Asked) -> None:
    support = scene.users["operator.support"]
    opening = expected_at(asked.at, is_urgent=False, days=BusinessDays())
    at = min(opening - timedelta(hours=1), scene.before(minutes=1))
    Message.objects.create(
        inquiry=inquiry, side=Message.Side.OPERATOR, author=support, text=asked.answer, written_at=at
    )
    Inquiry.objects.filter(pk=inquiry.pk).update(assigned_to=support, changed_at=at)
    scene.tell(at, "inquiry.answered", about=inquiry, actor=support, detail={"ticket": inquiry.ticket})
    if asked.state == Inquiry.State.CLOSED:
        closed = min(at + timedelta(hours=3), scene.before(minutes=1))
        told = {"ticket": inquiry.ticket, "day": str(calendar.today(closed))}
        scene.tell(closed, "inquiry.closed", about=inquiry, actor=inquiry.created_by, detail=told)
