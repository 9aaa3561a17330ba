"""What is past its time goes, what is held stays, and both can be proved."""

from __future__ import annotations

import asyncio
import threading
import unicodedata
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from ioc.contract import Observation, Principal, Reply, Sealed
from ioc.core.clock import SetClock
from ioc.core.errors import Problem
from ioc.core.quality import Grade
from ioc.store import Store, StoreSettings
from ioc.store.accepted import Accepting
from ioc.store.database import observation_database
from ioc.store.holds import Scope
from ioc.store.keeping import Keeping
from ioc.store.series import Known, Taken
from ioc.store.tables import accepted

START = datetime(2026, 1, 5, 3, tzinfo=UTC)
YEAR = Keeping(personal=timedelta(days=365))
SERIES = {("rain.level", "trạm-1"): "mm", ("rain.level", "trạm-2"): "mm", ("noise.level", "phố cổ"): "dB"}


@pytest.fixture
def clock() -> SetClock:
    return SetClock(START)


@pytest.fixture
async def timed(store_settings: StoreSettings, clock: SetClock) -> AsyncIterator[Store]:
    opened = await Store.open(store_settings, clock)
    for ref in ("citizen:cầm", "citizen:an"):
        await opened.write(lambda tx, ref=ref: tx.seal(Sealed(ref, {"name": "Trần Thị Mộng Cầm"}, {"photo": b"\xff"})))
    yield opened
    await opened.close()


async def name_of(store: Store, ref: str, operator: Principal) -> str | None:
    try:
        return (await store.personal.reveal(ref, by=operator, reason="thử"))["name"]
    except Problem as gone:
        assert gone.status == 404
        return None


async def test_people_go_after_their_time_and_only_then(timed: Store, clock: SetClock, operator: Principal) -> None:
    clock.move(timedelta(days=364))
    assert (await timed.sweep(YEAR)).people == 0
    assert await name_of(timed, "citizen:an", operator)
    clock.move(timedelta(days=2))
    assert (await timed.sweep(Keeping())).people == 0, "a city that says no time erases nobody by itself"
    overdue = await timed.prove_swept(YEAR)
    assert (overdue.personal, overdue.gone) == (2, False), "the proof finds what the sweep has not done"
    assert (await timed.sweep(YEAR)).people == 2
    assert await name_of(timed, "citizen:an", operator) is None
    assert (await timed.prove_swept(YEAR)).gone
    [line, *_] = await timed.audit.list(object="store")
    assert (line.action, line.detail["personal"]) == ("retention.proved", 0)
    assert [one.who for one in await timed.audit.list(object="citizen:an")][:1] == ["retention"]
    assert await timed.audit.verify() is None


async def test_a_person_who_is_held_stays_until_released(timed: Store, clock: SetClock, operator: Principal) -> None:
    hold = await timed.holds.add("person", "citizen:cầm", by="chánh văn phòng", reason="công văn 12/CV-CA")
    clock.move(timedelta(days=366))
    assert (await timed.sweep(YEAR)).people == 1
    assert await name_of(timed, "citizen:cầm", operator)
    found = await timed.prove_swept(YEAR)
    assert (found.held, found.gone) == (1, True)
    with pytest.raises(Problem) as refused:
        await timed.personal.erase("citizen:cầm", by=operator, reason="theo yêu cầu")
    assert (refused.value.code, refused.value.status) == ("held", 409)
    assert await name_of(timed, "citizen:cầm", operator)
    await timed.holds.release(hold, by="chánh văn phòng", reason="hết vụ việc")
    assert (await timed.sweep(YEAR)).people == 1
    assert await name_of(timed, "citizen:cầm", operator) is None
    lines = await timed.audit.list(object=hold)
    assert [(one.action, one.who) for one in lines] == [
        ("hold.released", "chánh văn phòng"),
        ("hold.set", "chánh văn phòng"),
    ]


async def test_two_holds_on_one_person_end_one_by_one(timed: Store, clock: SetClock, operator: Principal) -> None:
    first = await timed.holds.add("person", "citizen:an", by="a", reason="x")
    await timed.holds.add("incident", "vụ-1", refs={"citizen:an"}, by="b", reason="y")
    clock.move(timedelta(days=400))
    await timed.holds.release(first, by="a", reason="z")
    await timed.sweep(YEAR)
    assert await name_of(timed, "citizen:an", operator), "the second hold still stands"


async def test_what_comes_to_an_incident_later_is_covered(timed: Store, clock: SetClock, operator: Principal) -> None:
    hold = await timed.holds.add("incident", "vụ-1", refs=(), by="a", reason="x")
    await timed.holds.cover({hold: {"citizen:an"}})
    await timed.holds.cover({hold: {"citizen:an"}})
    [one] = await timed.holds.list()
    assert (one.refs, one.scope, one.object) == (1, "incident", "vụ-1")
    clock.move(timedelta(days=400))
    await timed.sweep(YEAR)
    assert await name_of(timed, "citizen:an", operator)
    assert await name_of(timed, "citizen:cầm", operator) is None


async def test_points_of_a_held_source_stay(timed: Store, clock: SetClock) -> None:
    await timed.observations.write_batch("mqtt", [Observation("rain.level", "trạm-1", 1.0, "mm", START)])
    ids = await points(timed, clock)
    await timed.holds.add("source", "rain.level:trạm-1", by="a", reason="x")
    await timed.holds.add("source", "noise.level", by="a", reason="y")
    clock.move(timedelta(days=31))
    await timed.sweep()
    left = {name for name in ids if await timed.points.points(*name, START, START + timedelta(hours=1))}
    assert left == {("rain.level", "trạm-1"), ("noise.level", "phố cổ")}
    assert (await timed.prove_swept()).gone
    clock.move(timedelta(days=400))
    await timed.sweep()
    assert {(one.kind, one.key) for one in await timed.points.list()} == left


@asynccontextmanager
async def another_commits_readings(settings: StoreSettings) -> AsyncIterator[None]:
    """Holds the lock of the readings, as another process does in the middle of a commit."""
    inside, over = threading.Event(), threading.Event()

    def commit() -> None:
        database = observation_database(settings.url, settings.city)
        with database.writer().connect() as connection, database.locked(connection):
            inside.set()
            over.wait(60)

    committing = asyncio.create_task(asyncio.to_thread(commit))
    await asyncio.to_thread(inside.wait, 60)
    try:
        yield
    finally:
        over.set()
        await committing


async def accepted_keys(store: Store) -> int:
    async with store.read() as connection:
        return int((await connection.execute(select(func.count()).select_from(accepted))).scalar_one())


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await condition():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("object", ["rain.level:trạm-1", "rain.level"])
async def test_a_source_held_while_a_sweep_is_at_work_loses_nothing_more(
    timed: Store, store_settings: StoreSettings, clock: SetClock, object: str
) -> None:
    await timed.observations.write_batch("mqtt", [Observation("rain.level", "trạm-1", 1.0, "mm", START)])
    await points(timed, clock)
    await timed.write(lambda tx: tx.accept([Accepting("thử", "khoá", b"", Reply(202, {}))]))
    clock.move(timedelta(days=31))

    async def sweeps() -> bool:
        return await accepted_keys(timed) == 0

    async def is_held() -> bool:
        return bool(await timed.holds.list())

    async with another_commits_readings(store_settings):
        sweeping = asyncio.create_task(timed.sweep())
        await until(sweeps)
        setting = asyncio.create_task(timed.holds.add("source", object, by="toà án", reason="quyết định 7"))
        await until(is_held)
    await setting
    await sweeping
    assert await timed.points.points("rain.level", "trạm-1", START, START + timedelta(hours=1))
    assert not await timed.points.points("noise.level", "phố cổ", START, START + timedelta(hours=1))


async def points(store: Store, clock: SetClock) -> dict[tuple[str, str], Known]:
    """One point in each series, as the series step writes them."""
    ids = await store.series.known("rain", {name: unit for name, unit in SERIES.items()}, 10)
    held = await store.series.take("rain", "thử")
    at = int(clock.now().timestamp() * 1000)
    for known in ids.values():
        known.oldest_ms = known.newest_ms = at
    taken = Taken(
        1, {(one.id, at): (1.5, int(Grade.GOOD)) for one in ids.values()}, {one.id: one for one in ids.values()}
    )
    await store.series.keep(held, taken)
    return ids


@pytest.mark.parametrize(
    ("scope", "object", "reason", "status"),
    [
        ("person", "citizen:an", " ", 422),
        ("person", " ", "x", 422),
        ("person", "lạ", "x", 404),
        ("person", "citizen:đã xoá", "x", 404),
        ("source", "rain.level:trạm-9", "x", 404),
        ("source", "rain", "x", 404),
        ("source", "rain.level:", "x", 404),
        ("evidence", "lạ", "x", 404),
    ],
)
async def test_what_cannot_be_held(
    timed: Store, clock: SetClock, operator: Principal, scope: Scope, object: str, reason: str, status: int
) -> None:
    await points(timed, clock)
    await timed.write(lambda tx: tx.seal(Sealed("citizen:đã xoá", {"name": "An"}, {})))
    await timed.personal.erase("citizen:đã xoá", by=operator, reason="theo yêu cầu")
    with pytest.raises(Problem) as refused:
        await timed.holds.add(scope, object, by="a", reason=reason)
    assert refused.value.status == status
    assert await timed.holds.list() == []


async def test_what_is_named_with_a_blank_or_in_other_letters_is_the_same(timed: Store, operator: Principal) -> None:
    name = unicodedata.normalize("NFD", "\tcitizen:cầm ")
    hold = await timed.holds.add("person", name, by="a", reason=" công văn 12 ")
    [one] = await timed.holds.list()
    assert (one.object, one.reason, one.refs) == ("citizen:cầm", "công văn 12", 1)
    with pytest.raises(Problem, match="held"):
        await timed.personal.erase("citizen:cầm", by=operator, reason="theo yêu cầu")
    await timed.holds.release(f" {hold} ", by="a", reason="hết")
    await timed.personal.erase("citizen:cầm", by=operator, reason="theo yêu cầu")


async def test_a_hold_ends_once(timed: Store) -> None:
    hold = await timed.holds.add("person", "citizen:an", by="a", reason="x")
    await timed.holds.release(hold, by="a", reason="y")
    with pytest.raises(Problem) as refused:
        await timed.holds.release(hold, by="a", reason="y")
    assert refused.value.status == 404
    assert await timed.holds.list() == []
    [ended] = await timed.holds.list(released=True)
    assert (ended.released_by, ended.released_because) == ("a", "y")


async def test_batches_go_by_the_city_s_own_time(timed: Store, clock: SetClock) -> None:
    for _ in range(3):
        await timed.observations.write_batch("mqtt", [Observation("rain.level", "trạm-1", 1.0, "mm", START)])
    clock.move(timedelta(days=3))
    assert (await timed.sweep()).observations == 0
    found = await timed.prove_swept(Keeping(observations=timedelta(days=2)))
    assert found.observations == 2, "the newest stays: its number says where to go on"
    assert (await timed.sweep(Keeping(observations=timedelta(days=2)))).observations == 2
