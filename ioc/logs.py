"""The log of every process: one JSON line in UTC, short, with no personal data."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

LINE_BYTES = 2048
_VALUE_CHARS = 400
_PERSONAL = frozenset(
    {"name", "full_name", "phone", "email", "address", "address_string", "description", "narrative", "text", "caller"}
)
_PHONE = re.compile(r"(?<!\d)(?:\+?84|0)(?:[ .-]?\d){8,10}(?!\d)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")

Fields = MutableMapping[str, Any]


def set_up_logs(level: str = "info") -> Any:
    """Configures structlog for this process and returns a logger; standard logging below WARNING is not shown."""
    number = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(level=max(number, logging.WARNING), stream=sys.stderr, format="%(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.format_exc_info,
            without_personal_data,
            structlog.processors.JSONRenderer(ensure_ascii=False),
            short_enough,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    return structlog.get_logger()


def without_personal_data(_logger: object, _method: str, fields: Fields) -> Fields:
    """Drops fields that hold people's data, masks phone numbers anywhere, and escapes control characters."""
    return {key: "***" if key in _PERSONAL else _clean(value) for key, value in fields.items()}


def _clean(value: Any) -> Any:
    if not isinstance(value, str):
        return value if isinstance(value, int | float | bool | None) else _clean(str(value))
    masked = _PHONE.sub("***", value[:_VALUE_CHARS])
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", masked)


def short_enough(_logger: object, _method: str, line: Any) -> str:
    """No line is longer than 2 KiB: a flood in one field must not fill the disk."""
    text = str(line)
    raw = text.encode("utf-8", "replace")
    return text if len(raw) <= LINE_BYTES else raw[: LINE_BYTES - 1].decode("utf-8", "ignore") + "…"
