"""What stands in a cell, as people and spreadsheets write it. Every ValueError is for the person who made the file."""

import re
from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from selfcare import tables, text

#: 1,000 and 1,000.00: how spreadsheets write what they show with separators or decimals.
_GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{3})+")
_WHOLE = re.compile(r"([0-9]+)\.0+")


def phone(typed: str) -> str:
    """The digits of a telephone number, its leading 0 given back; empty stays empty. Raises ValueError."""
    return tables.phone_digits(typed) if typed.strip() else ""


def count(typed: str) -> int:
    """A whole number of things. Raises ValueError."""
    # NFKC would read 10² as 102.
    cell = text.to_halfwidth_digits(typed).replace("，", ",").strip()
    if _GROUPED.fullmatch(cell):
        cell = cell.replace(",", "")
    whole = _WHOLE.fullmatch(cell)
    return text.parse_count(whole[1] if whole else cell)


def choice(typed: str, words: Mapping[str, Iterable[str]]) -> str:
    """The value whose words (or which itself) stands in the cell; empty stays empty. Raises ValueError."""
    wanted = tables.bare(typed)
    if not wanted:
        return ""
    for value, known in words.items():
        if wanted in {tables.bare(value), *(tables.bare(str(word)) for word in known)}:
            return value
    offered = _("」「").join(str(next(iter(known), value)) for value, known in words.items())
    raise ValueError(_("「%(offered)s」のどれかを入力してください。") % {"offered": offered})


_YES = ("契約する", "する", "あり", "有り", "有", "はい", "○", "〇", "1", "yes", "true")
_NO = ("契約しない", "しない", "なし", "無し", "無", "いいえ", "×", "0", "no", "false", "-", "－")


def yes_no(typed: str) -> bool:
    """契約する and 有り, 契約しない and 無し, and what people write for them; empty is no. Raises ValueError."""
    return choice(typed, {"yes": _YES, "no": _NO}) == "yes"
