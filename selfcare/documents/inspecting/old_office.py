"""Which program's file a compound file is, whether it has a password, whether it has macros."""

import struct
from collections import defaultdict

from selfcare.documents.inspecting import ole2
from selfcare.documents.inspecting.budget import Budget
from selfcare.documents.refusing import encrypted, mismatch

#: The stream that makes a file one of its program.
_MAIN = {"xls": ("Workbook", "Book"), "doc": ("WordDocument",), "ppt": ("PowerPoint Document",)}
#: [MS-XLS]: records of the workbook's beginning.
_EOF, _FILEPASS, _BOUNDSHEET = 0x0A, 0x2F, 0x85
_MACRO_SHEETS = (1, 6)
#: [MS-DOC] FibBase: the bit fEncrypted.
_DOC_FLAGS, _DOC_ENCRYPTED = 10, 0x0100
#: [MS-PPT]: the user's stream of an encrypted presentation begins with this token instead of another.
_PPT_ENCRYPTED = b"\xdf\xc4\xd1\xf3"
#: [MS-PPT] VbaInfoContainer with its one atom; macros lie packed in the main stream.
_PPT_VBA = b"\x1f\x00\xff\x03\x14\x00\x00\x00\x02\x00\x00\x04\x0c\x00\x00\x00"


def look(extension: str, content: bytes, _budget: Budget) -> bool:
    """Whether it has macros. Raises Refused."""
    if not content.startswith(ole2.MAGIC):
        raise mismatch(extension)
    file = ole2.CompoundFile(content)
    top = file.top()
    if "EncryptedPackage" in top:
        raise encrypted()
    main = next((top[name] for name in _MAIN[extension] if name in top), None)
    if main is None:
        raise mismatch(extension)
    file.refuse_other_end()
    beginning = file.read(main)
    user = file.read(top["Current User"]) if "Current User" in top else b""
    records = _records(beginning) if extension == "xls" else {}
    if _is_encrypted(extension, beginning, user, records):
        raise encrypted()
    if file.names() & ole2.VBA or _PPT_VBA in content:
        return True
    return any(sheet[5:6] and sheet[5] in _MACRO_SHEETS for sheet in records.get(_BOUNDSHEET, []))


def _is_encrypted(extension: str, beginning: bytes, user: bytes, records: dict[int, list[bytes]]) -> bool:
    if extension == "xls":
        return _FILEPASS in records
    if extension == "doc" and len(beginning) >= _DOC_FLAGS + 2:
        return bool(struct.unpack_from("<H", beginning, _DOC_FLAGS)[0] & _DOC_ENCRYPTED)
    return extension == "ppt" and _PPT_ENCRYPTED in user[:32]


def _records(stream: bytes) -> dict[int, list[bytes]]:
    """The workbook's own records by their numbers; those of its sheets follow behind the end of them."""
    found: dict[int, list[bytes]] = defaultdict(list)
    at = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<2H", stream, at)
        if kind == _EOF:
            break
        found[kind].append(stream[at + 4 : at + 4 + size])
        at += 4 + size
    return found
