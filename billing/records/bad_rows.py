"""The bad lines of a file as a file."""

import csv
import io

from django.utils.translation import gettext as _

from billing.models import RecordFile
from billing.records import files
from billing.records.reasons import sentence
from selfcare import text
from selfcare.accounts import audit
from selfcare.accounts.models import User


def as_csv(*, file: RecordFile, actor: User) -> bytes:
    """UTF-8 with its mark, which spreadsheets need, and nothing that they would run. Lines of calls: it is audited."""
    rows = list(file.bad_rows.order_by("line", "column"))
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\r\n")
    writer.writerow([_("行"), _("列"), _("理由"), _("行の内容")])
    writer.writerows([row.line, row.column, sentence(row.reason, row.value), text.csv_cell(row.text)] for row in rows)
    audit.record(
        action="records.bad_rows_read", obj=file, detail={**files.facts(file), "lines": len(rows)}, actor=actor
    )
    return made.getvalue().encode("utf-8-sig")
