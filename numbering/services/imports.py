"""Filling the pool: ranges or CSV, checked line by line before anything is stored.

A file has one number or one range ("05000010000-05000010999") a line; a geographic number has its 市外局番 in the
second column. A first line that is a heading is passed over.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from numbering.models import Kind
from numbering.models.numbers import NEVER_USED
from selfcare import clock, phones, text
from selfcare.accounts import audit
from selfcare.accounts.models import User

#: Numbers of one import: what a preview can hold in memory and an operator can mean.
MOST = 1_000_000

_PLAIN_050 = re.compile(r"050[0-9]{8}")
_GEOGRAPHIC = re.compile(r"0[1-9][0-9]{8}")
_RANGE = re.compile(r"(0[0-9]{9,10})\s*[-~\u2010-\u2015\u2212\u301c\u30fc]\s*(0[0-9]{9,10})")
_HEADING = {"番号", "電話番号", "number", "digits"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One number of the file: where it stood, its digits, kind and area code."""

    line: int
    digits: str
    kind: str
    area: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """A line, or a number of it, that is not imported, and why, for the operator."""

    line: int
    text: str
    reason: str


@dataclass
class Preview:
    """What an import would do. `known` are numbers of ours already, `wrong` what cannot be read or stands twice."""

    encoding: str
    new: list[Entry] = field(default_factory=list)
    known: list[Problem] = field(default_factory=list)
    wrong: list[Problem] = field(default_factory=list)


class WrongLine(ValueError):
    """A line that cannot be read; the message is for the operator."""


def preview_import(*, content: bytes) -> Preview:
    """Read a file or pasted text without storing anything.

    Raises text.UnreadableFileError for another encoding than UTF-8 and CP932.
    """
    decoded, encoding = text.decode_upload(content)
    preview = Preview(encoding)
    entries: dict[str, Entry] = {}
    for line, row in enumerate(decoded.splitlines(), start=1):
        try:
            for entry in _entries(line, row):
                earlier = entries.setdefault(entry.digits, entry)
                if earlier is not entry:
                    reason = _("ファイルの%(line)d行目にも同じ番号があります。") % {"line": earlier.line}
                    preview.wrong.append(Problem(line, entry.digits, reason))
            if len(entries) > MOST:
                raise WrongLine(_("一度に登録できるのは%(most)s番号までです。") % {"most": f"{MOST:,}"})
        except WrongLine as error:
            preview.wrong.append(Problem(line, row.strip()[:60], str(error)))
            if len(entries) > MOST:
                entries.clear()
                break
    known = _known(list(entries))
    for entry in entries.values():
        if entry.digits in known:
            preview.known.append(Problem(entry.line, entry.digits, known[entry.digits]))
        else:
            preview.new.append(entry)
    return preview


def _entries(line: int, row: str) -> Iterator[Entry]:
    """The numbers of one line; a plain 050 number, the usual case, is recognised without further ado."""
    if _PLAIN_050.fullmatch(row):
        yield Entry(line, row, Kind.IP_050)
        return
    row = unicodedata.normalize("NFKC", row)
    cells = [cell.strip().strip('"').strip() for cell in re.split(r"[,\t]", row)]
    if not any(cells) or (line == 1 and cells[0].lower() in _HEADING):
        return
    area = cells[1] if len(cells) > 1 else ""
    span = _RANGE.fullmatch(cells[0])
    if not span:
        yield _entry(line, _digits(cells[0]), area)
        return
    first, last = span.groups()
    if len(first) != len(last) or int(first) > int(last):
        raise WrongLine(_("範囲は小さい番号から大きい番号の順に、同じ桁数で入力してください。"))
    if int(last) - int(first) >= MOST:
        raise WrongLine(_("一度に登録できるのは%(most)s番号までです。") % {"most": f"{MOST:,}"})
    _entry(line, last, area)
    for value in range(int(first), int(last) + 1):
        yield _entry(line, f"{value:0{len(first)}d}", area)


def _digits(cell: str) -> str:
    try:
        return phones.normalize(cell)
    except ValueError:
        raise WrongLine(_("電話番号として読み取れません。数字で入力してください。")) from None


def _entry(line: int, digits: str, area: str) -> Entry:
    if _PLAIN_050.fullmatch(digits):
        return Entry(line, digits, Kind.IP_050)
    if digits.startswith("050"):
        raise WrongLine(_("050番号は11桁で入力してください。"))
    if not _GEOGRAPHIC.fullmatch(digits):
        raise WrongLine(_("050番号（11桁）でも0ABJ番号（10桁）でもありません。"))
    if len(area) < 2 or len(area) > 5 or not digits.startswith(area):
        raise WrongLine(_("0ABJ番号には、2列目に市外局番を入力してください。"))
    return Entry(line, digits, Kind.GEOGRAPHIC, area)


_KNOWN = """
SELECT n.digits, n.unusable_reason <> '', a.state
FROM numbering_number AS n
LEFT JOIN numbering_assignment AS a ON a.number_id = n.id AND a.released_on IS NULL
WHERE n.digits = ANY(%(digits)s)
"""


def _known(digits: list[str]) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, {"digits": digits})
        return {row[0]: _why(unusable=row[1], state=row[2]) for row in cursor.fetchall()}


def _why(*, unusable: bool, state: str | None) -> str:
    if state == "active":
        return _("すでに登録されていて、契約で利用中です。")
    if state == "reserved":
        return _("すでに登録されていて、申し込みで予約中です。")
    return _("使用不可として登録されています。") if unusable else _("すでに登録されています。")


_STORE = """
WITH added AS (
    INSERT INTO numbering_number (digits, kind, area, unusable_reason, created_at)
    SELECT i.digits, i.kind, i.area, '', %(now)s
    FROM unnest(%(digits)s::text[], %(kinds)s::text[], %(areas)s::text[]) AS i (digits, kind, area)
    ON CONFLICT DO NOTHING
    RETURNING id, kind, area
)
INSERT INTO numbering_freenumber (number_id, kind, area, available_on)
SELECT id, kind, area, %(never)s FROM added
"""


def import_numbers(*, preview: Preview, sha256: str = "", actor: User | None) -> int:
    """Store what the preview found new and return how many that were; what somebody imported since is passed over.

    `sha256` is that of the file, for the audit trail.
    """
    entries = preview.new
    digits = [entry.digits for entry in entries]
    values: dict[str, Any] = {
        "digits": digits,
        "kinds": [entry.kind for entry in entries],
        "areas": [entry.area for entry in entries],
        "now": clock.now(),
        "never": NEVER_USED,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_STORE, values)
        stored = int(cursor.rowcount)
        # The keys are checked at commit by plans that this session may have kept from when the table was small: a
        # full read of the table for each new row. Planned anew, they use the index.
        cursor.execute("DISCARD PLANS")
        audit.record(
            action="number.imported",
            detail={
                "stored": stored,
                "known": len(preview.known),
                "wrong": len(preview.wrong),
                "first": min(digits, default=""),
                "last": max(digits, default=""),
                "sha256": sha256,
            },
            actor=actor,
        )
    return stored
