"""What of a batch can be taken away as CSV: the rows that are not good, and what became of all of them."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from django.http import HttpResponse
from django.utils.translation import gettext as _

from selfcare import calendar, text
from selfcare.orders.models import Batch
from selfcare.orders.procedures import subjects_of
from selfcare.orders.services.good_rows import label_of

#: Orders that are read with their subjects at a time.
PORTION = 2000


def bad_rows(batch: Batch, reasons: Iterable[tuple[str, str, str]]) -> HttpResponse:
    """`reasons`: what it is about, what was typed, why not; to be put right and sent again."""
    heading = [_("対象"), _("入力内容"), _("理由")]
    return _file(f"{batch.request_id}-refused.csv", heading, reasons)


def outcomes(batch: Batch) -> HttpResponse:
    """Every row of an accepted batch, the refused ones last."""
    heading = [_("リクエストID"), _("対象"), _("反映日時"), _("ステータス"), _("理由")]
    return _file(f"{batch.request_id}.csv", heading, _outcomes(batch))


def _outcomes(batch: Batch) -> Iterator[Sequence[str]]:
    orders = list(batch.orders.accepted().defer("shown", "search", "data", "result").order_by("pk"))
    for start in range(0, len(orders), PORTION):
        portion = orders[start : start + PORTION]
        subjects_of(portion)
        for order in portion:
            due = f"{calendar.local(order.due_at):%Y-%m-%d %H:%M} JST" if order.due_at else ""
            yield [order.request_id, label_of(order), due, order.state_label, order.reason]
    for refusal in batch.refusals.order_by("pk"):
        yield ["", refusal.label, "", _("受け付けませんでした"), refusal.reason]


def _file(name: str, heading: Sequence[str], rows: Iterable[Sequence[str]]) -> HttpResponse:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(heading)
    writer.writerows([text.csv_cell(cell) for cell in row] for row in rows)
    # The mark makes spreadsheets read it as UTF-8.
    response = HttpResponse("\ufeff" + file.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
