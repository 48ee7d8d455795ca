"""Structured logs: one JSON object a line, with request and order ids, without secrets or full telephone numbers.

Masking works on every record, whoever wrote it (libraries and tracebacks too): by the name of a field, by
`password=...` in a text, and by the shape of telephone numbers, one-time codes and tokens. It is the second line of
defence. The first one is not to log secrets, and to put ids and counts into `extra`, where whole numbers stay as they
are.
"""

import json
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from selfcare.accounts import context as request_context

MASKED = "***"
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# A request's repr holds its path and query, a socket's repr its addresses.
_DROPPED = frozenset({"request", "socket"})
_IDS = frozenset({"request_id", "order_id", "order", "task_id"})

_SECRET = "password|passwd|passphrase|secret|token|otp|ha1|api_?key|csrf|sessionid|session_key|パスワード|暗証番号"  # noqa: S105
_SECRET_FIELD = re.compile(rf"{_SECRET}|authorization|cookie|sealed", re.IGNORECASE)
_CODE_FIELD = re.compile(r"(?:^|_)(?:code|pin)$", re.IGNORECASE)
_CODE = re.compile(r"\d{4,10}")

_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # PostgreSQL tells the row that a constraint refused, digests and all
    (re.compile(r"(?m)^(DETAIL|CONTEXT):.*$"), rf"\1: {MASKED}"),
    # digests: MD5 and SHA-256 in hex
    (re.compile(r"(?<![0-9A-Za-z])(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{64})(?![0-9A-Za-z])"), MASKED),
    # Headers: to the end of the line, because a value has several words.
    (re.compile(r"(?i)((?:authorization|cookie)[\"']?\s*[:=]\s*)[^\r\n]+"), rf"\1{MASKED}"),
    # password=x, 'new_password': 'x', パスワード：x
    (
        re.compile(rf"(?i)((?:{_SECRET})\w*[\"']?\s*[:=：]\s*[\"']?)[^\s\"',;&}})]+"),
        rf"\1{MASKED}",
    ),
    # code=123456; a code of letters is a kind of thing (`code=lines.suspend`)
    (re.compile(r"(?i)((?:\bcode|_code|認証コード)[\"']?\s*[:=：]\s*[\"']?)\d[\d -]{2,10}\d(?!\d)"), rf"\1{MASKED}"),
    # user and password in an address
    (re.compile(r"(://[^\s:/@]*):[^\s/@]+@"), rf"\1:{MASKED}@"),
    # telephone numbers, bare, with separators and as +81
    (re.compile(r"(?<!\d)[0０]\d{5,6}(\d{4})(?!\d)"), r"******\1"),
    (re.compile(r"(?<![\w-])0\d{1,4}-\d{1,4}-(\d{3,4})(?![\w-])"), r"******\1"),
    (re.compile(r"(?<!\d)\+?81[ -]?\d{1,2}[ -]?\d{2,4}[ -]?(\d{4})(?!\d)"), r"******\1"),
    # one-time codes: six digits standing alone
    (re.compile(r"(?<![\w.:/-])\d{6}(?![\w:/-]|\.\d)"), "******"),
    # tokens in links: long, of mixed letters and digits; UUIDs and task ids have no capital letters
    (
        re.compile(r"(?<![\w-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=[\w-]*\d)[A-Za-z0-9_-]{22,}(?![\w-])"),
        MASKED,
    ),
)

_bound: ContextVar[Mapping[str, str] | None] = ContextVar("selfcare_log_fields", default=None)


@contextmanager
def bind(**fields: str) -> Iterator[None]:
    """Put fields (`order_id="R20261121-000123"`) on every record logged inside the block."""
    reset = _bound.set({**(_bound.get() or {}), **fields})
    try:
        yield
    finally:
        _bound.reset(reset)


def mask_text(text: str) -> str:
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def mask_value(name: str, value: Any) -> Any:
    """A field of a record, ready for JSON: nested values too, whole numbers and ids unchanged."""
    if _SECRET_FIELD.search(name):
        return MASKED
    if _CODE_FIELD.search(name) and _CODE.fullmatch(str(value)):
        return MASKED
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): mask_value(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [mask_value(name, item) for item in value]
    if name in _IDS:
        return str(value)
    return mask_text(str(value))


class Mask(logging.Filter):
    """Rewrites the record itself, so that every handler after it sees the masked form."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):
            # Wrong arguments for the format: losing the line would hide what went wrong.
            message = f"{record.msg} {record.args!r}"
        record.msg = mask_text(message)
        record.args = None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = mask_text(record.exc_text)
        if record.stack_info:
            record.stack_info = mask_text(record.stack_info)
        for name in vars(record).keys() - _STANDARD:
            setattr(record, name, None if name in _DROPPED else mask_value(name, getattr(record, name)))
        return True


class JsonFormatter(logging.Formatter):
    """time (UTC), level, logger, message, ids of the request and the order, then the record's own fields."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        request_id = request_context.current().request_id
        if request_id:
            line["request_id"] = request_id
        line.update(_bound.get() or {})
        for name in sorted(vars(record).keys() - _STANDARD - _DROPPED):
            line.setdefault(name, getattr(record, name))
        if record.exc_text:
            line["exception"] = record.exc_text
        elif record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            line["stack"] = record.stack_info
        return json.dumps(line, ensure_ascii=False, default=str)


def config(level: str = "INFO") -> dict[str, Any]:
    """settings.LOGGING: everything goes to the standard error as JSON, masked."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"mask": {"()": "selfcare.logs.Mask"}},
        "formatters": {"json": {"()": "selfcare.logs.JsonFormatter"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "filters": ["mask"], "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django brings handlers of its own for these; ours is the root's.
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.server": {"handlers": [], "level": "INFO", "propagate": True},
            # They name every address they call, with its query.
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
            # It lists every font it embeds in a letter.
            "fontTools": {"level": "WARNING"},
            # It tells every page of every PDF.
            "weasyprint.progress": {"level": "WARNING"},
        },
    }
