"""Reading what clients send: bounded in size, closed in shape, and refused in words a person understands."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator
from typing import Any, Protocol, TypeVar

import msgspec

from ioc.core.errors import FieldError, Problem
from ioc.core.text import Text

Body = TypeVar("Body")

_INVALID = Text("Dữ liệu không hợp lệ", "Invalid input")
MOST_BYTES = 256 * 1024
_PATH = re.compile(r" - at `\$\.?(?P<path>[^`]*)`")
_NAMED = re.compile(r"(?:(?:unknown|required) field|time in) `(?P<name>[^`]*)`")
_SAID = (
    ("unknown field", "trường không có trong mẫu"),
    ("missing required field", "thiếu trường bắt buộc"),
    ("timezone", "thời điểm phải kèm múi giờ, ví dụ 2026-11-21T08:00:00+07:00"),
    ("Invalid RFC3339", "không phải là thời điểm hợp lệ"),
    ("Invalid enum value", "giá trị không nằm trong danh sách cho phép"),
    ("length", "độ dài không hợp lệ"),
    ("matching regex", "có ký tự không được dùng"),
    ("out of range", "số nằm ngoài phạm vi"),
    ("Expected `", "kiểu dữ liệu không đúng"),
)


class Streamed(Protocol):
    """A request whose body comes in parts."""

    def stream(self) -> AsyncIterator[bytes]:
        """The parts, as they arrive."""
        ...


async def read_bytes(request: Streamed, most: int = MOST_BYTES) -> bytes:
    """The whole body.

    Raises:
        Problem: 413 as soon as more than `most` bytes have come.
    """
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise Problem("too-large", Text("Dữ liệu gửi lên quá lớn", "The body is too large"), 413)
    return bytes(body)


def parse(body: bytes, shape: type[Body]) -> Body:
    """The body as the typed thing it must be.

    Raises:
        Problem: 400 when it is no JSON, 422 naming the field when it has the wrong shape.
    """
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:
        wrong = wrong_shape(str(error))
        raise Problem("bad-input", _INVALID, 422, wrong.text, (wrong,)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(
            "bad-json",
            Text("Dữ liệu không phải JSON hợp lệ", "The body is no valid JSON"),
            400,
            Text("Kiểm tra dấu phẩy, ngoặc và bảng mã UTF-8.", f"Check commas, brackets and UTF-8: {error}"),
        ) from error


def wrong_shape(message: str) -> FieldError:
    """What a validation error says, in both languages, with the path of the field."""
    found, named = _PATH.search(message), _NAMED.search(message)
    path = ".".join(part for part in (found["path"] if found else "", named["name"] if named else "") if part)
    said = next((vi for mark, vi in _SAID if mark in message), "giá trị không hợp lệ")
    return FieldError(path, Text(f"{path or 'dữ liệu'}: {said}", _PATH.sub("", message)))


def fingerprint(body: bytes) -> bytes:
    """What tells a repeated request from another one under the same key."""
    return hashlib.sha256(body).digest()


def described(shape: Any) -> dict[str, Any]:
    """The OpenAPI words for a route that takes this body."""
    schema = msgspec.json.schema(shape)
    parts: dict[str, Any] = schema.pop("$defs", {})
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": _inline(schema, parts)}}}}


def _inline(node: Any, parts: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_inline(one, parts) for one in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _inline(parts[node["$ref"].rsplit("/", 1)[1]], parts)
    return {name: _inline(value, parts) for name, value in node.items()}
