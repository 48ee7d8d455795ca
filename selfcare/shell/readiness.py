"""What /readyz reports: what must be there for serving at all, and what is merely degraded when it is missing.

Anybody may ask, as often as he likes: the answer costs a few queries, no call to anybody else, and is in our own words.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import cache

from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from selfcare import clock
from selfcare.shell import peers
from selfcare.work.heartbeat import alive
from selfcare.work.models import Mail

logger = logging.getLogger(__name__)

OK = peers.OK
#: A mail that has waited longer than this says that nobody sends, or that the mail server takes nothing.
MAIL_LATE = timedelta(minutes=2)

Check = Callable[[], str]


def _process(name: str) -> Check:
    return lambda: OK if alive(name) else "no sign of life"


def _mail() -> str:
    late = Mail.objects.filter(state=Mail.State.QUEUED, created_at__lt=clock.real_now() - MAIL_LATE)
    if Mail.objects.filter(state=Mail.State.HELD).exists():
        return "mails are held"
    return "mails are late" if late.exists() else OK


#: Everything here may be missing, as may the peers: requests are served, work is late at worst. Apps add their own.
_degradable: dict[str, Check] = {
    "worker": _process("worker"),
    "beat": _process("beat"),
    "dispatch": _process("dispatch"),
    "mail": _mail,
}


def register(name: str, check: Check) -> None:
    """Add what may be degraded: `check` returns "ok" or a few words, and asks only the database.

    What lies beyond it is a peer: see peers.register.
    """
    _degradable[name] = check


def unregister(name: str) -> None:
    _degradable.pop(name, None)


@cache
def _migrations() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).graph.nodes)


def required() -> dict[str, str]:
    """Database and migrations; anything but "ok" here means that no page can be served."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT selfcare_now()")
        applied = MigrationRecorder(connection).applied_migrations()
    except DatabaseError as error:
        logger.warning("The database is not to be had. (%s)", type(error).__name__)
        return {"database": "no answer"}
    missing = _migrations() - applied.keys()
    return {"database": OK, "migrations": f"{len(missing)} missing" if missing else OK}


def degradable() -> dict[str, str]:
    """State of everything else by name; a check that raises is a state too."""
    states = peers.states()
    for name, check in _degradable.items():
        try:
            states[name] = check()
        except Exception:
            logger.exception("A readiness check failed.", extra={"check": name})
            states[name] = "cannot be told"
    return states
