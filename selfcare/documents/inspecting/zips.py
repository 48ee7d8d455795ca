"""ZIP archives, as files and as the inside of Office files: read strictly, so that every reader sees the same members.

Only what the central directory names is there, one behind the other from the first byte to the last: nothing before,
between or behind, where another program could find another file.
"""

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from django.utils.translation import gettext as _

from selfcare.documents.inspecting.budget import Budget, refuse_malware
from selfcare.documents.inspecting.paths import key_of, refuse_path
from selfcare.documents.refusing import Refused, broken, glued

FIRST = b"PK\3\4"
_END = struct.Struct("<4s4H2LH")
_LOCAL = struct.Struct("<4s5H3L2H")
#: Bytes of a central directory: more of it would only cost memory.
_LARGEST_DIRECTORY = 2 * 1024 * 1024
#: Above this size a member may not be more than _RATIO times as large as its packed form.
_SMALL = 1024 * 1024
_RATIO = 200
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_AES = 99
_DESCRIBED_LATER = 0x8
#: Sizes of the data descriptor that may follow a member: with and without its mark, of 32 and of 64 bits.
_DESCRIPTORS = frozenset({12, 16, 20, 24})
_UTF_8 = 0x800
_ENCODINGS = ("cp932", "cp437")
_UNICODE_PATH = 0x7075


@dataclass(frozen=True)
class Member:
    """A file of the archive. `names` are all that programs may call it: usually one."""

    names: tuple[str, ...]
    content: bytes

    @property
    def name(self) -> str:
        return self.names[-1]


def members(content: bytes, *, most: int, budget: Budget) -> Iterator[Member]:
    """The files of an archive, unpacked one by one within the budget; nothing is unpacked before all names are seen.

    Raises Refused.
    """
    infos = _directory(content, most)
    places = _places(content, infos)
    names = _names(infos)
    for info, place in zip(infos, places, strict=True):
        _refuse_special(info)
        if not info.is_dir():
            unpacked = _unpack(content, info, place, budget)
            refuse_malware(unpacked)
            yield Member(names[info.header_offset], unpacked)


def _directory(content: bytes, most: int) -> list[zipfile.ZipInfo]:
    """The members in the order in which they lie in the file."""
    end = content.rfind(b"PK\5\6")
    if end < 0 or len(content) - end < _END.size:
        raise broken()
    _mark, disk, first_disk, here, total, size, offset, comment = _END.unpack_from(content, end)
    if end + _END.size != len(content) or comment:
        raise glued()
    if not total:
        raise Refused(_("ZIPの中にファイルがありません。"))
    if total > most or size > _LARGEST_DIRECTORY:
        raise Refused(_("中のファイルが多すぎます（%(most)d個まで）。分けてお送りください。") % {"most": most})
    # A 64-bit directory would stand between directory and end; no file of this size needs one.
    if offset + size != end or not content.startswith(FIRST):
        raise glued()
    infos = sorted(_infos(content), key=lambda info: info.header_offset)
    if disk or first_disk or here != total or total != len(infos):
        raise broken()
    if any(info.flag_bits & _ENCRYPTED or info.compress_type == _AES for info in infos):
        raise Refused(_("パスワード付きのZIPは受け付けていません。パスワードなしで作り直してお送りください。"))
    return infos


def _infos(content: bytes) -> list[zipfile.ZipInfo]:
    # Names without the mark of UTF-8 are Japanese Windows' own, where a second byte may look like a backslash.
    for encoding in _ENCODINGS:
        try:
            with zipfile.ZipFile(BytesIO(content), metadata_encoding=encoding) as archive:
                return archive.infolist()
        except UnicodeDecodeError:
            continue
        # RuntimeError: what zipfile says of versions of the format that it cannot read.
        except (zipfile.BadZipFile, RuntimeError, struct.error, ValueError, OverflowError) as error:
            raise broken() from error
    raise broken()


def _places(content: bytes, infos: list[zipfile.ZipInfo]) -> list[int]:
    """Where the data of each member begins. They touch: no member lies in another, and nothing lies between."""
    places, at = [], 0
    directory = _END.unpack_from(content, len(content) - _END.size)[6]
    ends = [*(info.header_offset for info in infos[1:]), directory]
    for info, end in zip(infos, ends, strict=True):
        if info.header_offset != at or at + _LOCAL.size > end:
            raise glued()
        mark, _version, flags, method, *_rest, name, extra = _LOCAL.unpack_from(content, at)
        if mark != FIRST or method != info.compress_type or flags & _ENCRYPTED:
            raise broken()
        places.append(at + _LOCAL.size + name + extra)
        gap = end - places[-1] - info.compress_size
        described = flags & _DESCRIBED_LATER and gap in _DESCRIPTORS
        if gap and not described:
            raise glued()
        if not _is_called(content[at + _LOCAL.size : at + _LOCAL.size + name], info):
            raise glued()
        at = end
    return places


def _is_called(raw: bytes, info: zipfile.ZipInfo) -> bool:
    """Whether the name before the data is the one of the directory."""
    if info.flag_bits & _UTF_8:
        return raw == info.orig_filename.encode(errors="surrogatepass")
    return any(raw.decode(encoding, errors="replace") == info.orig_filename for encoding in _ENCODINGS)


def _names(infos: list[zipfile.ZipInfo]) -> dict[int, tuple[str, ...]]:
    """All names of each member, by where it begins: none dangerous, none twice."""
    names: dict[int, tuple[str, ...]] = {}
    seen: set[str] = set()
    for info in infos:
        called = tuple(dict.fromkeys((info.orig_filename, *_unicode_paths(info.extra))))
        for name in called:
            refuse_path(name)
        keys = {key_of(name) for name in called}
        if keys & seen:
            raise Refused(_("ZIPの中に同じ名前のファイルが2つあります。作り直してからお送りください。"))
        seen |= keys
        names[info.header_offset] = called
    return names


def _unicode_paths(extra: bytes) -> Iterator[str]:
    """The name that some programs take instead of the one in the header (Info-ZIP's Unicode Path)."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<2H", extra, at)
        if kind == _UNICODE_PATH and size > 5:
            yield extra[at + 9 : at + 4 + size].decode(errors="replace")
        at += 4 + size


def _refuse_special(info: zipfile.ZipInfo) -> None:
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise Refused(_("ZIPの中にリンクなどの特別なファイルがあります。通常のファイルだけで作り直してください。"))
    if info.is_dir() and (info.file_size or info.compress_size > 2):
        raise glued()


def _unpack(content: bytes, info: zipfile.ZipInfo, place: int, budget: Budget) -> bytes:
    """Exactly as large as announced, or refused: what announces less than it is would be a bomb elsewhere."""
    if info.file_size > _SMALL and info.file_size > _RATIO * info.compress_size:
        raise Refused(_("極端に圧縮されたファイルは受け付けていません。通常の方法で保存し直してからお送りください。"))
    budget.spend(info.file_size)
    packed = content[place : place + info.compress_size]
    if info.compress_type == zipfile.ZIP_STORED:
        unpacked = packed
    elif info.compress_type == zipfile.ZIP_DEFLATED:
        unpacked = _inflate(packed, info.file_size)
    else:
        raise Refused(_("この圧縮方法のZIPは受け付けていません。Windowsなどの標準の機能で作り直してください。"))
    if len(unpacked) != info.file_size or zlib.crc32(unpacked) != info.CRC:
        raise broken()
    return unpacked


def _inflate(packed: bytes, size: int) -> bytes:
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        unpacked = machine.decompress(packed, size + 1)
    except zlib.error as error:
        raise broken() from error
    if not machine.eof or machine.unused_data or machine.unconsumed_tail:
        raise broken()
    return unpacked
