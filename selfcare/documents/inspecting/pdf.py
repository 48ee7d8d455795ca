"""PDF: its mark at the first byte, its end mark at the last, and no archive around it."""

import re
import struct

from selfcare.documents.inspecting.budget import Budget
from selfcare.documents.refusing import broken, glued, mismatch

_BEGINS = re.compile(rb"%PDF-[12]\.[0-9]")
_END = b"%%EOF"
#: What follows the last end mark in files of honest programs.
_BLANK = b"\r\n\t \0\x1a"
#: Bytes at the end of an archive in which its mark stands: 22 of its own, a comment of at most 65,535.
_ARCHIVE_END = 22 + 65_535
#: Actions that run something when the file is opened or clicked; names may hide in packed parts, so this is a hint.
_ACTS = re.compile(rb"/(?:JavaScript|Launch)\b")


def look(_extension: str, content: bytes, _budget: Budget) -> bool:
    """Whether it plainly has scripts or starts programs. Raises Refused."""
    if not _BEGINS.match(content):
        raise mismatch("pdf")
    end = content.rfind(_END)
    if end < 0:
        raise broken()
    if content[end + len(_END) :].strip(_BLANK) or _opens_as_zip(content):
        raise glued()
    return bool(_ACTS.search(content))


def _opens_as_zip(content: bytes) -> bool:
    """An archive may end in a comment that looks like the end of a PDF; readers look for it in the last 64 KB."""
    end = content.rfind(b"PK\5\6", max(0, len(content) - _ARCHIVE_END))
    if end < 0 or end + 16 > len(content):
        return False
    size: int = struct.unpack_from("<L", content, end + 12)[0]
    return size <= end and content.startswith(b"PK\1\2", end - size)
