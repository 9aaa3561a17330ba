"""Reads what a client posts: URL-encoded, multipart or JSON, within fixed sizes and without touching the disk."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from ioc.core.errors import Problem, bad_field
from ioc.core.text import Text
from modules.citizen.photo import MAX_BYTES

MAX_BODY = MAX_BYTES + 256 * 1024
_MAX_FIELDS = 60
_MAX_FIELD_BYTES = 64 * 1024
PHOTO_FIELDS = ("media", "photo")


class Form(msgspec.Struct, frozen=True):
    """The text fields as sent, and the bytes of the one photo where there is one."""

    values: dict[str, str]
    photo: bytes | None = None

    def only(self, known: Iterable[str], *, free_prefix: str | None = None) -> dict[str, str]:
        """The fields, when all of them are known; those that start with `free_prefix` are let through unread.

        Raises:
            Problem: 422 naming a field nobody asked for.
        """
        known = frozenset(known)
        for name in self.values:
            if name not in known and not (free_prefix and name.startswith(free_prefix)):
                raise bad_field(name[:60], "Trường không được biết đến", "Unknown field", code="unknown-field")
        return {name: value for name, value in self.values.items() if name in known}


async def read_form(request: Request) -> Form:
    """The posted fields by the content type that was declared.

    Raises:
        Problem: 400 not readable, 413 too large, 415 another content type, 422 a field given twice.
    """
    body = await read_body(request)
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return _together(_url_encoded(body))
    if kind == "multipart/form-data":
        return await _multipart(request, body)
    if kind == "application/json":
        return Form(_json(body))
    text = Text("Gửi dạng biểu mẫu hoặc JSON", "Send a form or JSON")
    raise Problem("unsupported-type", Text("Kiểu nội dung không được hỗ trợ", "Unsupported content type"), 415, text)


async def read_body(request: Request, limit: int = MAX_BODY) -> bytes:
    """The whole body, refused with 413 as soon as it is known to be too large."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise _too_large(limit)
    parts: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        parts.append(chunk)
    return b"".join(parts)


def _too_large(limit: int) -> Problem:
    text = Text(f"Nhiều nhất {limit // 1024} KB", f"At most {limit // 1024} KB")
    return Problem("too-large", Text("Nội dung quá lớn", "The body is too large"), 413, text)


def _url_encoded(body: bytes) -> list[tuple[str, str]]:
    """Fields in UTF-8, percent-encoded or raw as `curl -d` sends them."""
    try:
        text = body.decode("utf-8")
        return parse_qsl(text, keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=_MAX_FIELDS)
    except ValueError as error:
        raise _unreadable() from error


class _InMemory(MultiPartParser):
    """Keeps the photo in memory: a spooled file would put a citizen's picture on the disk in clear."""

    spool_max_size = MAX_BODY + 1


async def _multipart(request: Request, body: bytes) -> Form:
    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    parser = _InMemory(request.headers, stream(), max_files=2, max_fields=_MAX_FIELDS, max_part_size=_MAX_FIELD_BYTES)
    try:
        parsed = await parser.parse()
    except (MultiPartException, ValueError, AssertionError) as error:
        raise _unreadable() from error
    try:
        return await _from_parts(parsed)
    finally:
        await parsed.close()


async def _from_parts(parsed: FormData) -> Form:
    texts: list[tuple[str, str]] = []
    photo: bytes | None = None
    for name, value in parsed.multi_items():
        if not isinstance(value, UploadFile):
            if value or name not in PHOTO_FIELDS:  # an empty photo field is how some clients say "no photo"
                texts.append((name, value))
        elif name not in PHOTO_FIELDS:
            raise bad_field(name[:60], "Trường không được biết đến", "Unknown field", code="unknown-field")
        else:
            data = await value.read()
            if data and photo is not None:
                raise bad_field(name, "Chỉ nhận một ảnh", "Only one photo is accepted")
            photo = data or photo
    return _together(texts, photo)


def _together(pairs: list[tuple[str, str]], photo: bytes | None = None) -> Form:
    values: dict[str, str] = {}
    for name, value in pairs:
        if name in values:
            raise bad_field(name[:60], "Trường được gửi hai lần", "The field was sent twice", code="field-twice")
        values[name] = value
    return Form(values, photo)


def _json(body: bytes) -> dict[str, str]:
    try:
        sent: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable() from error
    if not isinstance(sent, dict):
        raise _unreadable()
    return {name: _plain(name, value) for name, value in sent.items() if value is not None}


def _plain(name: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise bad_field(name[:60], "Phải là chữ hoặc số", "Must be text or a number")
    return value if isinstance(value, str) else repr(value)


def _unreadable() -> Problem:
    text = Text("Nội dung gửi lên không đọc được", "The body cannot be read")
    return Problem("unreadable", Text("Dữ liệu không hợp lệ", "Invalid input"), 400, text)
