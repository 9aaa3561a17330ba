"""The audit trail cannot be changed unseen."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import delete, update

from ioc.store import Store
from ioc.store.tables import audit


async def fill(store: Store, lines: int = 10) -> None:
    await asyncio.gather(
        *(store.write(lambda tx, n=n: tx.audit("op", "sửa", f"o{n}", {"số": n})) for n in range(1, lines + 1))
    )


async def test_lines_come_back_newest_first(store: Store) -> None:
    await fill(store)
    lines = await store.audit.list(limit=3)
    assert [line.seq for line in lines] == [10, 9, 8]
    assert (lines[0].action, lines[0].detail) == ("sửa", {"số": 10})
    assert [line.seq for line in await store.audit.list(before_seq=3)] == [2, 1]
    assert [line.seq for line in await store.audit.list(object="o4")] == [4]


async def test_a_whole_chain(store: Store) -> None:
    assert await store.audit.verify() is None
    await fill(store)
    assert await store.audit.verify() is None


TAMPERING = [
    update(audit).where(audit.c.seq == 4).values(who="nobody"),
    update(audit).where(audit.c.seq == 4).values(detail=b"{}"),
    delete(audit).where(audit.c.seq == 4),
    update(audit).where(audit.c.seq == 4).values(hash=b"\0" * 32),
]


@pytest.mark.parametrize("tampering", TAMPERING, ids=["who", "detail", "removed", "hash"])
async def test_tampering_is_found(store: Store, tampering) -> None:
    await fill(store)
    await store.write(lambda tx: tx.execute(tampering).rowcount)
    assert await store.audit.verify() == 4


async def test_the_chain_goes_on_after_a_restart(store: Store, store_settings) -> None:
    await fill(store, 3)
    other = await Store.open(store_settings)
    assert await other.write(lambda tx: tx.audit("op", "x", "y", {})) == 4
    assert await store.write(lambda tx: [tx.audit("op", "x", "y", {}), tx.audit("op", "x", "y", {})]) == [5, 6]
    assert await other.audit.verify() is None
    await other.close()
