"""How much of a file is taken: what is more is read past and never kept, before any view or form is asked."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

#: Bytes of a file where the page says nothing: what the operators' imports need.
LARGEST = 20 * 1024 * 1024

V = TypeVar("V", bound=Callable[..., Any])


def largest_upload(size: int) -> Callable[[V], V]:
    """Outermost decorator of a view that takes files: a bigger one is missing, and `too_large(request)` says why."""

    def decorate(view: V) -> V:
        view.largest_upload = size  # type: ignore[attr-defined]
        return view

    return decorate


def too_large(request: HttpRequest) -> bool:
    return bool(getattr(request, "_upload_too_large", False))


class LimitedUploadHandler(FileUploadHandler):
    """First of the handlers: the others get what is within the limit of the page that the request is for."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        found = getattr(self.request, "resolver_match", None)
        self._left = getattr(found.func, "largest_upload", LARGEST) if found else LARGEST

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self._left -= len(raw_data)
        if self._left < 0:
            self.request._upload_too_large = True  # type: ignore[union-attr]
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Making a file of it is for the handlers that follow."""
