"""Wake-up calls over Redis: best effort, after commit, never in anybody's way.

Losing one costs seconds, because `manage.py dispatch` polls the database; waiting for a broker that is gone or frozen
would cost a customer's request. So every socket has a timeout, and after one failure nobody tries for a while.
"""

import logging
import threading

from django.db import transaction

from selfcare import clock

logger = logging.getLogger(__name__)

#: Seconds without a further try after the broker did not answer.
PAUSE = 10.0


class _Breaker:
    def __init__(self) -> None:
        self._until = 0.0
        self._lock = threading.Lock()

    @property
    def is_open(self) -> bool:
        return clock.monotonic() < self._until

    def trip(self) -> None:
        with self._lock:
            self._until = clock.monotonic() + PAUSE


breaker = _Breaker()


def ring(source: str) -> None:
    """Tell the workers, once this transaction has committed, that `source` has something due."""
    transaction.on_commit(lambda: publish(source), robust=True)


def publish(source: str) -> bool:
    """Send the hint now; False when the broker is not to be had (the dispatcher will find the work)."""
    from selfcare.work import tasks

    if breaker.is_open:
        return False
    try:
        tasks.publish(source)
    except Exception as error:
        breaker.trip()
        logger.warning("No hint could be sent; the dispatcher takes over. (%s)", type(error).__name__)
        return False
    return True
