"""From a posted form to a taken report: what differs between the Open311 door and the page."""

from __future__ import annotations

import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
from fastapi import Request

from ioc.contract import Door, Principal
from ioc.core.errors import Problem, bad_field
from ioc.core.text import Language, Text
from modules.citizen import codes, reports
from modules.citizen.classify import suggest_service
from modules.citizen.draft import (
    LENGTHS,
    PERSONAL,
    Channel,
    Draft,
    Findings,
    checked_accuracy,
    checked_fields,
    checked_lonlat,
)
from modules.citizen.forms import Form, read_form
from modules.citizen.intake import Taken, body_hash, take_in
from modules.citizen.language import asked_language
from modules.citizen.naming import report_number
from modules.citizen.photo import Photo, clean_photo

NOTICE_VERSION = "2026-11-01"
NOT_SURE = "unsure"
ACCEPT_MISSING = Text("Cần đồng ý với thông báo về dữ liệu cá nhân", "The privacy notice must be accepted")
_PLACE = ("lat", "long", "accuracy_m")
_OPEN311_FIELDS = (*LENGTHS, "lat", "long", "jurisdiction_id", "api_key")
_PAGE_FIELDS = (*LENGTHS, *_PLACE, "token", "accept", "notice_version", "lang")
_DECODER = ThreadPoolExecutor(1, thread_name_prefix="photo")  # one at a time: a picture may need 200 MB

CALL_NOW = Text(
    "Nếu có người đang gặp nguy hiểm, hãy gọi ngay 112, 113, 114 hoặc 115.",
    "If anyone is in danger, call 112, 113, 114 or 115 now.",
)


class Open311Taken(msgspec.Struct, frozen=True):
    """What an Open311 client is told; `status_path` is the citizen's secret page, None where no code was made."""

    id: str
    view: dict[str, Any]
    status_path: str | None


class PagePost(msgspec.Struct, frozen=True):
    """A posted page: what was typed, to be shown again, and either the mistakes or the code of the taken report."""

    values: dict[str, str]
    problem: Problem | None = None
    code: str | None = None


async def take_open311(request: Request, door: Door, base_url: str) -> Open311Taken:
    """Reads and takes a report posted by an Open311 client.

    Raises:
        Problem: see `take_in`; also every mistake of the form.
    """
    key = _key(request)
    form = await read_form(request)
    values = form.only(_OPEN311_FIELDS, free_prefix="attribute[")
    _check_jurisdiction(door, values)
    draft = await _draft(form, values, "open311", asked_language(request))
    code = codes.code_from(key, body_hash(draft)) if key else codes.new_code()
    by = door.principal(request)
    taken = await take_in(door, by, draft, key=_kept_key(key, draft, by), code=code)
    path = f"/report/status/{taken.code}" if taken.code else None
    async with door.read() as connection:
        number = (await connection.execute(reports.number_of(taken.id))).scalar_one()
    notice = _notice(taken, report_number(number), f"{base_url}{path}" if path else None)
    view = {"service_request_id": taken.id, "service_notice": notice, "account_id": values.get("account_id")}
    return Open311Taken(taken.id, view, path)


async def take_page(request: Request, door: Door) -> PagePost:
    """Reads and takes a report posted from the page; mistakes of the person are given back, not raised.

    Raises:
        Problem: the body cannot be read at all, or the store is away.
    """
    form = await read_form(request)
    values = form.only(_PAGE_FIELDS)
    token = values.get("token", "")
    try:
        draft = await _page_draft(form, values, door)
        code = codes.code_from(token, body_hash(draft)) or codes.new_code()
        key = f"page:{_hashed(token)}" if codes.is_strong(token) else None  # the form's own token always is
        await take_in(door, door.principal(request), draft, key=key, code=code)
    except Problem as problem:
        if problem.status >= 500:
            raise
        return PagePost(values, problem=problem)
    return PagePost(values, code=code)


def _key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not (1 <= len(key) <= 200 and key.isprintable()):
        raise bad_field("Idempotency-Key", "Từ 1 đến 200 ký tự in được", "1 to 200 printable characters")
    return key


def _kept_key(key: str | None, draft: Draft, by: Principal) -> str | None:
    """What is kept of the client's key: its hash, since the citizen's code is made of the key itself.

    A short key of somebody unknown may be a stranger's too, so it stands for its own words only: with other words it
    is another report, not a refusal.
    """
    if key is None:
        return f"id:{draft.client_id}" if draft.client_id else None
    if by.role == "anyone" and not codes.is_strong(key):
        return f"open311:{_hashed(key)}:{body_hash(draft).hex()}"
    return f"open311:{_hashed(key)}"


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def _check_jurisdiction(door: Door, values: dict[str, str]) -> None:
    if values.get("jurisdiction_id") not in (None, "", door.city.id):
        text = Text("Không có jurisdiction_id này", "There is no such jurisdiction_id")
        raise Problem("no-such-jurisdiction", text, 404)


async def _page_draft(form: Form, values: dict[str, str], door: Door) -> Draft:
    found = Findings()
    if values.get("accept") != "yes" or values.get("notice_version") != NOTICE_VERSION:
        found.add("accept", ACCEPT_MISSING.vi, ACCEPT_MISSING.en)
    if not values.get("description", "").strip() and form.photo is None:
        found.add("description", "Cần mô tả hoặc ảnh", "A description or a photo is needed")
    if values.get("service_code", NOT_SURE) == NOT_SURE:
        values = values | {"service_code": _best_guess(values.get("description", ""), door)}
    language: Language = "en" if values.get("lang") == "en" else "vi"
    return await _draft(form, values, "page", language, found)


def _best_guess(text: str, door: Door) -> str:
    """For who is not sure: the kind the text speaks of, else the last of the list, which is "other"."""
    suggestion = suggest_service(text, door.city.services)
    return suggestion.service_code if suggestion else door.city.services[-1].code


async def _draft(
    form: Form, values: dict[str, str], channel: Channel, language: Language, found: Findings | None = None
) -> Draft:
    found = found or Findings()
    fields = checked_fields(values, found)
    lonlat = checked_lonlat(values, found)
    if "service_code" not in fields and not found.errors:
        found.add("service_code", "Cần chọn loại phản ánh", "The service_code is missing")
    found.refuse()
    return Draft(
        service_code=fields["service_code"],
        channel=channel,
        language=language,
        fields={name: fields[name] for name in PERSONAL if name in fields},
        lonlat=lonlat,
        accuracy_m=checked_accuracy(values),
        photo=await _photo(form.photo),
        client_id=fields.get("service_request_id", "").lower() or None,
        notice_version=NOTICE_VERSION if channel == "page" else None,
    )


async def _photo(data: bytes | None) -> Photo | None:
    if data is None:
        return None
    return await asyncio.get_running_loop().run_in_executor(_DECODER, clean_photo, data)


def _notice(taken: Taken, number: str, status_url: str | None) -> str:
    parts = [Text(f"Phản ánh {number} đã được tiếp nhận.", f"Report {number} was received.")]
    if taken.emergency:
        parts.append(CALL_NOW)
    if taken.duplicates:
        numbers = ", ".join(report_number(one["number"]) for one in taken.duplicates)
        parts.append(Text(f"Có thể trùng với {numbers}.", f"It may repeat {numbers}."))
    said = " ".join(part.vi for part in parts) + " / " + " ".join(part.en for part in parts)
    return f"{said} {status_url}" if status_url else said
