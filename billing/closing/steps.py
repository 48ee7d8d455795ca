"""The steps of each kind of run, in order: the visible list of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.closing import bills, invoices, mails, voice
from billing.models import ClosingRun

Kind = ClosingRun.Kind
#: Gets the run, whose row is locked, and the business time; returns what it did, or None when its time has not come.
#: It does not commit, and raises Refused when it cannot be done.
Work = Callable[[ClosingRun, datetime], dict[str, Any] | None]


@dataclass(frozen=True)
class Step:
    name: str
    work: Work
    #: Whether it is a step of the closing itself; others follow on it and may wait.
    closes: bool = True


STEPS: dict[str, tuple[Step, ...]] = {
    Kind.VOICE: (Step("charges", voice.charges), Step("freeze", voice.freeze)),
    Kind.BILLS: (
        Step("charges", bills.charges),
        Step("invoices", invoices.issue),
        Step("statements", bills.statements),
        Step("pdfs", bills.pdfs, closes=False),
        Step("mails", mails.tell, closes=False),
    ),
}


def following(run: ClosingRun) -> Step | None:
    """The first step that has not been done; None when all have."""
    done = set(run.steps.values_list("name", flat=True))
    return next((step for step in STEPS[run.kind] if step.name not in done), None)
