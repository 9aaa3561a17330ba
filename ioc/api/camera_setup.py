"""Setting a camera up at a screen: its whole row, changed in the overlay of this installation."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Path, Request, Response

from ioc.api.camera_news import take_cameras
from ioc.api.cameras import may_know_cameras, may_see, trouble_of
from ioc.api.once import Doing
from ioc.api.problems import known
from ioc.api.rights import principal_of
from ioc.city.addresses import holds_password
from ioc.city.blind import newly_blind
from ioc.city.camera_rows import (
    not_changeable,
    of_camera,
    own_fields,
    plain,
    profile_with,
    with_row,
    without_nothing,
)
from ioc.city.profile import Camera, City, CityInvalid
from ioc.city.rows import composed
from ioc.contract.deciding import Reply
from ioc.contract.rights import allow
from ioc.core.errors import FieldError, Problem, not_found
from ioc.core.text import Text
from ioc.host.camera_file import CameraFile, version_of
from ioc.host.cameras_plan import read_logins
from ioc.store import Once
from streams.address import shown

_LOGIN_ELSEWHERE = Text(
    "Camera này có mật khẩu: chỉ quản trị viên được đặt nguồn ở máy khác, vì máy ấy sẽ nhận mật khẩu.",
    "This camera has a login: only an administrator may set a source on another machine, which would be told it.",
)

router = APIRouter(prefix="/api/v1/cameras", tags=["cameras"])

Id = Annotated[str, Path(max_length=64)]
Fields = Annotated[dict[str, Any], Body(examples=[{"lines": [{"id": "bac", "start": [0.2, 0.6], "end": [0.8, 0.6]}]}])]
OF_THE_SERVER = ("file:", "dir:", "clip:")  # they show what lies on the server's own disks
_INVALID = Text("Dữ liệu không hợp lệ", "Invalid input")
_TAKEN = Text("Mã camera này đã có", "There is a camera with this id already")
_NO_VERSION = Text("Cần nói rõ bản nào được sửa (If-Match)", "Say which version is changed (If-Match)")
_OLD = Text("Người khác vừa sửa camera này", "Somebody else has just changed this camera")
_RELOAD = Text("Tải lại rồi sửa tiếp.", "Load it again, then change it.")
_DISK = Text(
    "Nguồn là tệp của máy chủ: chỉ quản trị viên được đặt.",
    "The source is a file of the server: only an administrator may set it.",
)


@router.get("/{id}", summary="How a camera is set up", responses={404: {}})
@allow("operator")
async def setup(request: Request, response: Response, id: Id) -> dict[str, Any]:
    """The whole row as it stands: `camera` with points as shares of the picture, and a source without any login (for
    an operator its machine only); `own` names the fields that the installation's own file holds, null where it has no
    such file; `login` says whether the file of logins names the camera: given, missing, no_file or unfit. `ETag` (and
    `version`) is what a change needs as `If-Match`."""
    await take_cameras(request.app.state)
    return _told(response, Reply(200, _answer(request, _found(request, id))))


@router.patch("/{id}", summary="Change a camera's set-up", responses={s: {} for s in (404, 409, 412, 422, 428, 503)})
@allow("supervisor")
async def change(
    request: Request,
    response: Response,
    id: Id,
    given: Fields,
    once: Doing,
    if_match: Annotated[str | None, Header()] = None,
) -> dict[str, Any]:
    """Fields of the row: name, lon, lat, heading_deg, source, segment, lines, zones, masks, detector, analysis_fps,
    analysis_width, life; what is absent stays, and null takes away what the installation itself has said. Needs the
    `ETag` of the row as `If-Match`: 412 when somebody else has changed it since. Looked at by the same checks as `ioc
    city check`: 422 names every mistake. New lines and zones hold within seconds and
    the camera goes on; with other masks, another source or another way to be looked at it begins anew."""

    async def work() -> Reply:
        file = await _file_for(request, id, if_match)
        async with file.alone():
            before = await _as_looked_at(request, id, if_match)
            await _save(request, file, before, id, _fields(request, id, given, before))
            return await _done(request, once, 200, id)

    return _told(response, await once.answer(work))


@router.post("", status_code=201, summary="A new camera", responses={s: {} for s in (409, 422, 503)})
@allow("supervisor")
async def add(request: Request, response: Response, given: Fields, once: Doing) -> dict[str, Any]:
    """A row with its `id`; without `life` it stands in commissioning and raises no alarm. The same row again is
    answered as the first time; another of the same id is refused with 409."""
    if not may_know_cameras(request):
        raise known(403)
    file = CameraFile(request.app.state.settings.city_overlay)
    id = given.get("id")
    if not isinstance(id, str) or not 0 < len(id) <= 64:
        raise _refused([FieldError("id", Text("Cần mã camera, nhiều nhất 64 ký tự.", "An id of at most 64 letters."))])

    async def work() -> Reply:
        async with file.alone():
            await take_cameras(request.app.state)
            city = request.app.state.city
            before = next((one for one in (*city.cameras, *city.removed_cameras) if one.id == id), None)
            if before is not None and (before.removed or not may_see(request, before)):
                raise Problem("camera-taken", _TAKEN, 409)
            row = _fields(request, id, {k: v for k, v in given.items() if k != "id"}, before)
            await _save(request, file, before, id, {"life": "commissioning"} | row, new=True)
            return await _done(request, once, 201, id)

    return _told(response, await once.answer(work))


@router.delete(
    "/{id}", status_code=204, summary="Take a camera out", responses={s: {} for s in (404, 409, 412, 428, 503)}
)
@allow("supervisor")
async def remove(request: Request, id: Id, once: Doing, if_match: Annotated[str | None, Header()] = None) -> None:
    """No picture is taken of it any more, and it stands on no screen. What it counted and told stays, for those who
    might see the camera; its id is given to no other. `removed` in the overlay's row says so. Needs `If-Match`."""

    async def work() -> Reply:
        file = await _file_for(request, id, if_match)
        async with file.alone():
            before = await _as_looked_at(request, id, if_match)
            await _save(request, file, before, id, {"removed": True}, action="camera.removed")
            await take_cameras(request.app.state)
            return await once.commit(lambda tx: Reply(204, {}))

    await once.answer(work)


@router.post("/{id}/return", summary="Take a removed camera back", responses={s: {} for s in (404, 409, 503)})
@allow("supervisor")
async def bring_back(request: Request, response: Response, id: Id, once: Doing) -> dict[str, Any]:
    """As it was when it was taken out."""
    file = CameraFile(request.app.state.settings.city_overlay)

    async def work() -> Reply:
        async with file.alone():
            await take_cameras(request.app.state)
            gone = next((one for one in request.app.state.city.removed_cameras if one.id == id), None)
            if gone is None or not may_see(request, gone):
                raise not_found()
            await _save(request, file, gone, id, {"removed": False}, action="camera.returned")
            return await _done(request, once, 200, id)

    return _told(response, await once.answer(work))


async def _done(request: Request, once: Once, status: int, id: str) -> Reply:
    """Answers with the row as it stands, and keeps the answer. The file cannot be written in one commit with it, so it
    is written before: what is answered again was done. Called while nobody else writes the file."""
    await take_cameras(request.app.state)
    answer = _answer(request, _found(request, id))
    return await once.commit(lambda tx: Reply(status, answer))


def _told(response: Response, reply: Reply) -> dict[str, Any]:
    response.headers["ETag"] = f'"{reply.body["version"]}"'
    return reply.body


async def _save(
    request: Request,
    file: CameraFile,
    before: Camera | None,
    id: str,
    fields: dict[str, Any],
    *,
    new: bool = False,
    action: str = "camera.changed",
) -> None:
    """Writes the file and its line in the audit chain; nothing where the row stands so already. The line comes first:
    a change that is known to nobody would be worse than a line about a change that a failing disk has undone."""
    state, by = request.app.state, principal_of(request).id
    tables = with_row(file.tables(), id, fields)
    city = await asyncio.to_thread(_checked, state.settings, id, tables)
    after = next(one for one in (*city.cameras, *city.removed_cameras) if one.id == id)
    if before == after:
        return
    if blind := newly_blind(before, after):
        raise _refused([FieldError(field, text) for field, text in blind])
    if new and before is not None:
        raise Problem("camera-taken", _TAKEN, 409)
    beside = await asyncio.to_thread(file.put_beside, tables)
    try:
        detail = {"fields": sorted(fields), "version": version_of(after)}
        await state.store.write(lambda tx: tx.audit(by, "camera.added" if new else action, id, detail))
        await asyncio.to_thread(file.put, beside)
    finally:
        beside.unlink(missing_ok=True)


async def _file_for(request: Request, id: str, if_match: str | None) -> CameraFile:
    """The file in which a camera the caller may see is changed."""
    await take_cameras(request.app.state)
    _found(request, id)
    if if_match is None:
        raise Problem("no-version", _NO_VERSION, 428)
    return CameraFile(request.app.state.settings.city_overlay)


async def _as_looked_at(request: Request, id: str, if_match: str | None) -> Camera:
    """The camera as it stands, if that is what the caller has looked at."""
    await take_cameras(request.app.state)
    before = _found(request, id)
    if (if_match or "").removeprefix("W/").strip('"') != version_of(before):
        raise Problem("changed-meanwhile", _OLD, 412, _RELOAD)
    return before


def _checked(settings: Any, id: str, tables: dict[str, Any]) -> City:
    try:
        return profile_with(settings.city_dir, settings.city_overlay, tables)
    except CityInvalid as error:
        raise _refused([FieldError(of_camera(id, one), one.text) for one in error.mistakes]) from None


def _fields(request: Request, id: str, given: dict[str, Any], before: Camera | None) -> dict[str, Any]:
    """What is to change, in composed letters; the source that was shown, sent back, is no change."""
    wrong = [FieldError(field, text) for field, text in not_changeable(given)]
    source = given.get("source")
    if before is not None and source in (_shown_source(request, before), before.source):
        given = {field: value for field, value in given.items() if field != "source"}
    elif isinstance(source, str) and (text := _not_theirs(request, id, source, before)) is not None:
        wrong.append(FieldError("source", text))
    if wrong:
        raise _refused(wrong)
    fields: dict[str, Any] = composed({k: None if v is None else without_nothing(v) for k, v in given.items()})
    return fields


def _not_theirs(request: Request, id: str, source: str, before: Camera | None) -> Text | None:
    """Why this source is an administrator's to set: it shows files of the server, or another machine would be told the
    camera's login."""
    if principal_of(request).may("admin"):
        return None
    if source.startswith(OF_THE_SERVER):
        return _DISK
    moved = before is None or shown(source) != shown(before.source)
    return _LOGIN_ELSEWHERE if moved and _login(id, request.app.state.settings.camera_secrets) == "given" else None


def _refused(errors: list[FieldError]) -> Problem:
    return Problem("camera-invalid", _INVALID, 422, errors[0].text, tuple(errors))


def _found(request: Request, id: str) -> Camera:
    cameras: tuple[Camera, ...] = request.app.state.city.cameras
    found = next((one for one in cameras if one.id == id), None)
    if found is None or not may_see(request, found):
        raise not_found()
    return found


def _answer(request: Request, camera: Camera) -> dict[str, Any]:
    settings = request.app.state.settings
    return {
        "version": version_of(camera),
        "camera": plain(camera) | {"source": _shown_source(request, camera)},
        "own": _own(camera, settings.city_overlay),
        "login": _login(camera.id, settings.camera_secrets),
        "trouble": trouble_of(request.app.state),
    }


def _own(camera: Camera, overlay: Any) -> list[str] | None:
    if overlay is None:
        return None
    try:
        return sorted(own_fields(CameraFile(overlay).tables(), camera.id))
    except Problem:  # told as `trouble`
        return []


def _shown_source(request: Request, camera: Camera) -> str:
    whole = principal_of(request).may("supervisor") and not holds_password(camera.source)
    return camera.source if whole or camera.source.startswith("clip:") else shown(camera.source)


def _login(id: str, file: Any) -> str:
    if file is None:
        return "no_file"
    try:
        return "given" if id in read_logins(file) else "missing"
    except Problem:
        return "unfit"
