"""The database goes away and comes back: refusals at once, nothing lost, no restart needed."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from ioc.host.ports import free_port
from ioc.store import Store, StoreSettings, StoreUnavailable
from tests import servers
from tests.conftest import CITY, MASTER_KEY
from tests.events import an_event


async def test_postgresql_killed_and_started(postgres: servers.Postgres, postgres_url: str, tmp_path: Path) -> None:
    store = await Store.open(StoreSettings(postgres_url, CITY, tmp_path, MASTER_KEY))
    await store.write(lambda tx: tx.append(an_event()))
    postgres.stop(signal.SIGQUIT)
    try:
        await _refuses_at_once(store)
        await _refuses_at_once(store)
    finally:
        postgres.start()
    assert await _until_written(store) == 2
    assert [row.position for row in await store.log.after(0)] == [1, 2]
    await store.close()


async def test_postgresql_restarted_between_two_writes(
    postgres: servers.Postgres, postgres_url: str, tmp_path: Path
) -> None:
    store = await Store.open(StoreSettings(postgres_url, CITY, tmp_path, MASTER_KEY))
    await store.write(lambda tx: tx.append(an_event()))
    await store.log.head()
    postgres.stop()
    postgres.start()
    assert await store.write(lambda tx: tx.append(an_event())) == 2, "the stale connection is renewed unseen"
    assert await store.log.head() == 2
    await store.close()


async def test_opening_without_a_server(tmp_path: Path) -> None:
    url = f"postgresql://ioc@127.0.0.1:{free_port()}/none"
    before = time.monotonic()
    with pytest.raises(StoreUnavailable):
        await Store.open(StoreSettings(url, CITY, tmp_path, MASTER_KEY))
    assert time.monotonic() - before < 3


async def test_a_writer_paused_in_its_commit_is_thrown_out(
    postgres: servers.Postgres, postgres_url: str, tmp_path: Path
) -> None:
    """The lock's owner stops in mid-commit: the server frees the lock, and the late commit is refused."""
    paused = await Store.open(StoreSettings(postgres_url, CITY, tmp_path, MASTER_KEY, write_limit_s=20))
    other = await Store.open(StoreSettings(postgres_url, CITY, tmp_path, MASTER_KEY, write_limit_s=20))

    def slow(tx):
        tx.append(an_event())
        tx.flush()
        time.sleep(6)

    late = asyncio.ensure_future(paused.write(slow))
    await asyncio.sleep(0.2)
    assert await _until_written(other) == 1
    with pytest.raises(StoreUnavailable):
        await late
    assert await other.log.head() == 1
    await paused.close()
    await other.close()


async def test_a_server_that_hangs_is_found_out_before_its_slowest_answer_is_due(
    postgres: servers.Postgres, postgres_url: str, tmp_path: Path
) -> None:
    """Paused, it still takes connections and questions, and answers nothing."""
    settings = StoreSettings(postgres_url, CITY, tmp_path, MASTER_KEY, read_limit_s=300)
    store = await Store.open(settings)
    await store.write(lambda tx: tx.append(an_event()))
    assert await store.log.head() == 1
    with _paused(postgres):
        async with asyncio.timeout(60):
            for _ in range(settings.readers + 1):
                with pytest.raises(StoreUnavailable) as refused:
                    await store.log.head()
                assert (refused.value.status, refused.value.retry_after_s) == (503, 2)
            for _ in range(3):
                with pytest.raises(StoreUnavailable):
                    await store.write(lambda tx: tx.append(an_event()))
    written = await _until_written(store)
    assert await _until_read(store) >= written
    await store.close()


@contextmanager
def _paused(server: servers.Postgres) -> Iterator[None]:
    assert server.process is not None
    postmaster = psutil.Process(server.process.pid)
    stopped = [postmaster, *postmaster.children(recursive=True)]
    for one in stopped:
        one.suspend()
    try:
        yield
    finally:
        for one in stopped:
            with suppress(psutil.NoSuchProcess):
                one.resume()


async def _until_read(store: Store) -> int:
    async with asyncio.timeout(30):
        while True:
            try:
                return await store.log.head()
            except StoreUnavailable:
                await asyncio.sleep(0.05)


async def _refuses_at_once(store: Store) -> None:
    before = time.monotonic()
    with pytest.raises(StoreUnavailable) as refused:
        await store.write(lambda tx: tx.append(an_event()))
    with pytest.raises(StoreUnavailable):
        await store.log.head()
    assert time.monotonic() - before < 2
    assert (refused.value.status, refused.value.retry_after_s) == (503, 2)


async def _until_written(store: Store) -> int:
    async with asyncio.timeout(30):
        while True:
            try:
                return await store.write(lambda tx: tx.append(an_event()))
            except StoreUnavailable:
                await asyncio.sleep(0.05)


FULL_DISK = """
import asyncio, os, resource, signal, sys
from pathlib import Path
from ioc.store import Store, StoreSettings, StoreUnavailable
from tests.events import an_event

async def main(url, folder):
    store = await Store.open(StoreSettings(url, 'kyanh', Path(folder), bytes(range(32))))
    write = lambda: store.write(lambda tx: tx.append(an_event(data={"text": "x" * 20_000})))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
    written = 0
    try:
        while True:
            written = await write()
    except StoreUnavailable as refused:
        assert refused.status == 503
    assert written > 0 and await store.log.head() == written, "reads go on, and what was said is there"
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert await write() == written + 1
    await store.close()

asyncio.run(main(*sys.argv[1:]))
"""


def test_a_full_disk(sqlite_url: str, tmp_path: Path) -> None:
    """In a process of its own, whose files may not grow: to SQLite that is a full disk."""
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, sqlite_url, str(tmp_path)], cwd=root, capture_output=True, timeout=50
    )
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize(
    ("user", "database", "why"),
    [("nobody-here", "postgres", "does not take this user"), ("ioc", "không-có", "has no such database")],
)
async def test_a_server_that_lets_nobody_in_says_why(
    postgres: servers.Postgres, tmp_path: Path, user: str, database: str, why: str
) -> None:
    url = postgres.url(database).replace("//ioc@", f"//{user}@")
    with pytest.raises(StoreUnavailable, match=why):
        await Store.open(StoreSettings(url, CITY, tmp_path, MASTER_KEY))
