"""Looking for secrets wherever a portal leaves bytes: tables, the server's own files, Redis, logs, mails, processes."""

import base64
import hashlib
import mmap
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from tests.faults.own import Own, owning
from tests.harness import Stack


@dataclass(frozen=True)
class Secret:
    """`name` says whose; `value` as a person or program knew it."""

    name: str
    value: str
    #: Its SHA-256 is what the database looks it up by; it has too many bits to be guessed from that.
    found_by_digest: bool = False

    @property
    def is_short(self) -> bool:
        """Six digits occur by chance inside other numbers: they count only where they stand alone."""
        return self.value.isdigit() and len(self.value) < 8

    def needles(self) -> list[bytes]:
        """The value as itself, in hex, in base64 wherever it may begin, and as digests that anybody can make."""
        plain = self.value.encode()
        found = [plain, plain.hex().encode(), quote(self.value, safe="").encode()]
        found += [hash_(plain).hexdigest().encode() for hash_ in (hashlib.md5, hashlib.sha1)]
        if not self.found_by_digest:
            found.append(hashlib.sha256(plain).hexdigest().encode())
        for lead in range(3):
            whole = base64.b64encode(b"\0" * lead + plain)
            # Only the characters in which no neighbouring byte has a part.
            found.append(whole[-(-lead * 8 // 6) : (lead + len(plain)) * 8 // 6])
        return list(dict.fromkeys(found))


@dataclass(frozen=True)
class Found:
    secret: str
    place: str
    around: bytes


@dataclass
class Places:
    """Named bytes; `blobs` are texts, `files` may be large and binary."""

    blobs: dict[str, bytes] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)

    def search(self, secrets: Sequence[Secret]) -> list[Found]:
        found = []
        for name, content in self.blobs.items():
            found += list(_search(name, content, secrets))
        for path in self.files:
            if path.stat().st_size:
                with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
                    found += list(_search(str(path), mapped, secrets))
        return found


def _search(place: str, content: bytes | mmap.mmap, secrets: Sequence[Secret]) -> Iterator[Found]:
    for secret in secrets:
        for needle in secret.needles():
            at = content.find(needle)
            alone = secret.is_short and needle == secret.value.encode()
            while at >= 0 and alone and _is_part(content, at, needle):
                at = content.find(needle, at + 1)
            if at >= 0:
                yield Found(secret.name, place, bytes(content[max(0, at - 60) : at + len(needle) + 20]))
                break


def _is_part(content: bytes | mmap.mmap, at: int, needle: bytes) -> bool:
    """Whether a short number lies inside a longer one, a fraction of a second or a word."""
    before = bytes(content[at - 1 : at]) if at else b""
    after = bytes(content[at + len(needle) : at + len(needle) + 1])
    return before.isalnum() or after.isalnum() or before in {b".", b"-", b"_"} or after in {b"-", b"_"}


@contextmanager
def portal(**options: Any) -> Iterator[Own]:
    """A portal with demo data on a database server that keeps its whole write-ahead log, and has nobody else's."""
    with owning(demo_data=True, throwaway=True, settings={"wal_keep_size": "2GB"}, **options) as own:
        yield own


def dump(stack: Stack, superuser: str) -> dict[str, bytes]:
    """Every table of every schema, as COPY writes it; bytea comes as hex, so what it holds is added in clear."""
    # A partitioned table has its rows in its partitions, which are tables as well.
    tables = """
        SELECT relnamespace::regnamespace::text, relname FROM pg_class
        WHERE relkind = 'r' AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
    """
    found = {}
    with psycopg.connect(superuser, dbname=stack.database) as connection:
        for schema, table in connection.execute(tables).fetchall():
            content = bytearray()
            with connection.cursor().copy(f'COPY "{schema}"."{table}" TO STDOUT'.encode()) as copied:
                for row in copied:
                    content += bytes(row)
                    content += b"".join(_hex_of(cell) for cell in bytes(row).split(b"\t") if cell.startswith(b"\\\\x"))
            found[f"table {schema}.{table}"] = bytes(content)
    return found


def _hex_of(cell: bytes) -> bytes:
    with suppress(ValueError):
        return bytes.fromhex(cell[3:].decode()) + b"\n"
    return b""


def server_files(superuser: str, database: str) -> list[Path]:
    """The server's own files of this database and its write-ahead log: what was written once and is deleted since."""
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        row = connection.execute(
            "SELECT setting, (SELECT oid FROM pg_database WHERE datname = %s) FROM pg_settings"
            " WHERE name = 'data_directory'",
            [database],
        ).fetchone()
    assert row
    data = Path(row[0])
    folders = [data / "base" / str(row[1]), data / "pg_wal"]
    return [path for folder in folders if folder.is_dir() for path in folder.iterdir() if path.is_file()]


@dataclass
class Watch:
    """Notes what goes through Redis and which command lines there are, from `start` to `stop`."""

    stack: Stack
    heard: bytearray = field(default_factory=bytearray)
    commands: set[bytes] = field(default_factory=set)
    _socket: socket.socket = field(default_factory=lambda: socket.socket(socket.AF_UNIX))
    _over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        self._socket.settimeout(0.5)
        self._socket.connect(str(self.stack.redis.socket))
        self._socket.sendall(b"MONITOR\r\n")
        assert self._socket.recv(5) == b"+OK\r\n"
        for work in (self._listen, self._look):
            thread = threading.Thread(target=work, daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(timeout=10)
        self._socket.close()

    def _listen(self) -> None:
        while not self._over.is_set():
            with suppress(TimeoutError):
                heard = self._socket.recv(65536)
                if not heard:  # Redis hung up: what it said later is not known
                    raise ConnectionError("Redis")
                self.heard += heard

    def _look(self) -> None:
        while not self._over.is_set():
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                with suppress(OSError):
                    self.commands.add(path.read_bytes())
            time.sleep(0.3)


def redis_content(stack: Stack) -> bytes:
    """Every key with its value as Redis itself would save it."""
    with stack.redis.client() as client:
        return b"\n".join(key + b" " + (client.dump(key) or b"") for key in client.scan_iter(count=1000))
