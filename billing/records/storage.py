"""Where carriers' files lie between upload and load: the storage `imports` of the settings."""

import os
import secrets
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO, cast

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, storages


def _storage() -> FileSystemStorage:
    return cast(FileSystemStorage, storages["imports"])


def write(upload: "File[bytes]") -> str:
    """Keep it under a random name, on the disk before the row that names it. Raises OSError."""
    token = secrets.token_hex(16)
    name = _storage().save(f"{token[:2]}/{token}", upload)
    with Path(_storage().path(name)).open("rb") as file:
        os.fsync(file.fileno())
    return name


def read(name: str) -> IO[bytes]:
    """Raises FileNotFoundError where it is gone."""
    return cast(IO[bytes], Path(_storage().path(name)).open("rb"))


def delete(name: str) -> None:
    """What cannot be deleted now is swept later."""
    if name:
        with suppress(OSError):
            _storage().delete(name)


def files_before(moment: datetime) -> list[str]:
    """Names of all files that were written before this moment (real time)."""
    root = Path(_storage().location)
    return [
        path.relative_to(root).as_posix()
        for path in sorted(root.glob("*/*"))
        if path.is_file() and path.stat().st_mtime < moment.timestamp()
    ]
