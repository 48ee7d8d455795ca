"""Typed reads of the environment, for settings only.

Every helper returns the default when the variable is unset or empty; a value of the wrong shape raises
ImproperlyConfigured with the variable's name, so that a wrong configuration is one clear sentence.
"""

import base64
import binascii
import os
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool = False) -> bool:
    value = text(name).lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")


def number(name: str, default: int) -> int:
    value = text(name)
    if not value:
        return default
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from None


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def keys(name: str) -> list[tuple[str, bytes]]:
    """`id:base64[,id:base64]` as (id, 32 bytes) pairs; the first one seals, all of them open."""
    pairs = []
    for word in words(name):
        key_id, _, encoded = word.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            key = b""
        if not key_id or len(key) != 32:
            raise ImproperlyConfigured(f"{name} must hold id:key pairs, each key 32 bytes in base64.")
        pairs.append((key_id, key))
    return pairs


def database(url: str, *, name: str, role: str = "") -> dict[str, Any]:
    """Django's settings of a PostgreSQL URL as libpq reads it (unix sockets by `?host=/folder`)."""
    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError as error:
        raise ImproperlyConfigured(f"{name} is not a PostgreSQL address: {error}") from None
    known = {
        "NAME": parts.pop("dbname", ""),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "") or ""),
    }
    options: dict[str, Any] = dict(parts)
    server = [str(options.pop("options", ""))]
    if role:
        server.append(f"-c role={role}")
    # A statement that hangs must not hang the page; a lock that is held too long says "busy, try again".
    server.append("-c lock_timeout=5s -c idle_in_transaction_session_timeout=60s")
    options["options"] = " ".join(part for part in server if part)
    options.setdefault("connect_timeout", 5)
    return {"ENGINE": "django.db.backends.postgresql", **known, "OPTIONS": options}


def email(url: str) -> dict[str, Any]:
    """EMAIL_* settings of smtp://, smtps:// or folder:///path."""
    parts = urlsplit(url)
    if parts.scheme == "folder":
        return {"EMAIL_BACKEND": "selfcare.work.folder_mail.FolderBackend", "EMAIL_FILE_PATH": parts.path}
    if parts.scheme in {"smtp", "smtps", "smtp+tls"}:
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "EMAIL_HOST": parts.hostname or "localhost",
            "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 25),
            "EMAIL_HOST_USER": unquote(parts.username or ""),
            "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
            "EMAIL_USE_SSL": parts.scheme == "smtps",
            "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
            "EMAIL_TIMEOUT": 10,
        }
    raise ImproperlyConfigured(f"EMAIL_URL must start with smtp://, smtp+tls://, smtps:// or folder://, not {url!r}.")
