"""Office files: entities, bombs, passwords, macros, and programs that are not the one of the extension."""

import struct
import zipfile

import pytest

from selfcare.documents.inspecting import inspect
from selfcare.documents.refusing import Refused
from tests.selfcare.documents import compound, files

DOCTYPE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'
LAUGHS = b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><l>&b;</l>'
MEGABYTE = 1024 * 1024


def refused(content: bytes, name: str, told: str) -> None:
    with pytest.raises(Refused, match=told):
        inspect(content, name)


@pytest.mark.parametrize("evil", [DOCTYPE, LAUGHS])
@pytest.mark.parametrize("part", ["xl/workbook.xml", "[Content_Types].xml", "_rels/.rels", "docProps/x.vml"])
def test_document_types_and_entities_are_refused(evil, part):
    for content in (evil, evil.decode().encode("utf-16")):
        refused(files.packed({**files.unpacked(files.xlsx()), part: content}), "a.xlsx", "DOCTYPE")


def test_encodings_that_hide_a_document_type_are_refused():
    for encoding in ("utf-7", "cp037", "x-user-defined"):
        part = f'<?xml version="1.0" encoding="{encoding}"?><x/>'.encode()
        refused(files.repacked(files.xlsx(), xl__x_dot_xml=part), "a.xlsx", "壊れて")
    for encoding in ("UTF-8", "Shift_JIS", "us-ascii"):
        part = f'<?xml version="1.0" encoding="{encoding}"?><x/>'.encode()
        assert inspect(files.repacked(files.xlsx(), xl__x_dot_xml=part), "a.xlsx")


def test_a_bomb_in_an_office_file_is_refused():
    bomb = files.repacked(files.xlsx(), xl__worksheets__sheet1_dot_xml=b"<x>" + b" " * (60 * MEGABYTE))
    assert len(bomb) < MEGABYTE
    refused(bomb, "a.xlsx", "極端に圧縮")
    refused(files.packed({"a.xlsx": bomb}), "a.zip", "極端に圧縮")


def test_bombs_in_many_files_share_one_limit():
    """Each below every limit of its own: their sum is counted over the archives within the archive."""
    part = b"".join(struct.pack(">L", n * 2654435761 % 2**32) * 40 for n in range(30 * MEGABYTE // 160))
    one = files.repacked(files.xlsx(), xl__media__x_dot_bin=part)
    assert inspect(one, "a.xlsx")
    assert len(one) * 8 < 10 * MEGABYTE
    refused(files.packed({f"{n}.xlsx": one for n in range(8)}, how=zipfile.ZIP_STORED), "a.zip", "大きくなりすぎる")


def test_a_name_that_leads_elsewhere_is_refused_in_an_office_file_too():
    content = files.packed({**files.unpacked(files.xlsx()), "../../x.xml": b"<x/>"})
    refused(content, "a.xlsx", "使えない名前")


def test_an_archive_that_is_no_office_file_does_not_pass_as_one():
    whole = files.unpacked(files.docx())
    for missing in ("[Content_Types].xml", "_rels/.rels", "word/document.xml"):
        refused(files.packed({k: v for k, v in whole.items() if k != missing}), "a.docx", "形式では")
    refused(files.packed({"a.pdf": files.pdf()}), "a.docx", "形式では")
    for broken in (b"", b"<Types", b"\xff" * 50, b"<x>" + b" " * 2 * MEGABYTE + b"</x>"):
        with pytest.raises(Refused):
            inspect(files.packed({**whole, "[Content_Types].xml": broken}, how=zipfile.ZIP_STORED), "a.docx")


def test_types_by_default_are_read_too():
    assert inspect(files.docx(by_default=True), "a.docx")
    refused(files.docx(by_default=True), "a.pptx", "形式では")


@pytest.mark.parametrize("main", ["word/document.docm", "word/document.xml"])
def test_word_files_with_macros_are_not_among_the_types(main):
    content = files.office(main, "application/vnd.ms-word.document.macroEnabled.main+xml")
    refused(content, "a.docx", "形式では")
    refused(content, "a.docm", "この種類")


@pytest.mark.parametrize(
    "name", ["xl/vbaProject.bin", "word/VBAPROJECT.BIN", "x/y/vbaProject.bin", "xl/macrosheets/sheet1.xml"]
)
def test_macros_are_marked_wherever_they_lie(name):
    content = files.packed({**files.unpacked(files.docx()), name: b"<x/>"})
    assert inspect(content, "a.docx").has_macros
    assert inspect(files.packed({"x/a.docx": content}), "a.zip").has_macros
    assert not inspect(files.docx(), "a.docx").has_macros


def test_macros_of_embedded_files_are_marked():
    workbook = files.packed({**files.unpacked(files.docx()), "word/embeddings/a.xlsm": files.xlsm()})
    assert inspect(workbook, "a.docx").has_macros
    old = compound.xls(compound.sheet(1))
    for embedded, marked in ((compound.doc(Macros=("VBA",)), True), (compound.doc(), False)):
        content = files.packed({**files.unpacked(files.docx()), "word/embeddings/o.bin": embedded})
        assert inspect(content, "a.docx").has_macros == marked
    assert inspect(old, "a.xls").has_macros


def test_files_within_files_within_files_end_somewhere():
    content = files.docx()
    for _depth in range(2):
        content = files.packed({**files.unpacked(files.docx()), "word/embeddings/a.docx": content})
    assert inspect(content, "a.docx")
    content = files.packed({**files.unpacked(files.docx()), "word/embeddings/a.docx": content})
    refused(content, "a.docx", "深すぎ")


def test_passwords_are_told_as_such():
    envelope = compound.compound({"EncryptedPackage": bytes(5000), "EncryptionInfo": bytes(200)})
    for extension in ("xlsx", "xlsm", "docx", "pptx", "xls", "doc", "ppt"):
        refused(envelope, f"a.{extension}", "パスワードを外して")
    refused(compound.xls(compound.FILEPASS, compound.sheet()), "a.xls", "パスワードを外して")
    refused(compound.doc(compound.FIB_ENCRYPTED), "a.doc", "パスワードを外して")
    refused(compound.ppt(user=b"\xdf\xc4\xd1\xf3"), "a.ppt", "パスワードを外して")
    refused(files.packed({"a.xlsx": envelope}), "a.zip", r"「a\.xlsx」：パスワード")


def test_old_files_belong_to_their_program():
    for made, own in ((compound.xls(), "xls"), (compound.doc(), "doc"), (compound.ppt(), "ppt")):
        for extension in {"xls", "doc", "ppt"} - {own}:
            refused(made, f"a.{extension}", "形式では")
    assert inspect(compound.compound({"Book": compound.BOF + compound.EOF}), "a.xls")
    # A workbook in a text makes the text no workbook.
    refused(compound.compound({"WordDocument": compound.FIB}, {"ObjectPool": ("Workbook",)}), "a.xls", "形式では")
    refused(compound.compound({"Contents": bytes(50)}), "a.doc", "形式では")


def test_small_streams_are_read_where_they_lie():
    small = compound.compound(
        {"Workbook": compound.BOF + compound.FILEPASS + compound.EOF, "x": bytes(300)}, large=False
    )
    refused(small, "a.xls", "パスワードを外して")


@pytest.mark.parametrize(
    ("extension", "content"),
    [
        ("doc", compound.doc(Macros=("VBA", "PROJECT"))),
        ("xls", compound.compound({"Workbook": compound.BOF + compound.EOF}, {"_VBA_PROJECT_CUR": ("VBA",)})),
        ("xls", compound.xls(compound.sheet(0), compound.sheet(1))),
        ("ppt", compound.ppt(bytes.fromhex("1f00ff0314000000020000040c000000") + bytes(12))),
    ],
)
def test_old_macros_are_marked(extension, content):
    assert inspect(content, f"a.{extension}").has_macros


def test_old_files_end_where_they_end():
    for extra in (b"PK\3\4", files.packed({"a.exe": b"MZ"}), b"MZ" * 400):
        refused(compound.doc() + extra, "a.doc", "隠れて")
    assert inspect(compound.doc() + bytes(2048), "a.doc"), "zeros fill up disks and tapes"
    refused(compound.doc()[:-512], "a.doc", "壊れて")


def test_tables_that_run_in_circles_cost_nothing():
    content = bytearray(compound.doc())
    for turn in range(110):  # every sector's follower is itself, every table is the first one
        struct.pack_into("<L", content, 76 + 4 * turn if turn < 109 else 76, 0)
    table = bytearray(b"".join(struct.pack("<L", n) for n in range(128)))
    content[512:1024] = table
    with pytest.raises(Refused):
        inspect(bytes(content) + bytes(9 * MEGABYTE), "a.doc")
