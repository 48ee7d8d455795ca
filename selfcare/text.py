"""Widths, kana, counts, and the encodings of files that customers and operators exchange with us.

NFKC loses information (㈱ becomes (株), 塚 U+FA10 becomes 塚 U+585A), so it is applied per kind of field: to
identifiers, counts and search keys, never to names and addresses as customers wrote them.
"""

import re
import unicodedata

from django.utils.translation import gettext_lazy as _

_HALFWIDTH_DIGITS = {0xFF10 + value: str(value) for value in range(10)}
# ぁ to ゖ lie 0x60 below ァ to ヶ.
_KATAKANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}
_KANA = re.compile(r"[ァ-ヶー・（）() \u3000]+")
# ! to ~ lie 0xFEE0 below their full-width forms; space, yen and the like do not.
_FULLWIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {
    0x20: "\u3000",
    0xA0: "\u3000",
    0xA2: "\uffe0",
    0xA3: "\uffe1",
    0xA5: "\uffe5",
    0xAC: "\uffe2",
}
_HALFWIDTH_KATAKANA = re.compile("[\uff61-\uff9f]+")
# Emoji and other pictures: as wide as a kanji, and in nobody's name.
_PICTURES = range(0x1F000, 0x20000)


def to_halfwidth_digits(text: str) -> str:
    return text.translate(_HALFWIDTH_DIGITS)


def normalize_identifier(text: str) -> str:
    """Login names, mail addresses, serial numbers: half width, no space around."""
    return unicodedata.normalize("NFKC", text).strip()


def kana(text: str) -> str:
    """Full-width katakana from hiragana, katakana of any width, ・ and brackets.

    Never longer than what was typed: ㌖ and its like, which NFKC makes several characters of, are no kana. Raises
    ValueError with a message for the person who typed it.
    """
    result = unicodedata.normalize("NFKC", text).strip().translate(_KATAKANA)
    if not _KANA.fullmatch(result) or len(result) > len(text):
        raise ValueError(_("カナで入力してください。"))
    return result


def to_fullwidth(text: str) -> str:
    """Latin letters, digits, signs and katakana of half width in full width; everything else as it was written."""
    text = fullwidth_katakana(text)
    text = _COMBINING_VOICE.sub(lambda found: unicodedata.normalize("NFC", found[0]), text)
    return text.translate(_FULLWIDTH)


def fullwidth_katakana(text: str) -> str:
    """ﾕﾆﾊﾞｰｻﾙ of file formats as people read it, ユニバーサル; everything else as it was written."""
    return _HALFWIDTH_KATAKANA.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)


def is_fullwidth(text: str) -> bool:
    """Whether every character takes the width of a kanji in Japanese typesetting, without controls, joiners, emoji."""
    return all(c == "\u3000" or _stands_alone(c) for c in text)


def _stands_alone(character: str) -> bool:
    wide = character.isprintable() and unicodedata.east_asian_width(character) in "WFA"
    return wide and not unicodedata.combining(character) and ord(character) not in _PICTURES


def search_key(text: str) -> str:
    """The form in which names are compared when searching: one width, one case, single spaces."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(folded.split())


def parse_count(text: str) -> int:
    """A whole number of things as typed: "5" and "５". Range is the caller's matter.

    Raises ValueError with a message for the person who typed it. NFKC would read "10²" as 102, so only width changes.
    """
    digits = to_halfwidth_digits(text).strip()
    if not re.fullmatch(r"[0-9]{1,12}", digits):
        raise ValueError(_("数字で入力してください。"))
    return int(digits)


# Characters that cp932 has under another code point of the same shape.
_CP932_TWINS = {
    0x301C: "\uff5e",  # wave dash
    0x2212: "\uff0d",  # minus
    0x2014: "\u2015",  # em dash
    0x2016: "\u2225",  # double bar
    0x00A2: "\uffe0",  # cent
    0x00A3: "\uffe1",  # pound
    0x00AC: "\uffe2",  # not
    0x00A5: "\uffe5",  # yen
    0x00A0: " ",  # no-break space
}
GETA = "〓"  # what Japanese typesetters set for a missing character
# か and a combining voicing mark, as macOS writes file names. Whole-text NFC would change 塚 (U+FA10) as well.
_COMBINING_VOICE = re.compile("[\u3041-\u30ff][\u3099\u309a]")


def to_cp932(text: str) -> tuple[bytes, int]:
    """The bytes for Windows programs and how many characters became 〓; say so beside the download."""
    text = _COMBINING_VOICE.sub(lambda found: unicodedata.normalize("NFC", found[0]), text).translate(_CP932_TWINS)
    try:
        return text.encode("cp932"), 0
    except UnicodeEncodeError:
        pass
    parts = []
    replaced = 0
    for character in text:
        try:
            parts.append(character.encode("cp932"))
        except UnicodeEncodeError:
            parts.append(GETA.encode("cp932"))
            replaced += 1
    return b"".join(parts), replaced


# What spreadsheets take for the beginning of a formula; cp932 turns the mathematical minus into the full-width one.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "\u2212")


def csv_cell(text: str) -> str:
    """A free text as a cell that no spreadsheet runs as a formula. Not for columns of numbers: -100 is a value."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


class UnreadableFileError(ValueError):
    """The bytes are no text in an encoding we accept; the message is for the person who chose the file."""


# Undefined bytes that Python's cp932 maps to controls and private characters instead of refusing them, and controls
# that no text file has: ESC betrays ISO-2022-JP, NUL betrays UTF-16 and workbooks.
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\uf8f0-\uf8f3]")


def decode_upload(content: bytes) -> tuple[str, str]:
    """The text of an uploaded file and its encoding (utf-8-sig, utf-8 or cp932), by strict trial in that order.

    Raises UnreadableFileError. Show the encoding and a preview: some bytes are valid in more than one.
    """
    encodings = ["utf-8-sig"] if content.startswith(b"\xef\xbb\xbf") else ["utf-8", "cp932"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _NOT_TEXT.search(text):
            return text, encoding
    raise UnreadableFileError(
        _("ファイルの文字コードを読み取れません。UTF-8 または Shift_JIS（CP932）の CSV で保存し直してください。")
    )
