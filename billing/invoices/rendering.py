"""From a bill to its PDF, and which bills have none yet."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.template.loader import render_to_string
from django.utils import translation

from billing.invoices import document
from billing.models import Bill, BillLine, ClosingRun, InvoiceFile
from selfcare.work import jobs, pdf

#: Bills of a job, and how long it goes on with another one: other jobs have their turn, a killed worker loses little.
BATCH, LONGEST = 20, timedelta(seconds=5)
#: Jobs of one run that are there at the same time.
LANES = 4


def page(bill: Bill, reissue: document.Reissue | None = None) -> str:
    """The invoice as one HTML document that needs nothing else. It is Japanese, whoever asks."""
    with translation.override("ja"):
        invoice = document.of(bill, reissue)
        lines = [] if invoice.refers_to else list(document.statement(_lines(bill)))
        return render_to_string("billing/invoice/invoice.html", {"invoice": invoice, "lines": lines})


def _lines(bill: Bill) -> QuerySet[BillLine]:
    return bill.lines.order_by("number", "kind", "pk")


def render(bill: Bill, reissue: document.Reissue | None = None) -> pdf.Made:
    return pdf.archival(page(bill, reissue))


def without_file(run: ClosingRun) -> QuerySet[Bill]:
    """Bills of a closed run whose invoice has not been rendered yet."""
    files = InvoiceFile.objects.filter(bill=OuterRef("pk"), revision=0)
    return Bill.objects.filter(~Exists(files), run=run, number__isnull=False)


def missing(run: ClosingRun) -> int:
    """How many invoices of a closed run are still to be rendered; asks the workers for them, once.

    0 when all are there. A bill that cannot be rendered keeps being counted; its job is held (確認中) for operators.
    """
    left = without_file(run).count() if run.closed_at is not None else 0
    if left:
        for lane in range(LANES):
            jobs.enqueue(kind="billing.invoices", key=key(run.pk, lane, 0), payload=payload(run.pk, lane, 0))
    return left


def key(run: int, lane: int, after: int) -> str:
    return f"{run}:{lane}:{after}"


def payload(run: int, lane: int, after: int) -> dict[str, int]:
    return {"run": run, "lane": lane, "after": after}
