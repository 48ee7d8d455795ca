"""Records that do not come from a carrier's file, brought in as if they did: for the demo and for tests."""

import csv
import io
from collections.abc import Iterable, Sequence

from django.core.files.base import ContentFile

from billing.models import RecordFile
from billing.records import checking, files, loading
from billing.records.formats import FORMATS
from billing.records.reasons import sentence


class NotRight(ValueError):
    """Rows that no file could have; the text names the first of them."""


def content(kind: str, rows: Iterable[Sequence[object]], *, encoding: str = "utf-8") -> bytes:
    """The file with these rows below its headings."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(FORMATS[kind].headings)
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def load_rows(*, kind: str, rows: Iterable[Sequence[object]], name: str = "records.csv") -> RecordFile:
    """Take, check and load; all values as the file has them. Raises NotRight."""
    file = files.take_file(kind=kind, name=name, upload=ContentFile(content(kind, rows), name=name), actor=None)
    checked = checking.check(file)
    if checked.bad:
        first = checked.bad_rows.order_by("line").first()
        assert first is not None  # noqa: S101 - the first ones are kept
        raise NotRight(f"{first.line}: {first.column} {sentence(first.reason, first.value)} {first.text}")
    return loading.load(file=checked, actor=None)
