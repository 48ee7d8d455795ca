"""Pictures and PDFs: what else one file can be, and how large a small one can become."""

import io
import time
import tracemalloc
import zipfile
from contextlib import suppress

import pytest
from PIL.PngImagePlugin import PngInfo

from selfcare.documents.inspecting import inspect
from selfcare.documents.refusing import Refused
from tests.selfcare.documents import files

MEGABYTE = 1024 * 1024
PAGE = b"<html><script>alert(1)</script></html>"


def refused(content: bytes, name: str, told: str) -> None:
    with pytest.raises(Refused, match=told):
        inspect(content, name)


def test_a_picture_of_too_many_pixels_is_refused_without_unpacking_it():
    tracemalloc.start()
    for width, height in ((100_000, 100_000), (2**31 - 1, 1), (20_000, 6_001), (2**31 - 1, 2**31 - 1)):
        refused(files.png_of(width, height), "a.png", "画素数が多すぎます")
    assert tracemalloc.get_traced_memory()[1] < 5 * MEGABYTE
    tracemalloc.stop()
    assert inspect(files.png_of(120, 80), "a.png")


def test_a_jpeg_of_too_many_pixels_is_refused():
    content = files.image("JPEG")
    frame = content.index(b"\xff\xc0")
    bomb = content[: frame + 5] + b"\xff\xff\xff\xff" + content[frame + 9 :]
    refused(bomb, "a.jpg", "画素数が多すぎます")


@pytest.mark.parametrize(("kind", "name"), [("PNG", "a.png"), ("JPEG", "a.jpg")])
def test_pages_in_comments_are_refused(kind, name):
    info = PngInfo()
    info.add_text("Comment", PAGE.decode())
    options = {"pnginfo": info} if kind == "PNG" else {"comment": PAGE}
    refused(files.image(kind, **options), name, "隠れて")
    calm = PngInfo()
    calm.add_text("Comment", "2026-11-21")
    assert inspect(files.image(kind, **({"pnginfo": calm} if kind == "PNG" else {"comment": b"2026-11-21"})), name)


def test_text_that_unpacks_to_a_lot_costs_nothing():
    """Pillow leaves it out or refuses the file, by what another user of it in the process has set."""
    info = PngInfo()
    info.add_text("Comment", "x" * 50_000_000, zip=True)
    content = files.image("PNG", pnginfo=info)
    tracemalloc.start()
    with suppress(Refused):
        inspect(content, "a.png")
    assert tracemalloc.get_traced_memory()[1] < 5 * MEGABYTE
    tracemalloc.stop()


def test_a_telephones_second_picture_is_part_of_the_first():
    both = files.image("JPEG") + files.image("JPEG", quality=20)
    assert inspect(both, "a.jpg")
    assert inspect(both + bytes(64), "a.jpg")
    refused(both + b"PK\3\4", "a.jpg", "隠れて")
    refused(files.image("JPEG") + b"\xff\xd8" + PAGE, "a.jpg", "壊れて")


def test_a_png_with_a_wrong_sum_is_refused():
    content = bytearray(files.image())
    content[len(content) // 2] ^= 1
    refused(bytes(content), "a.png", "壊れて")


@pytest.mark.parametrize("blank", [b"", b"\n", b"\r\n\r\n", b" \x00\x1a"])
def test_a_pdf_may_end_in_blanks(blank):
    assert inspect(files.pdf() + blank, "a.pdf")


def test_a_pdf_begins_at_the_first_byte_and_ends_at_the_last():
    refused(b"\n" + files.pdf(), "a.pdf", "形式では")
    refused(PAGE + files.pdf(), "a.pdf", "形式では")
    refused(b"%PDF-9.9" + files.pdf()[8:], "a.pdf", "形式では")
    refused(files.pdf() + PAGE, "a.pdf", "隠れて")
    refused(files.pdf()[: files.pdf().rindex(b"%%EOF")], "a.pdf", "壊れて")


def test_an_archive_does_not_pass_as_a_pdf():
    """Its beginning in a comment of the PDF, its end mark's comment the end of the PDF."""
    archive = files.packed({"a.exe": b"MZ"})
    tail = b"\n%%EOF\n"
    polyglot = files.pdf() + archive[:-2] + len(tail).to_bytes(2, "little") + tail
    assert zipfile.ZipFile(io.BytesIO(polyglot)).namelist() == ["a.exe"], "it is one"
    refused(polyglot, "a.pdf", "隠れて")
    for name, content in (("a.png", files.image()), ("a.jpg", files.image("JPEG"))):
        refused(content + archive, name, "隠れて")


@pytest.mark.parametrize("action", [b"/S /JavaScript /JS (app.alert(1))", b"/S /Launch /F (cmd.exe)"])
def test_a_pdf_that_runs_something_is_marked(action):
    content = files.pdf().replace(b"%%EOF", b"9 0 obj << " + action + b" >> endobj\n%%EOF")
    assert inspect(content, "a.pdf").has_macros
    assert not inspect(files.pdf(), "a.pdf").has_macros


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xd8" + b"\xff\xe1\x00\x02" * (2 * MEGABYTE),
        b"\xff\xd8" + b"\xff" * (9 * MEGABYTE),
        b"\xff\xd8\xff\xda\x00\x02" + b"\xff\x00" * (4 * MEGABYTE),
        b"\xff\xd8\xff\xd9" * (2 * MEGABYTE),
    ],
    ids=["segments", "fill", "escapes", "pictures"],
)
def test_what_is_made_to_take_long_does_not(content):
    began = time.process_time()
    with pytest.raises(Refused):
        inspect(content, "a.jpg")
    assert time.process_time() - began < 2
