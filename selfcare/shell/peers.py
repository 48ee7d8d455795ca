"""Others that the portal works with (broker, carrier): asked by the workers now and then, noted for /readyz to read.

No request from outside makes the portal call anybody: how often a peer is asked is decided here. The asking is a
source of work like every other, so that the dispatcher does it itself when no worker hears the hint.
"""

import logging
from collections.abc import Callable
from datetime import timedelta

import redis
from django.conf import settings
from django.db.models import Q
from redis.backoff import NoBackoff
from redis.retry import Retry

from selfcare import clock
from selfcare.shell.models import Peer
from selfcare.work import sources

logger = logging.getLogger(__name__)

#: Seconds that one answer may take: whoever asks has other work to do.
PATIENCE = 0.5
#: Between two questions to the same peer.
EVERY = timedelta(seconds=15)
#: An answer older than this says nothing about now.
FRESH = timedelta(minutes=1)

OK, SILENT, UNKNOWN = "ok", "no answer", "not asked lately"

#: Returns when the peer answers as it should within PATIENCE, and raises anything when it does not.
Ask = Callable[[], None]

_peers: dict[str, Ask] = {}


def register(name: str, ask: Ask) -> None:
    _peers[name] = ask


def unregister(name: str) -> None:
    _peers.pop(name, None)


def register_source() -> None:
    register("broker", ask_broker)
    sources.register("shell.peers", run=ask_due, waiting=waiting)


def ask_broker() -> None:
    """Raises redis.RedisError."""
    client = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=PATIENCE,
        socket_timeout=PATIENCE,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        client.ping()
    finally:
        client.close()


def waiting(seconds: float) -> bool:
    """Whether a peer should have been asked longer than `seconds` ago."""
    lately = Peer.objects.filter(name__in=_peers, asked_at__gt=clock.real_now() - EVERY - timedelta(seconds=seconds))
    return lately.count() < len(_peers)


def ask_due() -> int:
    """Ask every peer whose turn it is; return how many were asked. Each is claimed first: one process asks it."""
    return sum(_ask(name, ask) for name, ask in list(_peers.items()) if _claim(name))


def _claim(name: str) -> bool:
    now = clock.real_now()
    Peer.objects.bulk_create([Peer(name=name)], ignore_conflicts=True)
    turn = Q(asked_at=None) | Q(asked_at__lte=now - EVERY)
    return bool(Peer.objects.filter(turn, name=name).update(asked_at=now))


def _ask(name: str, ask: Ask) -> int:
    try:
        ask()
    except Exception as error:
        # Whatever went wrong is the log's; the page that anybody may read says only that there was no answer.
        logger.warning("A peer does not answer.", extra={"peer": name, "error": type(error).__name__})
        answers = False
    else:
        answers = True
    Peer.objects.filter(name=name).update(answers=answers, noted_at=clock.real_now())
    return 1


def states() -> dict[str, str]:
    """By name: "ok", "no answer" or "not asked lately". One query, and no word to any peer."""
    since = clock.real_now() - FRESH
    noted = dict(Peer.objects.filter(name__in=_peers, noted_at__gt=since).values_list("name", "answers"))
    return {name: UNKNOWN if name not in noted else OK if noted[name] else SILENT for name in _peers}
