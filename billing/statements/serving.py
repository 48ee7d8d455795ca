"""Answers with files: out of the store with ETag and ranges, or, the first time, while the file is rendered.

A slow client holds a thread and 64 KiB, and neither a connection nor a transaction: the views let go of theirs.
"""

import logging
import os
import signal
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from billing.models import StatementFile
from billing.statements import encodings, ranges, store
from billing.statements.downloads import Body, Place
from billing.statements.rendering import Rendering, Wanted, begin

logger = logging.getLogger(__name__)

#: Bytes that are given to the web server at once.
PIECE = 64 * 1024
#: How long an answer waits for a small file to be complete, so that it has a length and an ETag; seconds.
_SOON = 0.03


@dataclass(frozen=True)
class Download:
    """What is asked for. `header` False: without the header row."""

    wanted: Wanted
    name: str
    header: bool

    @property
    def content_type(self) -> str:
        header = "present" if self.header else "absent"
        return f"text/csv; charset={encodings.CHARSETS[self.wanted.encoding]}; header={header}"


def answer(request: HttpRequest, download: Download, row: StatementFile | None, place: Place) -> HttpResponseBase:
    """The file, out of the store where `row` says that it lies there, else as it is being rendered.

    Raises what makes a rendering fail before its first byte.
    """
    if row is None:
        rendering = begin(download.wanted)
        rendering.begun(_SOON)
        row = rendering.kept(_SOON) if rendering.size() is not None else None
        if row is None:
            return _rendered(request, download, rendering, place)
    return _stored(request, download, row, place)


def _rendered(request: HttpRequest, download: Download, rendering: Rendering, place: Place) -> HttpResponseBase:
    """Without a length, which nobody knows yet, and without ranges."""
    if request.method == "HEAD":
        return _named(HttpResponse(content_type=download.content_type), download)
    content = rendering.follow(0 if download.header else rendering.header_size, PIECE)
    response = StreamingHttpResponse(Body(_never_half(content), place), content_type=download.content_type)
    return _named(response, download)


def _stored(request: HttpRequest, download: Download, row: StatementFile, place: Place) -> HttpResponseBase:
    offset = 0 if download.header else row.header_size
    etag = f'"{row.sha256}"' if download.header else f'"{row.sha256}-rows"'
    size = row.size - offset
    if ranges.is_known(request, etag):
        return _tagged(HttpResponse(status=304), etag)
    try:
        part = ranges.asked(request, size, etag) if request.method == "GET" else None
    except ranges.NotSatisfiable:
        refused = HttpResponse(status=416, content_type="text/plain")
        refused["Content-Range"] = f"bytes */{size}"
        return _tagged(refused, etag)
    start, end = (part.start, part.end) if part else (0, size)
    response = _body(request, download, store.read(row, start + offset, end + offset), place)
    response.status_code = 206 if part else 200
    response["Content-Length"] = str(end - start)
    if part:
        response["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return _tagged(_named(response, download), etag)


def _body(request: HttpRequest, download: Download, blocks: Iterator[bytes], place: Place) -> HttpResponseBase:
    if request.method == "HEAD":
        return HttpResponse(content_type=download.content_type)
    return StreamingHttpResponse(Body(_pieces(blocks), place), content_type=download.content_type)


def _pieces(blocks: Iterable[bytes]) -> Iterator[bytes]:
    for block in blocks:
        for at in range(0, len(block), PIECE):
            yield block[at : at + PIECE]


def _never_half(content: Iterator[bytes]) -> Iterator[bytes]:
    """An answer without a length ends where its bytes end: the client would take half a file for a whole one, and the
    web server has no other way to break off one connection than to end the process, which is started again.

    It comes to this only when the database has been away for minutes or the disk is full; whoever reads a stored file
    from the same process sees the broken connection and goes on with a range.
    """
    try:
        yield from content
    except GeneratorExit:
        raise
    except BaseException:
        logger.critical("A statement cannot be completed; this web process ends, so that nobody takes it for whole.")
        os.kill(os.getpid(), signal.SIGKILL)
        raise


def _tagged(response: HttpResponseBase, etag: str) -> HttpResponseBase:
    response["ETag"] = etag
    response["Accept-Ranges"] = "bytes"
    return response


def _named(response: HttpResponseBase, download: Download) -> HttpResponseBase:
    return attached(response, download.name)


def attached(response: HttpResponseBase, name: str) -> HttpResponseBase:
    # It reads files, and nothing of the request: nobody waits until a slow client has it (selfcare/turns.py).
    response.needs_no_turn = True  # type: ignore[attr-defined]
    response["Content-Disposition"] = (
        f"attachment; filename*=UTF-8''{quote(name)}" if not name.isascii() else (f'attachment; filename="{name}"')
    )
    return response
