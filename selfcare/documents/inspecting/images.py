"""PNG and JPEG: walked from the first byte to the last, so that nothing else hides in the file; Pillow reads the head.

The picture itself is not unpacked here: its size in pixels is limited, and nobody but an operator opens it.
"""

import re
import struct
import warnings
from io import BytesIO

from django.utils.translation import gettext as _
from PIL import Image

from selfcare.documents.inspecting.budget import Budget
from selfcare.documents.refusing import Refused, broken, glued, mismatch

#: What opening the picture may take: three bytes each. Telephones make up to 200 million, in files above our limit.
MOST_PIXELS = 120_000_000
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8"
_EOI, _SOS = 0xD9, 0xDA
#: A marker, any number of bytes to fill before it; in a scan the next one that is no escaped byte and no restart.
_MARK, _NEXT_MARK = re.compile(rb"\xff+[^\xff]"), re.compile(rb"\xff[^\x00\x01\xd0-\xd7]")
#: More of them would only cost time.
_MOST_PICTURES, _MOST_SEGMENTS = 20, 10_000
#: Markers without a length: TEM, RST0 to RST7.
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
#: Beginnings of what a browser or a web server would run, if somebody served the picture as a page.
_PAGES = (b"<script", b"<html", b"<!doctype html", b"<?php", b"<svg", b"<iframe")


def png(_extension: str, content: bytes, _budget: Budget) -> bool:
    """False, because pictures have no macros. Raises Refused."""
    if not content.startswith(_PNG):
        raise mismatch("png")
    at, kind = len(_PNG), b""
    while kind != b"IEND":
        if at + 12 > len(content):
            raise broken()
        size, kind = struct.unpack_from(">L4s", content, at)
        at += size + 12
    if at != len(content):
        raise glued() if at < len(content) else broken()
    _read_head(content, "PNG")
    return False


def jpeg(_extension: str, content: bytes, _budget: Budget) -> bool:
    """False, because pictures have no macros. Raises Refused."""
    if not content.startswith(_JPEG + b"\xff"):
        raise mismatch("jpg")
    at, end, pictures = 0, len(content.rstrip(b"\0")), 0
    # Telephones put a second picture behind the first one (depth, brightness), each with an end of its own.
    while at < end:
        if not content.startswith(_JPEG, at) or pictures == _MOST_PICTURES:
            raise glued()
        at = _end_of_jpeg(content, at + len(_JPEG))
        pictures += 1
    _read_head(content, "JPEG")
    return False


def _end_of_jpeg(content: bytes, at: int) -> int:
    """The byte behind the end mark of the picture whose first segment begins at `at`."""
    for _segment in range(_MOST_SEGMENTS):
        mark = _MARK.match(content, at)
        if mark is None:
            break
        at = mark.end() - 2
        marker = content[at + 1]
        if marker == _EOI:
            return at + 2
        if marker in _ALONE:
            at += 2
        elif at + 4 > len(content):
            break
        else:
            at += 2 + struct.unpack_from(">H", content, at + 2)[0]
            if marker == _SOS:
                at = _end_of_scan(content, at)
    raise broken()


def _end_of_scan(content: bytes, at: int) -> int:
    """Where the packed picture stops: at the next mark that is neither an escaped byte nor a restart."""
    found = _NEXT_MARK.search(content, at)
    if found is None:
        raise broken()
    return found.start()


def _read_head(content: bytes, kind: str) -> None:
    lower = content.lower()
    if any(page in lower for page in _PAGES):
        raise glued()
    try:
        with warnings.catch_warnings():
            # Our own limit says so in the customer's words.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(BytesIO(content), formats=[kind]) as picture:
                width, height = picture.size
                if width * height <= MOST_PIXELS:
                    picture.verify()
    except Image.DecompressionBombError:
        width = height = MOST_PIXELS
    except (OSError, SyntaxError, ValueError, KeyError, struct.error) as error:
        raise broken() from error
    if width * height > MOST_PIXELS:
        raise Refused(
            _("画像の画素数が多すぎます（%(most)d万画素まで）。縮小してからお送りください。")
            % {"most": MOST_PIXELS // 10_000}
        )
