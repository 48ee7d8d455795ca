"""How much of a file is taken: what is more is read past and never kept, before any view or form is asked."""

from collections.abc import Callable
from io import BytesIO
from typing import Any, TypeVar

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

#: Bytes of all files of a request where the page says nothing: what the operators' imports need.
LARGEST = 20 * 1024 * 1024
#: Bytes of a whole request. Up to here a file that is too large is read past, so that its page can say so beside the
#: field; what announces more is not read at all.
LARGEST_REQUEST = 128 * 1024 * 1024

V = TypeVar("V", bound=Callable[..., Any])


def largest_upload(size: int, *, files: int = 1, told: bool = False) -> Callable[[V], V]:
    """Outermost decorator of a view that takes so many files of so many bytes.

    A bigger one is missing, and `too_large(request)` says why; with `told` a TooLargeFile stands in its place.
    """

    def decorate(view: V) -> V:
        view.largest_upload = size  # type: ignore[attr-defined]
        view.largest_uploads = size * files  # type: ignore[attr-defined]
        view.told_too_large = told  # type: ignore[attr-defined]
        return view

    return decorate


def too_large(request: HttpRequest) -> bool:
    return bool(getattr(request, "_upload_too_large", False))


class TooLargeFile(UploadedFile):
    """The name of a file that was over the limit; its content has not been kept."""


class LimitedUploadHandler(FileUploadHandler):
    """First of the handlers: the others get what is within the limits of the page that the request is for."""

    _taken = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        found = getattr(self.request, "resolver_match", None)
        view = found.func if found else None
        self._left = getattr(view, "largest_upload", LARGEST)
        self._most = getattr(view, "largest_uploads", LARGEST)
        self._told = getattr(view, "told_too_large", False)
        self._over = False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if self._over:
            return None
        self._left -= len(raw_data)
        self._taken += len(raw_data)
        if self._left >= 0 and self._taken <= self._most:
            return raw_data
        self._over = True
        self.request._upload_too_large = True  # type: ignore[union-attr]
        if not self._told:
            raise SkipFile
        return None

    def file_complete(self, file_size: int) -> UploadedFile | None:
        """Making a file of what was taken is for the handlers that follow."""
        # With something to close: files are closed one after the other, up to the first that cannot be.
        return TooLargeFile(BytesIO(), self.file_name, size=0) if self._over else None
