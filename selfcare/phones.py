"""Telephone numbers: digits with the leading 0 in the database, separators only on the screen."""

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from django.utils.translation import gettext_lazy as _

REGION = "JP"
# An international number has at most 15 digits (ITU-T E.164); 110 is the shortest one in Japan.
SHORTEST, LONGEST = 3, 15

# What people type or paste between digits, after NFKC: it leaves the many dashes alone, turns ｰ into ー and ～ into ~.
_SEPARATORS = re.compile(
    r"[-\u00ad\u2010-\u2015\u2043\u2212\u2500\u2501\u30fc\u301c\u223c~"  # hyphens, dashes, minus, rules, ー, waves
    r"\s.()/\u30fb\u00b7]"  # spaces, dots and brackets
)
_DIGITS = re.compile(r"[0-9]+")


def _bare(text: str) -> str:
    """Without separators and invisible marks (pasted contacts carry direction marks), +81 back to 0."""
    text = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    bare = _SEPARATORS.sub("", text)
    if bare.startswith("+81"):
        bare = "0" + bare[3:].removeprefix("0")
    return bare


def normalize(text: str) -> str:
    """Digits of a number as typed: any width, any separators, +81 understood.

    Raises ValueError with a message for the person who typed it.
    """
    digits = _bare(text)
    if not _DIGITS.fullmatch(digits):
        raise ValueError(_("電話番号は数字とハイフンで入力してください。"))
    if not SHORTEST <= len(digits) <= LONGEST:
        raise ValueError(_("電話番号の桁数をご確認ください。"))
    return digits


def search_digits(text: str) -> str:
    """Digits to look for inside stored numbers ("1234", "０９０-12"), or "" when the text is no part of a number."""
    digits = _bare(text)
    return digits if _DIGITS.fullmatch(digits) else ""


@lru_cache(maxsize=16384)
def display(digits: str) -> str:
    """With the separators of the numbering plan, for numbers that are in it; all others unchanged.

    Formatting a number that is not valid would drop its leading 0.
    """
    try:
        number = phonenumbers.parse(digits, REGION)
    except phonenumbers.NumberParseException:
        return digits
    if not phonenumbers.is_valid_number(number):
        return digits
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)


def mask(digits: str) -> str:
    """For logs: the last four digits only, and of four or fewer none."""
    shown = digits[-4:] if len(digits) > 4 else ""
    return "*" * (len(digits) - len(shown)) + shown
