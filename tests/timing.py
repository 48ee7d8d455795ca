"""How long something takes: the quickest of some times, because what else a machine does is no part of it."""

import time
from collections.abc import Callable


def quickest(do: Callable[[], object], *, of: int = 3) -> float:
    """Seconds."""
    took = []
    for _time in range(of):
        begun = time.perf_counter()
        do()
        took.append(time.perf_counter() - begun)
    return min(took)
