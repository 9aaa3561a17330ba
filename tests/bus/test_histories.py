"""After any history of the log, its relays, Redis and its consumers: each tail has seen every committed position once,
in order and equal to the table, and an owner whose fence was passed has moved nothing."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ioc.bus import BusUnavailable, RedisBus, Relay, Tail, tail
from ioc.store import Fenced, Held, Row, Store, StoreSettings
from tests import servers
from tests.conftest import CITY, MASTER_KEY, PATIENT
from tests.events import an_event

LIMIT_S = 60.0
PHASES = (
    Phase.explicit,
    Phase.reuse,
    Phase.generate,
)  # with real servers it would take too long to make a find smaller
CONSUMERS = ("desk", "module:citizen")
KEPT = 40  # entries the bus holds, so that it is trimmed in any longer history


@dataclass
class Follows:
    """A tail that joined somewhere, and what it has seen."""

    batches: AsyncIterator[Sequence[Row]]
    joined: int
    position: int
    seen: list[tuple[int, bytes]] = field(default_factory=list)


@dataclass
class Cursor:
    """What a consumer's cursor must be, and everybody who ever held it."""

    position: int = 0
    fence: int = 0
    owners: list[Held] = field(default_factory=list)


class Histories(RuleBasedStateMachine):
    """The model is a list of ids, one a position, and a number of two for each cursor."""

    server: servers.Valkey
    template: Path
    follows = Bundle("follows")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(prefix="ioc-h-"))
        self.ids: list[str] = []
        self.cursors = {name: Cursor() for name in CONSUMERS}
        self.tails: list[Follows] = []

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        async def in_time() -> Any:
            async with asyncio.timeout(LIMIT_S):
                return await work

        return self.runner.run(in_time())

    @initialize()
    def begin(self) -> None:
        shutil.copytree(self.template, self.folder / "db")
        place = StoreSettings(f"sqlite:///{self.folder}/db/ioc.db", CITY, self.folder / "state", MASTER_KEY, **PATIENT)
        self.store: Store = self.run(Store.open(place))
        self.buses = [self._bus() for _ in range(2)]  # of two processes
        self.relays = [Relay(self.store, bus) for bus in self.buses]

    def _bus(self) -> RedisBus:
        async def made() -> RedisBus:
            return RedisBus(self.server.url, city=CITY, epoch=self.store.epoch, maxlen=KEPT)

        return self.run(made())

    @rule(count=st.integers(1, 25))
    def append(self, count: int) -> None:
        events = [an_event() for _ in range(count)]
        positions = self.run(self.store.write(lambda tx: [tx.append(one) for one in events]))
        assert positions == list(range(len(self.ids) + 1, len(self.ids) + count + 1))
        self.ids += [one.id for one in events]

    @rule(which=st.integers(0, 1))
    def relay(self, which: int) -> None:
        with suppress(BusUnavailable):
            self.run(self.relays[which].step())

    @precondition(lambda self: self.server.process is not None)
    @rule()
    def redis_loses_all(self) -> None:
        with self.server.client() as client:
            client.flushall()

    @precondition(lambda self: self.server.process is not None)
    @rule(keep=st.integers(0, 10))
    def redis_is_trimmed(self, keep: int) -> None:
        with self.server.client() as client:
            client.xtrim(self.buses[0].key, maxlen=keep, approximate=False)

    @precondition(lambda self: self.server.process is not None and self.ids)
    @rule(data=st.data())
    def redis_loses_some(self, data: st.DataObject) -> None:
        """In the middle, or the newest ones as a fail-over does, of what a relay has just brought."""
        self.relay(0)
        lost = data.draw(st.sets(st.integers(max(1, len(self.ids) - 30), len(self.ids)), min_size=1))
        with self.server.client() as client:
            client.xdel(self.buses[0].key, *(f"{position}-0" for position in lost))
        for one in self.tails:
            self.follow(one)

    @precondition(lambda self: self.server.process is not None)
    @rule()
    def redis_goes_away(self) -> None:
        self.server.kill()

    @precondition(lambda self: self.server.process is None)
    @rule()
    def redis_comes_back(self) -> None:
        self.server.start()

    @rule(target=follows, after=st.floats(0, 1), which=st.integers(0, 1))
    def join(self, after: float, which: int) -> Follows:
        position = round(after * len(self.ids))
        joined = Follows(Tail(self.store, self.buses[which]).after(position), position, position)
        self.tails.append(joined)
        return joined

    @rule(one=follows)
    def follow(self, one: Follows) -> None:
        """One more batch, where there is anything it has not seen."""
        if one.position < len(self.ids):
            rows = self.run(anext(one.batches))  # type: ignore[arg-type]
            assert [row.position for row in rows] == list(range(one.position + 1, one.position + 1 + len(rows)))
            one.seen += [(row.position, row.body) for row in rows]
            one.position = rows[-1].position

    @rule(name=st.sampled_from(CONSUMERS))
    def take(self, name: str) -> None:
        cursor = self.cursors[name]
        held = self.run(self.store.cursors.take(name, f"owner {cursor.fence}"))
        cursor.fence += 1
        assert (held.fence, held.position) == (cursor.fence, cursor.position)
        cursor.owners.append(held)
        if len(cursor.owners) > 1:
            self.move(name, age=1, step=1)  # the former owner wakes up where it was

    @rule(name=st.sampled_from(CONSUMERS), age=st.integers(0, 3), step=st.integers(1, 20))
    def move(self, name: str, age: int, step: int) -> None:
        """An owner, the present or an earlier one, moves the cursor with an effect."""
        cursor, effect = self.cursors[name], an_event(type="test.effect")
        if age >= len(cursor.owners):
            return
        held = cursor.owners[-1 - age]
        to = held.position + step

        def job(tx: Any) -> Held:
            tx.append(effect)
            return tx.move(held, to)

        if (held.fence, held.position) != (cursor.fence, cursor.position):
            with pytest.raises(Fenced):
                self.run(self.store.write(job))
            return
        cursor.owners[-1 - age] = self.run(self.store.write(job))
        cursor.position = to
        self.ids.append(effect.id)

    @rule(name=st.sampled_from(CONSUMERS))
    def move_twice(self, name: str) -> None:
        """What the present owner did once, done again from where the cursor was."""
        cursor = self.cursors[name]
        if not cursor.owners:
            return
        before = cursor.owners[-1]
        self.move(name, 0, 1)
        with pytest.raises(Fenced):
            self.run(self.store.write(lambda tx: (tx.append(an_event()), tx.move(before, before.position + 1))))

    @invariant()
    def cursors_are_as_they_should_be(self) -> None:
        if not hasattr(self, "store"):
            return
        found = {one.consumer: (one.position, one.fence) for one in self.run(self.store.cursors.all())}
        assert found == {name: (one.position, one.fence) for name, one in self.cursors.items() if one.fence}

    @rule()
    def all_have_seen_all(self) -> None:
        """Every tail comes to the end, and what it saw is what the table says."""
        table = [(row.position, row.body) for row in self.run(self._table())]
        assert [position for position, _ in table] == list(range(1, len(self.ids) + 1))
        for one in self.tails:
            while one.position < len(self.ids):
                self.follow(one)
            assert one.seen == table[one.joined :]

    async def _table(self) -> list[Row]:
        rows: list[Row] = []
        while more := await self.store.log.after(rows[-1].position if rows else 0):
            rows += more
        assert [row.recorded().envelope.id for row in rows] == self.ids
        return rows

    def teardown(self) -> None:
        try:
            if hasattr(self, "store"):
                self.all_have_seen_all()
        finally:
            self.run(self._close())
            self.runner.close()
            shutil.rmtree(self.folder)
            if self.server.process is None:
                self.server.start()

    async def _close(self) -> None:
        if hasattr(self, "store"):
            for one in self.tails:
                await one.batches.aclose()  # type: ignore[attr-defined]
            for bus in self.buses:
                await bus.close()
            await self.store.close()


@pytest.fixture
def quick_tails(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bus that says nothing is checked against the table at once: the waiting itself is not what is tried here."""
    monkeypatch.setattr(tail, "WAIT_S", 0.005)
    monkeypatch.setattr(tail, "AWAY_S", 0.02)


@pytest.fixture
def own_valkey() -> Iterator[servers.Valkey]:
    """One that may be away, so not the session's."""
    with servers.valkey() as server:
        yield server


@pytest.mark.usefixtures("quick_tails")
def test_any_history(own_valkey: servers.Valkey, sqlite_template: Path) -> None:
    class Here(Histories):
        server, template = own_valkey, sqlite_template

    checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Here,
        settings=settings(
            max_examples=12, stateful_step_count=40, deadline=None, phases=PHASES, suppress_health_check=checks
        ),
    )
