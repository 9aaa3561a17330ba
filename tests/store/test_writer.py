"""Group commit: what fails alone fails alone, and a writer that cannot get through says so at once."""

from __future__ import annotations

import asyncio
import fcntl
import os
import threading
import time
from dataclasses import replace

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from ioc.core.errors import Problem, not_found
from ioc.store import Locked, Store, StoreSettings, StoreUnavailable, TookTooLong, Transaction, access, database
from tests.conftest import CITY, MASTER_KEY, PATIENT
from tests.events import an_event


async def test_failing_jobs_harm_nobody_in_their_group(store: Store) -> None:
    taken = an_event()
    await store.write(lambda tx: tx.append(taken))

    def good(tx):
        return tx.append(an_event())

    def raises(tx):
        tx.append(an_event())
        raise not_found()

    def breaks_the_database_rule(tx):
        tx.append(taken)

    jobs = [good, raises, good, breaks_the_database_rule, good]
    results = await asyncio.gather(*(store.write(job) for job in jobs), return_exceptions=True)
    assert [results[i] for i in (0, 2, 4)] == [2, 3, 4]
    assert isinstance(results[1], Problem)
    assert isinstance(results[3], IntegrityError)
    assert [row.position for row in await store.log.after(0)] == [1, 2, 3, 4]


async def test_a_failing_job_leaves_nothing_behind(store: Store) -> None:
    def job(tx):
        tx.append(an_event())
        tx.save_state("m", "h", "k", b"1")
        tx.audit("op", "x", "y", {})
        raise ValueError("no")

    other = store.write(lambda tx: tx.audit("op", "seen", "y", {}))
    results = await asyncio.gather(store.write(job), other, return_exceptions=True)
    assert isinstance(results[0], ValueError)
    assert results[1] == 1
    assert await store.log.head() == 0
    assert await store.states.load("m", "h", ["k"]) == {}
    assert await store.audit.verify() is None


async def test_a_wrong_statement_is_the_jobs_own_fault(store: Store) -> None:
    with pytest.raises(Exception, match="no_such_table") as caught:
        await store.write(lambda tx: tx.execute(text("select * from no_such_table")))
    assert not isinstance(caught.value, StoreUnavailable)
    assert await store.write(lambda tx: tx.append(an_event())) == 1


async def test_what_waits_is_committed_at_the_end(store: Store, store_settings) -> None:
    closing = await Store.open(store_settings)
    waiting = [asyncio.ensure_future(closing.write(lambda tx: tx.append(an_event()))) for _ in range(50)]
    await asyncio.sleep(0)
    await closing.close()
    assert sorted(await asyncio.gather(*waiting)) == list(range(1, 51))
    assert await store.log.head() == 50


async def test_reading_cannot_write(store: Store) -> None:
    with pytest.raises(Exception, match=r"read-?only"):
        async with store.read() as connection:
            await connection.execute(text("delete from event"))


async def test_one_read_block_is_one_snapshot(store: Store) -> None:
    async with store.read() as connection:
        before = (await connection.execute(text("select count(*) from event"))).scalar_one()
        await store.write(lambda tx: tx.append(an_event()))
        assert (await connection.execute(text("select count(*) from event"))).scalar_one() == before
    assert await store.log.head() == before + 1


async def test_too_many_readers_are_refused_in_time(sqlite_url, store_settings_sqlite) -> None:
    store = await Store.open(replace(store_settings_sqlite, readers=1, pool_wait_s=0.05))
    async with store.read():
        with pytest.raises(StoreUnavailable) as refused:
            await store.log.head()
    assert refused.value.reason == "all connections to the database are busy"  # no words of a library
    assert await store.log.head() == 0
    await store.close()


async def test_a_long_statement_is_ended(store_settings) -> None:
    store = await Store.open(replace(store_settings, read_limit_s=0.2))
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"
    before = time.monotonic()
    with pytest.raises(StoreUnavailable) as refused:
        async with store.read() as connection:
            await connection.execute(text(endless))
    assert "recursive" not in refused.value.reason and "sqlalche" not in refused.value.reason
    assert time.monotonic() - before < 2
    assert await store.log.head() == 0
    await store.close()


async def test_a_statement_that_never_ends_frees_the_lock(store_settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "WRITE_LIMIT_S", 0.2)
    store = await Store.open(store_settings)
    endless = text("with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n")
    with pytest.raises(StoreUnavailable):
        await store.write(lambda tx: tx.execute(endless).scalar())
    assert await _as_soon_as_it_writes(store) == 1
    await store.close()


async def test_a_writer_kept_from_the_lock_says_so(sqlite_url, store_settings_sqlite) -> None:
    store = await Store.open(replace(store_settings_sqlite, write_limit_s=3.0))
    path = sqlite_url.removeprefix("sqlite:///")
    with open(path + ".lock") as held:  # noqa: ASYNC230, PTH123 - a file of ours, and a lock on it
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(StoreUnavailable):
            await store.write(lambda tx: tx.append(an_event()))
        before = time.monotonic()
        with pytest.raises(StoreUnavailable):
            await store.write(lambda tx: tx.append(an_event()))
        assert time.monotonic() - before < 2, "refused at once while the writer is stuck"
        assert await store.log.head() == 0, "reads go on"
    assert await _as_soon_as_it_writes(store) == 1, "what was refused is not done later"
    await store.close()


async def test_a_job_that_takes_too_long_itself_is_told_apart(store_settings_sqlite, monkeypatch) -> None:
    """From those that only wait behind it."""
    store = await Store.open(replace(store_settings_sqlite, write_limit_s=0.5))
    begun, go_on = threading.Event(), threading.Event()

    def slow(tx: Transaction) -> None:
        begun.set()
        go_on.wait(30)

    own = asyncio.create_task(store.write(slow))
    await asyncio.to_thread(begun.wait, 30)
    behind = asyncio.create_task(store.write(lambda tx: None))
    monkeypatch.setattr(access, "NEVER_S", 0.2)
    killed: list[int] = []
    monkeypatch.setattr(access.os, "kill", lambda pid, how: killed.append(pid))
    with pytest.raises(TookTooLong):
        await own
    with pytest.raises(StoreUnavailable) as found:
        await behind
    assert not isinstance(found.value, TookTooLong)
    async with asyncio.timeout(20):
        while not killed:
            await asyncio.sleep(0.01)
    assert killed == [os.getpid()], "what never ends is ended with its process"
    go_on.set()
    assert await _as_soon_as_it_writes(store) == 1
    await store.close()


@pytest.mark.parametrize(
    "fault", [asyncio.CancelledError, SystemExit, KeyboardInterrupt, FileNotFoundError, TimeoutError, StopIteration]
)
async def test_a_job_neither_ends_the_writer_nor_is_taken_for_an_outage(
    store: Store, fault: type[BaseException]
) -> None:
    def job(tx: Transaction) -> None:
        raise fault

    beside = asyncio.ensure_future(store.write(lambda tx: tx.append(an_event())))
    with pytest.raises(RuntimeError, match=fault.__name__):
        await store.write(job)
    assert await beside == 1, "it is told of its commit"
    assert await store.write(lambda tx: tx.append(an_event())) == 2


async def test_what_somebody_else_has_locked_keeps_only_who_needs_it(postgres_url: str, tmp_path) -> None:
    """As an administrator's change of a table does; the city's lock is not kept for it."""
    store = await Store.open(StoreSettings(postgres_url, CITY, tmp_path / "state", MASTER_KEY, **PATIENT))
    write = text("insert into source_life values ('traffic', 's-1', 'live', 'trực ban', 'thử', now())")
    async with await psycopg.AsyncConnection.connect(postgres_url) as other:
        await other.execute("lock table source_life in share mode")
        needs = asyncio.ensure_future(store.write(lambda tx: tx.execute(write)))
        beside = asyncio.ensure_future(store.write(lambda tx: tx.append(an_event())))
        with pytest.raises(Locked):
            await needs
        assert await beside == 1
        await other.rollback()
    await store.write(lambda tx: tx.execute(write))
    await store.close()


async def _as_soon_as_it_writes(store: Store) -> int:
    async with asyncio.timeout(20):
        while True:
            try:
                return await store.write(lambda tx: tx.append(an_event()))
            except StoreUnavailable:
                await asyncio.sleep(0.01)


async def test_what_comes_while_the_lock_is_anothers_is_in_the_same_commit(sqlite_url, store_settings_sqlite) -> None:
    store = await Store.open(store_settings_sqlite)
    path = sqlite_url.removeprefix("sqlite:///")
    moments = []
    with open(path + ".lock") as held:  # noqa: ASYNC230, PTH123 - a file of ours, and a lock on it
        fcntl.flock(held, fcntl.LOCK_EX)
        first = asyncio.ensure_future(store.write(lambda tx: moments.append(tx.now)))
        await asyncio.sleep(0)
        async with asyncio.timeout(5):
            while store.waiting["events"]:  # until the writer has taken it, and goes to the lock
                await asyncio.sleep(0.01)
        later = [asyncio.ensure_future(store.write(lambda tx: moments.append(tx.now))) for _ in range(3)]
        await asyncio.sleep(0)
    await asyncio.gather(first, *later)
    assert len(moments) == 4
    assert len(set(moments)) == 1
    await store.close()


async def test_a_full_queue_refuses(sqlite_url, store_settings_sqlite) -> None:
    store = await Store.open(replace(store_settings_sqlite, queue_limit=10))
    results = await asyncio.gather(
        *(store.write(lambda tx: time.sleep(0.001)) for _ in range(200)), return_exceptions=True
    )
    refused = [r for r in results if isinstance(r, StoreUnavailable)]
    assert refused
    assert all(r is None or isinstance(r, StoreUnavailable) for r in results)
    assert refused[0].status == 503
    assert refused[0].retry_after_s
    await store.close()


async def test_a_job_nobody_waits_for_is_not_begun(sqlite_store: Store) -> None:
    slow = asyncio.ensure_future(sqlite_store.write(lambda tx: time.sleep(0.1)))
    await asyncio.sleep(0.02)
    given_up = asyncio.ensure_future(sqlite_store.write(lambda tx: tx.append(an_event())))
    await asyncio.sleep(0)
    given_up.cancel()
    await slow
    await sqlite_store.write(lambda tx: None)
    assert await sqlite_store.log.head() == 0


@pytest.mark.parametrize("steps", range(0, 40, 3))
async def test_a_cancelled_reader_ends_wherever_it_is(store: Store, steps: int) -> None:
    async def read_for_ever() -> None:
        while True:
            await store.log.head()

    reading = asyncio.create_task(read_for_ever())
    for _ in range(steps):
        await asyncio.sleep(0)
    reading.cancel()
    done, _ = await asyncio.wait([reading], timeout=5)
    assert done
    assert reading.cancelled()
    assert await store.log.head() == 0
