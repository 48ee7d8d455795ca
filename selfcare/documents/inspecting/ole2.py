"""Office files before 2007: a file system within a file (Compound File Binary, [MS-CFB]), read as far as we ask.

By hand, because a name, the first bytes of a stream and what lies behind the last sector are all that is asked.
"""

import struct
from dataclasses import dataclass
from itertools import islice

from selfcare.documents.refusing import broken, glued

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FREE = 0xFFFFFFFF
#: Larger numbers than this are marks: the end of a chain, a free sector, nobody's.
_LAST_SECTOR = 0xFFFFFFFA
_ROOT = 5
#: Where the programs keep macros.
VBA = frozenset({"_vba_project_cur", "macros", "vba", "_vba_project"})
#: Bytes of a stream that are read: the records that we ask for stand at its beginning.
_READ = 512 * 1024


@dataclass(frozen=True)
class Entry:
    name: str
    kind: int
    left: int
    right: int
    child: int
    start: int
    size: int


class CompoundFile:
    """Raises Refused for what is no whole compound file."""

    def __init__(self, content: bytes) -> None:
        if not content.startswith(MAGIC) or len(content) < 512 * 3:
            raise broken()
        self._content = content
        self._shift = struct.unpack_from("<H", content, 30)[0]
        if self._shift not in (9, 12):
            raise broken()
        self._size = 1 << self._shift
        self._fat = self._read_fat()
        start: int = struct.unpack_from("<L", content, 48)[0]
        self._entries = self._read_entries(self._chain(start))
        if not self._entries or self._entries[0].kind != _ROOT:
            raise broken()

    def names(self) -> set[str]:
        """All names in it, in lower case."""
        return {entry.name.lower() for entry in self._entries}

    def top(self) -> dict[str, Entry]:
        """What lies in it directly, not in a storage of an embedded object."""
        found: dict[str, Entry] = {}
        waiting, seen = [self._entries[0].child], set()
        while waiting:
            at = waiting.pop()
            if at >= len(self._entries) or at in seen:
                continue
            seen.add(at)
            entry = self._entries[at]
            found[entry.name] = entry
            waiting += [entry.left, entry.right]
        return found

    def read(self, entry: Entry) -> bytes:
        """The beginning of a stream. Small ones lie in the root's own stream, in sectors of 64 bytes."""
        size = min(entry.size, _READ)
        if entry.size >= 4096:
            return self._chain(entry.start, size)[:size]
        small = self._chain(self._entries[0].start)
        table = _numbers(self._chain(struct.unpack_from("<L", self._content, 60)[0]))
        parts: list[bytes] = []
        at = entry.start
        while at < len(table) and len(parts) * 64 < size:
            parts.append(small[at * 64 : at * 64 + 64])
            at = table[at]
        return b"".join(parts)[:size]

    def refuse_other_end(self) -> None:
        """Raises Refused unless the file ends with the last sector that belongs to something; zeros may follow."""
        used = next((n for n in range(len(self._fat) - 1, -1, -1) if self._fat[n] != _FREE), -1)
        if len(self._content) <= (used + 1) << self._shift:
            raise broken()
        if self._content[(used + 2) << self._shift :].strip(b"\0"):
            raise glued()

    def _sector(self, number: int) -> bytes:
        begin = (number + 1) << self._shift
        return self._content[begin : begin + self._size]

    def _chain(self, start: int, size: int | None = None) -> bytes:
        """The bytes of a chain of sectors, as far as `size` needs them."""
        parts: list[bytes] = []
        at = start
        most = len(self._fat) if size is None else size // self._size + 1
        while at < len(self._fat) and len(parts) < most:
            parts.append(self._sector(at))
            at = self._fat[at]
        if (at < len(self._fat) and size is None) or len(self._fat) <= at < _LAST_SECTOR:
            raise broken()  # it runs in circles, or out of the file
        return b"".join(parts)

    def _read_fat(self) -> list[int]:
        most = len(self._content) // self._size + 1
        where = list(struct.unpack_from("<109L", self._content, 76))
        at: int = struct.unpack_from("<L", self._content, 68)[0]
        for _turn in range(most):
            if at >= _LAST_SECTOR:
                break
            numbers = _numbers(self._sector(at))
            if not numbers:
                raise broken()
            where += numbers[:-1]
            at = numbers[-1]
        sectors = [number for number in where if number < _LAST_SECTOR][:most]
        if any(number >= most for number in sectors):
            raise broken()
        # Not many more than there are sectors: a table that is named again and again would only cost memory.
        table = (number for sector in sectors for number in _numbers(self._sector(sector)))
        return list(islice(table, most + self._size))

    def _read_entries(self, directory: bytes) -> list[Entry]:
        entries = []
        for at in range(0, len(directory) - 127, 128):
            length, kind = struct.unpack_from("<HB", directory, at + 64)
            left, right, child = struct.unpack_from("<3L", directory, at + 68)
            start, size = struct.unpack_from("<LQ", directory, at + 116)
            name = directory[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", errors="replace")
            # Files with sectors of 512 bytes have sizes of 32 bits; what stands above them may be anything.
            entries.append(Entry(name, kind, left, right, child, start, size & 0xFFFFFFFF))
        return entries


def _numbers(content: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(content) // 4}L", content[: len(content) // 4 * 4]))


def is_encrypted_office(content: bytes) -> bool:
    """Whether it is the envelope that Office puts around files with a password. Raises Refused."""
    return "EncryptedPackage" in CompoundFile(content).top()


def may_have_macros(content: bytes) -> bool:
    """By its names; True as well for what cannot be read, because a program may read it."""
    return bool(CompoundFile(content).names() & VBA)
