"""Names of files as people see them. Never used as paths; made harmless for where they are shown and saved."""

import re
import unicodedata

from selfcare.documents.filetypes import extension_of

#: Characters of a stored name, its extension included; 255 bytes are what file systems take.
LONGEST = 120
LONGEST_BYTES = 240
#: Marks that turn the direction of writing: "exe.pdf" could be shown for a name that ends in "fdp.exe".
_TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
#: Controls, halves of characters, private and unknown characters, line and paragraph separators.
_UNSHOWN = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})
#: What Windows does not take in a name, beside the separators.
_FORBIDDEN = re.compile(r'[<>:"|?*]')
#: Names of devices, with any extension: Windows would write to the device.
_DEVICE = re.compile(r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|CLOCK\$|(?:COM|LPT)[0-9¹²³])", re.IGNORECASE)


def hides(text: str) -> bool:
    """Whether the text has characters that are not shown or that change how others are shown."""
    return any(c in _TURNS or unicodedata.category(c) in _UNSHOWN for c in text)


def is_device(name: str) -> bool:
    return bool(_DEVICE.fullmatch(name.split(".", 1)[0].rstrip()))


def clean_name(sent: str) -> str:
    """The name to keep for a file that was sent under `sent`: the last part of the path, NFC, shown as it is, short.

    Its extension is in lower case and stays whatever is cut; the name is never empty and names no device.
    """
    text = unicodedata.normalize("NFC", sent.replace("\\", "/")).rsplit("/", 1)[-1]
    text = "".join(c for c in text if c not in _TURNS and unicodedata.category(c) not in _UNSHOWN)
    text = _FORBIDDEN.sub("_", " ".join(text.split())).strip(" .")
    extension = extension_of(text)
    stem = (text[: -len(extension) - 1] if extension else text).rstrip(" .") or "file"
    if is_device(stem):
        stem = f"_{stem}"
    end = f".{extension}" if extension else ""
    return _cut(stem, end) + end


def _cut(stem: str, end: str) -> str:
    stem = stem[: max(1, LONGEST - len(end))]
    while len((stem + end).encode()) > LONGEST_BYTES and len(stem) > 1:
        stem = stem[:-1]
    return stem.rstrip(" .") or "file"
