"""One camera as MJPEG, for a player or a page that has no feed: the newest picture again and again, for a while."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from ioc.api.cameras import PictureNow, picture_now, sees_camera
from ioc.api.problems import known
from ioc.api.rights import principal_of
from ioc.contract.rights import allow
from ioc.core.errors import Problem, not_found
from ioc.core.text import Text
from ioc.store import StoreUnavailable

router = APIRouter(prefix="/api/v1/cameras", tags=["cameras"])

MOST_S, USUAL_S = 600, 120  # how long one view lasts: who forgets to close it costs no more
MOST_OF_ONE, MOST_OF_ALL = 4, 32  # views at a time, of one caller and together
REPEAT_S = 1.0  # a picture that no newer one follows is sent again, with its age
LATE_S = 10.0  # beyond its time; a client that takes nothing is cut off then
_BOUNDARY = "picture"
_TOO_MANY = Text("Đang mở quá nhiều luồng camera", "Too many camera streams are open")


@router.get(
    "/{id}/stream.mjpeg",
    summary="A camera as MJPEG, for a while",
    response_class=Response,
    responses={200: {"content": {f"multipart/x-mixed-replace; boundary={_BOUNDARY}": {}}}, 404: {}, 429: {}, 503: {}},
)
@allow("operator", "wall")
async def stream(
    request: Request,
    id: Annotated[str, Path(max_length=64)],
    seconds: Annotated[int, Query(ge=1, le=MOST_S)] = USUAL_S,
) -> Response:
    """Pictures as of `frame.jpg`, up to five a second and only the newest: who takes them slowly misses some. Ends
    after `seconds`, or when the camera gives none, or when the caller may not see it any more. Its opening is a line of
    the audit chain. 429 when the caller has four open, or all together 32."""
    state, by = request.app.state, principal_of(request)
    if not sees_camera(request, id):
        raise not_found()
    await picture_now(state, id)
    views = Views.of(state)
    views.take(by.id)
    try:
        await state.store.write(lambda tx: tx.audit(by.id, "camera.streamed", id, {"seconds": seconds}))
        return PictureStream(_parts(request, id, seconds), seconds + LATE_S, lambda: views.give_back(by.id))
    except BaseException:
        views.give_back(by.id)
        raise


class Views:
    """How many streams are open, and whose."""

    def __init__(self) -> None:
        self._open: dict[str, int] = {}

    @classmethod
    def of(cls, state: Any) -> Views:
        """Those of the application."""
        if not hasattr(state, "camera_views"):
            state.camera_views = cls()
        views: Views = state.camera_views
        return views

    def take(self, who: str) -> None:
        """One more.

        Raises:
            Problem: 429, there are as many as there may be.
        """
        if self._open.get(who, 0) >= MOST_OF_ONE or sum(self._open.values()) >= MOST_OF_ALL:
            problem = known(429, _TOO_MANY)
            problem.retry_after_s = 5
            raise problem
        self._open[who] = self._open.get(who, 0) + 1

    def give_back(self, who: str) -> None:
        """One fewer."""
        self._open[who] -= 1
        if not self._open[who]:
            del self._open[who]


class PictureStream(StreamingResponse):
    """Parts that replace each other; whatever happens it ends after `most_s` seconds, and says so to `ended`."""

    def __init__(self, parts: AsyncGenerator[bytes], most_s: float, ended: Callable[[], None]) -> None:
        media = f"multipart/x-mixed-replace; boundary={_BOUNDARY}"
        super().__init__(parts, media_type=media, headers={"Cache-Control": "no-store"})
        self._parts, self._most_s, self._ended = parts, most_s, ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves it. A client that stopped reading is cut off: its connection is closed unfinished."""
        try:
            async with aclosing(self._parts), asyncio.timeout(self._most_s):
                await super().__call__(scope, receive, send)
        except TimeoutError:
            return
        finally:
            self._ended()


async def _parts(request: Request, id: str, seconds: int) -> AsyncGenerator[bytes]:
    state, loop = request.app.state, asyncio.get_running_loop()
    until = loop.time() + seconds
    with state.feed.pictures.looking(id) as onlooker:
        while loop.time() < until and sees_camera(request, id) and await _still_let_in(request):
            try:
                picture = await picture_now(state, id)
            except Problem:
                return
            yield _part(picture)
            await onlooker.wait(min(REPEAT_S, max(0.0, until - loop.time())))


async def _still_let_in(request: Request) -> bool:
    """Whether the caller is who they were: not signed out, with the same rights. Asked of the store every two seconds
    at most; while it is away what it said last holds."""
    client = request.client.host if request.client else None
    try:
        found = await request.app.state.auth.authenticate(request.headers, client=client, touch=False)
    except StoreUnavailable:
        return True
    return bool(found == principal_of(request))


def _part(picture: PictureNow) -> bytes:
    head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture.jpeg)}\r\n\r\n"
    return head.encode() + picture.jpeg + b"\r\n"
