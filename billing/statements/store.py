"""Where finished files lie: the storage `statements`, each in blocks that are compressed independently.

A block is BLOCK bytes of the file (the last one less) as a gzip member of its own: a range is served without
decompressing what lies before it, and `zcat` reads the whole. The row in the database says where each block ends.
"""

import hashlib
import logging
import os
import secrets
import tempfile
import zlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, storages

from billing.models import StatementFile

logger = logging.getLogger(__name__)

BLOCK = 256 * 1024
#: Zlib's fastest: nine tenths of the best one's saving at a fifth of its time.
_LEVEL = 1
_GZIP = 31
#: Blocks that wait for being compressed: bounds the memory of a rendering.
_AHEAD = 4


class Damaged(Exception):
    """What is stored is not what was stored."""


def _storage() -> FileSystemStorage:
    found = storages["statements"]
    assert isinstance(found, FileSystemStorage)  # noqa: S101 - settings, and every test, say so
    return found


def temporary() -> IO[bytes]:
    """A file without a name: it is gone with the process, however that ends."""
    folder = Path(_storage().location)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return tempfile.TemporaryFile(dir=folder)


def _compress(block: bytes) -> bytes:
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    return packer.compress(block) + packer.flush()


@dataclass
class Packed:
    """A file on its way into the storage: compressed while it is written, by threads of its own, in bounded memory."""

    size: int = 0
    blocks: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._sum = hashlib.sha256()
        self._rest = bytearray()
        self._file = temporary()
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="pack")
        self._waiting: deque[Future[bytes]] = deque()

    def write(self, data: bytes) -> None:
        self._sum.update(data)
        self.size += len(data)
        self._rest += data
        while len(self._rest) >= BLOCK:
            self._pack(bytes(self._rest[:BLOCK]))
            del self._rest[:BLOCK]

    def digest_so_far(self) -> str:
        return self._sum.hexdigest()

    def finish(self) -> str:
        """Nothing more will be written; returns the SHA-256 of the file. Raises OSError."""
        if self._rest:
            self._pack(bytes(self._rest))
            self._rest.clear()
        while self._waiting:
            self._take()
        return self._sum.hexdigest()

    def save(self, name: str = "") -> str:
        """Into the storage, on the disk; returns its name there: a random one unless one is given. Raises OSError."""
        token = secrets.token_hex(16)
        self._file.seek(0)
        name = _storage().save(name or f"{token[:2]}/{token}", File(self._file))
        with Path(_storage().path(name)).open("rb") as written:
            os.fsync(written.fileno())
        return name

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)
        self._file.close()

    def _pack(self, block: bytes) -> None:
        self._waiting.append(self._threads.submit(_compress, block))
        if len(self._waiting) > _AHEAD:
            self._take()

    def _take(self) -> None:
        packed = self._waiting.popleft().result()
        self._file.write(packed)
        self.blocks.append((self.blocks[-1] if self.blocks else 0) + len(packed))


def read(row: StatementFile, start: int, end: int) -> Iterator[bytes]:
    """The bytes of the file from `start` up to, not including, `end`, block by block; no database is asked.

    Each block carries a checksum, and of the whole file the SHA-256 is compared before its last block is given away.
    Raises Damaged, OSError, FileNotFoundError.
    """
    # Without the header row the first block is read as well.
    whole = hashlib.sha256() if start < BLOCK and end == row.size else None
    with _storage().open(row.stored) as file:
        for number in range(start // BLOCK, -(-end // BLOCK)):
            block = _block(row, number, file)
            if whole is not None:
                whole.update(block)
                if end <= (number + 1) * BLOCK and whole.hexdigest() != row.sha256:
                    raise Damaged(f"{row.stored}: its SHA-256 is another one.")
            at = number * BLOCK
            yield block[max(start - at, 0) : end - at]


def _block(row: StatementFile, number: int, file: "File[bytes]") -> bytes:
    begin = row.blocks[number - 1] if number else 0
    file.seek(begin)
    packed = file.read(row.blocks[number] - begin)
    try:
        block = zlib.decompress(packed, _GZIP, BLOCK)
    except zlib.error as error:
        raise Damaged(f"{row.stored}: block {number} cannot be read: {error}") from error
    if len(block) != min(BLOCK, row.size - number * BLOCK):
        raise Damaged(f"{row.stored}: block {number} has {len(block)} bytes.")
    return block


def delete(*names: str) -> None:
    """What cannot be deleted now is swept later."""
    for name in names:
        with suppress(OSError):
            _storage().delete(name)


def size(name: str) -> int | None:
    """Bytes as stored; None where there is no such file."""
    try:
        return _storage().size(name)
    except FileNotFoundError:
        return None


def files_before(moment: datetime) -> list[str]:
    """Names of all files that were written before this moment (real time)."""
    root = Path(_storage().location)
    return [
        path.relative_to(root).as_posix()
        for path in sorted(root.glob("*/*"))
        if path.is_file() and path.stat().st_mtime < moment.timestamp()
    ]
