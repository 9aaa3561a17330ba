"""What a handler decides in the commit: it sees all that came before, only looks, and gives what can be written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select

from ioc.contract import Decide, Latest, Observation, Write
from ioc.host.module_step import Batch
from ioc.host.outputs import Outputs
from ioc.store import Fenced, Store
from ioc.store.tables import latest

AT = datetime(2026, 11, 21, 7, 30, tzinfo=UTC)


def said(*items: object) -> Outputs:
    outputs = Outputs()
    for item in items:
        outputs.add(item)
    return outputs


def value(key: str, **body: object) -> Latest:
    return Latest("kpi", key, body, AT)


def counting(key: str) -> Decide:
    """Keeps how many values there are when it is decided."""
    return Decide(lambda run: [value(key, seen=run(select(func.count()).select_from(latest)).scalar_one())])


def batch(*outputs: Outputs) -> Batch:
    ctx: Any = SimpleNamespace(spec=SimpleNamespace(name="noise"))
    made = Batch(ctx)
    for one in outputs:
        made.add(one, None)
    return made


async def shown(store: Store) -> dict[str, Any]:
    async with store.read() as connection:
        rows = (await connection.execute(select(latest.c.key, latest.c.body))).all()
    return {row.key: bytes(row.body) for row in rows}


async def test_a_decision_sees_what_its_run_and_all_runs_before_have_written(store: Store) -> None:
    await store.write(batch(said(counting("a"), value("b")), said(value("c"), counting("d")), said(value("e"))).write)
    found = await shown(store)
    assert (found["a"], found["d"]) == (b'{"seen":1}', b'{"seen":3}')
    assert set(found) == {"a", "b", "c", "d", "e"}


@pytest.mark.parametrize(
    "decide",
    [
        lambda run: run(delete(latest)),
        lambda run: run(insert(latest).values(topic="kpi", key="x", body=b"{}")),
        lambda run: [Observation("noise.level", "a", 1.0, "dB", AT)],
        lambda run: [Decide(lambda run: [])],
    ],
    ids=["deletes", "inserts", "a reading", "a decision"],
)
async def test_a_decision_only_looks_and_gives_what_a_commit_can_write(
    store: Store, decide: Callable[[Any], Any]
) -> None:
    with pytest.raises(TypeError):
        await store.write(batch(said(value("a"), Decide(decide))).write)
    assert await shown(store) == {}


async def test_a_decision_cannot_say_that_another_has_taken_over(store: Store) -> None:
    def decide(run: object) -> list[Latest]:
        raise Fenced("not its to say")

    with pytest.raises(RuntimeError, match="raised Fenced"):
        await store.write(batch(said(value("a"), Decide(decide))).write)
    assert await shown(store) == {}


async def test_a_batch_that_only_decides_is_not_empty() -> None:
    assert batch(said(counting("a"))) and not batch(said())


async def test_what_a_decision_gives_is_written_in_its_place(store: Store) -> None:
    gone = Decide(lambda run: [Write(delete(latest).where(latest.c.key == "a"))])
    await store.write(batch(said(value("a")), said(gone), said(counting("b"))).write)
    assert await shown(store) == {"b": b'{"seen":0}'}
