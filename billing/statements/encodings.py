"""How the files are encoded: UTF-8 without BOM, or CP932, which Windows calls Shift-JIS.

CP932 has no room for many characters. None of them is an error and none goes unseen: what has a look-alike becomes it,
a selector of a glyph's variant leaves the character that it selects, everything else becomes 〓, and all of them are
counted. The count is kept with the file and shown beside it.

| character | in CP932 |
| --- | --- |
| 〜 − ‖ ¢ £ ¬ (U+301C, 2212, 2016, 00A2, 00A3, 00AC) | ～ － ∥ ￠ ￡ ￢: the same characters there, not counted |
| — (U+2014), ¥ (U+00A5) | ―, ￥ |
| ‐ ‑ – (U+2010, 2011, 2013), • (U+2022), · (U+00B7), ¦ (U+00A6) | -, ・, ￤ |
| no-break and other wide and narrow spaces | a space |
| variation selectors, zero-width characters, BOM | nothing |
| all else, as 𠮷, 鷗 and emoji | 〓 |

髙 﨑 ① ～ are in CP932 and stay.
"""

import codecs
import threading

UTF_8, CP932 = "utf-8", "cp932"
#: As HTTP calls them.
CHARSETS = {UTF_8: "utf-8", CP932: "Windows-31J"}
GETA = "〓"
_LOOKS = {
    "—¥‐‑–•·¦": "―￥---・・￤",
    "\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f": " " * 11,
}
_GONE = (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), *range(0x200B, 0x200E), 0x2060, 0xFEFF)
_ALIKE = {
    **{ord(one): other for ones, others in _LOOKS.items() for one, other in zip(ones, others, strict=True)},
    **dict.fromkeys(_GONE, ""),
}
_HANDLER = "selfcare-cp932"


class _Seen(threading.local):
    replaced = 0


_seen = _Seen()


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    unknown = error.object[error.start : error.end]
    _seen.replaced += len(unknown)
    return "".join(_ALIKE.get(ord(character), GETA) for character in unknown), error.end


codecs.register_error(_HANDLER, _replace)


def to_cp932(text: str) -> tuple[bytes, int]:
    """The text in CP932, and how many of its characters were replaced. Never fails."""
    _seen.replaced = 0
    return text.encode(CP932, _HANDLER), _seen.replaced


def encode(utf_8: bytes, encoding: str) -> tuple[bytes, int]:
    """UTF-8, ending between two characters, in `encoding`; and how many characters were replaced."""
    return (utf_8, 0) if encoding == UTF_8 else to_cp932(utf_8.decode())
