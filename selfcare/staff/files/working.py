"""The job that writes long lists: what the operator would see now, with the rights that he has now."""

import tempfile
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import SuspiciousOperation
from django.db import transaction
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from selfcare.staff.files import writing
from selfcare.staff.files.exporting import ExportingAdmin
from selfcare.staff.models import ExportFile
from selfcare.staff.services import exports
from selfcare.work import jobs
from selfcare.work.models import Job


@jobs.job(exports.JOB)
def write_export(row: Job) -> dict[str, Any]:
    """Write one file. Safe to run again: what is finished is left alone, what was begun is written anew."""
    export = ExportFile.objects.select_related("operator").filter(pk=row.payload.get("export")).first()
    if export is None or export.state != ExportFile.State.WAITING:
        return {}
    found = next((its for model, its in admin.site._registry.items() if model._meta.label_lower == export.noun), None)
    request = _as_asked(export)
    if not isinstance(found, ExportingAdmin) or not export.operator.is_active:
        exports.give_up(export=export, reason=_("この一覧はファイルにできません。"))
        return {"failed": 1}
    if not found.has_view_permission(request):
        exports.give_up(export=export, reason=_("この一覧を見る権限がありません。"))
        return {"failed": 1}
    try:
        return _write(export, found, request)
    except (IncorrectLookupParameters, SuspiciousOperation):
        exports.give_up(export=export, reason=_("絞り込みの条件が正しくありません。"))
    except Exception:
        if row.attempt >= jobs.ATTEMPTS:
            # The job stops here and waits for a look; whoever waits for the file is told.
            exports.give_up(export=export, reason=_("作成中に問題が起きました。システム管理者にご連絡ください。"))
        raise
    return {"failed": 1}


def _write(export: ExportFile, found: ExportingAdmin, request: HttpRequest) -> dict[str, Any]:
    rows = found.rows(request)
    most = writing.MOST[export.kind]
    if export.kind == ExportFile.Kind.XLSX and rows.order_by().values("pk")[: most + 1].count() > most:
        reason = _("Excelの1シートに入りません（%(most)s行まで）。CSVで保存するか、絞り込んでください。")
        exports.give_up(export=export, reason=reason % {"most": f"{most:,}"})
        return {"failed": 1}
    # Without a name: nothing is left behind by a worker that is killed.
    with tempfile.TemporaryFile() as content:
        with transaction.atomic():
            count = found.write(export.kind, rows, content)
        exports.finish(export=export, content=content, rows=count)
    return {"rows": count}


def _as_asked(export: ExportFile) -> HttpRequest:
    """The list's request as the operator sent it, as far as its search, filters and rights go."""
    request = HttpRequest()
    request.method = "GET"
    request.GET = QueryDict(export.query)
    request.user = export.operator
    return request
