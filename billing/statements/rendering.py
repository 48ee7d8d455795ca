"""From rows to a file: COPY out of one snapshot, converted on the way, at full speed and in flat memory.

A rendering runs in a thread and on a database connection of its own and writes into a file without a name, which any
number of clients follow at their own pace: how slowly they read costs no connection and no transaction. What it has
written goes into the store meanwhile, whoever is still listening. Bytes are final: where the database is lost on the
way, the same rows are read again, and what has been given away is compared with them instead of being written twice.
"""

import hashlib
import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from django.db import IntegrityError, InterfaceError, OperationalError, connection, connections, transaction

from billing.models import StatementFile
from billing.statements import encodings, store
from billing.statements.kinds import Kind
from selfcare import clock

logger = logging.getLogger(__name__)

#: Rows are converted and written in pieces of about this size.
_PIECE = 64 * 1024
_SOME_WAY = 2 * _PIECE
#: How long a rendering waits for a database that is away, and between two tries.
_PATIENCE, _PAUSE = 120.0, 0.5
#: COPY's errors are psycopg's own.
_LOST = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)


class NotFinal(Exception):
    """The period is not closed: what it would give now is not what it will give."""


class Changed(Exception):
    """The rows of a final period are not those of a moment ago."""


@dataclass(frozen=True)
class Wanted:
    kind: Kind
    customer_id: int
    period: date
    encoding: str

    @property
    def key(self) -> tuple[str, int, date, str]:
        return self.kind.code, self.customer_id, self.period, self.encoding

    @property
    def header(self) -> bytes:
        return encodings.encode((",".join(self.kind.columns) + "\r\n").encode(), self.encoding)[0]

    def stored(self) -> StatementFile | None:
        code, customer_id, period, encoding = self.key
        return StatementFile.objects.filter(
            customer_id=customer_id, kind=code, period=period, encoding=encoding
        ).first()


class Rendering:
    """One file while it is rendered. `follow` gives its bytes as they come; `wait` the row once it is stored."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.header_size = len(wanted.header)
        self._spool = store.temporary()
        self._news = threading.Condition()
        self._written = 0
        self._final = self._complete = self._over = False
        self._row: StatementFile | None = None
        self._error: BaseException | None = None
        self._rows = self._replaced = 0
        self._thread = threading.Thread(target=self._run, name="rendering", daemon=True)

    def start(self) -> None:
        self._thread.start()

    # for those who follow

    def begun(self, seconds: float) -> None:
        """Wait until it is complete or has got some way, no longer than this. Raises what made it fail.

        Whether the period is final is waited for in any case: an answer that has begun ends only with its process.
        """
        with self._news:
            self._news.wait_for(lambda: self._final or self._over)
            self._news.wait_for(lambda: self._written > _SOME_WAY or self._complete or self._over, seconds)
            self._raise()

    def size(self) -> int | None:
        """Of the whole file, once it is known."""
        with self._news:
            return self._written if self._complete else None

    def follow(self, start: int, piece: int = 64 * 1024) -> Iterator[bytes]:
        """The file from `start` on, as far as it is there, until its end. Raises what made the rendering fail."""
        at = start
        while True:
            with self._news:
                while self._written <= at and not (self._complete or self._over):
                    self._news.wait()
                self._raise()
                there, complete = self._written, self._complete
            while at < there:
                data = os.pread(self._spool.fileno(), min(piece, there - at), at)
                at += len(data)
                yield data
            if complete:
                return

    def wait(self, seconds: float | None = None) -> StatementFile:
        """The row, once it is stored. Raises what made the rendering or the storing fail, TimeoutError."""
        with self._news:
            if not self._news.wait_for(lambda: self._over, seconds):
                raise TimeoutError
            if self._error is not None:
                raise self._error
            assert self._row is not None  # noqa: S101
            return self._row

    def kept(self, seconds: float) -> StatementFile | None:
        """The row, where it is stored within this time."""
        with self._news:
            self._news.wait_for(lambda: self._over, seconds)
            return self._row

    def _raise(self) -> None:
        # Storing may fail when everything has been written: those who follow have what they came for.
        if self._error is not None and not self._complete:
            raise self._error

    # in its own thread

    def _run(self) -> None:
        packed = store.Packed()
        try:
            self._write(packed, self.wanted.header)
            self._render(packed)
            self._tell(_complete=True)
            self._row = self._keep(packed)
        except BaseException as error:
            if not isinstance(error, NotFinal):
                logger.exception("A statement could not be rendered.", extra={"statement": self.wanted.key})
            self._error = error
        finally:
            packed.close()
            connections.close_all()
            _forget(self)
            self._tell(_over=True)

    def _tell(self, **now: Any) -> None:
        with self._news:
            vars(self).update(now)
            self._news.notify_all()

    def _write(self, packed: store.Packed, data: bytes) -> None:
        packed.write(data)
        os.pwrite(self._spool.fileno(), data, self._written)
        self._tell(_written=self._written + len(data))

    def _render(self, packed: store.Packed) -> None:
        """Until all rows are there; a lost connection begins anew and goes on where the last one ended."""
        until = clock.monotonic() + _PATIENCE
        while True:
            try:
                with transaction.atomic():
                    self._copy(packed)
                return
            except _LOST:
                if clock.monotonic() > until:
                    raise
                logger.warning("The database was lost while a statement was rendered; trying again.")
                with suppress(Exception):
                    connection.close()
                time.sleep(_PAUSE)

    def _copy(self, packed: store.Packed) -> None:
        wanted = self.wanted
        self._rows = self._replaced = 0
        again = _Again(wanted.header, self._written, packed.digest_so_far())
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            # The first byte at once: rows that an index has in order are not sorted first.
            cursor.execute("SET LOCAL enable_sort = off")
            if wanted.period not in wanted.kind.periods(wanted.customer_id):
                raise NotFinal(wanted.key)
            self._tell(_final=True)
            query = wanted.kind.rows(wanted.customer_id, wanted.period)
            with cursor.copy(f"COPY ({query.sql}) TO STDOUT (FORMAT csv)", query.params) as rows:
                for lines in _pieces(rows):
                    # No cell has a line break, so each of these ends a row.
                    data, replaced = encodings.encode(lines.replace(b"\n", b"\r\n"), wanted.encoding)
                    self._replaced += replaced
                    if new := again.beyond(data):
                        self._write(packed, new)
            self._rows = cursor.rowcount
        again.close()

    def _keep(self, packed: store.Packed) -> StatementFile:
        """Store it, unless somebody else has been first: then theirs is the file, and has the same bytes."""
        sha256 = packed.finish()
        name = packed.save()
        kind, customer_id, period, encoding = self.wanted.key
        try:
            with transaction.atomic():
                return StatementFile.objects.create(
                    customer_id=customer_id,
                    kind=kind,
                    period=period,
                    encoding=encoding,
                    stored=name,
                    sha256=sha256,
                    size=packed.size,
                    header_size=self.header_size,
                    rows=self._rows,
                    replaced=self._replaced,
                    blocks=packed.blocks,
                )
        except BaseException as error:
            store.delete(name)
            first = self.wanted.stored() if isinstance(error, IntegrityError) else None
            if first is None:
                raise
            if first.sha256 != sha256:
                raise Changed(self.wanted.key) from error
            if store.size(first.stored) is None and first.blocks == packed.blocks:
                # What a lost disk took is there again, the same bytes.
                packed.save(first.stored)
            return first


class _Again:
    """What of a repeated rendering has been written before: compared with it, and not written again."""

    def __init__(self, header: bytes, written: int, digest: str) -> None:
        self._sum = hashlib.sha256(header)
        self._left, self._digest = written - len(header), digest

    def beyond(self, data: bytes) -> bytes:
        """The part of `data` that has not been written. Raises Changed."""
        if not self._left:
            return data
        known, new = data[: self._left], data[self._left :]
        self._sum.update(known)
        self._left -= len(known)
        if not self._left and self._sum.hexdigest() != self._digest:
            raise Changed
        return new

    def close(self) -> None:
        if self._left:
            raise Changed


def _pieces(rows: Any) -> Iterator[bytes]:
    """Whole rows, some thousand at a time."""
    piece: list[bytes] = []
    size = 0
    for row in rows:
        piece.append(bytes(row))
        size += len(row)
        if size >= _PIECE:
            yield b"".join(piece)
            piece, size = [], 0
    if piece:
        yield b"".join(piece)


_lock = threading.Lock()
_going: dict[tuple[str, int, date, str], Rendering] = {}


def begin(wanted: Wanted) -> Rendering:
    """The rendering of this file that goes on in this process, or a new one."""
    with _lock:
        going = _going.get(wanted.key)
        if going is None:
            going = _going[wanted.key] = Rendering(wanted)
            going.start()
        return going


def _forget(rendering: Rendering) -> None:
    with _lock:
        if _going.get(rendering.wanted.key) is rendering:
            del _going[rendering.wanted.key]


def render(wanted: Wanted) -> StatementFile:
    """The stored file, rendered now unless it has been. Raises NotFinal, and what else makes a rendering fail."""
    return wanted.stored() or begin(wanted).wait()
