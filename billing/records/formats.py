"""The two kinds of files, column by column. Carriers write them; the headings are words of the format.

CSV with headings, UTF-8 (with or without BOM) or CP932, CRLF or LF, cells plain or quoted.

| file of calls | |
| --- | --- |
| 回線電話番号 | digits, 0 first |
| 通信開始日時 | YYYY-MM-DD HH:MM:SS, Japan's time |
| 通信先電話番号 | digits, * and #; empty for an incoming call of a hidden number |
| 通信先 | up to 60 characters, may be empty |
| 通信時間(秒) | 0 to 86400 |
| 通信の種類 | a code of CallKind: xi, other, service, sms, international, ...; for special numbers see below |
| 発着 | 発信 or 着信; 着信 for roaming_in only, since no other incoming call costs anything |

Calls of special numbers are of one kind, whatever the carrier's column says of a call within Japan; messages and
roaming keep theirs:

| 通信先電話番号 | taken as |
| --- | --- |
| 117, 171 | xi |
| 188, 189 | service |
| 0570... | service |

| file of data usage | |
| --- | --- |
| 利用日 | YYYY-MM-DD |
| 回線電話番号 | digits, 0 first |
| バイト数 | whole number |
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from billing.kinds import CallKind
from billing.models import CallRecord, RecordFile

OUT, IN = CallRecord.Direction.OUT.label, CallRecord.Direction.IN.label
#: Of a line; far more than its columns can hold.
LONGEST_LINE = 1000
_NUMBER = re.compile(r"0[0-9]{9,13}")
_OTHER = re.compile(r"[0-9*#]{0,30}")
_DAY = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_SECONDS = re.compile(r"[0-9]{1,6}")
_BYTES = re.compile(r"[0-9]{1,13}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x80-\x9f\u2028\u2029]")
DAY_SECONDS = 86_400

#: (index of the column or None for the whole line, reason, value)
Wrong = tuple[int | None, str, str]


def _day(cell: str) -> bool:
    try:
        return bool(_DAY.fullmatch(cell) and date.fromisoformat(cell))
    except ValueError:
        return False


def _moment(cell: str) -> bool:
    try:
        return bool(_MOMENT.fullmatch(cell) and datetime.fromisoformat(cell))
    except ValueError:
        return False


def _of_call(cells: Sequence[str]) -> list[Wrong]:
    number, moment, other, name, seconds, kind, direction = cells
    found: list[Wrong] = []
    if not _NUMBER.fullmatch(number):
        found.append((0, "number", number))
    if not _moment(moment):
        found.append((1, "moment", moment))
    if not _OTHER.fullmatch(other):
        found.append((2, "other_number", other))
    elif not other and direction == OUT:
        found.append((2, "other_number_missing", other))
    if len(name) > 60:
        found.append((3, "text", name))
    if not _SECONDS.fullmatch(seconds) or int(seconds) > DAY_SECONDS:
        found.append((4, "seconds", seconds))
    if kind not in CallKind.values:
        found.append((5, "kind", kind))
    expected = IN if kind == CallKind.ROAMING_IN else OUT
    if direction not in (OUT, IN):
        found.append((6, "direction", direction))
    elif kind in CallKind.values and direction != expected:
        found.append((6, "direction_of_kind", expected))
    return found


def _of_usage(cells: Sequence[str]) -> list[Wrong]:
    day, number, count = cells
    found: list[Wrong] = []
    if not _day(day):
        found.append((0, "day", day))
    if not _NUMBER.fullmatch(number):
        found.append((1, "number", number))
    if not _BYTES.fullmatch(count):
        found.append((2, "bytes", count))
    return found


@dataclass(frozen=True)
class Format:
    """`wrong` looks at the cells of one line; `right` matches whole lines that nothing is wrong with, each with its
    newline, and not all of them: what it does not match is looked at cell by cell."""

    kind: str
    headings: tuple[str, ...]
    #: Columns of the staging table, in the same order.
    columns: tuple[str, ...]
    wrong: Callable[[Sequence[str]], list[Wrong]]
    right: tuple[re.Pattern[str], ...]

    @property
    def empty(self) -> str:
        """A line that holds the place of one that could not be read."""
        return "," * (len(self.columns) - 1) + "\n"


_REAL_DAY = (
    r"20[0-9]{2}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)"
    r"|(?:0[13578]|1[02])-31)"
)
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"


def _right(*cells: str) -> tuple[re.Pattern[str], ...]:
    """Plain and quoted; without going back, since each cell ends where it must."""
    plain, quoted = ",".join(cells), '"' + '","'.join(cells) + '"'
    return re.compile(f"(?:{plain}\n)*+"), re.compile(f"(?:{quoted}\n)*+")


_OUTGOING = "|".join(kind.value for kind in CallKind if kind != CallKind.ROAMING_IN)
CALLS = Format(
    RecordFile.Kind.CALLS,
    ("回線電話番号", "通信開始日時", "通信先電話番号", "通信先", "通信時間(秒)", "通信の種類", "発着"),
    ("number", "started", "other_number", "other_name", "seconds", "kind", "direction"),
    _of_call,
    tuple(
        re.compile(
            pattern.pattern.replace("KIND", f"(?:(?:{_OUTGOING})CUT{OUT}|roaming_inCUT{IN})").replace("CUT", cut)
        )
        for pattern, cut in zip(
            _right(
                "0[0-9]{9,13}+",
                f"{_REAL_DAY} {_TIME}",
                "[0-9*#]{1,30}+",
                r'[^\x00-\x1f\x7f-\x9f\u2028\u2029",]{0,60}+',
                "[0-9]{1,4}+",
                "KIND",
            ),
            (",", '","'),
            strict=True,
        )
    ),
)
USAGE = Format(
    RecordFile.Kind.USAGE,
    ("利用日", "回線電話番号", "バイト数"),
    ("used_on", "number", "bytes"),
    _of_usage,
    _right(_REAL_DAY, "0[0-9]{9,13}+", "[0-9]{1,13}+"),
)
FORMATS = {one.kind: one for one in (CALLS, USAGE)}

#: SQL of a staged call's kind, special numbers by their own.
KIND = f"""
CASE WHEN direction <> '{OUT}' OR kind NOT IN ('xi', 'other', 'service', 'international') THEN kind
    WHEN other_number IN ('117', '171') THEN 'xi'
    WHEN other_number IN ('188', '189') OR left(other_number, 4) = '0570' THEN 'service'
    ELSE kind END
"""
SPECIAL = "(other_number IN ('117', '171', '188', '189') OR left(other_number, 4) = '0570')"


def has_control(line: str) -> bool:
    """Line breaks of other systems count too: a statement's cell stays within its line."""
    return bool(_CONTROL.search(line))
