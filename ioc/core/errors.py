"""Errors for people: every refusal says what is wrong in Vietnamese and English (RFC 9457)."""

from __future__ import annotations

from dataclasses import dataclass, field

from ioc.core.text import Text


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field; `field` is a dotted path such as `location.lat`."""

    field: str
    text: Text


@dataclass(slots=True)
class Problem(Exception):
    """A refusal that reaches a person. `code` is a stable kebab-case word, `status` the HTTP status."""

    code: str
    title: Text
    status: int = 400
    detail: Text | None = None
    errors: tuple[FieldError, ...] = field(default=())
    retry_after_s: int | None = None

    def __str__(self) -> str:
        return f"{self.code}: {self.title.en}"


def not_found() -> Problem:
    """The same answer for what does not exist and what may not be known to exist."""
    return Problem("not-found", Text("Không tìm thấy", "Not found"), status=404)


def bad_field(path: str, vi: str, en: str, *, code: str = "bad-input") -> Problem:
    """A refusal of one field."""
    text = Text(vi, en)
    return Problem(code, Text("Dữ liệu không hợp lệ", "Invalid input"), 422, text, (FieldError(path, text),))
