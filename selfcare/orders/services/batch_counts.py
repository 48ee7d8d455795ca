"""How far batches have come, in numbers: for their pages, their list and their mails."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Count

from selfcare.orders.models import Batch, BatchRefusal, Order
from selfcare.orders.states import OPEN, State

#: What a batch's page can be narrowed to, with the states that it means.
OUTCOMES: dict[str, frozenset[State]] = {
    "open": OPEN,
    "completed": frozenset({State.COMPLETED}),
    "failed": frozenset({State.FAILED, State.REJECTED}),
    "cancelled": frozenset({State.CANCELLED}),
}


@dataclass
class Progress:
    """Rows of one batch: `waiting` are confirmed and not accepted yet, `refused` were not taken."""

    waiting: int = 0
    refused: int = 0
    by_state: dict[State, int] = field(default_factory=dict)

    @property
    def accepted(self) -> int:
        return sum(self.by_state.values())

    @property
    def to_accept(self) -> int:
        return self.waiting + self.accepted

    @property
    def ended(self) -> int:
        return self.accepted - self.number("open")

    def number(self, outcome: str) -> int:
        return sum(n for state, n in self.by_state.items() if state in OUTCOMES[outcome])

    @property
    def completed(self) -> int:
        return self.number("completed")

    @property
    def failed(self) -> int:
        return self.number("failed")

    @property
    def open(self) -> int:
        return self.number("open")


def progress(batches: Sequence[Batch]) -> dict[int, Progress]:
    """By batch id: two queries however many."""
    ids = [batch.pk for batch in batches]
    found: dict[int, Progress] = defaultdict(Progress)
    rows = Order.objects.filter(batch__in=ids).order_by().values_list("batch", "state").annotate(n=Count("pk"))
    for batch_id, state, n in rows:
        if state == State.DRAFT:
            found[batch_id].waiting = n
        elif state != State.EXPIRED:
            found[batch_id].by_state[State(state)] = n
    refused = BatchRefusal.objects.filter(batch__in=ids).order_by().values_list("batch").annotate(n=Count("pk"))
    for batch_id, n in refused:
        found[batch_id].refused = n
    return {pk: found[pk] for pk in ids}


def moments(batch: Batch, language: str) -> list[tuple[str, str, int]]:
    """What was promised of its orders, earliest first: when, the note, of how many."""
    promise = f"shown__{language}__promise"
    rows = (
        batch.orders.accepted()
        .order_by("due_at", f"{promise}__text")
        .values_list("due_at", f"{promise}__text", f"{promise}__note")
        .annotate(n=Count("pk"))
    )
    return [(text or "", note or "", n) for _due, text, note, n in rows]
