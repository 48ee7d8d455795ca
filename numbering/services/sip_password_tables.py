"""Reading a CSV file of SIP password changes: number, current and new password a line, as spreadsheets write them.

Nothing here asks the database, and no reason says what stood in the cells of the passwords.
"""

import re
from dataclasses import dataclass, field
from functools import cache

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from selfcare import phones, tables
from selfcare.tables import FileRefused

#: Changes of one file.
MOST = 10_000
#: Bytes of one file.
LARGEST = 1024 * 1024

NUMBER, CURRENT, NEW, LINE = "number", "current", "new", "line"
_COLUMNS = (NUMBER, CURRENT, NEW)
# As people and other programs name the columns, without spaces, hyphens and underscores.
_WORDS = {
    NUMBER: "番号|電話番号|ip電話番号|050番号|ip電話番号(050番号)|number|phone|phonenumber|telephonenumber|telephone",
    CURRENT: "現在のパスワード|現パスワード|旧パスワード|古いパスワード|current|currentpassword|old|oldpassword",
    NEW: "新しいパスワード|新パスワード|変更後のパスワード|new|newpassword",
}
_TELEPHONE = re.compile(r"0[0-9]{9,10}")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one cell, or with the LINE as a whole."""

    column: str
    text: str


@dataclass(slots=True)
class Entry:
    """One line of the file. `number` is in digits, empty when it cannot be read; passwords are never printed."""

    line: int
    number: str
    current: str = field(repr=False)
    new: str = field(repr=False)
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, column: str, reason: str) -> None:
        self.problems.append(Problem(column, reason))

    @property
    def shown(self) -> str:
        """The number, if it is one: whoever mixed the columns up has a password in this one."""
        return phones.display(self.number) if _TELEPHONE.fullmatch(self.number) else ""


def column_names() -> dict[str, str]:
    """The headings of the files that we give out."""
    return {
        NUMBER: _("IP加入電話番号"),
        CURRENT: _("現IP加入電話パスワード"),
        NEW: _("新IP加入電話パスワード"),
    }


def read(content: bytes) -> list[Entry]:
    """The lines of a file, each with what is wrong with its form. Raises FileRefused."""
    if len(content) > LARGEST:
        raise FileRefused(_("ファイルが大きすぎます。1MBまで、10,000件までのCSVにしてください。"))
    entries: list[Entry] = []
    count = 0
    places: dict[str, int] | None = None
    for line, cells in tables.rows(content):
        if places is None:
            places = _heading(cells)
            if places:
                continue
            places = dict(zip(_COLUMNS, range(3), strict=True))
        count += 1
        if count <= MOST:
            entries.append(_entry(line, cells, places))
    if not entries:
        raise FileRefused(_("ファイルに番号が1件もありません。1行に1番号を入力してください。"))
    if count > MOST:
        raise FileRefused(
            _("一度に変更できるのは%(most)s件までです（このファイルは%(count)s件）。ファイルを分けてください。")
            % {"most": f"{MOST:,}", "count": f"{count:,}"}
        )
    return entries


@cache
def _known_words() -> dict[str, str]:
    """Column by heading: the usual words, and our own in every language."""
    known = {word: column for column, words in _WORDS.items() for word in words.split("|")}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            known |= {tables.bare(name): column for column, name in column_names().items()}
    return known


def _heading(cells: list[str]) -> dict[str, int]:
    """Where the columns stand, if these cells are their names; else nothing."""
    known = _known_words()
    places: dict[str, int] = {}
    for place, cell in enumerate(cells):
        column = known.get(tables.bare(cell))
        if column:
            places.setdefault(column, place)
    if len(places) == len(_COLUMNS):
        return places
    # A heading that names the number is one, whatever it calls the others.
    return dict(zip(_COLUMNS, range(3), strict=True)) if places.get(NUMBER) == 0 else {}


def _entry(line: int, cells: list[str], places: dict[str, int]) -> Entry:
    found = {column: cells[place] if place < len(cells) else "" for column, place in places.items()}
    entry = Entry(line, "", found[CURRENT], found[NEW])
    if any(cells[max(places.values()) + 1 :]):
        entry.refuse(LINE, _("列が多すぎます。番号、現在のパスワード、新しいパスワードの3列にしてください。"))
    try:
        entry.number = _digits(found[NUMBER])
    except ValueError as error:
        entry.refuse(NUMBER, str(error))
    if not entry.current:
        entry.refuse(CURRENT, _("現在のパスワードを入力してください。"))
    if not entry.new:
        entry.refuse(NEW, _("新しいパスワードを入力してください。変更しない番号の行は削除してください。"))
    return entry


def _digits(typed: str) -> str:
    if not tables.unquoted(typed):
        raise ValueError(_("IP加入電話番号を入力してください。"))
    return tables.phone_digits(typed)
