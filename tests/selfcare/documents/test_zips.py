"""Archives: what unpacking one somewhere could do, and what one reader sees in it and another does not."""

import io
import struct
import tracemalloc
import zipfile
import zlib

import pytest

from selfcare.documents.inspecting import inspect
from selfcare.documents.inspecting.budget import MOST_UNPACKED
from selfcare.documents.refusing import Refused
from tests.selfcare.documents import files

MEGABYTE = 1024 * 1024


def archive(*members: tuple[zipfile.ZipInfo | str, bytes], comment: bytes = b"") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members:
            made.writestr(name, content)
        made.comment = comment
    return file.getvalue()


def refused(content: bytes, told: str) -> None:
    with pytest.raises(Refused, match=told):
        inspect(content, "a.zip")


def patched(content: bytes, old: bytes, new: bytes) -> bytes:
    assert old in content
    return content.replace(old, new)


@pytest.mark.parametrize(
    "name",
    ["../a.pdf", "x/../../a.pdf", "/etc/a.pdf", "..\\a.pdf", "x\\a.pdf", "C:a.pdf", "c:/a.pdf", "//host/a.pdf",
     "x//a.pdf", "./a.pdf", "con.pdf", "x/NUL/a.pdf", "lpt1.pdf", "a\u202efdp.pdf", "a\n.pdf", "a\x1b[2J.pdf",
     " a.pdf", "... /a.pdf",
     "x" * 600 + ".pdf"],
)  # fmt: skip
def test_names_that_lead_elsewhere_are_refused(name):
    refused(archive((name, files.pdf())), "使えない名前")
    # The same name in a directory entry.
    refused(archive((f"{name}/", b""), ("a.pdf", files.pdf())), "使えない名前")


def test_a_name_is_not_cut_at_a_nul():
    content = patched(archive(("a.exe_.pdf", files.pdf())), b"a.exe_.pdf", b"a.exe\0.pdf")
    refused(content, "使えない名前")


@pytest.mark.parametrize(
    "name", ["a.pdf", "申込書/登記（写し）.pdf", "表/ソ/能.pdf", "a b.PDF", "x/y/z/a.pdf", "é.pdf"]
)
def test_ordinary_names_are_taken(name):
    assert inspect(archive(("x/", b""), (name, files.pdf())), "a.zip")


def test_the_names_of_japanese_windows_are_read_as_such():
    """In cp932 the second byte of 表 and ソ is the backslash's."""
    raw = "表ソ.pdf".encode("cp932")
    content = patched(archive(("1234.pdf", files.pdf())), b"1234.pdf", raw)
    assert b"\\" in raw
    assert inspect(content, "a.zip")
    refused(patched(content, raw, b"..\\4.pdf"), "使えない名前")


def test_an_encrypted_archive_has_a_message_of_its_own():
    content = bytearray(archive(("a.pdf", files.pdf())))
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(mark) + at] |= 1
    refused(bytes(content), "パスワード付きのZIP")
    only_local = bytearray(archive(("a.pdf", files.pdf())))
    only_local[6] |= 1
    refused(bytes(only_local), "壊れて")


@pytest.mark.parametrize("mode", [0o120777, 0o010644, 0o020644, 0o060644, 0o140755])
def test_links_and_devices_are_refused(mode):
    link = zipfile.ZipInfo("a.pdf")
    link.create_system, link.external_attr = 3, mode << 16
    refused(archive((link, files.pdf())), "特別なファイル")


@pytest.mark.parametrize(("first", "second"), [("a.pdf", "A.PDF"), ("x/a.pdf", "X/a.pdf"), ("か\u3099.pdf", "が.pdf")])
def test_no_two_members_are_one_file(first, second):
    refused(archive((first, files.pdf()), (second, files.pdf())), "同じ名前")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_same_name_twice_is_refused():
    refused(archive(("a.pdf", files.pdf()), ("a.pdf", files.image())), "同じ名前")


def test_every_member_is_inspected_by_name():
    refused(archive(("a.pdf", files.pdf()), ("b.exe", b"MZ")), r"「b\.exe」：この種類")
    refused(archive(("a.pdf", files.pdf()), ("b.png", files.pdf())), r"「b\.png」：中身が")
    refused(archive(("a.zip", archive(("a.pdf", files.pdf())))), "ZIPの中にZIP")
    refused(archive(("a.pdf", b"")), "空です")
    refused(archive(("x/", b"")), "ファイルがありません")
    assert inspect(archive(("a.xlsm", files.xlsm())), "a.zip").has_macros


def test_another_name_in_the_extra_field_is_a_name_too():
    for name, told in (("../a.pdf", "使えない名前"), ("a.exe", "2通り")):
        body = b"\1" + struct.pack("<L", zlib.crc32(b"a.pdf")) + name.encode()
        member = zipfile.ZipInfo("a.pdf")
        member.extra = struct.pack("<2H", 0x7075, len(body)) + body
        refused(archive((member, files.pdf())), told)


def test_what_systems_put_in_unasked_is_no_obstacle():
    apple = b"\0\5\x16\7" + bytes(100)
    content = archive(("a.pdf", files.pdf()), ("__MACOSX/._a.pdf", apple), (".DS_Store", b"\0\0\0\1Bud1" + bytes(50)))
    assert inspect(content, "a.zip")
    refused(archive(("a.pdf", files.pdf()), ("__MACOSX/._a.pdf", b"MZ")), "形式では")
    refused(archive(("a.pdf", files.pdf()), (".DS_Store", b"MZ")), "この種類")
    refused(archive(("__MACOSX/._a.pdf", apple)), "ファイルがありません")


def test_too_many_members_are_refused_unread():
    refused(archive(*((f"{n}.pdf", files.pdf()) for n in range(201))), "200個まで")
    assert inspect(archive(*((f"{n}.pdf", files.pdf()) for n in range(200))), "a.zip")


def test_a_bomb_is_refused_before_it_unpacks():
    bomb = archive(("a.pdf", b"%PDF-1.7\n" + bytes(MOST_UNPACKED + MEGABYTE)))
    assert len(bomb) < MEGABYTE
    tracemalloc.start()
    refused(bomb, "極端に圧縮")
    assert tracemalloc.get_traced_memory()[1] < 5 * MEGABYTE
    tracemalloc.stop()


def test_many_members_share_one_limit():
    """Each of them is good by itself."""
    comment = b"".join(b"%08d" % (n * 7919) * 30 for n in range(30 * MEGABYTE // 240))
    large = files.pdf().replace(b"\n", b"\n%" + comment + b"\n", 1)
    assert inspect(archive(("a.pdf", large)), "a.zip")
    many = archive(*((f"{n}.pdf", large) for n in range(7)))
    assert len(many) < 10 * MEGABYTE
    refused(many, "大きくなりすぎる")


def test_what_unpacks_to_more_than_it_says_is_refused():
    content = bytearray(archive(("a.pdf", files.pdf())))
    size = struct.pack("<L", len(files.pdf()))
    for less in (b"%PDF-1.7 %%EOF", files.pdf()[:-1]):
        lying = bytes(content).replace(size, struct.pack("<L", len(less)))
        lying = lying.replace(struct.pack("<L", zlib.crc32(files.pdf())), struct.pack("<L", zlib.crc32(less)))
        refused(lying, "壊れて")


def test_members_that_share_their_bytes_are_refused():
    """The bomb whose members lie in one another."""
    content = archive(("a.pdf", files.pdf()), ("b.pdf", files.pdf()))
    second = content.index(b"PK\3\4", 4)
    directory = content.rindex(b"PK\1\2")
    overlapping = bytearray(content)
    overlapping[directory + 42 : directory + 46] = struct.pack("<L", 0)
    assert second
    refused(bytes(overlapping), "隠れて|壊れて")


@pytest.mark.parametrize("hidden", [b"MZ\x90\0", b"<script>alert(1)</script>", b"%PDF-1.7\n%%EOF"])
def test_nothing_hides_between_or_behind(hidden):
    content = archive(("a.pdf", files.pdf()), ("b.pdf", files.pdf()))
    directory = content.index(b"PK\1\2")
    end = content.index(b"PK\5\6")
    moved = content[:directory] + hidden + content[directory:end]
    moved += content[end : end + 16] + struct.pack("<L", directory + len(hidden)) + content[end + 20 :]
    refused(moved, "隠れて")
    refused(content + hidden, "隠れて")
    refused(archive(("a.pdf", files.pdf()), comment=hidden), "隠れて")


def test_two_directories_are_refused():
    """A reader that looks from the front sees another archive than one that looks from the end."""
    other = archive(("a.exe", b"MZ"))
    refused(other + archive(("a.pdf", files.pdf())), "隠れて|壊れて")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_of_packing_are_refused(method):
    refused(files.packed({"a.pdf": files.pdf()}, how=method), "圧縮方法")
    assert inspect(files.packed({"a.pdf": files.pdf()}, how=zipfile.ZIP_STORED), "a.zip")


def test_an_archive_written_to_a_pipe_is_taken():
    """Sizes behind the members, as macOS and web services write them."""

    class Pipe(io.RawIOBase):
        written = b""

        def writable(self) -> bool:
            return True

        def write(self, content) -> int:
            self.written += bytes(content)
            return len(content)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("a.pdf", files.pdf())
        made.writestr("b.png", files.image())
    assert pipe.written[6] & 8
    assert inspect(pipe.written, "a.zip")


def test_sixty_four_bits_are_for_larger_files():
    content = archive(("a.pdf", files.pdf()))
    end = content.index(b"PK\5\6")
    size, offset = struct.unpack_from("<2L", content, end + 12)
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, size, offset)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, end, 1)
    refused(content[:end] + record + locator + content[end:], "隠れて")
