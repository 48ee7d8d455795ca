"""The demo's orders: apps tell their stories, this writes them as the engine would have, months later and at once.

The one place that fabricates history: rows, timeline, mails and keys are inserted as sets, oldest first, so that the
ids rise with time as everywhere else.
"""

import uuid
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.conf import settings
from django.db.models import Model
from django.utils import translation

from selfcare.accounts.models import Contract, User
from selfcare.orders import mails, procedures
from selfcare.orders.models import ApprovalRule, Order, OrderKey
from selfcare.orders.procedures import Promise
from selfcare.orders.search import search_text
from selfcare.orders.services.offers import offer
from selfcare.orders.states import APPROVAL, OPEN, TERMINAL, TRANSITIONS, State
from selfcare.runtime import demo
from selfcare.runtime.demo import Scene
from selfcare.work.models import Mail

#: From the moment of a move to its mail.
_POST = timedelta(seconds=3)
_NAMES = uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
#: Which mail tells of a move; the first move of an accepted order is its acceptance.
_MAILS: dict[State, mails.Kind] = {
    State.COMPLETED: "completed",
    State.FAILED: "failed",
    State.CANCELLED: "cancelled",
    State.REJECTED: "rejected",
    State.EXPIRED: "expired",
}


@dataclass(frozen=True)
class Step:
    """A move at its moment (business time); without an actor the system made it."""

    state: State
    at: datetime
    actor: User | None = None
    phase: str = ""
    detail: dict[str, str] = field(default_factory=dict)


@dataclass
class Story:
    """One order from its draft on. `steps` begins with the draft; `order` is there once it is written.

    `name` makes its address, the same in every demo. `data` and `result` are what the procedure itself would keep.
    """

    name: str
    procedure: str
    contract: Contract
    subject: Model
    actor: User
    steps: list[Step]
    data: dict[str, Any] = field(default_factory=dict)
    result: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    trouble: str = ""
    next_at: datetime | None = None
    #: Where they differ from what the promise says.
    cancel_until: datetime | None = None
    expires_at: datetime | None = None
    #: Called with the story once `order` is in the database: what points at the order.
    then: "Callable[[Story], None] | None" = None
    order: Order = field(init=False)

    def __post_init__(self) -> None:
        """A story that the engine could not have lived is a mistake in the demo."""
        states = [step.state for step in self.steps]
        moments = [step.at for step in self.steps]
        if states[0] != State.DRAFT or moments != sorted(moments):
            raise ValueError(f"{self.name}: {states} at {moments}")
        for old, new in pairwise(states):
            if new not in TRANSITIONS.get(old, frozenset()):
                raise ValueError(f"{self.name}: {old} -> {new}")

    @property
    def state(self) -> State:
        return self.steps[-1].state

    @property
    def accepted(self) -> Step | None:
        """The acceptance; of one that was never approved, the request."""
        taken = [step for step in self.steps if step.state in (State.PENDING, State.ACKNOWLEDGED)]
        return next((step for step in reversed(taken) if step.state == State.ACKNOWLEDGED), next(iter(taken), None))


def register() -> None:
    demo.register("orders.approval", _rule, order=demo.ORDERS)
    demo.register("orders", write, order=demo.ORDERS)


def _rule(scene: Scene) -> None:
    """The company lets a second person look at large sums: so large that who tries the demo rarely meets it."""
    set_at, owner = scene.ago(150, "14:20"), scene.users["company.owner"]
    rule = ApprovalRule.objects.create(
        customer=scene.customers["company"], is_on=True, over_yen=1_000_000, updated_at=scene.real(set_at)
    )
    scene.tell(
        set_at, "approval.rule_changed", actor=owner, detail={"is_on": [False, True], "over_yen": [None, rule.over_yen]}
    )


def write(scene: Scene) -> None:
    """Write all stories told so far: orders, then what needs their ids."""
    scene.stories.sort(key=lambda story: story.steps[0].at)
    for story in scene.stories:
        story.order = _order(story)
    Order.objects.bulk_create([story.order for story in scene.stories])
    for story in scene.stories:
        rows = procedures.get(story.procedure).summary(story.order)
        story.order.search = search_text(story.order, rows) if story.accepted else ""
    Order.objects.bulk_update([story.order for story in scene.stories], ["search"])
    OrderKey.objects.bulk_create(_keys(scene.stories))
    for story in scene.stories:
        _tell(scene, story)
        if story.then is not None:
            story.then(story)
    Mail.objects.bulk_create(sorted(_mails(scene), key=lambda mail: mail.created_at))


def _order(story: Story) -> Order:
    order = Order(
        uuid=uuid.uuid5(_NAMES, f"selfcare.demo:{story.name}"),
        procedure=story.procedure,
        customer_id=story.contract.customer_id,
        contract=story.contract,
        subject_id=story.subject.pk,
        actor=story.actor,
        state=story.state,
        phase=story.steps[-1].phase,
        data=story.data,
        result=story.result,
        reason=story.reason,
        trouble=story.trouble,
        created_at=story.steps[0].at,
        expires_at=story.expires_at,
        finished_at=story.steps[-1].at if story.state in TERMINAL else None,
        next_at=story.next_at,
    )
    order._subject = story.subject
    if story.accepted is None:
        order.expires_at = order.created_at + order.handler.draft_life
    else:
        order.accepted_at = story.accepted.at
        promise, order.shown = _shown(order, story.accepted.at)
        order.due_at, order.cancel_until = promise.due, story.cancel_until or promise.cancel_until
    return order


def _shown(order: Order, at: datetime) -> tuple[Promise, dict[str, Any]]:
    """What the confirm page promised at that moment, in each language."""
    offers = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            offers[language] = offer(order, now=at)
    return offers[settings.LANGUAGE_CODE].promise, {name: shown.as_json() for name, shown in offers.items()}


def _keys(stories: list[Story]) -> list[OrderKey]:
    return [
        OrderKey(order=story.order, key=f"{prefix}:{story.order.subject_id}", is_open=story.state in OPEN)
        for story in stories
        if story.accepted is not None and (prefix := procedures.get(story.procedure).exclusive)
    ]


def _tell(scene: Scene, story: Story) -> None:
    """One event a move, as `move` writes them."""
    for old, step in pairwise(story.steps):
        detail = {"from": str(old.state)}
        if step.phase or step.state == State.IN_PROGRESS:
            detail["phase"] = step.phase
        if step is story.steps[-1] and story.reason:
            detail["reason"] = story.reason
        scene.tell(step.at, f"order.{step.state}", about=story.order, actor=step.actor, detail=detail | step.detail)


def _mails(scene: Scene) -> Iterator[Mail]:
    """The mails of all moves, sent long ago. The acceptance knew no reason yet, nor a result."""
    told: dict[mails.Kind, list[tuple[Order, datetime]]] = {}
    for story in scene.stories:
        if story.accepted is None:
            continue
        then = copy(story.order)
        then.reason = ""
        if story.order.phase != APPROVAL:
            told.setdefault("accepted", []).append((then, story.accepted.at))
        if story.state in _MAILS:
            told.setdefault(_MAILS[story.state], []).append((story.order, story.steps[-1].at))
    for kind, orders in told.items():
        moments = {order.request_id: scene.real(at) + _POST for order, at in orders}
        for number, mail in enumerate(mails.outgoing([order for order, _at in orders], kind)):
            sent = moments[mail.context["items"][0]["request_id"]]
            yield Mail(
                uuid=uuid.uuid5(_NAMES, f"selfcare.demo:mail:{kind}:{number}"),
                template=mail.template,
                to=mail.to,
                customer_id=mail.customer_id,
                language=mail.language,
                context=mail.context,
                gather=mail.gather,
                state=Mail.State.SENT,
                created_at=sent - _POST,
                next_at=sent - _POST,
                sent_at=sent,
                attempt=1,
            )
