"""Standing by: silence by the watcher's own clock, and what a process does with its turn."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from ioc.city.profile import load_city
from ioc.core.clock import SetClock
from ioc.core.text import Text
from ioc.host.judged import Judge
from ioc.host.machine import machine_of
from ioc.host.standby import StandingBy
from ioc.host.turns import MOST_A_LOOK_S, SILENT_S, Silence, Turns
from ioc.store import Fenced, Seated, SeatView, Sitter, Store
from tests.events import AT
from tests.host.following import until
from tests.host.meters import CITY_DIR

A, B = Sitter("desk:1", "m1", "máy một"), Sitter("desk:2", "m2", "máy hai")


@given(st.lists(st.tuples(st.integers(0, 2), st.floats(-5, 100)), max_size=40))
def test_silence_is_never_more_than_was_looked_at_and_never_outlives_a_sign(looks: list[tuple[int, float]]) -> None:
    silence, now, beats, unchanged = Silence(), 0.0, 0, 0
    silence.after(SeatView("desk", 1, 0, A), now)
    for step, passed in looks:
        now, beats = now + passed, beats + step
        quiet = silence.after(SeatView("desk", 1, beats, A), now)
        unchanged = 0 if step else unchanged + 1
        assert 0 <= quiet <= unchanged * MOST_A_LOOK_S


def test_a_steady_watcher_finds_the_silence_in_time() -> None:
    silence, seat = Silence(), SeatView("desk", 1, 5, A)
    found = next(look for look in range(100) if silence.after(seat, look * 0.5) >= SILENT_S)
    assert found * 0.5 == SILENT_S


def test_a_watcher_that_stood_still_believes_nothing_at_once() -> None:
    silence, seat = Silence(), SeatView("desk", 1, 5, A)
    silence.after(seat, 0.0)
    assert silence.after(seat, 3600.0) < SILENT_S


def test_a_machine_has_one_lasting_name(tmp_path: Path) -> None:
    first, other = machine_of(tmp_path / "một"), machine_of(tmp_path / "hai")
    assert first == machine_of(tmp_path / "một")
    assert first != other
    assert [one.name for one in (tmp_path / "một").iterdir()] == ["machine"]


class Working:
    """Work that notes its turns, and ends as it is told."""

    def __init__(self, stopping: asyncio.Event) -> None:
        self.stopping = stopping
        self.turns: list[int] = []
        self.trouble: Exception | None = None

    async def __call__(self, seated: Seated) -> None:
        self.turns.append(seated.turn)
        if self.trouble is not None:
            trouble, self.trouble = self.trouble, None
            raise trouble
        await self.stopping.wait()

    async def has_had(self, turns: int) -> bool:
        return len(self.turns) >= turns


def turns(store: Store, sitter: Sitter) -> Turns:
    return Turns(store, "desk", sitter, structlog.get_logger())


async def test_a_seat_is_left_at_an_orderly_end(sqlite_store: Store) -> None:
    stopping = asyncio.Event()
    work = Working(stopping)
    running = asyncio.create_task(turns(sqlite_store, A).run(stopping, work))
    await until(lambda: work.has_had(1), "it works")
    stopping.set()
    await running
    seen = await sqlite_store.seats.look("desk")
    assert seen is not None and seen.by is None


async def test_a_fault_is_raised_and_the_machines_next_process_goes_on_at_once(sqlite_store: Store) -> None:
    stopping = asyncio.Event()
    work = Working(stopping)
    work.trouble = ValueError("hỏng")
    with pytest.raises(ValueError, match="hỏng"):
        await turns(sqlite_store, A).run(stopping, work)
    seen = await sqlite_store.seats.look("desk")
    assert seen is not None and seen.by == A
    again = Sitter("desk:3", A.machine, A.host)
    running = asyncio.create_task(turns(sqlite_store, again).run(stopping, work))
    await until(lambda: work.has_had(2), "the next process works", SILENT_S * 0.9)  # it does not wait for silence
    stopping.set()
    await running


async def test_who_lost_only_a_cursor_begins_its_turn_anew(sqlite_store: Store) -> None:
    stopping = asyncio.Event()
    work = Working(stopping)
    work.trouble = Fenced("desk")
    running = asyncio.create_task(turns(sqlite_store, A).run(stopping, work))
    await until(lambda: work.has_had(2), "it works again")
    assert work.turns == [1, 2]
    stopping.set()
    await running


async def test_who_waits_is_shown_beside_the_part_for_as_long_as_it_says_so(sqlite_store: Store) -> None:
    clock = SetClock(AT)
    store = await Store.open(sqlite_store.settings, clock)
    try:
        standing = StandingBy(store, "citizen", B, structlog.get_logger())
        standing.waits_for(A)
        telling = asyncio.create_task(standing.run())
        await until(lambda: _told(store), "it has told")
        telling.cancel()
        rows = await store.latest.all(["module"])
        judge = Judge(load_city(CITY_DIR), {"citizen": Text("Phản ánh", "Reports")}, Path("nowhere"), clock)
        cards = judge.parts(rows, clock.now())
        assert list(cards) == ["citizen"]
        said = {"host": "máy hai", "holder": "máy một"}
        assert [one | {"since": ""} for one in cards["citizen"]["standby"]] == [said | {"since": ""}]
        clock.move(timedelta(seconds=6))
        assert "standby" not in judge.parts(rows, clock.now())["citizen"]
    finally:
        await store.close()


async def _told(store: Store) -> bool:
    return bool(await store.latest.all(["module"]))
