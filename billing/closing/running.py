"""Which runs are due, and doing their steps: each under a lock of the run's row, in a transaction of its own."""

import logging
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Max, Min, Q

from billing.closing import periods
from billing.closing.steps import following
from billing.closing.trouble import Refused
from billing.models import ClosingRun, ClosingStep, Issuer
from selfcare import calendar
from selfcare.accounts import audit
from selfcare.calendar import add_months

logger = logging.getLogger(__name__)
Kind = ClosingRun.Kind


@dataclass(frozen=True)
class Due:
    """A run that should be there. `cycle` is empty for VOICE."""

    kind: str
    month: date
    cycle: str
    since: date


# The first day with anything to bill, by billing cycle.
_FIRST_DAYS = """
SELECT ct.billing_cycle, min(first) FROM (
    SELECT contract_id, min(started_on) AS first FROM billing_recurringcharge GROUP BY contract_id
    UNION ALL
    SELECT contract_id, min(charged_on) FROM billing_oncecharge GROUP BY contract_id
) AS charged JOIN accounts_contract AS ct ON ct.id = charged.contract_id
GROUP BY ct.billing_cycle
"""


def due_runs(day: date) -> list[Due]:
    """All runs that are due on a day, those of long ago first, whether they are there or not.

    From the first month with charges on; but not before the oldest run that there is, and while there is none not
    before the month of the first issuer: who moves here with old charges has billed them elsewhere. A billing
    cycle without runs begins with the newest month that has bills: never is a month billed again.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_DAYS)
        first_days = dict(cursor.fetchall())
    if not first_days:
        return []
    began = ClosingRun.objects.aggregate(first=Min("month"))["first"]
    if began is None:
        issuer = Issuer.objects.aggregate(first=Min("valid_from"))["first"]
        began = issuer.replace(day=1) if issuer else date.min
    months = {cycle: max(began, periods.month_of(first, cycle)) for cycle, first in first_days.items()}
    due = [Due(Kind.VOICE, month, "", periods.voice_due(month)) for month in _months(min(months.values()), day)]
    bills = ClosingRun.objects.filter(kind=Kind.BILLS)
    oldest = dict(bills.order_by().values_list("cycle").annotate(Min("month")))
    newest = bills.aggregate(newest=Max("month"))["newest"] or began
    for cycle, first in sorted(months.items()):
        begins = max(first, oldest.get(cycle, newest))
        due += [Due(Kind.BILLS, month, cycle, periods.bills_due(month)) for month in _months(begins, day)]
    return sorted((one for one in due if one.since <= day), key=lambda one: (one.month, one.kind != Kind.VOICE))


def since(run: ClosingRun) -> date:
    """The day from which a run is due."""
    return periods.voice_due(run.month) if run.kind == Kind.VOICE else periods.bills_due(run.month)


def _months(first: date, day: date) -> list[date]:
    count = (day.year - first.year) * 12 + day.month - first.month + 1
    return [add_months(first, n) for n in range(count)]


def plan(now: datetime) -> int:
    """Make the runs that are due, unless they are there; return how many were made. Safe to repeat and to race."""
    due = due_runs(calendar.today(now))
    known = set(ClosingRun.objects.values_list("kind", "month", "cycle"))
    missing = [ClosingRun(kind=one.kind, month=one.month, cycle=one.cycle) for one in due]
    missing = [run for run in missing if (run.kind, run.month, run.cycle) not in known]
    ClosingRun.objects.bulk_create(missing, ignore_conflicts=True)
    return len(missing)


def unfinished() -> list[ClosingRun]:
    """In the order in which they wait for each other."""
    runs = list(ClosingRun.objects.filter(finished_at=None).order_by("month", "cycle"))
    return sorted(runs, key=lambda run: (run.month, run.kind != Kind.VOICE))


def waits_for(run: ClosingRun) -> ClosingRun | None:
    """Months close in order, and bills take a voice statement that is closed: which one has to be, before this."""
    earlier = Q(kind=run.kind, cycle=run.cycle, month__lt=run.month)
    if run.kind == Kind.BILLS:
        earlier |= Q(kind=Kind.VOICE, month__lte=run.month)
        if not ClosingRun.objects.filter(kind=Kind.VOICE, month=run.month).exists():
            return ClosingRun(kind=Kind.VOICE, month=run.month)
    return ClosingRun.objects.filter(earlier, closed_at=None).order_by("month", "kind").first()


def advance(run: ClosingRun, *, now: datetime, wait: bool = True) -> bool:
    """Do the run's next step; False when nothing is left to do now.

    A step that is refused leaves its trouble with the run and nothing else. Of several workers one does a step; the
    others wait for it, or with `wait=False` leave the run to it.
    """
    try:
        with transaction.atomic():
            locked = ClosingRun.objects.select_for_update(skip_locked=not wait, no_key=True)
            row = locked.filter(pk=run.pk, finished_at=None).first()
            return row is not None and _step(row, now)
    except Refused as refused:
        ClosingRun.objects.filter(pk=run.pk).update(trouble=refused.stored())
        return False


def _step(run: ClosingRun, now: datetime) -> bool:
    step = following(run)
    if step is None:
        return False
    was_open = run.closed_at is None
    if was_open and waits_for(run) is not None:
        return False
    result = step.work(run, now)
    if result is None:
        return False
    ClosingStep.objects.create(run=run, name=step.name, result=result)
    if was_open and run.closed_at is not None:
        audit.record(action="month.closed", obj=run, detail={"run": str(run), **result})
    run.trouble = []
    if following(run) is None:
        run.finished_at = now
    run.save(update_fields=["trouble", "finished_at"])
    return run.finished_at is None


def advance_due(now: datetime) -> int:
    """Everything that is due, as far as it goes; return how many steps were done.

    What breaks one run stops no other; it is raised when all have had their turn.
    """
    plan(now)
    done = 0
    broken: list[Exception] = []
    for run in unfinished():
        before = run.steps.count()
        try:
            while advance(run, now=now, wait=False):
                pass
        except Exception as error:
            logger.exception("A closing broke off.", extra={"run": str(run)})
            broken.append(error)
        done += run.steps.count() - before
    if broken:
        raise broken[0]
    return done


class NotClosed(Exception):
    """A month that was to be closed now and is not: what it waits for, or what is wrong with it."""


def close_voice(month: date, now: datetime) -> ClosingRun:
    """Close the voice statements of a month at once. Raises NotClosed."""
    return _close(Kind.VOICE, month, "", now, until="freeze")


def close_bills(month: date, cycle: str, now: datetime, *, told: bool = False) -> ClosingRun:
    """Close the bills of a month and cycle at once; PDFs and mails are left to the job. Raises NotClosed.

    `told`: customers know of this bill from elsewhere (an old month, the demo), no mail is sent.
    """
    run = _close(Kind.BILLS, month, cycle, now, until="statements")
    if told:
        ClosingStep.objects.get_or_create(run=run, name="mails", defaults={"result": {"bills": 0, "mails": 0}})
    return run


def _close(kind: str, month: date, cycle: str, now: datetime, *, until: str) -> ClosingRun:
    run, _made = ClosingRun.objects.get_or_create(kind=kind, month=month, cycle=cycle)
    while not run.steps.filter(name=until).exists():
        if not advance(run, now=now) and not run.steps.filter(name=until).exists():
            run.refresh_from_db()
            waiting = waits_for(run)
            raise NotClosed(f"{run}: waits for {waiting}" if waiting else f"{run}: {run.trouble}")
    run.refresh_from_db()
    return run
