"""Structured logs: one JSON object a line, UTC, at most 2 KiB, never a person's data, never a raw control character."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

MAX_LINE = 2048
MAX_VALUE = 300
MAX_DEPTH = 4
MASK = "***"

# Keys whose values are a person's or a secret, whoever logs them.
_PERSONAL = re.compile(
    r"(^|_)(phone|tel|mobile|email|mail|caller|callback|contact|plate|address|reporter|citizen_name|first_name|"
    r"last_name|full_name|fullname|username|password|secret|token|cookie|authorization|session|code|text|note|"
    r"description|raw|body|photo|media_url|lat|lon|lonlat|cccd|cmnd|passport)(_|$)"
)
# Vietnamese numbers with +84, 84 or 0, spaces, dots or dashes between; and number plates such as 36A-123.45.
_PHONE = re.compile(r"(?<![\w-])(?:\+?84|0)(?:[ .-]?\d){8,10}(?![\w-])")
_PLATE = re.compile(r"\b\d{2}[ -]?[A-Z][A-Z0-9]?[ -]?\d{3}[.]?\d{2}\b")
_EMAIL = re.compile(r"[^\s@,;:<>\"']{1,64}@[^\s@,;:<>\"']{1,200}")

Values = MutableMapping[str, Any]


def configure(process: str, *, level: str = "info", out: TextIO | None = None) -> None:
    """Sends structlog's and the standard library's logs of this process to one stream of JSON lines."""
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            _named(process),
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            describe_error,
            without_people,
            line,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(out or sys.stdout),
        cache_logger_on_first_use=False,
    )
    _take_over_stdlib(threshold)


def _take_over_stdlib(threshold: int) -> None:
    root = logging.getLogger()
    root.handlers[:] = [_Handover()]
    root.setLevel(max(threshold, logging.WARNING))
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name != "uvicorn.access"  # its lines hold raw paths; ours name the route


class _Handover(logging.Handler):
    """Hands a line of the standard library's to structlog, so that the same rules hold for it."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger(record.name)
        error = record.exc_info[1] if record.exc_info else None
        log.log(record.levelno, "library", logger=record.name, message=record.getMessage(), exc_info=error)


def _named(process: str) -> Any:
    def put(_logger: WrappedLogger, _method: str, values: EventDict) -> EventDict:
        values["process"] = process
        return values

    return put


def describe_error(_logger: WrappedLogger, _method: str, values: EventDict) -> EventDict:
    """An exception as its type and where it was raised; its message and its variables may hold a person's data."""
    error = values.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        values["error"] = f"{type(error).__module__}.{type(error).__qualname__}"
        values["where"] = _where(error)
    return values


def _where(error: BaseException) -> list[str]:
    frames: list[str] = []
    step = error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        frames.append(f"{'/'.join(code.co_filename.split('/')[-3:])}:{step.tb_lineno} {code.co_name}")
        step = step.tb_next
    return frames[-4:]


def without_people(_logger: WrappedLogger, _method: str, values: EventDict) -> EventDict:
    """Masks values under personal keys at any depth, and numbers of phones and plates inside any text."""
    return {key: _clean(key, value, 0) for key, value in values.items()}


def _clean(key: str, value: Any, depth: int) -> Any:
    if key and _PERSONAL.search(key.casefold()):
        return MASK
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth >= MAX_DEPTH:
        return MASK
    if isinstance(value, dict):
        return {str(k)[:60]: _clean(str(k), v, depth + 1) for k, v in list(value.items())[:20]}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean("", v, depth + 1) for v in list(value)[:20]]
    return mask(str(value))


def mask(text: str) -> str:
    """The text without phone numbers, plates and mail addresses, cut to a line's share."""
    cut = text[: MAX_VALUE * 2]
    for pattern in (_EMAIL, _PHONE, _PLATE):
        cut = pattern.sub(MASK, cut)
    return cut[:MAX_VALUE]


def line(_logger: WrappedLogger, _method: str, values: EventDict) -> str:
    """One JSON line; what is too long keeps the words that find it again."""
    text = _json(values)
    if len(text.encode()) <= MAX_LINE:
        return text
    kept = {k: str(values[k])[:100] for k in ("at", "level", "process", "event", "trace", "error") if k in values}
    return _json(kept | {"cut": True})


def _json(values: Values) -> str:
    # json escapes below U+0020; the others that end or turn a line are escaped here, lone surrogates too
    text = json.dumps(values, ensure_ascii=False, default=str, separators=(",", ":"))
    return "".join(c if c.isprintable() else f"\\u{min(ord(c), 0xFFFF):04x}" for c in text)
