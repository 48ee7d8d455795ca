"""What a file is, by its content: the extension is a claim to be checked, the browser's word is not read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from selfcare.documents.filetypes import CONTENT_TYPES, LARGEST, extension_of
from selfcare.documents.inspecting import archives, images, old_office, ooxml, pdf
from selfcare.documents.inspecting.budget import Budget, refuse_malware
from selfcare.documents.names import clean_name
from selfcare.documents.refusing import empty, permitted, too_large

#: Extension, content, what may still be unpacked; whether it has macros. Raises Refused.
Look = Callable[[str, bytes, Budget], bool]

_LOOKS: Mapping[str, Look] = {
    **dict.fromkeys(("xlsx", "xlsm", "docx", "pptx"), ooxml.look),
    **dict.fromkeys(("xls", "doc", "ppt"), old_office.look),
    "pdf": pdf.look,
    "png": images.png,
    **dict.fromkeys(("jpg", "jpeg"), images.jpeg),
}


@dataclass(frozen=True)
class Inspected:
    """A file that may be kept: `name` as people see it, `content_type` as its content bears out."""

    name: str
    content_type: str
    has_macros: bool


def inspect(content: bytes, name: str) -> Inspected:
    """What the file is. Raises Refused with the reason and what to do.

    Reads the content only, and unpacks no more of it than the budget of one upload.
    """
    name = clean_name(name)
    extension = extension_of(name)
    if extension not in CONTENT_TYPES:
        raise permitted()
    if not content:
        raise empty()
    if len(content) > LARGEST:
        raise too_large()
    refuse_malware(content)
    budget = Budget()
    has_macros = archives.look(content, budget, _look) if extension == "zip" else _look(extension, content, budget)
    return Inspected(name, CONTENT_TYPES[extension], has_macros)


def _look(extension: str, content: bytes, budget: Budget) -> bool:
    look = _LOOKS.get(extension)
    if look is None:
        raise permitted()
    return look(extension, content, budget)
