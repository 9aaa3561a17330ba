"""After any history, what a screen was given piece by piece is what a fresh snapshot would show."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule
from websockets.frames import Frame
from websockets.streams import StreamReader

from ioc.contract import Principal
from ioc.core.dataclass import EVERYTHING, PUBLIC_ONLY, WALL
from ioc.core.envelope import decode
from ioc.feed.hub import Hub
from ioc.feed.options import Options
from ioc.feed.session import Session
from tests.feed.client import FeedClient
from tests.feed.world import World

TOWN = (105.0, 19.0, 106.0, 20.0)
PLACES = [None, (105.5, 19.5), (106.5, 19.5)]
CLASSES = ["public", "internal", "personal", "security"]
MODULES = ["citizen", "emergency"]
RIGHTS = {"everything": (EVERYTHING, ()), "wall": (WALL, ()), "public": (PUBLIC_ONLY, ()), "own": (WALL, ("citizen",))}
FILTERS: list[dict[str, Any]] = [{}, {"bbox": TOWN}, {"severity": 3}, {"modules": ["citizen"]}]
OPTIONS = Options(
    city="test",
    build="b",
    beat_s=0.002,
    poll_s=0.001,
    rights_s=0.001,
    retry_s=0.001,
    snapshot_age_s=0.002,
    ring=6,
    page=3,
    resume_limit=25,
    newest_events=1000,
    queue_messages=30,
    known_keys=3,
    per_user=99,
)


@dataclass(eq=False)
class Screen:
    """A client in memory at the other end of a session; it may stop taking data."""

    user: str
    client: FeedClient
    session: Session | None = None
    task: asyncio.Task[None] | None = None
    stuck: bool = False
    received: list[bytes] = field(default_factory=list)

    def write(self, data: bytes) -> None:
        for text in payloads(data):
            self.client.apply(json.loads(text))
        if self.stuck and self.session is not None:
            self.session.outbox.pause()

    def close(self, code: int, reason: str) -> None:
        self.leave()

    def leave(self) -> None:
        if self.session is not None and self.task is not None:
            self.session.end()
            self.task.cancel()
        self.session = self.task = None

    def take(self) -> None:
        self.stuck = False
        if self.session is not None:
            self.session.resume()


def payloads(data: bytes) -> list[bytes]:
    reader, found = StreamReader(), []
    reader.feed_data(data)
    while reader.buffer:
        parsing = Frame.parse(reader.read_exact, mask=False)
        try:
            next(parsing)
        except StopIteration as done:
            found.append(bytes(done.value.data))
    return found


class Histories(RuleBasedStateMachine):
    screens = Bundle("screens")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.all: list[Screen] = []
        self.users = 0

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    @initialize()
    def begin(self) -> None:
        async def make() -> None:
            self.world = World()
            await self.serve()

        self.run(make())

    async def serve(self) -> None:
        authenticate = self.world.authenticate
        self.hub = Hub(OPTIONS, self.world.sources, authenticate=authenticate, recheck=authenticate)
        await self.hub.start()

    async def stop(self) -> None:
        for screen in self.all:
            screen.leave()
        await self.hub.stop()

    @rule(
        key=st.sampled_from("abcdef"),
        place=st.sampled_from(PLACES),
        data_class=st.sampled_from(CLASSES),
        module=st.sampled_from(MODULES),
        severity=st.integers(1, 5),
    )
    def incident(self, key: str, place: Any, data_class: str, module: str, severity: int) -> None:
        action = "noted" if key in self.world.incidents else "opened"
        where = list(place) if place else None
        self.world.incident(key, action, data_class=data_class, lonlat=where, module=module, severity=severity)

    @rule(place=st.sampled_from(PLACES), data_class=st.sampled_from(CLASSES), times=st.integers(1, 12))
    def events(self, place: Any, data_class: str, times: int) -> None:
        for _ in range(times):
            self.world.event("citizen.report.received", lonlat=place, dataclass=data_class, severity=3)

    @rule(key=st.sampled_from("uvw"), place=st.sampled_from(PLACES[1:]))
    def unit(self, key: str, place: tuple[float, float]) -> None:
        self.world.unit(key, *place)

    @rule(keep=st.integers(0, 10))
    def retention(self, keep: int) -> None:
        self.world.log.forget_until(self.run(self.world.log.head()) - max(keep, 1))

    @rule(open=st.booleans())
    def lag(self, open: bool) -> None:
        (self.world.log.open.set if open else self.world.log.open.clear)()

    @rule(seconds=st.sampled_from([0, 0.0015, 0.004]))
    def time_passes(self, seconds: float) -> None:
        self.run(asyncio.sleep(seconds))

    @rule(target=screens, filters=st.sampled_from(FILTERS), rights=st.sampled_from(sorted(RIGHTS)))
    def screen(self, filters: dict[str, Any], rights: str) -> Screen:
        self.users += 1
        user = f"user-{self.users}"
        self.grant(user, rights)
        screen = Screen(user, FeedClient("", topics=["incident", "event", "unit"], **filters))
        self.all.append(screen)
        self.run(self.connect(screen))
        return screen

    @rule(screen=screens)
    def disconnect(self, screen: Screen) -> None:
        self.run(self.off(screen))

    @rule(screen=screens)
    def reconnect(self, screen: Screen) -> None:
        self.run(self.connect(screen))

    @rule(screen=screens)
    def sticks(self, screen: Screen) -> None:
        screen.stuck = True

    @rule(screen=screens)
    def takes(self, screen: Screen) -> None:
        self.run(self.unstick(screen))

    @rule(screen=screens, rights=st.sampled_from(sorted(RIGHTS)))
    def rights_change(self, screen: Screen, rights: str) -> None:
        self.grant(screen.user, rights)

    @rule()
    def restart(self) -> None:
        async def again() -> None:
            await self.stop()
            await self.serve()

        self.run(again())

    @rule()
    def all_is_told(self) -> None:
        self.run(self.settle())
        for screen in self.all:
            if screen.session is not None:
                self.check(screen)

    @rule(screen=consumes(screens))
    def thrown_away(self, screen: Screen) -> None:
        self.run(self.off(screen))
        self.all.remove(screen)

    @invariant()
    def bounded(self) -> None:
        for screen in self.all:
            if screen.session is not None:
                assert screen.session.outbox.size <= OPTIONS.queue_bytes

    def teardown(self) -> None:
        if hasattr(self, "hub"):
            for screen in self.all:
                self.run(self.connect(screen))
            self.all_is_told()
            self.run(self.stop())
        self.runner.close()

    def grant(self, user: str, rights: str) -> None:
        classes, modules = RIGHTS[rights]
        self.world.principals[user] = Principal(
            id=user, name=user, role="operator", classes=classes, modules=frozenset(modules)
        )

    async def connect(self, screen: Screen) -> None:
        screen.leave()
        screen.stuck = False
        client = screen.client
        client.upto = None
        screen.session = Session(self.hub, screen, {"cookie": f"session={screen.user}"})
        screen.task = asyncio.create_task(screen.session.run())
        wanted = {"op": "subscribe", "topics": client.topics, **client.filters, **client._resume}
        screen.session.receive(json.dumps(wanted).encode())
        await asyncio.sleep(0)

    async def off(self, screen: Screen) -> None:
        screen.leave()

    async def unstick(self, screen: Screen) -> None:
        screen.take()

    async def settle(self) -> None:
        self.world.log.open.set()
        head, seq = await self.world.log.head(), self.world.latest.seq
        async with asyncio.timeout(5):
            for screen in self.all:
                screen.take()
                while screen.session is not None and not self.told(screen, head, seq):
                    await asyncio.sleep(0.001)

    def told(self, screen: Screen, head: int, seq: int) -> bool:
        session = screen.session
        assert session is not None
        return (
            session.principal == self.world.principals[screen.user]
            and session._inbox.empty()
            and self.hub.audience.is_live(session)
            and self.hub._seq >= seq
            and screen.client.upto is not None
            and screen.client.upto >= head
        )

    def check(self, screen: Screen) -> None:
        shown = screen.client.state
        log = {e.id: e for e in (decode(row.body) for row in self.world.log.rows)}
        assert shown["incident"] == {
            key: {name: value for name, value in row.view.items() if name != "personal"}
            for key, row in self.world.incidents.items()
            if self.sees(screen, row.data_class, row.view["module"], row.view["severity"], row.view["lonlat"])
        }
        visible = {
            e.id
            for e in log.values()
            if self.sees(screen, e.dataclass, e.module, e.severity, e.lonlat, owner=self.owner(e.data, e.module))
        }
        assert {key for key in shown["event"] if key in log} == visible
        assert shown["unit"] == {
            key: json.loads(value.body)
            for (_, key), value in self.world.latest.values.items()
            if self.sees(screen, "internal", None, None, json.loads(value.body)["lonlat"])
        }

    def owner(self, data: dict[str, Any], module: str) -> str:
        return str(data.get("incident", {}).get("module", module))

    def sees(
        self, screen: Screen, data_class: str, module: str | None, severity: int | None, lonlat: Any, owner: str = ""
    ) -> bool:
        principal, wanted = self.world.principals[screen.user], screen.client.filters
        assert principal is not None
        west, south, east, north = wanted.get("bbox", (-180, -90, 180, 90))
        return (
            data_class in principal.classes
            and (not principal.modules or module is None or (owner or module) in principal.modules)
            and (module is None or module in wanted.get("modules", [module]))
            and (severity is None or severity >= wanted.get("severity", 1))
            and (lonlat is None or (west <= lonlat[0] <= east and south <= lonlat[1] <= north))
        )


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestHistories = pytest.mark.timeout(600)(TestHistories)
