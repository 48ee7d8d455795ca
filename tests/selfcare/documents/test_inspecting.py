"""Extension and content agree, or the file is refused; whatever is sent, the answer is one of the two."""

import random

import pytest
from PIL.PngImagePlugin import PngInfo

from selfcare.documents.filetypes import CONTENT_TYPES, LARGEST
from selfcare.documents.inspecting import inspect
from selfcare.documents.inspecting.budget import refuse_malware
from selfcare.documents.refusing import Refused
from tests.selfcare.documents import compound, files

EXTENSIONS = tuple(CONTENT_TYPES)


def test_all_permitted_types_are_tried_here():
    assert files.every().keys() == CONTENT_TYPES.keys()


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_a_good_file_is_what_its_name_says(extension):
    found = inspect(files.every()[extension], f"書類.{extension.upper()}")
    assert found.name == f"書類.{extension}"
    assert found.content_type == CONTENT_TYPES[extension]
    assert found.has_macros == (extension == "xlsm")


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_no_file_passes_under_another_types_name(extension):
    for other in files.every().keys() - {extension}:
        if CONTENT_TYPES[other] == CONTENT_TYPES[extension]:
            continue
        with pytest.raises(Refused):
            inspect(files.every()[extension], f"a.{other}")


@pytest.mark.parametrize(
    "name",
    ["a.exe", "a.pdf.exe", "a", ".pdf", "", "a.html", "a.svg", "a.docm", "a.pptm", "a.xlsb", "a.rar", "a.7z", "a.lzh",
     "a.pdf/", "a.pdf::$DATA", "a.ｐｄｆ", "a.\u202efdp.exe", "a.js", "a.csv"],
)  # fmt: skip
def test_other_extensions_are_refused_whatever_is_in_them(name):
    for content in files.every().values():
        with pytest.raises(Refused, match=r"受け付けていません.*\.pdf"):
            inspect(content, name)


@pytest.mark.parametrize("extension", EXTENSIONS)
@pytest.mark.parametrize(
    "content",
    [b"<html><script>alert(1)</script></html>", b"MZ\x90\x00" + bytes(5000), b"\x7fELF" + bytes(5000), b"\0" * 5000,
     b"#!/bin/sh\n", b"<?php echo 1;", b"{\\rtf1}", b"a,b\n1,2\n", b"Rar!\x1a\x07\x00", b"7z\xbc\xaf\x27\x1c"],
)  # fmt: skip
def test_what_is_no_file_of_the_type_is_refused(extension, content):
    with pytest.raises(Refused):
        inspect(content, f"a.{extension}")


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_an_empty_file_is_told_as_such(extension):
    with pytest.raises(Refused, match="空です"):
        inspect(b"", f"a.{extension}")


def test_the_limit_is_the_last_byte():
    whole = files.every()["pdf"][:-6] + b" " * (LARGEST - len(files.every()["pdf"])) + files.every()["pdf"][-6:]
    assert len(whole) == LARGEST
    assert inspect(whole, "a.pdf")
    with pytest.raises(Refused, match="10MBまで"):
        inspect(whole + b"\n", "a.pdf")


@pytest.mark.parametrize("extension", [one for one in EXTENSIONS if one != "zip"])
def test_nothing_is_glued_behind(extension):
    tails = [files.every()["zip"], b"MZ\x90\0" + b"\1" * 600, b"<script>alert(1)</script>"]
    if extension != "pdf":  # a PDF that goes on with changes of itself is how PDFs are changed
        tails.append(files.pdf())
    for tail in tails:
        with pytest.raises(Refused):
            inspect(files.every()[extension] + tail, f"a.{extension}")


@pytest.mark.parametrize("extension", EXTENSIONS)
@pytest.mark.parametrize("before", [b" ", b"GIF89a", b"<script>alert(1)</script>", b"MZ\x90\0", b"\xef\xbb\xbf"])
def test_nothing_stands_before(extension, before):
    with pytest.raises(Refused):
        inspect(before + files.every()[extension], f"a.{extension}")


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_a_file_that_is_cut_off_is_refused(extension):
    content = files.every()[extension]
    with pytest.raises(Refused):
        inspect(content[: len(content) // 2], f"a.{extension}")


def test_the_antivirus_test_file_is_found_wherever_it_lies():
    eicar = files.EICAR
    found = {
        "a.pdf": files.pdf().replace(b"%PDF-1.7\n", b"%PDF-1.7\n%" + eicar + b"\n", 1),
        "b.png": files.image("PNG", pnginfo=_comment(eicar.decode())),
        "c.xlsx": files.repacked(files.xlsx(), xl__media__image1_dot_png=eicar),
        "d.zip": files.packed({"表.xlsx": files.repacked(files.xlsx(), docProps__x_dot_xml=eicar)}),
        "e.zip": files.packed({"a.pdf": files.pdf() + eicar}),
        "f.doc": compound.doc() + eicar,
        "g.doc": compound.compound({"WordDocument": compound.FIB, "Data": eicar}),
    }
    for name, content in found.items():
        with pytest.raises(Refused, match="EICAR"):
            inspect(content, name)
    # Packed, the archives do not show it: it is the unpacked members that are looked at.
    assert eicar not in found["d.zip"]
    refuse_malware(found["d.zip"])


def _comment(words: str) -> PngInfo:
    info = PngInfo()
    info.add_text("Comment", words)
    return info


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_a_damaged_file_is_taken_or_refused_and_never_an_error(extension):
    """Bytes changed, cut out and doubled at random, the seed fixed."""
    chance = random.Random(extension)
    content = files.every()[extension]
    for _turn in range(400):
        damaged = bytearray(content)
        for _change in range(chance.choice((1, 2, 8, 40))):
            at = chance.randrange(len(damaged))
            how = chance.random()
            if how < 0.7:
                damaged[at] = chance.choice((0, 0xFF, chance.randrange(256)))
            elif how < 0.85:
                del damaged[at : at + chance.randrange(1, 64)]
            else:
                damaged[at:at] = damaged[at : at + chance.randrange(1, 64)]
        try:
            inspect(bytes(damaged), f"a.{extension}")
        except Refused:
            continue
