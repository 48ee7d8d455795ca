"""Real files of every permitted type, and pieces to build bad ones from."""

import io
import struct
import zipfile
import zlib
from functools import cache

import tablib
from PIL import Image
from weasyprint import HTML

from tests.selfcare.documents import compound

#: Not in one piece, or scanners would move this file away.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
OFFICE = "application/vnd.openxmlformats-officedocument"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"


def packed(members: dict[str, bytes], *, how: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", how) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def repacked(content: bytes, **members: bytes) -> bytes:
    """The same archive with members more or replaced; the names are given with __ for / and _dot_ for a dot."""
    named = {name.replace("__", "/").replace("_dot_", "."): body for name, body in members.items()}
    return packed({**unpacked(content), **named})


@cache
def xlsx() -> bytes:
    content: bytes = tablib.Dataset(["取引時確認記録登録申込書"]).export("xlsx")
    return content


@cache
def xlsm() -> bytes:
    parts = unpacked(xlsx())
    types = parts["[Content_Types].xml"].replace(
        f"{OFFICE}.spreadsheetml.sheet.main+xml".encode(), b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    )
    return packed({**parts, "[Content_Types].xml": types, "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0 macros"})


def office(main: str, content_type: str, *, by_default: bool = False) -> bytes:
    """The least that Word and PowerPoint call a file of theirs; `by_default` as the Open XML SDK writes types."""
    named = f'<Override PartName="/{main}" ContentType="{content_type}"/>'
    types = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="{content_type if by_default else "application/xml"}"/>'
        f"{'' if by_default else named}</Types>"
    )
    relations = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{RELATION}" Target="{main}"/></Relationships>'
    )
    body = "<document>書</document>".encode()
    return packed({"[Content_Types].xml": types.encode(), "_rels/.rels": relations.encode(), main: body})


def docx(*, by_default: bool = False) -> bytes:
    return office("word/document.xml", f"{OFFICE}.wordprocessingml.document.main+xml", by_default=by_default)


def pptx() -> bytes:
    return office("ppt/presentation.xml", f"{OFFICE}.presentationml.presentation.main+xml")


@cache
def image(kind: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    Image.effect_noise((120, 80), 60).convert("RGB").save(file, kind, **options)
    return file.getvalue()


@cache
def pdf() -> bytes:
    content: bytes = HTML(string="<p>登記事項証明書</p>").write_pdf()
    return content


def png_of(width: int, height: int) -> bytes:
    """A few bytes that would be a picture of this size."""
    body = image()
    head = struct.pack(">2L", width, height) + body[24:29]
    return body[:16] + head + struct.pack(">L", zlib.crc32(b"IHDR" + head)) + body[33:]


@cache
def every() -> dict[str, bytes]:
    """One good file of each permitted extension."""
    return {
        "xlsx": xlsx(),
        "xlsm": xlsm(),
        "xls": compound.xls(),
        "docx": docx(),
        "doc": compound.doc(),
        "pptx": pptx(),
        "ppt": compound.ppt(),
        "pdf": pdf(),
        "png": image("PNG"),
        "jpg": image("JPEG"),
        "jpeg": image("JPEG", progressive=True),
        "zip": packed({"申込書/登録.xlsx": xlsx(), "証明書.pdf": pdf()}),
    }
