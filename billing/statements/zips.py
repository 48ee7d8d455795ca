"""All files of a month as one ZIP, made while it is sent, in flat memory. The same bytes whoever asks twice: order and
moments in it come from the files, not from the clock."""

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from billing.models import StatementFile
from billing.statements import store
from billing.statements.rendering import Wanted, begin


@dataclass(frozen=True)
class Entry:
    """`day` is the day from which the file is available: its date in the ZIP. `open` gives size and content, and asks
    no database: it is called when the page's connection is somebody else's."""

    name: str
    day: date
    open: Callable[[], tuple[int, Iterable[bytes]]]


def of_statement(wanted: Wanted, name: str, row: StatementFile | None, *, header: bool) -> Entry:
    def opened() -> tuple[int, Iterable[bytes]]:
        file = row or begin(wanted).wait()
        start = 0 if header else file.header_size
        return file.size - start, store.read(file, start, file.size)

    return Entry(name, wanted.kind.available_from(wanted.period), opened)


class _Out(io.RawIOBase):
    """What has been written since it was asked last."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._waiting.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        data = b"".join(self._waiting)
        self._waiting.clear()
        return data


def stream(entries: Iterable[Entry]) -> Iterator[bytes]:
    """The ZIP. One that breaks off lacks its directory, so that nobody takes it for whole."""
    out = _Out()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for entry in entries:
            size, content = entry.open()
            info = zipfile.ZipInfo(entry.name, (entry.day.year, entry.day.month, entry.day.day, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system, info.external_attr = 3, 0o644 << 16
            info.file_size = size
            with archive.open(info, "w") as file:
                for block in content:
                    file.write(block)
                    if data := out.take():
                        yield data
    yield out.take()
