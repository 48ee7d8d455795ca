"""Maintenance: announced on every page beforehand, read-only by one switch."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from selfcare.accounts import audit
from selfcare.accounts.models import User
from selfcare.shell.models import Maintenance


@dataclass(frozen=True)
class Announcement:
    """What the pages say. Times are business time; they are None when the switch was thrown without announcement."""

    message: str
    starts_at: datetime | None
    ends_at: datetime | None
    is_read_only: bool


def current(now: datetime) -> Announcement | None:
    """What is to be announced at `now`, None on an ordinary day."""
    row = Maintenance.objects.first()
    if row is None:
        return None
    announced = row.announce_from is not None and row.ends_at is not None and row.announce_from <= now < row.ends_at
    if not (announced or row.read_only):
        return None
    # An end that has passed while the switch is still on is no end to promise.
    ends_at = row.ends_at if row.ends_at is not None and row.ends_at > now else None
    return Announcement(row.message, row.starts_at, ends_at, row.read_only)


def is_read_only() -> bool:
    return Maintenance.objects.filter(read_only=True).exists()


def announce(
    *,
    message: str,
    announce_from: datetime | None,
    starts_at: datetime | None,
    ends_at: datetime | None,
    read_only: bool,
    actor: User,
) -> Maintenance:
    """Replace the announcement and set the switch. Raises ValidationError when the times contradict each other."""
    row = Maintenance(
        message=message,
        announce_from=announce_from,
        starts_at=starts_at,
        ends_at=ends_at,
        read_only=read_only,
        changed_by=actor,
    )
    with transaction.atomic():
        was = Maintenance.objects.select_for_update().first()
        row.clean_fields()
        row.validate_constraints()
        row.save(force_insert=was is None, force_update=was is not None)
        audit.record(
            action="maintenance.changed",
            detail={
                "read_only": [was is not None and was.read_only, read_only],
                "starts_at": starts_at and starts_at.isoformat(),
                "ends_at": ends_at and ends_at.isoformat(),
                "message": message,
            },
            actor=actor,
        )
    return row
