"""How long records are kept. Call history is secrecy of communications: what nobody may read any more is erased.

Kept are the current billed month and the six before it (billing_oldest_month() says so to everybody, the function that
drops partitions included, and to the statements' job, which erases their files). Each month that is erased leaves an
audit event with what there was.
"""

from datetime import date, timedelta

from django.db import OperationalError, connection, transaction

from billing.models import RecordFile
from billing.records import files, partitions, storage
from selfcare import calendar, clock
from selfcare.accounts import audit

#: Months to come whose partitions are made in time.
AHEAD = 3
#: Files that nobody loads or gives up, and the remains of uploads.
UNUSED, LEFT_OVER = timedelta(days=30), timedelta(days=1)
KINDS = (RecordFile.Kind.CALLS, RecordFile.Kind.USAGE)


def make_ahead() -> int:
    """Partitions of the months to come; the load makes those that it needs by itself."""
    month = calendar.today(clock.now()).replace(day=1)
    months = [calendar.add_months(month, ahead) for ahead in range(AHEAD + 1)]
    return sum(len(partitions.make(kind, months)) for kind in KINDS)


def erase_old() -> dict[str, int]:
    """Drop the partitions of months that are kept no more; returns rows by "kind month". One transaction each.

    A partition that is being read too long is left for the next time, so that nobody waits behind us.
    """
    oldest, erased = partitions.oldest(), {}
    for kind in KINDS:
        for month in partitions.there(kind):
            if month < oldest:
                try:
                    erased[f"{kind} {month:%Y-%m}"] = _erase(kind, month)
                except OperationalError as error:
                    if getattr(error.__cause__, "sqlstate", "") != "55P03":  # lock_not_available
                        raise
    return erased


def _erase(kind: str, month: date) -> int:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT billing_drop_partition(%s, %s)", [kind, month])
            (rows,) = cursor.fetchone()
        detail = {"kind": str(kind), "month": month.isoformat(), "rows": rows}
        audit.record(action="records.erased", detail=detail)
    return rows or 0


def sweep() -> dict[str, int]:
    """Give up files that nobody wanted, and delete content that belongs to no file."""
    now = clock.real_now()
    unused = RecordFile.objects.filter(state__in=["uploaded", "checked"], uploaded_at__lt=now - UNUSED)
    for file in unused:
        files.discard(file=file, reason="", actor=None)
    names = storage.files_before(now - LEFT_OVER)
    wanted = set(RecordFile.objects.filter(stored__in=names).values_list("stored", flat=True))
    lost = [name for name in names if name not in wanted]
    for name in lost:
        storage.delete(name)
    return {"unused": len(unused), "lost": len(lost)}
