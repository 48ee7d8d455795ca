"""The demo's password changes: reflected long ago and lately, taken back, and one booked for tomorrow night."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from numbering.demo import pool
from numbering.models import Assignment, Credential
from numbering.services import password_check, sip_passwords, timetables
from selfcare import calendar
from selfcare.orders.demo import Step, Story
from selfcare.orders.states import State
from selfcare.runtime.demo import Scene

_CODE = "numbering.sip_password"


def tell(
    scene: Scene, *, office: Sequence[Assignment], company: Sequence[Assignment], gate: Sequence[Assignment]
) -> None:
    """Of the office (B2BUA), the company (standard) and its OpenGate contract: numbers in use."""
    _reflected(scene, "long-ago", "company.member", company[11], scene.ago(96, "11:04"))
    _reflected(scene, "day", "office.owner", office[2], scene.ago(41, "13:20"))
    _reflected(scene, "lately", "office.owner", office[3], scene.ago(6, "17:41"))
    _cancelled(scene, office[1], scene.ago(19, "09:35"))
    _booked(scene, gate[-1])


def _story(
    scene: Scene, name: str, who: str, number: Assignment, steps: list[Step], at: datetime | None = None
) -> Story:
    story = Story(
        f"sip-{name}",
        _CODE,
        number.contract,
        number,
        scene.users[who],
        steps,
        data={
            "number": number.digits,
            "at": calendar.local(at).isoformat() if at else "",
            "credential": Credential.objects.get(number_id=number.number_id, live__contains=scene.now).pk,
        },
    )
    scene.stories.append(story)
    return story


def _slot(number: Assignment, moment: datetime) -> datetime:
    service = number.contract.service
    return timetables.load({service}).reflected_at(service, moment)


def _begun(scene: Scene, who: str, at: datetime) -> list[Step]:
    return [Step(State.DRAFT, at - timedelta(seconds=50)), Step(State.ACKNOWLEDGED, at, scene.users[who])]


def _reflected(scene: Scene, name: str, who: str, number: Assignment, at: datetime) -> None:
    """The password that can be computed is the new one; of the old one only a digest that nobody knows is left."""
    slot = _slot(number, at)
    story = _story(
        scene, name, who, number, [*_begun(scene, who, at), Step(State.COMPLETED, slot + timedelta(seconds=1))]
    )

    def write(story: Story) -> None:
        new = Credential.objects.get(number_id=number.number_id)
        since = new.live.lower
        new.live, new.order = (slot, None), story.order
        new.save(update_fields=["live", "order"])
        if at < scene.ago(29):
            return
        made = password_check.digests_of(number, f"old{number.digits[-5:]}")
        new.replaces = Credential.objects.create(
            number_id=number.number_id,
            customer_id=number.customer_id,
            username=number.digits,
            live=(since, at),
            dropped_at=scene.real(at + timedelta(seconds=2)),
            **made,
        )
        new.save(update_fields=["replaces"])

    story.then = write


def _cancelled(scene: Scene, number: Assignment, at: datetime) -> None:
    taken_back = at + timedelta(minutes=9)
    _story(
        scene,
        "cancelled",
        "office.owner",
        number,
        [*_begun(scene, "office.owner", at), Step(State.CANCELLED, taken_back, scene.users["office.owner"])],
    )


def _booked(scene: Scene, number: Assignment) -> None:
    """Tomorrow in the last minute of the day; until then the old password, which can be computed, is live."""
    booked = calendar.midnight(calendar.today(scene.now) + 2 * calendar.ONE_DAY) - timedelta(minutes=1)
    who = "company.owner"
    story = _story(scene, "booked", who, number, _begun(scene, who, scene.before(hours=2, minutes=5)), at=booked)

    def write(story: Story) -> None:
        sip_passwords.book(
            [
                sip_passwords.Change(
                    order=story.order,
                    assignment=number,
                    credential=story.order.data["credential"],
                    withdrawn=booked,
                    reflected=_slot(number, booked),
                    digests=password_check.digests_of(number, pool.next_sip_password(number.digits)),
                )
            ]
        )

    story.then = write
