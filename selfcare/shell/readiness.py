"""What /readyz reports: what must be there for serving at all, and what is merely degraded when it is missing."""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import cache

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from redis.backoff import NoBackoff
from redis.retry import Retry

from selfcare import clock
from selfcare.work.heartbeat import alive
from selfcare.work.models import Mail

logger = logging.getLogger(__name__)

OK = "ok"
#: Seconds that any of the checks may take of a probe's patience.
PATIENCE = 0.5
#: A mail that has waited longer than this says that nobody sends, or that the mail server takes nothing.
MAIL_LATE = timedelta(minutes=2)

Check = Callable[[], str]


def _broker() -> str:
    client = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=PATIENCE,
        socket_timeout=PATIENCE,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        client.ping()
    except redis.RedisError as error:
        return type(error).__name__
    finally:
        client.close()
    return OK


def _process(name: str) -> Check:
    return lambda: OK if alive(name) else "no sign of life"


def _mail() -> str:
    late = Mail.objects.filter(state=Mail.State.QUEUED, created_at__lt=clock.real_now() - MAIL_LATE)
    if Mail.objects.filter(state=Mail.State.HELD).exists():
        return "mails are held"
    return "mails are late" if late.exists() else OK


#: Everything here may be missing: requests are served, work is late at worst. Apps add their own.
_degradable: dict[str, Check] = {
    "broker": _broker,
    "worker": _process("worker"),
    "beat": _process("beat"),
    "dispatch": _process("dispatch"),
    "mail": _mail,
}


def register(name: str, check: Check) -> None:
    """Add what may be degraded: `check` returns "ok" or a few words, within half a second."""
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
        return {"database": type(error).__name__}
    missing = _migrations() - applied.keys()
    return {"database": OK, "migrations": f"{len(missing)} missing" if missing else OK}


def degradable() -> dict[str, str]:
    """State of everything else by name; a check that raises is a state too."""
    states = {}
    for name, check in _degradable.items():
        try:
            states[name] = check()
        except Exception as error:
            logger.exception("A readiness check failed.", extra={"check": name})
            states[name] = type(error).__name__
    return states
