"""BILLS: the steps around the lines and the invoices."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Sum

from billing.closing import charges as lines
from billing.closing import periods
from billing.closing.trouble import Refused, Trouble
from billing.invoices import rendering
from billing.models import Bill, BillLine, ClosingRun
from selfcare import calendar

#: How long mails wait for PDFs that do not come.
PATIENCE = timedelta(days=1)


def charges(run: ClosingRun, now: datetime) -> dict[str, Any]:
    """Step "charges": bills and their lines. Raises Refused."""
    period = periods.billed(run.month, run.cycle)
    if calendar.today(now) <= period.last:
        raise Refused([Trouble("too_early", day=period.last)])
    return lines.add_lines(run, period)


def statements(run: ClosingRun, now: datetime) -> dict[str, Any]:
    """Step "statements": what the files of this month hold, counted once for all who ask."""
    counted = BillLine.objects.filter(bill__run=run).aggregate(
        lines=Count("pk"), customers=Count("customer", distinct=True), net=Sum("amount", default=0)
    )
    return {"bills": Bill.objects.filter(run=run).count(), **counted}


def pdfs(run: ClosingRun, now: datetime) -> dict[str, Any] | None:
    """Step "pdfs": asks for what is not rendered yet; None until all are, or until they have been waited for enough.

    What cannot be rendered has a job of its own that is held for operators; everybody else is told of his bill.
    """
    missing = rendering.missing(run)
    since = max(calendar.midnight(periods.mails_due(run.month)), run.closed_at or now)
    if missing and now < since + PATIENCE:
        return None
    return {"pdfs": Bill.objects.filter(run=run).count() - missing, "missing": missing}
