"""Cells of the operators' files: how a value is written, and how it is read back after a spreadsheet had it.

Words of these files (headings, names of choices) are Japanese whatever language the operator reads.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Model
from django.utils import translation
from django.utils.translation import gettext as _
from import_export.widgets import Widget

from selfcare import calendar, phones, tables, text

#: Where a row keeps what its reader should know, beside its cells.
NOTES = "\0notes"
_DAY = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})")
_WHOLE = re.compile(r"-?[0-9]{1,15}")


def guard(value: str) -> str:
    """A text that no spreadsheet runs as a formula. One that looks guarded gets another mark, so that `unguard` is
    exact: what was exported comes back as it was."""
    return f"'{value}" if text.csv_cell(value.lstrip("'")) != value.lstrip("'") else value


def unguard(value: str) -> str:
    return value[1:] if value.startswith("'") and guard(value) != value else value


class Cell(Widget):  # type: ignore[misc]  # it ships no types
    """Text. `clean` raises ValueError with a message for who made the file."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        return unguard(str(value)).strip()

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return "" if value is None else str(value)


def _plain(value: Any) -> str:
    """Half width, without spaces: for numbers and dates, never for names."""
    return unicodedata.normalize("NFKC", str(value)).strip()


class DateCell(Cell):
    """YYYY-MM-DD; spreadsheets make 2026/4/1 of it."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> date | None:
        typed = _plain(value)
        if not typed:
            return None
        found = _DAY.fullmatch(typed)
        try:
            return date(*(int(part) for part in found.groups()))  # type: ignore[union-attr]
        except (AttributeError, ValueError):
            raise ValueError(_("日付は 2026-04-01 のように入力してください。")) from None

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return value


class MomentCell(Cell):
    """Only written: moments are nobody's to import."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return f"{calendar.local(value):%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else ""


class WholeCell(Cell):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> int | None:
        typed = _plain(value).replace(",", "").removesuffix(".0")
        if not typed:
            return None
        if not _WHOLE.fullmatch(typed):
            raise ValueError(_("整数で入力してください。"))
        return int(typed)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return "" if value is None else value


class DecimalCell(WholeCell):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        typed = _plain(value).replace(",", "")
        if not typed:
            return None
        try:
            number = Decimal(typed)
        except InvalidOperation:
            raise ValueError(_("数字で入力してください。")) from None
        if not number.is_finite() or abs(number) >= 10**15:
            raise ValueError(_("数字で入力してください。"))
        return number


class ChoiceCell(Cell):
    """The Japanese word of a choice; its code is understood as well."""

    def __init__(self, choices: Iterable[tuple[Any, Any]]) -> None:
        super().__init__()
        with translation.override("ja"):
            self.words = {code: str(word) for code, word in choices}
        self.codes = {word: code for code, word in self.words.items()}

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        typed = str(super().clean(value))
        if not typed or typed in self.words:
            return typed
        if typed not in self.codes:
            raise ValueError(
                _("「%(typed)s」は選べません。次のいずれかです：%(words)s")
                % {"typed": typed[:40], "words": _("、").join(self.words.values())}
            )
        return self.codes[typed]

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return self.words.get(value, "" if value is None else str(value))


class CodesCell(Cell):
    """A list of codes, with spaces between them. Order is none."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> list[str]:
        return sorted(set(re.split(r"[\s,、]+", _plain(unguard(str(value))))) - {""})

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return " ".join(sorted(value or ()))


class PhoneCell(Cell):
    """Digits. A leading 0 that a spreadsheet has taken away is given back, and the row says so."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        typed = str(super().clean(value))
        if not typed:
            return ""
        digits = tables.phone_digits(typed)
        bare = phones.search_digits(tables.unquoted(typed))
        if isinstance(row, dict) and bare and digits == f"0{bare}":
            told = _("先頭の0が表計算ソフトで失われていたため、補いました：%(typed)s → %(digits)s")
            notes = row.setdefault(NOTES, {})
            notes[told % {"typed": typed, "digits": digits}] = True
        return digits


class FoundCell(Cell):
    """Another row, by what people call it: a customer by its partner ID. Each is asked for once a file."""

    def __init__(self, model: type[Model], key: str, missing: Any) -> None:
        super().__init__()
        self.model, self.key, self.missing = model, key, missing
        self._found: dict[str, Model | None] = {}

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        typed = str(super().clean(value))
        if not typed:
            return None
        if typed not in self._found:
            self._found[typed] = self.model._default_manager.filter(**{self.key: typed}).first()
        found = self._found[typed]
        if found is None:
            raise ValueError(self.missing)
        return found

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return "" if value is None else str(getattr(value, self.key))
