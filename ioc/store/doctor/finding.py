"""What a check found, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import IntEnum
from typing import Any

import msgspec

from ioc.core.errors import Problem
from ioc.core.faults import said_by
from ioc.core.text import Text
from ioc.store.errors import is_unavailable


class Severity(IntEnum):
    """How bad it is; the worst one is the command's exit code."""

    WELL = 0
    WARNING = 1
    BROKEN = 2


class Finding(msgspec.Struct, frozen=True):
    """One sentence of the doctor. `check` is a stable word, `text` says what is so and what to do about it."""

    check: str
    severity: Severity
    text: Text

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "check": self.check,
            "severity": self.severity.name.lower(),
            "vi": self.text.vi,
            "en": self.text.en,
        }


def well(check: str, vi: str, en: str) -> Finding:
    """All is as it should be."""
    return Finding(check, Severity.WELL, Text(vi, en))


def warning(check: str, vi: str, en: str) -> Finding:
    """Somebody should look at it today."""
    return Finding(check, Severity.WARNING, Text(vi, en))


def told_by(check: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """What a check finds. One that meets a row it can make nothing of says so, and hides nothing of the others.

    Raises:
        SQLAlchemyError, sqlite3.Error: the database itself is away.
    """
    try:
        yield from look()
    except Exception as error:
        if isinstance(error, Problem) or is_unavailable(error):
            raise
        said = said_by(error).splitlines()[0][:200] if said_by(error) else type(error).__name__
        yield broken(check, f"Không xem được, dữ liệu hỏng: {said}", f"Cannot be looked at, damaged: {said}")


def broken(check: str, vi: str, en: str) -> Finding:
    """A promise does not hold: somebody should look at it now."""
    return Finding(check, Severity.BROKEN, Text(vi, en))
