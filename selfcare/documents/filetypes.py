"""The types of files that customers may send along, and how large one may be."""

from pathlib import PurePosixPath

#: Bytes of one file. What the pages say about it is derived from it.
LARGEST = 10 * 1024 * 1024
LARGEST_WORDS = f"{LARGEST // (1024 * 1024)}MB"

#: By extension: what a file of this type is called where types have names (IANA).
CONTENT_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xlsm": "application/vnd.ms-excel.sheet.macroEnabled.12",
    "xls": "application/vnd.ms-excel",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "doc": "application/msword",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "ppt": "application/vnd.ms-powerpoint",
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "zip": "application/zip",
}
#: What the browser's dialog offers, and what the pages name.
ACCEPT = ",".join(f".{extension}" for extension in CONTENT_TYPES)
EXTENSIONS_WORDS = " ".join(f".{extension}" for extension in CONTENT_TYPES)


def extension_of(name: str) -> str:
    """Lower case, without the dot; "" for a name without one. Whether it is permitted is the caller's question."""
    return PurePosixPath(name).suffix[1:].lower()
