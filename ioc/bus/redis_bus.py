"""The bus on Redis (or Valkey) streams: entry id = `position-0`, so that Redis itself refuses repeats."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from redis.exceptions import ResponseError

from ioc.bus.keys import log_key, showings_key
from ioc.bus.ports import BusUnavailable, Entry, Row, Showing
from ioc.bus.reaching import AWAY, Server
from ioc.core.cancelling import cancellation_kept

MAXLEN = 10_000  # about; readers that are further behind read the table
_REPEAT = "equal or smaller"
BODY = b"b"
_AT = b"t"  # milliseconds since 1970 at which a relay put it there


class RedisBus:
    """One city's stream on the Redis that `url` names (see `reaching`). Errors come out as BusUnavailable."""

    def __init__(self, url: str, *, city: str, epoch: str, maxlen: int = MAXLEN) -> None:
        self.key = log_key(city, epoch)
        self._showings = showings_key(city, epoch)
        self._maxlen = maxlen
        self._server = Server(url)
        self._redis = self._server.redis

    async def add(self, rows: Sequence[Row]) -> int:
        """See Bus; one round trip."""
        at = b"%d" % round(time.time() * 1000)
        async with _trouble(), self._redis.pipeline(transaction=False) as pipe:
            for row in rows:
                entry: Any = {BODY: row.body, _AT: at}
                pipe.xadd(self.key, entry, id=f"{row.position}-0", maxlen=self._maxlen, approximate=True)
            return sum(_was_new(answer) for answer in await pipe.execute(raise_on_error=False))

    async def last(self) -> int | None:
        """See Bus."""
        async with _trouble():
            found: Any = await self._redis.xrevrange(self.key, count=1)
        return _position(found[0][0]) if found else None

    async def read(self, after: int, limit: int, wait_s: float = 0) -> Sequence[Row]:
        """See Bus."""
        block = int(wait_s * 1000) or None  # 0 would mean for ever
        async with _trouble():
            streams: Any = await self._redis.xread({self.key: f"{after}-0"}, count=limit, block=block)
        return [
            Entry(_position(number), fields[BODY])
            for chunks in (streams or {}).values()
            for chunk in chunks
            for number, fields in chunk
        ]

    async def added_at(self, position: int) -> datetime | None:
        """See Bus."""
        async with _trouble():
            found: Any = await self._redis.xrange(self.key, f"{position}-0", f"{position}-0")
        at = found[0][1].get(_AT) if found else None
        return datetime.fromtimestamp(int(at) / 1000, UTC) if at else None

    async def note_showings(self, showings: Sequence[Showing]) -> None:
        """See Bus; one round trip. A batch noted again is refused by its id."""
        async with _trouble(), self._redis.pipeline(transaction=False) as pipe:
            for one in showings:
                at = round(one.at.timestamp() * 1000)
                entry: Any = {b"f": one.first, _AT: at, b"n": one.screens}
                pipe.xadd(self._showings, entry, id=f"{one.last}-0", maxlen=self._maxlen, approximate=True)
            for answer in await pipe.execute(raise_on_error=False):
                _was_new(answer)

    async def shown(self, position: int) -> Showing | None:
        """See Bus."""
        async with _trouble():
            found: Any = await self._redis.xrange(self._showings, f"{position}-0", count=1)
        if not found:
            return None
        last, note = found[0]
        at = datetime.fromtimestamp(int(note[_AT]) / 1000, UTC)
        showing = Showing(int(note[b"f"]), _position(last), at, int(note[b"n"]))
        return showing if showing.first <= position else None

    async def forget(self) -> None:
        """See Bus."""
        async with _trouble():
            await self._redis.delete(self.key, self._showings)

    async def close(self) -> None:
        """See Bus."""
        await self._server.close()


@asynccontextmanager
async def _trouble() -> AsyncIterator[None]:
    try:
        with cancellation_kept():
            yield
    except AWAY as error:
        raise BusUnavailable(f"{type(error).__name__}: {error}") from error


def _was_new(answer: object) -> bool:
    if isinstance(answer, ResponseError) and _REPEAT in str(answer):
        return False
    if isinstance(answer, Exception):
        raise answer
    return True


def _position(entry_id: bytes) -> int:
    return int(entry_id.split(b"-")[0])
