"""Every refusal as one document (RFC 9457), Vietnamese first, English beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from ioc.api import open311_errors
from ioc.core.errors import FieldError, Problem
from ioc.core.text import Text

MEDIA_TYPE = "application/problem+json"
MAX_ERRORS = 20
MAX_TEXT = 300

_STATUS = {
    400: ("bad-request", Text("Yêu cầu không hợp lệ", "Bad request")),
    401: ("sign-in", Text("Cần đăng nhập", "Sign in first")),
    403: ("forbidden", Text("Không có quyền", "Not allowed")),
    404: ("not-found", Text("Không tìm thấy", "Not found")),
    405: ("method-not-allowed", Text("Phương thức không được hỗ trợ", "Method not allowed")),
    406: ("not-acceptable", Text("Không có định dạng được yêu cầu", "Not acceptable")),
    408: ("too-slow", Text("Gửi quá chậm", "Request timed out")),
    431: ("head-too-large", Text("Phần đầu yêu cầu quá lớn", "The head of the request is too large")),
    409: ("conflict", Text("Dữ liệu đã thay đổi", "Conflict")),
    413: ("too-large", Text("Nội dung quá lớn", "Content too large")),
    415: ("media-type", Text("Định dạng không được hỗ trợ", "Unsupported media type")),
    422: ("bad-input", Text("Dữ liệu không hợp lệ", "Invalid input")),
    429: ("too-many", Text("Quá nhiều yêu cầu", "Too many requests")),
    500: ("unexpected", Text("Lỗi hệ thống", "Unexpected error")),
    503: ("unavailable", Text("Tạm thời không sẵn sàng", "Not available at the moment")),
}

# What pydantic's kinds of mistake mean, for those a person can act on.
_MISTAKES = {
    "missing": Text("Thiếu trường này", "This field is required"),
    "extra_forbidden": Text("Trường không được biết đến", "This field is not known"),
    "json_invalid": Text("JSON sai cú pháp", "Malformed JSON"),
    "string_type": Text("Phải là văn bản", "Must be text"),
    "string_unicode": Text("Văn bản có ký tự không hợp lệ", "The text holds an invalid character"),
    "string_too_short": Text("Văn bản quá ngắn", "The text is too short"),
    "string_too_long": Text("Văn bản quá dài", "The text is too long"),
    "string_pattern_mismatch": Text("Văn bản sai dạng", "The text has the wrong form"),
    "int_type": Text("Phải là số nguyên", "Must be a whole number"),
    "int_parsing": Text("Phải là số nguyên", "Must be a whole number"),
    "int_from_float": Text("Phải là số nguyên", "Must be a whole number"),
    "float_type": Text("Phải là số", "Must be a number"),
    "float_parsing": Text("Phải là số", "Must be a number"),
    "finite_number": Text("Phải là số hữu hạn", "Must be a finite number"),
    "bool_type": Text("Phải là đúng hoặc sai", "Must be true or false"),
    "bool_parsing": Text("Phải là đúng hoặc sai", "Must be true or false"),
    "list_type": Text("Phải là danh sách", "Must be a list"),
    "dict_type": Text("Phải là đối tượng", "Must be an object"),
    "model_type": Text("Phải là đối tượng", "Must be an object"),
    "model_attributes_type": Text("Phải là đối tượng JSON", "Must be a JSON object"),
    "timezone_aware": Text("Thời gian phải có múi giờ", "The time needs a zone"),
    "too_long": Text("Quá nhiều phần tử", "Too many items"),
    "too_short": Text("Quá ít phần tử", "Too few items"),
}


def known(status: int, detail: Text | None = None) -> Problem:
    """The problem of a plain HTTP status."""
    code, title = _STATUS.get(status, _STATUS[400] if status < 500 else _STATUS[500])
    return Problem(code, title, status, detail)


def document(problem: Problem, trace: str) -> dict[str, Any]:
    """The problem as plain values that any encoder can write."""
    made: dict[str, Any] = {
        "type": f"urn:ioc:problem:{problem.code}",
        "title": writable(problem.title.vi),
        "status": problem.status,
        "title_en": writable(problem.title.en),
        "trace": trace,
    }
    if problem.detail is not None:
        made |= {"detail": writable(problem.detail.vi), "detail_en": writable(problem.detail.en)}
    if problem.errors:
        made["errors"] = [
            {"field": writable(e.field), "vi": writable(e.text.vi), "en": writable(e.text.en)}
            for e in problem.errors[:MAX_ERRORS]
        ]
    return made


def answer(problem: Problem, scope: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """The answer that carries the problem, told to Open311 clients in their standard's words."""
    sent = dict(headers or {}) | {"Cache-Control": "no-store"}
    if problem.retry_after_s is not None:
        sent["Retry-After"] = str(max(1, math.ceil(problem.retry_after_s)))
    if problem.status == 401:
        sent["WWW-Authenticate"] = "Bearer"
    made = document(problem, trace_of(scope))
    if open311_errors.asked_by(scope):
        return open311_errors.answer(made, scope, sent)
    body = msgspec.json.encode(made)
    return Response(body, problem.status, sent, media_type=MEDIA_TYPE)


def writable(text: str) -> str:
    """The text as UTF-8 can carry it and a line can show it: no lone surrogates, no control characters, not long."""
    clean = text[:MAX_TEXT].encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c.isprintable() else " " for c in clean)


def trace_of(scope: Mapping[str, Any]) -> str:
    """The id of the request, as in its log lines."""
    return str(scope.get("state", {}).get("trace", ""))


def install(app: FastAPI) -> None:
    """Takes over the framework's own two kinds of refusal; `Problem` itself is caught by `answers`."""
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)


async def _on_invalid(request: Request, error: Exception) -> Response:
    mistakes = error.errors() if isinstance(error, RequestValidationError) else []
    malformed = any(m["type"] == "json_invalid" for m in mistakes)
    found = known(400 if malformed else 422)
    found.errors = field_errors(mistakes)
    return answer(found, request.scope)


async def _on_http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    return answer(known(status), request.scope, headers)


def field_errors(mistakes: Sequence[Any]) -> tuple[FieldError, ...]:
    """Mistakes as pydantic lists them, in both languages, without the offending values."""
    return tuple(FieldError(_path(m["loc"]), _words(m)) for m in mistakes[:MAX_ERRORS])


def _path(loc: Sequence[int | str]) -> str:
    inside = loc[1:] if loc and loc[0] in {"body", "query", "path", "header", "cookie"} else loc
    return ".".join(str(part)[:60] for part in inside[:10]) or str(loc[0] if loc else "body")


def _words(mistake: Mapping[str, Any]) -> Text:
    kind = str(mistake["type"])
    if kind in _MISTAKES:
        return _MISTAKES[kind]
    return Text("Giá trị không hợp lệ", str(mistake.get("msg", "Invalid value")))
