"""How many downloads go on at once in this process. Each one that is being read holds a thread of the web server,
however slowly its client reads; threads are left for the pages."""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from django.conf import settings

#: In one process, of all customers and of one. selfcare/runtime/children.py gives a process more threads than that.
MOST: int = settings.DOWNLOADS_AT_ONCE
MOST_OF_CUSTOMER = max(1, MOST // 2)


class TooMany(Exception):
    """Others have to end first."""


_lock = threading.Lock()
_going: Counter[int] = Counter()


class Place:
    """A place among the downloads, until it is closed or forgotten. Raises TooMany."""

    def __init__(self, customer_id: int) -> None:
        self._customer_id: int | None = None
        with _lock:
            if _going.total() >= MOST or _going[customer_id] >= MOST_OF_CUSTOMER:
                raise TooMany
            _going[customer_id] += 1
            self._customer_id = customer_id

    def close(self) -> None:
        with _lock:
            customer_id, self._customer_id = self._customer_id, None
            if customer_id is not None:
                _going[customer_id] -= 1
                if not _going[customer_id]:
                    del _going[customer_id]

    __del__ = close


class Body:
    """The body of an answer: gives its place back when it has been read, or when the client is gone."""

    def __init__(self, content: Iterable[bytes], place: Place) -> None:
        self._content, self._place = iter(content), place

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._content)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        content: Any = self._content
        with suppress(AttributeError):
            content.close()
        self._place.close()
