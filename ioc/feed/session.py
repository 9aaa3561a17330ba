"""One client: signs in, subscribes, is given a snapshot or what it missed, then every change it may see."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from typing import Protocol

import structlog

from ioc.contract import Principal
from ioc.core.dataclass import EVERYTHING
from ioc.feed.hub import Hole, Hub
from ioc.feed.outbox import Outbox
from ioc.feed.pictures import Shown, Viewing
from ioc.feed.ports import Headers
from ioc.feed.refusals import AWAY, FLOOD, NO_RIGHT, NOT_SIGNED_IN, SLOW_AUTH, TOO_MANY, TOO_SLOW, Refusal, Refused
from ioc.feed.snapshot import Snapshot
from ioc.feed.subscription import Auth, Subscribe, View, Watch, parse
from ioc.feed.wire import DURABLE, EVENT, FRAME, INCIDENT, LAST_KNOWN, Change, Scope, snap_frame

_log = structlog.get_logger("ioc.feed")


class Link(Protocol):
    """The connection below."""

    def write(self, data: bytes) -> None:
        """Hands frames to the transport."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Says goodbye, closes, and cancels the session's `run`."""
        ...


class Session:
    """A client's side of the feed. All but `run` is called from the loop and never waits."""

    def __init__(self, hub: Hub, link: Link, headers: Headers) -> None:
        self.headers = headers
        self.token: str | None = None
        self.principal: Principal | None = None
        self.epoch = hub.epoch
        self.outbox = Outbox(link.write, max_bytes=hub.options.queue_bytes, max_messages=hub.options.queue_messages)
        self._hub, self._link = hub, link
        self._viewing = Viewing(hub.pictures, self.outbox)
        self._inbox: asyncio.Queue[bytes | None] = asyncio.Queue()  # None: show everything anew
        self._wanted: Subscribe | None = None
        self._view: View | None = None
        self._floors: dict[str, int] = {}
        self._known: set[tuple[str, str]] = set()
        self._knows_all = False
        self._upto: int | None = None
        self._ended = False

    async def run(self) -> None:
        """The client's whole life; ends when it is refused or cancelled."""
        try:
            await self._sign_in()
            while True:
                await self._obey(await self._inbox.get())
        except Refused as refused:
            self.refuse(refused.refusal)
        except Exception as error:
            _log.error("feed session failed", error=repr(error))
            self.refuse(AWAY)

    def receive(self, text: bytes) -> None:
        """A message came."""
        if self._inbox.qsize() >= self._hub.options.max_pending:
            self.refuse(FLOOD)
        else:
            self._inbox.put_nowait(text)

    def offer(self, change: Change) -> None:
        """A change for whoever may see it; filtered here, on every message."""
        view = self._view
        if view is None or change.topic not in view.topics:
            return
        if change.position is not None and change.position <= self._floors.get(change.topic, 0):
            return
        if not change.withdrawn and view.shows(change.scope):
            self._show_change(change)
        elif change.topic != EVENT:
            self._withdraw(change, view)

    def offer_picture(self, shown: Shown) -> None:
        """A picture for whoever may see it."""
        if self._shows_picture(shown.scope):
            self._viewing.offer(shown)

    @property
    def queued(self) -> int:
        """See Viewer."""
        return self.outbox.size

    @property
    def watching(self) -> str | None:
        """The camera it looks at closely, if it may."""
        camera = self._viewing.watching
        scope = None if camera is None else self._hub.pictures.scopes.get(camera)
        return camera if scope is not None and self._shows_picture(scope) else None

    def beat(self, beat_frame: Callable[[str, int], bytes]) -> None:
        """A heartbeat; none while a snapshot is on its way, for nothing true could be said of `upto`."""
        upto = self._hub.upto if self._hub.audience.is_live(self) else self._upto
        if upto is not None:
            self.outbox.beat(beat_frame(self.epoch, upto))

    def change_rights(self, principal: Principal) -> None:
        """From this very message on the new rights count; what they show is given anew."""
        self.principal = principal
        self.epoch = rights_epoch(self._hub.epoch, principal)
        if self._wanted is not None:
            self._view = View(self._wanted, principal)
            self.start_over()

    def start_over(self) -> None:
        """Asks its own task for new snapshots."""
        self._knows_all = True  # asked once; what comes until then is given anew with the rest
        self._inbox.put_nowait(None)

    def refuse(self, refusal: Refusal) -> None:
        """Says why in both languages and closes."""
        if self._ended:
            return
        self.end()
        self.outbox.clear()
        text = refusal.text
        self._link.write(self._hub.message("error", code=refusal.code, vi=text.vi, en=text.en))
        self._link.close(refusal.close, refusal.code)

    def resume(self) -> None:
        """The transport takes data again."""
        if not self.outbox.resume() or self._ended:
            return
        dropped = self.outbox.lag()
        if dropped:
            self.outbox.push(self._hub.message("lag", dropped=dropped))
        if self.outbox.shed:
            self.outbox.shed = False
            self._last_known()
        self._viewing.catch_up(self._shows_picture)

    def end(self) -> None:
        """Nothing more is given to it."""
        self._ended = True
        self._view = None
        self._hub.audience.leave(self)

    async def _sign_in(self) -> None:
        try:
            async with asyncio.timeout(self._hub.options.auth_s):
                principal = await self._hub.authenticate(self.headers, None) or await self._by_token()
        except TimeoutError:
            raise Refused(SLOW_AUTH) from None
        if principal.role == "device":
            raise Refused(NO_RIGHT)
        if not self._hub.audience.join(self, principal):
            raise Refused(TOO_MANY)
        self.principal = principal
        self.epoch = rights_epoch(self._hub.epoch, principal)
        self._greet()

    async def _by_token(self) -> Principal:
        message = parse(await self._inbox.get() or b"")
        if not isinstance(message, Auth):
            raise Refused(NOT_SIGNED_IN)
        return await self._owner_of(message)

    async def _owner_of(self, message: Auth) -> Principal:
        """Whose token it is: one that is given must be good, whoever the caller is without it."""
        try:
            async with asyncio.timeout(self._hub.options.auth_s):
                principal = await self._hub.authenticate(self.headers, message.token)
        except TimeoutError:
            raise Refused(SLOW_AUTH) from None
        if principal is None:
            raise Refused(NOT_SIGNED_IN)
        if principal.role == "device":
            raise Refused(NO_RIGHT)
        self.token = message.token
        return principal

    def _greet(self) -> None:
        options = self._hub.options
        self.outbox.push(
            self._hub.message(
                "hello",
                now=self._hub.now(),
                build=options.build,
                epoch=self.epoch,
                city=options.city,
                demo=options.demo,
                simulated=options.simulated,
            )
        )

    async def _obey(self, text: bytes | None) -> None:
        if text is None:
            await self._show(None)
            return
        message = parse(text)
        if isinstance(message, Watch):
            self._viewing.watching = message.camera
            self._hub.pictures.ask()
        elif isinstance(message, Auth):  # of one let in without it, as at the machine of a demonstration
            self.change_rights(await self._owner_of(message))
        elif isinstance(message, Subscribe):
            self._wanted = message
            await self._show(message.since if message.epoch == self.epoch else None)

    async def _show(self, since: int | None) -> None:
        if self._wanted is None or self.principal is None:
            return
        await self._hub.ready.wait()
        self._hub.audience.pause(self)
        self._upto = None
        self._known.clear()
        self.outbox.shed = False
        self._view = View(self._wanted, self.principal)
        if since is not None and await self._hub.can_resume(since):
            await self.outbox.drained()
            self._knows_all = False
            self._floors = dict.fromkeys(DURABLE, since)
            self._subscribed(True, since)
        else:
            await self._snapshots()
        await self.outbox.drained()
        self._last_known()
        self._viewing.begin(self._hub.now_ms(), self._shows_picture)
        await self._catch_up()

    async def _snapshots(self) -> None:
        assert self._view is not None  # noqa: S101 - told to the type checker
        made: dict[str, Snapshot] = {}
        if INCIDENT in self._view.topics:
            made[INCIDENT] = await self._hub.snapshots.incidents()
        if EVENT in self._view.topics:
            made[EVENT] = await self._hub.snapshots.events(self._view)
        await self.outbox.drained()
        self._knows_all = True
        self._floors = {topic: snapshot.position for topic, snapshot in made.items()}
        self._subscribed(False, min(self._floors.values(), default=self._hub.upto))
        for topic, snapshot in made.items():
            await self.outbox.drained()
            self._send_snapshot(topic, snapshot)

    def _send_snapshot(self, topic: str, snapshot: Snapshot) -> None:
        view = self._view  # read anew: rights may have changed while the snapshot was made
        shown = [item for item in snapshot.items if view is not None and view.shows(item.scope)]
        if topic != EVENT:
            self._known.update((topic, item.key) for item in shown)
        self.outbox.push(snap_frame(topic, (item.body for item in shown)))

    def _last_known(self) -> None:
        view = self._view
        if view is None:
            return
        self._known = {known for known in self._known if known[0] not in LAST_KNOWN}
        for topic in LAST_KNOWN:
            if topic in view.topics:
                values = (c for c in self._hub.latest.values() if c.topic == topic and view.shows(c.scope))
                shown = list(values)
                self._known.update((topic, change.key) for change in shown)
                self.outbox.push(snap_frame(topic, (change.item for change in shown)))
        self._hub.audience.watch(self)

    def _shows_picture(self, scope: Scope) -> bool:
        return self._view is not None and FRAME in self._view.topics and self._view.shows(scope)

    async def _catch_up(self) -> None:
        at = min(self._floors.values(), default=self._hub.upto)
        try:
            while at < self._hub.upto:
                at = await self._replay(at)
        except Hole:  # what was shown is older than the log's oldest: to be shown once more it would lead here again
            self._hub.snapshots.forget()
            self.start_over()
            return
        self._floors = {topic: max(floor, at) for topic, floor in self._floors.items()}
        if self._view is not None:
            self._hub.audience.go_live(self, self._view)

    async def _replay(self, at: int) -> int:
        for position, changed in await self._hub.replay(at):
            for change in changed:
                self.offer(change)
            at = self._upto = position
            await self.outbox.drained()
        return at

    def _show_change(self, change: Change) -> None:
        if change.topic != EVENT:
            self._remember((change.topic, change.key))
        self._put(change, change.frame)

    def _withdraw(self, change: Change, view: View) -> None:
        key = (change.topic, change.key)
        if key in self._known:
            self._known.discard(key)
            self._put(change, change.gone)
        elif self._knows_all or change.born:
            return
        elif view.permits(change.scope):
            self._put(change, change.gone)
        else:
            # It may hold this thing from before; to name it would tell of what it may not know.
            self.start_over()

    def _put(self, change: Change, frame: bytes) -> None:
        if change.position is None:
            self.outbox.replace((change.topic, change.key), frame)
        elif not self.outbox.put(frame):
            self.refuse(TOO_SLOW)

    def _remember(self, key: tuple[str, str]) -> None:
        if len(self._known) >= self._hub.options.known_keys:
            self._known.clear()
            self._knows_all = False
        self._known.add(key)

    def _subscribed(self, recovered: bool, upto: int) -> None:
        self._upto = upto if recovered else None
        self.outbox.push(self._hub.message("subscribed", recovered=recovered, epoch=self.epoch, upto=upto))


def rights_epoch(epoch: str, principal: Principal) -> str:
    """The epoch as told to a principal. Who sees less than everything is told another word for each set of rights,
    so that nobody resumes what was given under other rights."""
    if principal.classes == EVERYTHING and not principal.modules:
        return epoch
    rights = ",".join([*sorted(principal.classes), "/", *sorted(principal.modules)])
    return f"{epoch}.{hashlib.sha256(rights.encode()).hexdigest()[:8]}"
