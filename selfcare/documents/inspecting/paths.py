"""Names within archives: none that could lead out of the folder in which somebody unpacks it."""

import re
import unicodedata

from django.utils.translation import gettext as _

from selfcare.documents.names import hides, is_device
from selfcare.documents.refusing import Refused

_LONGEST = 500
_DRIVE = re.compile(r"[A-Za-z]:")


def refuse_path(name: str) -> None:
    """Raises Refused."""
    parts = name.removesuffix("/").split("/")
    if (
        len(name) > _LONGEST
        or "\\" in name
        or _DRIVE.match(name)
        or hides(name)
        or any(part.strip(" .") == "" or part != part.strip() or is_device(part) for part in parts)
    ):
        raise Refused(
            _("ZIPの中に、使えない名前（../ や C: など）のファイルがあります。名前を変えて作り直してください。")
        )


def key_of(name: str) -> str:
    """Equal for names that are one file on some system: case, width of composed characters, a trailing dot."""
    return unicodedata.normalize("NFC", name).casefold().rstrip("/. ")
