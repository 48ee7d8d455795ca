"""The demo's orders about numbers: added by customers, cancelled by operators on their written request."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial

from numbering.demo import pool
from numbering.models import Assignment
from numbering.services import cancelling
from numbering.services.issuing import queue_letter
from selfcare import calendar
from selfcare.accounts.models import Contract
from selfcare.orders import approval
from selfcare.orders.demo import Step, Story
from selfcare.orders.states import APPROVAL, State
from selfcare.runtime.demo import Scene
from selfcare.work.models import Letter

#: Who, days ago (0: some hours before the load), at, how many.
_ADDITIONS = [
    ("company.owner", 171, "11:20", 5),
    ("company.member", 139, "15:42", 3),
    ("company.member", 104, "10:05", 8),
    ("office.owner", 88, "16:30", 2),
    ("company.owner", 61, "13:18", 1),
    ("company.member", 27, "09:47", 10),
    ("company.owner", 2, "14:02", 3),
    ("company.member", 0, "", 2),
]
#: What waits for a colleague's approval, and what did not get it.
_PENDING, _REJECTED = 12, 40
#: Numbers given up at the end of each of the last five months, by one letter each.
_PER_MONTH = 4
#: Days from today on, or months to the end of which, numbers will still be used.
_BOOKED_MONTHS = (0, 0, 1, 3)


def tell_additions(scene: Scene, spare: list[str]) -> None:
    for number, (who, days, at, count) in enumerate(_ADDITIONS):
        taken = sorted(spare.pop() for _ in range(count))
        asked = scene.ago(days, at) if days else scene.before(hours=4, minutes=10)
        _add(
            scene,
            f"add-{number}",
            who,
            count,
            [
                Step(State.DRAFT, asked),
                Step(State.ACKNOWLEDGED, asked + timedelta(seconds=48), scene.users[who]),
                Step(State.COMPLETED, asked + timedelta(seconds=49)),
            ],
            taken,
        )
    _tell_unfinished(scene, sorted(spare.pop() for _ in range(_PENDING)))


def _tell_unfinished(scene: Scene, reserved: list[str]) -> None:
    member, owner = scene.users["company.member"], scene.users["company.owner"]
    asked = scene.before(hours=3)
    pending = _add(
        scene,
        "add-pending",
        "company.member",
        _PENDING,
        [Step(State.DRAFT, asked - timedelta(minutes=2)), Step(State.PENDING, asked, member, APPROVAL)],
        reserved,
    )
    pending.expires_at = asked + approval.LIFE
    rejected = _add(
        scene,
        "add-rejected",
        "company.member",
        _REJECTED,
        [
            Step(State.DRAFT, scene.ago(48, "17:10")),
            Step(State.PENDING, scene.ago(48, "17:12"), member, APPROVAL),
            Step(State.REJECTED, scene.ago(47, "09:31"), owner, APPROVAL),
        ],
    )
    rejected.reason = "店舗の増設計画を見直しているため、今回は見送ります。"
    _add(scene, "add-draft", "company.member", 3, [Step(State.DRAFT, scene.before(minutes=95))])
    expired = scene.ago(20, "18:22")
    _add(
        scene,
        "add-expired",
        "office.member",
        4,
        [Step(State.DRAFT, expired), Step(State.EXPIRED, expired + timedelta(days=1, minutes=3))],
    )


def _add(scene: Scene, name: str, who: str, count: int, steps: list[Step], numbers: Sequence[str] = ()) -> Story:
    contract = scene.contracts[f"{who.split('.')[0]}.phone"]
    story = Story(name, "numbering.add", contract, contract, scene.users[who], steps, data={"count": count})
    if story.state == State.COMPLETED:
        story.result = {"numbers": list(numbers)}
    if numbers:
        story.then = partial(_after_addition, scene, numbers)
    scene.stories.append(story)
    return story


def _after_addition(scene: Scene, numbers: Sequence[str], story: Story) -> None:
    if story.state == State.PENDING:
        pool.reserve(story.contract, numbers, Assignment.Origin.ADDED, story.order.pk)
        return
    since = story.steps[-1].at
    begun = pool.begin(story.contract, numbers, Assignment.Origin.ADDED, since, story.order.pk)
    queue_letter(story.order, [pool.with_passwords(one) for one in begun], since)
    _post(scene, story, since)


def _post(scene: Scene, story: Story, since: datetime) -> None:
    """Printed the next day and sent the day after; the latest ones still lie there."""
    letter = Letter.objects.get(reference=story.order.request_id)
    operator = scene.users["operator.provisioning"]
    letter.created_at = since
    printed, sent = since + timedelta(days=1), since + timedelta(days=2, hours=2)
    if printed < scene.now:
        letter.state, letter.printed_at = Letter.State.PRINTED, printed
        scene.tell(printed, "letter.printed", about=letter, actor=operator)
    if sent < scene.now - timedelta(days=7):
        letter.state, letter.sent_at, letter.sealed = Letter.State.SENT, sent, None
        scene.tell(sent, "letter.sent", about=letter, actor=operator)
    letter.save(update_fields=["created_at", "state", "printed_at", "sent_at", "sealed"])


def count_taken(scene: Scene, contract: Contract) -> int:
    """How many numbers the stories of this contract have added or hold reserved."""
    kept = (State.PENDING, State.COMPLETED)
    return sum(
        story.data["count"]
        for story in scene.stories
        if story.procedure == "numbering.add" and story.contract == contract and story.state in kept
    )


def tell_cancellations(scene: Scene, originals: list[Assignment]) -> None:
    """From the front of `originals`: ended, to end, and one whose end was taken back."""
    rest = iter(originals[3::7])
    today = calendar.today(scene.now)
    ended: list[tuple[Assignment, date]] = []
    for back in range(5, 0, -1):
        last = calendar.end_of_month(calendar.add_months(today.replace(day=1), -back))
        asked = calendar.midnight(last.replace(day=12)) + timedelta(hours=10, minutes=40)
        for _ in range(_PER_MONTH):
            assignment = next(rest)
            ended.append((assignment, last))
            _cancel(scene, assignment, last, asked, State.COMPLETED)
    for days, last in enumerate([today, *(_end_of_month(today, months) for months in _BOOKED_MONTHS)]):
        assignment = next(rest)
        _cancel(scene, assignment, last, scene.ago(days + 3, "15:05"), State.ACKNOWLEDGED)
        cancelling.book_end(assignment=assignment, ends_on=last)
    _cancel(scene, next(rest), _end_of_month(today, 1), scene.ago(30, "11:25"), State.CANCELLED)
    pool.end([one for one, _day in ended], [day for _one, day in ended])


def _end_of_month(today: date, months: int) -> date:
    return calendar.end_of_month(calendar.add_months(today, months))


def _cancel(scene: Scene, assignment: Assignment, last: date, asked: datetime, state: State) -> None:
    operator = scene.users["operator.provisioning"]
    steps = [Step(State.DRAFT, asked), Step(State.ACKNOWLEDGED, asked + timedelta(minutes=1), operator)]
    if state == State.COMPLETED:
        steps.append(Step(state, cancelling.end_moment(last) + timedelta(seconds=2)))
    elif state == State.CANCELLED:
        steps.append(Step(state, asked + timedelta(days=5), scene.users["company.owner"]))
    scene.stories.append(
        Story(
            f"cancel-{assignment.digits}",
            "numbering.cancel",
            assignment.contract,
            assignment,
            operator,
            steps,
            data={
                "ends_on": last.isoformat(),
                "reference": f"書面 {calendar.today(asked):%Y-%m-%d}",
                "reason": "店舗の閉店のため",
            },
        )
    )
