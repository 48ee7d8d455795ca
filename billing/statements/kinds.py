"""The kinds of files that customers download. Billing registers its own; other apps register theirs the same way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Query:
    """SQL with named parameters: `%(customer)s`; a per cent sign of its own is written `%%`."""

    sql: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Kind:
    """A file that customers download, one for each period: a billed month, a month that is counted up, or a day.

    What it gives for a period that `periods` names is final: the same rows whoever asks, now and later.
    """

    #: Permanent: "invoice", "voice", "cdr" (billing), "line-d", "line-m", "datausage" (lines).
    code: str
    #: Lazy, for pages.
    title: Any
    #: The header row: words of the file format, never translated.
    columns: tuple[str, ...]
    #: From partner id and period: "P0001_INVOICE_202704.csv".
    file_name: Callable[[str, date], str]
    #: From customer's id and period: exactly these columns as text, in the file's order. No CR or LF inside a cell;
    #: an empty cell is NULL; free texts go through `cells.guard`.
    rows: Callable[[int, date], Query]
    #: SELECT count(*) of the same, cheap.
    count: Callable[[int, date], Query]
    #: The customer's periods that are final in the database (run closed, snapshot taken), newest first. Whether their
    #: day has come, and how far back customers reach, is availability's to say.
    periods: Callable[[int], list[date]]
    #: The day in Tokyo from which customers may have the file of this period.
    available_from: Callable[[date], date]
    #: How many periods customers reach back, the newest one counted; None: as far as there are any.
    months_back: int | None
    encodings: tuple[str, ...] = ("utf-8", "cp932")
    #: On pages.
    order: int = 100
    #: Whether a download leaves an event in the audit trail.
    audited: bool = True


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    _kinds[kind.code] = kind


def every() -> list[Kind]:
    """In the order of the pages."""
    return sorted(_kinds.values(), key=lambda kind: (kind.order, kind.code))


def get(code: str) -> Kind:
    """Raises LookupError for a code that no app has registered."""
    try:
        return _kinds[code]
    except KeyError:
        raise LookupError(f"No app has registered the files {code}.") from None
