"""The way to one database: jobs go to the writer thread, reads to a bounded pool, and trouble becomes a 503."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ioc.core.cancelling import cancellation_kept
from ioc.core.clock import Clock
from ioc.store.accepted import Accepting
from ioc.store.database import Database
from ioc.store.errors import StoreUnavailable, TookTooLong, is_unavailable, plain_reason
from ioc.store.settings import StoreSettings
from ioc.store.transaction import Job, Numbers
from ioc.store.vault import Vault
from ioc.store.writer import Writer

T = TypeVar("T")
ANSWER_S = 1.0  # to connect, or to be told by a server that it still lives
NEVER_S = 8.0  # so long after its time was over a job is not waited for
OWN_SHARE = 0.5  # of the time a commit may take: a job that worked so long is what takes the time


class Access:
    """Reads and writes of one database. Belongs to the event loop it was made in."""

    def __init__(
        self,
        database: Database,
        settings: StoreSettings,
        vault: Vault,
        clock: Clock,
        committed: Callable[[Numbers], None],
        superseded: Callable[[], None],
    ) -> None:
        self._database = database
        self._settings = settings
        self._writer = Writer(
            database,
            vault,
            clock,
            committed,
            superseded,
            queue_limit=settings.queue_limit,
            stuck_after_s=settings.write_limit_s,
        )
        self._reader = database.reader(settings)
        self._single = database.single(self._reader)

    @property
    def waiting(self) -> int:
        """How many writes wait for the next group."""
        return self._writer.waiting

    @property
    def refused(self) -> str | None:
        """Why the database refused a commit of this process in the last seconds."""
        return self._writer.refused

    async def write(self, job: Job[T], accepting: Accepting | None = None) -> T:
        """Runs the job in the next group and returns its value after the commit; under a key that was accepted before,
        the earlier reply instead.

        Raises what the job raised, StoreUnavailable, or TookTooLong where the job itself is what takes so long. After a
        time-out it is not known whether the job was
        committed: repeat it with the same idempotency key.
        """
        future = self._writer.submit(job, accepting)
        limit = asyncio.get_running_loop().call_later(self._settings.write_limit_s, self._give_up, future)
        try:
            value: T = await future
            return value
        finally:
            limit.cancel()

    def _give_up(self, future: asyncio.Future[Any]) -> None:
        if not future.done():
            own = self._writer.works_for(future) >= self._settings.write_limit_s * OWN_SHARE
            future.set_exception(TookTooLong() if own else StoreUnavailable("no commit in time"))
            if own:
                asyncio.get_running_loop().call_later(NEVER_S, self._end_process, future)

    def _end_process(self, future: asyncio.Future[Any]) -> None:
        """A job that never ends keeps the city's lock for ever: only the end of its process frees it. Whoever followed
        the log finds by what was noted which event it was."""
        if self._writer.works_for(future):
            structlog.get_logger().critical("a job keeps the city's lock; its process ends itself", after_s=NEVER_S)
            os.kill(os.getpid(), signal.SIGKILL)

    def read_once(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A read-only connection for one statement, which needs no transaction around it to be one snapshot: on
        PostgreSQL that is half the work. Raises StoreUnavailable."""
        return self._connect(self._single)

    def read(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A read-only connection; all that is read in one block is one snapshot. Raises StoreUnavailable."""
        return self._connect(self._reader)

    @asynccontextmanager
    async def _connect(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        """A connection of the pool.

        To get a connection takes `pool_wait_s` at most, and a second more where a server has to be asked
        whether it still lives: one that hangs is found out there and not after the longest statement it may run.
        """
        whole = asyncio.timeout(self._settings.read_limit_s + self._settings.pool_wait_s)
        first = asyncio.timeout(self._settings.pool_wait_s + ANSWER_S)
        try:
            with cancellation_kept():
                async with whole, AsyncExitStack() as stack:
                    async with first:
                        connection = await stack.enter_async_context(engine.connect())
                    yield connection
        except SQLAlchemyError as error:
            if is_unavailable(error):
                raise StoreUnavailable(plain_reason(error)) from error
            raise
        except TimeoutError as error:
            if whole.expired() or first.expired():
                raise StoreUnavailable("no answer in time") from error
            raise

    async def forget_deleted(self) -> None:
        """Takes deleted content out of the database's journal."""
        await asyncio.to_thread(self._database.forget_deleted)

    async def close(self) -> None:
        """Commits what waits and closes every connection."""
        await self._writer.close()
        await self._reader.dispose()
