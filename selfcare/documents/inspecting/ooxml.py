"""Office files since 2007: a ZIP whose list of contents and first relationship say which program's file it is."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from django.utils.translation import gettext as _

from selfcare.documents.inspecting import ole2, zips
from selfcare.documents.inspecting.budget import Budget
from selfcare.documents.refusing import Refused, broken, encrypted, mismatch

#: Parts of one file; a workbook with many sheets and pictures has some hundreds.
MOST_PARTS = 3000
#: Files within files (a workbook in a text), so deep.
_DEEPEST = 3
#: Bytes of the two parts that are parsed.
_LARGEST_PARSED = 1024 * 1024
_TYPES, _RELATIONS = "[Content_Types].xml", "_rels/.rels"
_MAIN = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
    "xlsm": "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
}
_XML = (".xml", ".rels", ".vml")
_ENCODING = re.compile(rb"""<\?xml[^>]{0,100}encoding\s*=\s*["']([^"']{1,40})["']""")
#: Encodings in which a declaration is written in these very bytes; UTF-16 is decoded before.
_PLAIN = frozenset({b"utf-8", b"us-ascii", b"ascii", b"iso-8859-1", b"windows-1252", b"shift_jis", b"windows-31j"})
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)")


def look(extension: str, content: bytes, budget: Budget) -> bool:
    """Whether it has macros. Raises Refused unless it is a file of that extension's program, whole and harmless."""
    if content.startswith(ole2.MAGIC):
        if ole2.is_encrypted_office(content):
            raise encrypted()
        raise mismatch(extension)
    if not content.startswith(zips.FIRST):
        raise mismatch(extension)
    parts: dict[str, bytes] = {}
    has_macros = extension == "xlsm"
    for member in _walk(content, budget, 1):
        has_macros |= _is_macro(member)
        if member.name in (_TYPES, _RELATIONS):
            parts.setdefault(member.name, member.content)
        else:
            parts.setdefault(member.name, b"")
    if _main_type(parts) != _MAIN[extension]:
        raise mismatch(extension)
    return has_macros


def _walk(content: bytes, budget: Budget, depth: int) -> Iterator[zips.Member]:
    """Every part; those of files within it under names that are nobody's."""
    for member in zips.members(content, most=MOST_PARTS, budget=budget):
        if member.name.lower().endswith(_XML):
            _refuse_declarations(member.content)
        yield member
        if member.content.startswith(zips.FIRST):
            if depth == _DEEPEST:
                raise Refused(_("ファイルの中のファイルが深すぎます。埋め込みを減らしてからお送りください。"))
            for inner in _walk(member.content, budget, depth + 1):
                yield zips.Member((f"{member.name}!/{inner.name}",), inner.content)


def _is_macro(member: zips.Member) -> bool:
    name = member.name.lower()
    if name.endswith("vbaproject.bin") or "/macrosheets/" in name:
        return True
    return member.content.startswith(ole2.MAGIC) and ole2.may_have_macros(member.content)


def _refuse_declarations(content: bytes) -> None:
    """A document type could name files to be read and entities that multiply; Office writes none."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in content[:4]:
        content = content.replace(b"\0", b"")
    else:
        declared = _ENCODING.search(content[:200])
        if declared and declared[1].lower() not in _PLAIN:
            raise broken()
    if _DECLARATION.search(content):
        raise Refused(_("外部を参照する定義（DOCTYPE）を含むファイルは受け付けていません。保存し直してください。"))


def _main_type(parts: dict[str, bytes]) -> str:
    """The type of the part that the file's first relationship leads to; "" where there is none."""
    if _TYPES not in parts or _RELATIONS not in parts:
        return ""
    main = ""
    for relation in _elements(parts[_RELATIONS], "Relationship"):
        if relation.get("Type", "").endswith("/officeDocument"):
            main = relation.get("Target", "").lstrip("/")
    if main not in parts:
        return ""
    defaults = {e.get("Extension", "").lower(): e.get("ContentType", "") for e in _elements(parts[_TYPES], "Default")}
    given = {e.get("PartName", "").lstrip("/"): e.get("ContentType", "") for e in _elements(parts[_TYPES], "Override")}
    return given.get(main) or defaults.get(main.rsplit(".", 1)[-1].lower(), "")


def _elements(content: bytes, name: str) -> list[ElementTree.Element]:
    """Of a part that has no document type, so that there are no entities to expand."""
    if len(content) > _LARGEST_PARSED:
        raise broken()
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - see above
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise broken() from error
    return [element for element in root if element.tag.rsplit("}", 1)[-1] == name]
