"""The filled log is one that `append` could have made, and both sides of the box find the same in it."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

from bench.box import _asked, _bare, _plans, a_question, by_time_index
from bench.million import fill
from bench.stores import open_store

END = datetime(2026, 11, 21, 7, 30, tzinfo=UTC)
COUNT = 3_000


async def test_both_sides_find_the_same_by_the_index_of_times(database_url: str, tmp_path: Path):
    store = await open_store(database_url, tmp_path)
    fill(database_url, COUNT, END)
    chance, found = random.Random(5), 0
    try:
        assert await store.log.head() == COUNT
        assert [row.position for row in await store.log.after(0, COUNT)] == list(range(1, COUNT + 1))
        with _bare(database_url) as bare, _plans(database_url) as plans:
            for _ in range(30):
                question = a_question(chance, END)
                ours = [one.position for one in await _asked(store, question)]
                assert ours == [position for position, _ in bare(question)]
                assert ours == sorted(ours, reverse=True)
                found += len(ours)
    finally:
        await store.close()
    assert found > 0
    assert plans
    assert all(map(by_time_index, plans))
