"""Many threads that wait, one that works: how a web process serves slow clients without paying for threads.

The web server needs a thread for every answer that is being sent as a stream, as long as its client reads. But threads
that draw pages side by side in one interpreter are slower than one after the other, and each would keep a database
connection. So requests take turns, with one connection that goes from hand to hand, and streams go on beside them.
"""

import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

#: What a stream may take in memory before it goes to a file; what is given to the web server at once.
_IN_MEMORY, _PIECE = 1024 * 1024, 64 * 1024


class OneAtATime:
    """A WSGI application of which one request at a time is worked on, until its answer is there.

    A streaming answer is drawn within its turn, into a file when it is long, and sent after it. One that carries
    `needs_no_turn = True` says that it asks neither the database nor anything else of the request: it is sent as it
    comes.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self._turn = threading.Lock()
        self._kept: dict[str, BaseDatabaseWrapper] = {}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        with self._turn:
            for alias, kept in self._kept.items():
                connections[alias] = kept
            try:
                answer: Any = self._application(environ, start_response)
                if getattr(answer, "streaming", False) and not getattr(answer, "needs_no_turn", False):
                    return _Drawn(answer)
                return answer  # type: ignore[no-any-return]
            finally:
                self._take_back()

    def _take_back(self) -> None:
        for connection in connections.all(initialized_only=True):
            if self._kept.get(connection.alias) is not connection:
                # Made in this turn; other threads will have theirs with it.
                connection.inc_thread_sharing()
                self._kept[connection.alias] = connection
            del connections[connection.alias]


class _Drawn:
    """A stream that has been drawn to its end."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 (closed when it is sent)
        try:
            for data in answer:
                self._file.write(data)
        except BaseException:
            self.close()
            raise
        self._file.seek(0)

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self._file.read(_PIECE), b"")

    def close(self) -> None:
        self._file.close()
        self._answer.close()
