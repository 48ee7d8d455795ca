"""Changes of lines around the moment at which they take effect, in a stack's environment: part of what `seed` runs."""

import time
from datetime import datetime

from selfcare import clock
from selfcare.work import hints

#: Seconds between two calls: far less than the dispatcher takes.
EVERY = 0.02


def rung(*, until: str) -> dict[str, int]:
    """Wake the workers for local work until that moment of business time, as often as nobody would."""
    moment, times = datetime.fromisoformat(until), 0
    while clock.now() < moment:
        hints.publish("orders.local")
        times += 1
        time.sleep(EVERY)
    return {"times": times}
