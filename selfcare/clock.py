"""The only module that asks for the time.

Business time decides what is due: slots, acceptance hours, the first of the month. It is the database's
`selfcare_now()`, which the demo can move, so that every process agrees on it. Real time measures what must not be
moved: leases, backoff, sessions, codes, throttles, signatures.
"""

import time
from datetime import UTC, datetime

from django.db import connection


def now() -> datetime:
    """Business time, aware UTC. Ask once per operation and pass it on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT selfcare_now()")
        (moment,) = cursor.fetchone()
    return moment  # type: ignore[no-any-return]


def real_now() -> datetime:
    """Real time, aware UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds for measuring how long something takes."""
    return time.monotonic()
