"""Pictures of cameras on the feed: binary messages, the newest of each camera and never a queue of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping

from websockets.frames import Frame, Opcode

from ioc.bus import BusUnavailable, Frames, Picture
from ioc.city.masked import masked_as
from ioc.city.profile import City
from ioc.feed.outbox import Outbox
from ioc.feed.wire import CAMERA_OWNER, Scope

USUAL_MS = 900  # between two pictures of a camera nobody watches closely: one a second, a little early or late
OLD_MS = 30_000  # a picture older than this is not given to a screen that has just come
SET_BACK_MS = 10_000  # pictures of two processes may overtake each other by less
WATCH_S = 2.0  # how often the cameras that are watched are named again


class Shown:
    """A picture with the frame that carries it to every client; `aged` when it is one they have, with its age."""

    __slots__ = ("aged", "at_ms", "camera", "frame", "jpeg", "scope")

    def __init__(self, picture: Picture, scope: Scope, *, aged: bool = False) -> None:
        self.camera, self.at_ms, self.jpeg, self.scope = picture.camera, picture.at_ms, picture.jpeg, scope
        self.aged = aged
        self.frame = Frame(Opcode.BINARY, picture.packed()).serialize(mask=False)


class Pictures:
    """The newest picture of every camera of the city. `scopes` says whose it is and where it stands, `classes` the
    class of its data, also of the `removed` ones. One taken under other masks than the city's is nobody's to see: it
    comes from a process that has not followed yet."""

    def __init__(self, frames: Frames | None, scopes: Mapping[str, Scope]) -> None:
        self.newest: dict[str, Shown] = {}
        self.masks: dict[str, str] = {}
        self.removed: frozenset[str] = frozenset()
        self.on_removed: Callable[[], None] = lambda: None
        self._take(scopes)
        self._frames = frames
        self._asked = asyncio.Event()
        self._onlookers: set[Onlooker] = set()

    def take_city(self, city: City) -> None:
        """The cameras of this city from now on; `on_removed` hears of those that are none any more."""
        masks = {one.id: masked_as(mask.points for mask in one.masks) for one in city.cameras}
        self.newest = {id: shown for id, shown in self.newest.items() if self.masks.get(id) == masks.get(id)}
        self.masks = masks
        self._take(camera_scopes(city))
        self.removed = frozenset(one.id for one in city.removed_cameras)
        self.classes |= {one.id: one.data_class for one in city.removed_cameras}
        self.on_removed()

    def _take(self, scopes: Mapping[str, Scope]) -> None:
        self.scopes = scopes
        self.classes = {id: scope.data_class for id, scope in scopes.items()}
        self.newest = {id: shown for id, shown in self.newest.items() if id in scopes}

    async def follow(self, hand_out: Callable[[Shown], None]) -> None:
        """Takes in pictures and hands them out, for ever; one older than its forerunner, or of no camera, is let go.
        One that is far older is newer: a clock was set back."""
        if self._frames is None:
            await asyncio.Event().wait()
            return
        async for picture in self._frames.pictures():
            scope, before = self.scopes.get(picture.camera), self.newest.get(picture.camera)
            if picture.masks != self.masks.get(picture.camera, picture.masks):
                continue
            if scope is not None and (before is None or not 0 <= before.at_ms - picture.at_ms < SET_BACK_MS):
                shown = self.newest[picture.camera] = Shown(picture, scope)
                hand_out(shown)
                for onlooker in self._onlookers:
                    onlooker.see(picture.camera)

    @contextlib.contextmanager
    def looking(self, camera: str) -> Iterator[Onlooker]:
        """Looks closely at one camera as long as it is open."""
        onlooker = Onlooker(camera)
        self._onlookers.add(onlooker)
        self.ask()
        try:
            yield onlooker
        finally:
            self._onlookers.discard(onlooker)

    def looked_at(self) -> set[str]:
        """The cameras somebody looks closely at beside the feed."""
        return {onlooker.camera for onlooker in self._onlookers}

    def ask(self) -> None:
        """What is watched has changed."""
        self._asked.set()

    async def tell(self, watched: Callable[[], Iterable[str]]) -> None:
        """Names the cameras that are watched, at every change and every two seconds, for ever."""
        while True:
            cameras = {*watched(), *self.looked_at()}
            if cameras and self._frames is not None:
                try:
                    await self._frames.watch(cameras)
                except BusUnavailable:
                    await asyncio.sleep(WATCH_S)  # told on the screens elsewhere; pictures come when they come
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(WATCH_S):
                    await self._asked.wait()
            self._asked.clear()


class Onlooker:
    """Somebody who looks at one camera beside the feed, and is woken by its pictures."""

    def __init__(self, camera: str) -> None:
        self.camera = camera
        self._news = asyncio.Event()

    def see(self, camera: str) -> None:
        """There is a new picture of this camera."""
        if camera == self.camera:
            self._news.set()

    async def wait(self, most_s: float) -> None:
        """Until a picture has come since the last wait, or for so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(most_s):
                await self._news.wait()
        self._news.clear()


class Viewing:
    """One client's pictures. While the client is slow it only remembers of which cameras it has missed some."""

    def __init__(self, pictures: Pictures, outbox: Outbox) -> None:
        self.watching: str | None = None
        self._pictures, self._outbox = pictures, outbox
        self._sent: dict[str, int] = {}
        self._missed: dict[str, None] = {}

    def offer(self, shown: Shown) -> None:
        """A picture this client may see."""
        early = -SET_BACK_MS < shown.at_ms - self._sent.get(shown.camera, 0) < USUAL_MS
        if early and not shown.aged and shown.camera != self.watching:
            return
        if self._outbox.slow:
            self._missed[shown.camera] = None
            return
        self._sent[shown.camera] = shown.at_ms
        self._outbox.pass_by(shown.frame)

    def begin(self, now_ms: int, shows: Callable[[Scope], bool]) -> None:
        """The newest pictures for a client that has just subscribed."""
        self._sent.clear()
        self._missed = {camera: None for camera, one in self._pictures.newest.items() if now_ms - one.at_ms < OLD_MS}
        self.catch_up(shows)

    def catch_up(self, shows: Callable[[Scope], bool]) -> None:
        """Gives the newest pictures of those cameras it has missed some of, until it has enough again."""
        while self._missed and not self._outbox.slow:
            camera = next(iter(self._missed))
            del self._missed[camera]
            shown = self._pictures.newest.get(camera)
            if shown is not None and shows(shown.scope):
                self.offer(shown)


def camera_scopes(city: City) -> dict[str, Scope]:
    """Whose the pictures of each camera are: what the filters look at."""
    return {
        one.id: Scope(one.data_class, module=CAMERA_OWNER, owner=CAMERA_OWNER, lonlat=(one.lon, one.lat))
        for one in city.cameras
    }
