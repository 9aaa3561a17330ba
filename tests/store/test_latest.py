"""Last-known values: the newest source time wins, whatever the order of arrival."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ioc.contract import Latest
from ioc.store import Store, StoreSettings, migrate
from tests.conftest import CITY, MASTER_KEY
from tests.events import AT


def fix(key: str, second: int, topic: str = "unit", **body) -> Latest:
    return Latest(topic, key, {"id": key, **body}, AT + timedelta(seconds=second))


async def test_newest_source_time_wins(store: Store) -> None:
    for second, state in ((5, "new"), (3, "late"), (5, "same time, later"), (1, "very late")):
        await store.write(lambda tx, s=second, w=state: tx.latest(fix("xe-01", s, state=w)))
    [row] = await store.latest.all(["unit"])
    assert msgspec.json.decode(row.body)["state"] == "same time, later"
    assert row.ts == AT + timedelta(seconds=5)


async def test_topics_and_changes(store: Store) -> None:
    await store.write(lambda tx: [tx.latest(fix("a", 1)), tx.latest(fix("b", 1)), tx.latest(fix("x", 1, "kpi"))])
    seen = await store.latest.seq()
    assert {row.key for row in await store.latest.all(["unit"])} == {"a", "b"}
    assert len(await store.latest.all()) == 3
    assert await store.latest.changed_since(seen) == []
    await store.write(lambda tx: tx.latest(fix("a", 2)))
    assert [row.key for row in await store.latest.changed_since(seen)] == ["a"]


async def test_an_older_value_is_no_change(store: Store) -> None:
    await store.write(lambda tx: tx.latest(fix("a", 5)))
    seen = await store.latest.seq()
    await store.write(lambda tx: tx.latest(fix("a", 4)))
    assert await store.latest.changed_since(seen) == []


async def test_changes_ring(store: Store) -> None:
    before = store.latest_bell.number()
    waiting = asyncio.create_task(store.latest_bell.changed(before, 5))
    await store.write(lambda tx: tx.latest(fix("a", 5)))
    assert await waiting != before


async def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="zone"):
        await store.write(lambda tx: tx.latest(Latest("unit", "a", {}, AT.replace(tzinfo=None))))


async def test_the_table_stays_bounded(store: Store, monkeypatch) -> None:
    monkeypatch.setattr("ioc.store.store.LATEST_LIMIT", 3)
    await store.write(lambda tx: [tx.latest(fix(f"k{n}", n)) for n in range(10)])
    last = await store.latest.seq()
    assert (await store.sweep()).latest == 7
    assert [row.key for row in await store.latest.all()] == ["k7", "k8", "k9"]
    assert await store.latest.seq() == last


arrivals = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 5)), max_size=12)


@settings(max_examples=20, deadline=None)
@given(arrivals=arrivals, cut=st.integers(0, 12))
def test_snapshot_and_changes_are_a_fresh_snapshot(tmp_path_factory, arrivals, cut) -> None:
    asyncio.run(_snapshot_and_changes(tmp_path_factory.mktemp("latest"), arrivals, cut))


async def _snapshot_and_changes(folder: Path, arrivals, cut) -> None:
    url = f"sqlite:///{folder}/ioc.db"
    await asyncio.to_thread(migrate.upgrade, url)
    store = await Store.open(StoreSettings(url, CITY, folder, MASTER_KEY))
    for key, second in arrivals[:cut]:
        await store.write(lambda tx, k=key, s=second: tx.latest(fix(k, s)))
    snapshot, seen = {row.key: row for row in await store.latest.all()}, await store.latest.seq()
    for key, second in arrivals[cut:]:
        await store.write(lambda tx, k=key, s=second: tx.latest(fix(k, s)))
    snapshot |= {row.key: row for row in await store.latest.changed_since(seen)}
    fresh = {row.key: row for row in await store.latest.all()}
    await store.close()
    assert snapshot == fresh
    newest = {key: max(s for k, s in arrivals if k == key) for key, _ in arrivals}
    assert {key: row.ts for key, row in fresh.items()} == {k: AT + timedelta(seconds=s) for k, s in newest.items()}
