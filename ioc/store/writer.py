"""The one writer thread of a process: group commit under the city's lock.

All that waits is committed together, so that a slow disk is paid once and not once a job; what comes while the lock is
another's joins in too. When a group fails, its jobs are run again one by one, each under a savepoint: a job that fails
harms nobody but who sent it.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from ioc.contract.deciding import Reply
from ioc.core.clock import Clock
from ioc.core.errors import Problem
from ioc.core.faults import words_of
from ioc.store.accepted import Accepting
from ioc.store.database import Database
from ioc.store.errors import StoreUnavailable, Superseded, is_locked, is_unavailable, plain_reason, unavailable
from ioc.store.transaction import Job, Numbers, Pending, Transaction
from ioc.store.vault import Vault

GROUP_LIMIT = 500
CLOSE_LIMIT_S = 10.0
REFUSED_S = 5.0  # so long a refusal is news; every part of the city writes once a second how it is


@dataclass(slots=True)
class _Waiting:
    """A job, the key it came under, and who waits for it."""

    job: Job[Any]
    accepting: Accepting | None
    future: asyncio.Future[Any]


@dataclass(slots=True)
class _Outcome:
    """What became of a job: its value, or its error."""

    value: Any = None
    error: BaseException | None = None


class Writer:
    """Takes jobs from the event loop and commits them in groups. `committed(numbers)` is called after each commit, and
    `superseded()` when none is allowed any more, in the writer's thread."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        clock: Clock,
        committed: Callable[[Numbers], None],
        superseded: Callable[[], None],
        *,
        queue_limit: int,
        stuck_after_s: float,
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._committed, self._superseded = committed, superseded
        self._queue_limit = queue_limit
        self._stuck_after_s = stuck_after_s
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._engine: Engine | None = None
        self._connection: Connection | None = None
        self._busy_since: float | None = None
        self._at_work: tuple[asyncio.Future[Any], float] | None = None
        self._refused: tuple[str, float] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def submit(self, job: Job[Any], accepting: Accepting | None = None) -> asyncio.Future[Any]:
        """Puts a job in the queue; the future is done after the commit. Under a key that was accepted before, the job
        is not done, and the future has the earlier reply. Raises StoreUnavailable at once when the writer is stuck or
        too much waits already."""
        if self._thread is None:
            self._start()
        if self._queue.qsize() >= self._queue_limit:
            raise StoreUnavailable("too many writes wait")
        since = self._busy_since
        if since is not None and time.monotonic() - since > self._stuck_after_s:
            raise StoreUnavailable("the writer does not get through to the database")
        future = asyncio.get_running_loop().create_future()
        self._queue.put(_Waiting(job, accepting, future))
        return future

    def works_for(self, future: asyncio.Future[Any]) -> float:
        """For how many seconds the job of a future has been at work under the lock; 0 while it is not."""
        at_work = self._at_work
        return time.monotonic() - at_work[1] if at_work is not None and at_work[0] is future else 0.0

    @property
    def refused(self) -> str | None:
        """Why the database refused a commit in the last seconds; None where it took all."""
        why, at = self._refused or (None, 0.0)
        return why if time.monotonic() - at <= REFUSED_S else None

    @property
    def waiting(self) -> int:
        """How many jobs wait, about."""
        return self._queue.qsize()

    async def close(self) -> None:
        """Commits what waits, and ends the thread."""
        if self._thread is not None:
            self._queue.put(None)
            await asyncio.to_thread(self._thread.join, CLOSE_LIMIT_S)
            self._thread = None

    def _start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            group = self._joined([first])
            self._busy_since = time.monotonic()
            outcomes = self._commit(group) if group else []
            self._busy_since = None
            self._tell(outcomes)
        self._disconnect()

    def _joined(self, group: list[_Waiting]) -> list[_Waiting]:
        """The group with what waits beside it, at most GROUP_LIMIT jobs; without those that nobody waits for now."""
        with suppress(queue.Empty):
            while len(group) < GROUP_LIMIT:
                more = self._queue.get_nowait()
                if more is None:
                    self._queue.put(None)  # closed: end after this group
                    break
                group.append(more)
        return [waiting for waiting in group if not waiting.future.done()]

    def _commit(self, group: list[_Waiting]) -> list[tuple[_Waiting, _Outcome]]:
        try:
            outcomes = self._attempt(group, self._together) or self._attempt(group, self._one_by_one)
        except Exception as error:
            self._disconnect()
            if isinstance(error, Superseded):
                self._superseded()
            if is_unavailable(error):
                self._refused = plain_reason(error), time.monotonic()
            outcomes = [_Outcome(error=_for_caller(error)) for _ in group]
        return list(zip(group, outcomes, strict=True))

    def _attempt(self, group: list[_Waiting], run: _Runner) -> list[_Outcome]:
        """The outcomes after the commit; none when a job failed and the group is to be run one by one. What came while
        the lock was waited for is added to `group`."""
        numbers = Numbers()
        try:
            with self._begin():
                group[:] = self._joined(group)
                outcomes = run(group, numbers)
        except _JobFailed:
            return []
        self._committed(numbers)
        return outcomes

    def _begin(self) -> ExitStack:
        """The transaction under the lock, entered. A connection that went stale since the last commit is renewed."""
        stack, reused = ExitStack(), self._connection is not None
        try:
            stack.enter_context(self._database.locked(self._connected()))
        except DBAPIError:
            self._disconnect()
            if not reused:
                raise
            stack.enter_context(self._database.locked(self._connected()))
        return stack

    def _together(self, group: list[_Waiting], numbers: Numbers) -> list[_Outcome]:
        now, outcomes, pending = self._clock.now(), [], Pending()
        try:
            tx = self._transaction(now, numbers, pending)
            earlier = iter(tx.accept([waiting.accepting for waiting in group if waiting.accepting]))
            for waiting in group:
                answer = next(earlier) if waiting.accepting else None
                outcomes.append(_known(answer) if answer else _Outcome(self._work(waiting, tx)))
            tx.finish()
        except Exception as error:
            if is_unavailable(error) and not is_locked(error):
                raise
            raise _JobFailed from error
        return outcomes

    def _one_by_one(self, group: list[_Waiting], numbers: Numbers) -> list[_Outcome]:
        now, outcomes = self._clock.now(), []
        for waiting in group:
            outcomes.append(self._alone(waiting, now, numbers))
        return outcomes

    def _alone(self, waiting: _Waiting, now: datetime, numbers: Numbers) -> _Outcome:
        before = numbers.copy()
        try:
            with self._connected().begin_nested():
                tx = self._transaction(now, numbers, Pending())
                if waiting.accepting and (answer := tx.accept([waiting.accepting])[0]):
                    return _known(answer)
                value = self._work(waiting, tx)
                tx.finish()
                return _Outcome(value)
        except Exception as error:
            if is_unavailable(error) and not is_locked(error):
                raise
            numbers.restore(before)
            return _Outcome(error=_for_caller(error))

    def _work(self, waiting: _Waiting, tx: Transaction) -> Any:
        self._at_work = waiting.future, time.monotonic()
        try:
            return waiting.job(tx)
        except (OSError, StopIteration) as error:
            # Of the job's own doing: the store's own files and servers are told otherwise; no future takes the other.
            raise RuntimeError(f"a job raised {words_of(error)}") from error
        except Exception:
            raise
        except BaseException as error:  # whoever wants to end the process must not end the writer alone
            raise RuntimeError(f"a job raised {type(error).__name__}") from error
        finally:
            self._at_work = None

    def _transaction(self, now: datetime, numbers: Numbers, pending: Pending) -> Transaction:
        return Transaction(self._connected(), now, numbers, self._vault, pending)

    def _connected(self) -> Connection:
        if self._connection is None:
            if self._engine is None:
                self._engine = self._database.writer(limited=True)
            self._connection = self._engine.connect()
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            # A broken connection may fail to say goodbye; it is thrown away all the same.
            with suppress(SQLAlchemyError):
                connection.invalidate()
                connection.close()

    def _tell(self, outcomes: list[tuple[_Waiting, _Outcome]]) -> None:
        assert self._loop is not None  # noqa: S101 - set by _start, before the thread
        # A loop that has ended waits for nothing any more.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(_settle, outcomes)


_Runner = Callable[[list[_Waiting], Numbers], list[_Outcome]]


def _known(answer: Reply | Problem) -> _Outcome:
    return _Outcome(error=answer) if isinstance(answer, Problem) else _Outcome(answer)


class _JobFailed(Exception):
    """A job of a group failed, so the group has to be taken apart."""


def _for_caller(error: Exception) -> Exception:
    return unavailable(error) if is_unavailable(error) else error


def _settle(outcomes: list[tuple[_Waiting, _Outcome]]) -> None:
    for waiting, outcome in outcomes:
        if waiting.future.done():
            continue
        if outcome.error is None:
            waiting.future.set_result(outcome.value)
        else:
            waiting.future.set_exception(outcome.error)
