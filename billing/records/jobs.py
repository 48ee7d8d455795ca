"""Background work of records: checks and loads that operators ask for, partitions and retention every day."""

from datetime import timedelta
from typing import Any

from billing.models import RecordFile
from billing.records import checking, loading, retention
from selfcare.accounts.models import User
from selfcare.work import jobs
from selfcare.work.models import Job


def register() -> None:
    jobs.job("billing.check_records")(_check)
    jobs.job("billing.load_records")(_load)
    jobs.job("billing.keep_records", every=timedelta(days=1))(_keep)


def _check(row: Job) -> dict[str, Any]:
    file = RecordFile.objects.get(pk=row.payload["file"])
    if file.state != RecordFile.State.UPLOADED:
        return {}
    checked = checking.check(file)
    return {"file": checked.pk, "rows": checked.rows, "bad": checked.bad}


def _load(row: Job) -> dict[str, Any]:
    file = RecordFile.objects.get(pk=row.payload["file"])
    if file.state != RecordFile.State.APPROVED:
        return {}
    actor = User.objects.filter(pk=row.payload["actor"]).first()
    loaded = loading.load(file=file, actor=actor)
    return {"file": loaded.pk, "state": loaded.state}


def _keep(row: Job) -> dict[str, Any]:
    return {"made": retention.make_ahead(), "erased": retention.erase_old(), **retention.sweep()}
