"""Where the files lie: the storage `documents` of the settings, below SELFCARE_VAR, far from what the web serves."""

import os
import secrets
from contextlib import suppress
from datetime import datetime
from io import BytesIO
from pathlib import Path

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, storages


def _storage() -> FileSystemStorage:
    found = storages["documents"]
    assert isinstance(found, FileSystemStorage)  # noqa: S101 - settings, and every test, say so
    return found


def write(content: bytes) -> str:
    """Keep these bytes under a random name and return it; on the disk before the row that names them.

    Raises OSError.
    """
    token = secrets.token_hex(16)
    name = _storage().save(f"{token[:2]}/{token}", File(BytesIO(content)))
    with Path(_storage().path(name)).open("rb") as file:
        os.fsync(file.fileno())
    return name


def read(name: str) -> bytes:
    """Raises OSError, FileNotFoundError where it is gone."""
    with _storage().open(name) as file:
        return bytes(file.read())


def size(name: str) -> int | None:
    """Bytes; None where there is no such file."""
    try:
        return _storage().size(name)
    except FileNotFoundError:
        return None


def delete(*names: str) -> None:
    """What cannot be deleted now is swept later."""
    for name in names:
        with suppress(OSError):
            _storage().delete(name)


def files_before(moment: datetime) -> list[str]:
    """Names of all files that were written before this moment (real time)."""
    root = Path(_storage().location)
    if not root.is_dir():
        return []
    return [
        path.relative_to(root).as_posix()
        for path in sorted(root.glob("*/*"))
        if path.is_file() and path.stat().st_mtime < moment.timestamp()
    ]
