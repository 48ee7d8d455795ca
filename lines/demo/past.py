"""What was ordered about the demo's lines: suspended, resumed, terminated, refused, stuck at the carrier."""

import hashlib
from datetime import datetime, timedelta
from functools import partial

from lines.carriers.port import Action
from lines.carriers.port import State as CarrierState
from lines.models import CarrierOrder, Line, PortOut
from lines.procedures.base import CARRIER_PHASE
from lines.procedures.suspension import Suspension
from selfcare import calendar
from selfcare.orders.demo import Step, Story
from selfcare.orders.models import IncomingEvent
from selfcare.orders.states import State
from selfcare.runtime.demo import Scene

_TROUBLE = """Traceback (most recent call last):
  File "lines/procedures/base.py", in _outcome
RuntimeError: The carrier calls {id} partial: a person has to look."""


def tell(scene: Scene, company: list[Line]) -> None:
    in_use = [line for line in company if line.status == Line.Status.ACTIVE]
    _tell_past(scene, in_use, [line for line in company if line.status == Line.Status.SUSPENDED])
    for line in company:
        if line.status == Line.Status.TERMINATED:
            _terminated(scene, line)
    _tell_open(scene, in_use[::-1])
    _port_out(scene, in_use[20])


def _port_out(scene: Scene, line: Line) -> None:
    """A number that may leave: ordered five days ago, its reservation issued two days later."""
    who, asked = scene.users["company.owner"], scene.ago(5, "14:20")
    issued = scene.ago(3, "10:40")
    number, expires_on = "20-114-00577", calendar.today(issued) + timedelta(days=15)
    steps = [
        Step(State.DRAFT, asked),
        Step(State.ACKNOWLEDGED, asked + timedelta(seconds=52), who),
        Step(State.IN_PROGRESS, asked + timedelta(seconds=54), phase=CARRIER_PHASE),
        Step(State.COMPLETED, issued),
    ]
    data = {"name": "うみねこ坂食品株式会社", "kana": "ウミネコザカショクヒン", "kind": "corporate"}
    story = Story(f"port-out-{line.number}", "lines.mnp_out", line.contract, line, who, steps, data=data)

    def issue(told: Story) -> None:
        PortOut.objects.create(
            order=told.order,
            customer_id=line.customer_id,
            line=line,
            state=PortOut.State.ISSUED,
            reservation_number=number,
            issued_on=calendar.today(issued),
            expires_on=expires_on,
        )

    story.then = issue
    scene.stories.append(story)


def _terminated(scene: Scene, line: Line) -> None:
    """Ordered three weeks before its last day, gone after it."""
    who = scene.users["company.owner"]
    if line.ends_on is None:
        return
    after = calendar.midnight(line.ends_on + calendar.ONE_DAY)
    asked = after - timedelta(days=21, hours=9, minutes=line.pk % 50)
    steps = [
        Step(State.DRAFT, asked),
        Step(State.ACKNOWLEDGED, asked + timedelta(seconds=40), who),
        Step(State.COMPLETED, after + timedelta(seconds=4)),
    ]
    data = {"ends_on": line.ends_on.isoformat()}
    name = f"terminate-{line.number}"
    scene.stories.append(Story(name, "lines.terminate", line.contract, line, who, steps, data=data))


def _tell_past(scene: Scene, in_use: list[Line], suspended: list[Line]) -> None:
    """Lines that rested for some weeks, lines that still do, and what went wrong on the way."""
    for number, line in enumerate(in_use[:16]):
        began = scene.ago(172 - number * 10, f"{10 + number % 9}:{15 + number * 2}")
        _order(scene, line, "suspend", began, State.COMPLETED)
        _order(scene, line, "resume", began + timedelta(days=5 + number % 3, minutes=37), State.COMPLETED)
    for number, line in enumerate(suspended):
        _order(scene, line, "suspend", scene.ago(9 + number * 8, f"{11 + number}:05"), State.COMPLETED)
    refused = _order(scene, in_use[17], "suspend", scene.ago(66, "14:20"), State.FAILED)
    refused.reason = "通信事業者で手続きできませんでした。 回線で別の手続きが進行中です。"
    refused = _order(scene, in_use[18], "suspend", scene.ago(15, "16:48"), State.FAILED)
    refused.reason = "通信事業者で手続きできませんでした。 SIMの製造番号が一致しません。"
    night = scene.ago(43, "20:41")
    _order(scene, in_use[19], "suspend", night, State.CANCELLED)


def _tell_open(scene: Scene, in_use: list[Line]) -> None:
    """What is under way now: the carrier answers soon, answers late, or has said something nobody understands."""
    for line, minutes, next_look in ((in_use[0], 6, 20), (in_use[1], 31, 25)):
        waiting = _order(scene, line, "suspend", _in_hours(scene, minutes), State.IN_PROGRESS)
        waiting.next_at = scene.now + timedelta(minutes=next_look)
    held = _order(scene, in_use[2], "suspend", _in_hours(scene, 26 * 60), State.HELD)
    held.trouble = _TROUBLE.format(id="the request")
    _order(scene, in_use[3], "suspend", _in_hours(scene, 14), State.DRAFT)


def _in_hours(scene: Scene, minutes: int) -> datetime:
    """So long ago, or so long before the last close of the acceptance hours."""
    hours = Suspension().hours()
    moment = scene.now - timedelta(minutes=minutes)
    while not hours.is_open(moment):
        moment -= timedelta(minutes=10)
    return moment


def _order(scene: Scene, line: Line, what: str, asked: datetime, state: State) -> Story:
    """One order up to `state`, with the moments in between that its kind takes."""
    who = scene.users["company.owner" if line.pk % 3 else "company.member"]
    accepted = asked + timedelta(seconds=31)
    steps = [Step(State.DRAFT, asked), Step(State.ACKNOWLEDGED, accepted, who)]
    asked_carrier = Step(State.IN_PROGRESS, accepted + timedelta(seconds=2), phase=CARRIER_PHASE)
    answered = asked_carrier.at + timedelta(minutes=7 + line.pk % 23, seconds=line.pk % 60)
    if state == State.DRAFT:
        steps = steps[:1]
    elif state == State.CANCELLED:
        steps.append(Step(State.CANCELLED, accepted + timedelta(minutes=24), who))
    elif state == State.IN_PROGRESS:
        steps.append(asked_carrier)
    else:
        phase = "" if state == State.COMPLETED else CARRIER_PHASE
        steps += [asked_carrier, Step(state, answered, phase=phase)]
    name = f"{what}-{line.number}-{state}-{asked:%m%d}"
    story = Story(name, f"lines.{what}", line.contract, line, who, steps)
    if asked_carrier in steps:
        story.then = partial(_after, scene, line, asked_carrier.at)
    scene.stories.append(story)
    if state in (State.IN_PROGRESS, State.HELD):
        line.open_changes = [Line.Change.STATUS]
        line.save(update_fields=["open_changes"])
    return story


#: What the carrier said last of an order in this state.
_SAID = {
    State.IN_PROGRESS: CarrierState.IN_PROGRESS,
    State.COMPLETED: CarrierState.COMPLETED,
    State.FAILED: CarrierState.FAILED,
    State.HELD: CarrierState.PARTIAL,
}


def _after(scene: Scene, line: Line, requested: datetime, story: Story) -> None:
    """The carrier's side of an order: our request, its last word, and the callback that brought it."""
    order, said = story.order, _SAID[story.state]
    action = Action(story.procedure.removeprefix("lines."))
    external_id = f"{order.uuid}-{action}"
    answered = story.steps[-1].at
    CarrierOrder.objects.create(
        order=order,
        customer_id=order.customer_id,
        external_id=external_id,
        line=line,
        carrier=line.carrier,
        action=action,
        msisdn=line.number,
        sim_serial=line.sim_serial,
        created_at=scene.real(requested),
        carrier_order_id=f"SO-{hashlib.sha256(external_id.encode()).hexdigest()[:10].upper()}",
        state=said,
        reason=order.reason.partition(" ")[2],
        requested_at=scene.real(requested),
        answered_at=scene.real(answered),
    )
    if story.state == State.IN_PROGRESS:
        return
    key = hashlib.sha256(f"event:{external_id}".encode()).hexdigest()[:32]
    IncomingEvent.objects.create(
        order=order, kind="carrier", key=key, payload={"state": str(said)}, received_at=scene.real(answered)
    )
    scene.tell(answered, "order.event", about=order, detail={"kind": "carrier", "key": key})
