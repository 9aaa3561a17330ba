"""What is asked under a key of its sender: done once, and answered alike however often it comes (decision 0050)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from ioc.contract.deciding import Reply
from ioc.core.errors import Problem
from ioc.store.accepted import Asked, Earlier, known

if TYPE_CHECKING:
    from ioc.store.access import Access
    from ioc.store.transaction import Job, Transaction


class Once:
    """One request of a door. Without a key it is done each time it comes."""

    def __init__(self, access: Access, asked: Asked | None) -> None:
        self._access, self._asked = access, asked

    async def answer(self, work: Callable[[], Awaitable[Reply]]) -> Reply:
        """What was answered to this key before; where it is new, what `work` answers, which ends with `commit`.

        What `work` looks at before its commit may be what the same request has just done, sent a moment earlier: a
        refusal gives way to the answer that stands by then.

        Raises:
            Problem: 409 `key-reused` for a key that came with something else; what `work` raises. Nothing is kept of a
                refusal, for nothing was done.
        """
        if earlier := await self.earlier():
            return earlier
        try:
            return await work()
        except Problem:
            if earlier := await self.earlier():
                return earlier
            raise

    async def earlier(self) -> Reply | None:
        """What was answered to this key before; None for a new one. Raises Problem 409 `key-reused`."""
        asked = self._asked
        if asked is None:
            return None
        async with self._access.read_once() as connection:
            return _given(await connection.run_sync(known, asked))

    async def commit(self, job: Job[Reply | Problem]) -> Reply:
        """Does the job and keeps its answer in the same commit; under a known key only gives the earlier answer.

        A job may give a Problem back instead of raising it where it has written nothing: the jobs beside it then go on
        together.

        Raises:
            Problem: what the job gives or raises; 409 `key-reused`.
        """
        made = _given(await self._access.write(_once(job, self._asked)))
        assert made is not None  # noqa: S101 - a job gives a reply or a problem
        return made


def _once(job: Job[Reply | Problem], asked: Asked | None) -> Job[Earlier]:
    if asked is None:
        return job

    def first(tx: Transaction) -> Earlier:
        if earlier := tx.accepted(asked):
            return earlier
        made = job(tx)
        if isinstance(made, Reply):
            tx.accept([asked.answered(made)])
        return made

    return first


def _given(answer: Earlier) -> Reply | None:
    if isinstance(answer, Problem):
        raise answer
    return answer
