"""A file's lines on their way into its staging table: whole blocks where nothing is wrong, else line by line.

Memory is that of a block, whatever the file is.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from billing.records.formats import FORMATS, LONGEST_LINE, Format, has_control

BLOCK = 256 * 1024
#: Bad lines that are kept with their reasons; the others are counted.
KEPT = 1000
_TEXT, _VALUE = 200, 100
#: Bytes that are not halved again.
_FEW = 4 * 1024


@dataclass(frozen=True)
class Bad:
    line: int
    column: str
    reason: str
    value: str
    text: str


@dataclass
class Findings:
    """What reading has found so far. Lines are counted as an editor does: the headings are line 1."""

    line: int = 1
    rows: int = 0
    bad_lines: int = 0
    bad: list[Bad] = field(default_factory=list)


def encoding_of(first: bytes, wanted: Format) -> str:
    """The encoding by the file's first line. Raises LookupError with what is wrong: "kind", "headings"."""
    for encoding in ("utf-8-sig", "cp932"):
        try:
            cells = next(csv.reader([first.decode(encoding).rstrip("\r\n")], strict=True), [])
        except (UnicodeDecodeError, csv.Error):
            continue
        headings = tuple(cell.strip() for cell in cells)
        if headings == wanted.headings:
            has_mark = encoding == "utf-8-sig" and first.startswith(b"\xef\xbb\xbf")
            return encoding if has_mark or encoding == "cp932" else "utf-8"
        if any(headings == other.headings for other in FORMATS.values()):
            raise LookupError("kind")
    raise LookupError("headings")


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    """Whole lines, each with its newline. Of a line without end only the beginning is kept, which is too long too."""
    rest = b""
    while data := file.read(BLOCK):
        cut = data.rfind(b"\n") + 1
        if not cut:
            rest = (rest + data)[: 2 * LONGEST_LINE]
            continue
        yield rest + data[:cut]
        rest = data[cut:]
    if rest:
        yield rest + b"\n"


def stream(file: IO[bytes], wanted: Format, encoding: str, found: Findings) -> Iterator[str]:
    """The file as COPY (FORMAT csv) reads it, one line for each line below the headings; `found` grows meanwhile."""
    for number, block in enumerate(_blocks(file)):
        lines = block.replace(b"\r\n", b"\n")
        if not number:
            lines = lines[lines.index(b"\n") + 1 :]
        yield from _halved(lines, wanted, encoding, found)


def _halved(lines: bytes, wanted: Format, encoding: str, found: Findings) -> Iterator[str]:
    """A few bad lines cost the looks at their halves of the block, not a look at each line beside them."""
    if (text := _whole(lines, wanted, encoding)) is not None:
        count = lines.count(b"\n")
        found.line += count
        found.rows += count
        yield text
        return
    cut = lines.find(b"\n", len(lines) // 2) + 1
    if len(lines) <= _FEW or cut == len(lines):
        yield "".join(_one(line, wanted, encoding, found) for line in lines.split(b"\n")[:-1])
        return
    yield from _halved(lines[:cut], wanted, encoding, found)
    yield from _halved(lines[cut:], wanted, encoding, found)


def _whole(lines: bytes, wanted: Format, encoding: str) -> str | None:
    try:
        text = lines.decode(encoding.removesuffix("-sig"))
    except UnicodeDecodeError:
        return None
    return text if any(pattern.fullmatch(text) for pattern in wanted.right) else None


def _one(line: bytes, wanted: Format, encoding: str, found: Findings) -> str:
    found.line += 1
    if not line:
        return wanted.empty
    found.rows += 1
    text = line[:LONGEST_LINE].decode(encoding.removesuffix("-sig"), "replace")
    cells, wrong = _cells(line, text, wanted)
    if not wrong:
        wrong = wanted.wrong(cells)
    if wrong:
        found.bad_lines += 1
        if len(found.bad) < KEPT:
            found.bad += [_bad(found.line, wanted, one, text) for one in wrong]
        return wanted.empty
    return ",".join('"' + cell.replace('"', '""') + '"' if cell else "" for cell in cells) + "\n"


def _cells(line: bytes, text: str, wanted: Format) -> tuple[list[str], list[tuple[int | None, str, str]]]:
    if len(line) > LONGEST_LINE:
        return [], [(None, "too_long", "")]
    if has_control(text):
        return [], [(None, "control", "")]
    if "\ufffd" in text:
        return [], [(None, "encoding", "")]
    try:
        cells = next(csv.reader([text], strict=True))
    except csv.Error:
        return [], [(None, "quotes", "")]
    if len(cells) != len(wanted.columns):
        return [], [(None, "columns", str(len(cells)))]
    return cells, []


def _bad(line: int, wanted: Format, wrong: tuple[int | None, str, str], text: str) -> Bad:
    column, reason, value = wrong
    heading = "" if column is None else wanted.headings[column]
    return Bad(line, heading, reason, printable(value, _VALUE), printable(text, _TEXT))


def printable(text: str, most: int) -> str:
    """As the database and a page can hold it."""
    return "".join(" " if has_control(character) else character for character in text[:most])
