"""Judged readings and a module's handlers: which they get, in what state, and what becomes of those they fail on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog

from ioc.contract import BadReading, Decide, Event, Module, NotConfigured, Observation, Run, State, on
from ioc.core.clock import SetClock
from ioc.core.place import Place
from ioc.host.context import HostContext
from ioc.host.discovery import Manifest, ModuleSpec
from ioc.host.handling import Handling, reading_handlers
from ioc.host.marks import read_marks
from ioc.host.module_step import ModuleStep
from ioc.host.readings import ReadingFollower
from ioc.host.set_aside import KILLED
from ioc.store import Store, StoreSettings, StoreUnavailable, TookTooLong
from tests.conftest import CITY, MASTER_KEY
from tests.events import AT
from tests.host.series import LIMIT_S, OWNER, USUAL, caught_up, reading, step_of

NOISE = ModuleSpec(Manifest("noise", "Ồn", "Noise", "1", "test"), "tests.noise", Path())
CAMERA_SEEN = Observation("camera.state", "cam-1", 0, "", AT)


class Heard(Event, type="noise.reading.heard", key="what"):
    what: str


class Sum(State):
    total: float = 0.0
    count: int = 0


class Noise(Module):
    """Says what it heard; keeps a sum a street, the street being the first letter of the key."""

    @on("noise.level", "camera.state")
    def hear(self, reading: Observation, ctx: Any) -> Iterator[Event]:
        yield Heard(what=f"{reading.kind} {reading.key} {reading.value:g} {reading.quality}{' late' * reading.late}")

    @on("noise.level", state=Sum, by="street_of")
    def add(self, reading: Observation, street: Sum, ctx: Any) -> Iterator[Event]:
        street.total += reading.value
        if reading.value == 13:
            raise RuntimeError("unlucky")
        if reading.value == 14:
            raise BadReading("left out")
        if reading.value == 16:
            yield Decide(_too_long)
        if reading.value == 17:
            yield Decide(_away)
        if reading.value == 15:
            raise NotConfigured("no limit")
        street.count += 1
        yield Heard(what=f"{reading.key[0]} sum {street.total:g}")

    def street_of(self, reading: Observation) -> str:
        return reading.key[0]


def _too_long(run: Run) -> Any:
    raise TookTooLong


def _away(run: Run) -> Any:
    raise StoreUnavailable("the database server gave up (SQLSTATE 53200)")


class Nowhere:
    def place(self, lon: float, lat: float, at: object = None) -> Place:
        return Place(lon, lat)


class Sources:
    """Lets all sources through but those in maintenance."""

    def __init__(self) -> None:
        self.maintained: set[str] = set()

    def judges(self, reading: Observation) -> bool:
        return reading.source not in self.maintained


class Host:
    """The noise module's readings on a real store."""

    def __init__(self, store: Store) -> None:
        self.store, self.sources, self.clock = store, Sources(), SetClock(AT)
        log = structlog.get_logger()
        ctx = HostContext(spec=NOISE, city=USUAL, store=store, gis=Nowhere(), clock=self.clock, log=log)  # type: ignore[arg-type]
        module = Noise(Noise.Settings())
        marks = read_marks(module)
        self.handling = Handling(ModuleStep(module, marks, ctx), reading_handlers(marks.handlers, [NOISE]), ctx)
        self.follower = ReadingFollower(store, OWNER, "test", self.handling, self.sources, log)

    async def take_in(self, *readings: Observation) -> None:
        """Sends readings, lets them be judged, and handled."""
        await self.store.observations.write_batch("test", readings)
        await caught_up(self.store, step_of(self.store, clock=self.clock))
        await self.handle()

    async def handle(self) -> None:
        """Runs the handlers until all judged readings are handled."""
        self.follower.behind = None
        running = asyncio.create_task(self.follower.run(["camera", OWNER]))
        try:
            async with asyncio.timeout(LIMIT_S):
                while self.follower.behind is None or self.follower.behind:
                    assert not running.done(), running.exception()
                    await asyncio.sleep(0.01)
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    async def said(self) -> list[str]:
        """What the events say, in order."""
        return [row.recorded().envelope.data["what"] for row in await self.store.log.after(0, 1000)]


@pytest.fixture
async def host(database_url: str, tmp_path: Path) -> AsyncIterator[Host]:
    store = await Store.open(StoreSettings(database_url, CITY, tmp_path / "state", MASTER_KEY), SetClock(AT))
    yield Host(store)
    await store.close()


async def test_good_and_suspect_are_handled_late_is_told_bad_and_repeats_are_not(host: Host) -> None:
    await host.take_in(
        reading(1, 10, id="a"),
        reading(2, 20, id="b", quality="suspect"),
        reading(3, 5, id="c"),
        reading(4, 30, id="d", quality="bad"),
        reading(5, 9999, id="e"),
        reading(1, 10, id="a"),
        reading(6, 40, id="f", quality="substituted"),
    )
    heard = [what for what in await host.said() if what.startswith("noise")]
    assert heard == ["noise.level s1 1 good", "noise.level s1 2 suspect", "noise.level s1 3 good late"]


async def test_a_reading_whose_commit_takes_too_long_is_found_and_given_up(host: Host) -> None:
    """While the process lives: each try would hold up the whole city."""
    await host.take_in(reading(1, 1, key="a1"), reading(16, 2, key="b1"), reading(2, 3, key="a1"))
    assert [what for what in await host.said() if "sum" in what] == ["a sum 1", "a sum 3"]
    [letter] = await host.store.dead.list()
    assert (letter.kind, letter.reason) == ("reading", KILLED)


async def test_a_reading_that_alone_meets_an_outage_is_found_and_given_up(host: Host) -> None:
    await host.take_in(reading(1, 1, key="a1"), reading(17, 2, key="b1"), reading(2, 3, key="a1"))
    assert [what for what in await host.said() if "sum" in what] == ["a sum 1", "a sum 3"]
    [letter] = await host.store.dead.list()
    assert letter.kind == "reading"
    assert letter.reason == "the store answered others, but not this: the database server gave up (SQLSTATE 53200)"


async def test_by_says_whose_state_it_is(host: Host) -> None:
    await host.take_in(reading(1, 1, key="a1"), reading(2, 1, key="a2"), reading(5, 1, key="b1"))
    await host.take_in(reading(3, 2, key="a1"))
    assert [what for what in await host.said() if "sum" in what] == ["a sum 1", "a sum 3", "b sum 5", "a sum 6"]


async def test_a_source_in_maintenance_raises_nothing_but_fills_its_series(host: Host) -> None:
    host.sources.maintained = {"s1"}
    await host.take_in(reading(1, 1), reading(2, 1, key="s2"))
    assert sorted(await host.said()) == ["noise.level s2 2 good", "s sum 2"]
    assert len(await host.store.points.points("noise.level", "s1", AT, AT + timedelta(minutes=1))) == 1


async def test_a_reading_that_fails_is_a_dead_letter_and_the_others_go_on(host: Host) -> None:
    await host.take_in(reading(1, 1), reading(13, 2, id="r13"), reading(2, 3))
    await host.take_in(reading(4, 4))
    assert [what for what in await host.said() if "sum" in what] == ["s sum 1", "s sum 3", "s sum 7"]
    assert "noise.level s1 13 good" in await host.said(), "the other handler of that reading"
    (letter,) = await host.store.dead.list()
    assert (letter.consumer, letter.kind, letter.reason) == (
        "module:noise:readings",
        "reading",
        "RuntimeError: unlucky",
    )
    assert letter.recorded.position == 1
    (kept,) = letter.recorded.envelope.data["readings"]
    assert [kept[name] for name in ("handler", "kind", "key", "value", "id")] == ["add", "noise.level", "s1", 13, "r13"]
    assert "unlucky" in letter.trace


async def test_a_broken_handler_does_not_stop_the_flow(host: Host) -> None:
    await host.take_in(*(reading(13, number / 2, id=str(number)) for number in range(300)), reading(1, 200))
    assert "s sum 1" in await host.said()
    (letter,) = await host.store.dead.list()
    assert len(letter.recorded.envelope.data["readings"]) == 300


async def test_a_bad_reading_is_left_out_and_what_is_not_configured_is_a_letter_at_once(host: Host) -> None:
    await host.take_in(reading(14, 1), reading(15, 2), reading(1, 3))
    assert [what for what in await host.said() if "sum" in what] == ["s sum 1"]
    assert host.handling.refused == 1
    (letter,) = await host.store.dead.list()
    assert letter.reason == "NotConfigured: no limit"


async def test_readings_of_others_come_once_they_are_in_their_series(host: Host) -> None:
    await host.handle()  # from now on it listens
    await host.store.observations.write_batch("cameras", [CAMERA_SEEN])
    await host.handle()
    assert await host.said() == []
    await caught_up(host.store, step_of(host.store, clock=host.clock, owner="camera"), owner="camera")
    await host.handle()
    assert await host.said() == ["camera.state cam-1 0 good"]
    await host.handle()
    assert len(await host.said()) == 1


async def test_handlers_go_on_where_they_were(host: Host) -> None:
    await host.take_in(reading(1, 1), reading(13, 2))
    again = Host(host.store)
    await again.take_in(reading(2, 3))
    assert [what for what in await host.said() if "sum" in what] == ["s sum 1", "s sum 3"]


def test_one_state_for_readings_and_events_is_refused() -> None:
    class Both(Module):
        @on("noise.level", "noise.reading.heard", state=Sum)
        def hear(self, item: Any, state: Sum, ctx: Any) -> Iterator[Event]:
            yield from ()

    spec = ModuleSpec(
        Manifest("noise", "Ồn", "Noise", "1", "test", events={"noise.reading.heard": None}),  # type: ignore[dict-item]
        "tests.noise",
        Path(),
    )
    handlers = read_marks(Both(Both.Settings())).handlers
    with pytest.raises(TypeError, match="hear"):
        reading_handlers(handlers, [spec])
    fine = read_marks(Noise(Noise.Settings())).handlers
    assert set(reading_handlers(fine, [spec])) == {"noise.level", "camera.state"}
