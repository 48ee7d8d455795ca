"""What excludes what on a line (spec 4, Rules across procedures). Pure; the database's constraints are the last word.

`obstacle` answers for every kind of change alike; what only one procedure asks stays with that procedure.
"""

from dataclasses import dataclass
from datetime import date

from django.utils import dateformat
from django.utils.translation import gettext as _

from lines.models import Line

Change, Status = Line.Change, Line.Status

#: What a line in this status takes. An unopened line waits for its opening; 解約済 takes nothing.
TAKES: dict[str, frozenset[str]] = {
    Status.UNOPENED: frozenset({Change.PORT_IN}),
    Status.ACTIVE: frozenset({Change.STATUS, Change.OPTIONS, Change.PLAN, Change.SIM, Change.PORT_OUT, Change.END}),
    Status.SUSPENDED: frozenset({Change.STATUS, Change.SIM, Change.END}),
    Status.TERMINATED: frozenset(),
}


@dataclass(frozen=True)
class Situation:
    """A line as a new change finds it. `effective_on`: the day of a change that is booked for a 1st."""

    status: str
    open_changes: frozenset[str]
    ends_on: date | None
    today: date
    effective_on: date | None = None


def obstacle(kind: str, at: Situation) -> str:
    """Why a change of this kind cannot be had, in the customer's words; empty when it can."""
    if kind not in TAKES[at.status]:
        return not_in(at.status)
    if kind in at.open_changes:
        return _(
            "この回線には、同じ種類の手続き中のお申し込みがあります。完了するか取り消されてからお申し込みください。"
        )
    if at.ends_on is not None:
        if at.ends_on <= at.today:
            return _("この回線は本日で解約となるため、解約取消のほかはお申し込みいただけません。")
        if at.effective_on is not None and at.effective_on > at.ends_on:
            return _("この回線は %(end)s で解約となるため、%(day)s からの変更はお申し込みいただけません。") % {
                "end": day(at.ends_on),
                "day": day(at.effective_on),
            }
    return ""


def not_in(status: str) -> str:
    """Why a line of this status does not take it."""
    reason = _("この回線は「%(status)s」のため、お申し込みいただけません。") % {"status": Status(status).label}
    if status == Status.SUSPENDED:
        return reason + _("利用再開の後にお申し込みください。")
    return reason


def day(value: date) -> str:
    """A day in the words of pages and mails."""
    return dateformat.format(value, _("Y年n月j日(D)"))
