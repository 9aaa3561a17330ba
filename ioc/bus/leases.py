"""Who takes which camera's pictures: leases that end by themselves when they are not renewed.

They share the work out and nothing else. What keeps two processes that both believe in a lease from harm are the fences
in the store (`ioc.store.fences`): Redis may lose every lease at any moment.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from ioc.bus.keys import camera_lease_key, camera_workers_key
from ioc.bus.ports import BusUnavailable
from ioc.bus.reaching import AWAY, Server
from ioc.core.cancelling import cancellation_kept

# Redis's own clock, so that those of machines are never compared; a worker out of the list holds nothing for long.
_LOOK = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2] * 10)
return redis.call('ZRANGE', KEYS[1], 0, -1)
"""
_KEEP = """
local ours = {}
for i, key in ipairs(KEYS) do
  local owner = redis.call('GET', key)
  if not owner or owner == ARGV[1] then
    redis.call('SET', key, ARGV[1], 'PX', ARGV[2])
    ours[#ours + 1] = i
  end
end
return ours
"""
_GIVE = """
for i, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[1] then redis.call('DEL', key) end
end
"""


class Board(msgspec.Struct, frozen=True):
    """Which workers live, in no order, and who has which camera; one that is not in `held` is free."""

    workers: frozenset[str]
    held: Mapping[str, str]


class Leases(Protocol):
    """The leases of one city's cameras. Every method raises BusUnavailable."""

    async def look(self, worker: str, cameras: Sequence[str], lease_s: float) -> Board:
        """Says that a worker lives, which holds for `lease_s` seconds, and tells how things stand."""
        ...

    async def keep(self, worker: str, cameras: Collection[str], lease_s: float) -> frozenset[str]:
        """Renews what is this worker's and takes what is free; which of these cameras it has now."""
        ...

    async def give(self, worker: str, cameras: Collection[str]) -> None:
        """Gives back what is this worker's, so that another may take it at once."""
        ...

    async def leave(self, worker: str) -> None:
        """Takes a worker out of the list."""
        ...

    async def close(self) -> None:
        """Lets the connections go."""
        ...


class RedisLeases:
    """On the Redis that `url` names (see `reaching`). All keys of a city lie on one node of a cluster."""

    def __init__(self, url: str, *, city: str) -> None:
        self._city = city
        self._workers = camera_workers_key(city)
        self._server = Server(url)
        redis = self._server.redis
        self._look, self._keep, self._give = (redis.register_script(text) for text in (_LOOK, _KEEP, _GIVE))

    async def look(self, worker: str, cameras: Sequence[str], lease_s: float) -> Board:
        """See Leases."""
        workers = await self._ask(self._look(keys=[self._workers], args=[worker, _ms(lease_s)]))
        owners = await self._ask(self._server.redis.mget(self._keys(cameras))) if cameras else []
        held = {camera: owner.decode() for camera, owner in zip(cameras, owners, strict=True) if owner is not None}
        return Board(frozenset(one.decode() for one in workers), held)

    async def keep(self, worker: str, cameras: Collection[str], lease_s: float) -> frozenset[str]:
        """See Leases."""
        names = sorted(cameras)
        if not names:
            return frozenset()
        ours = await self._ask(self._keep(keys=self._keys(names), args=[worker, _ms(lease_s)]))
        return frozenset(names[index - 1] for index in ours)

    async def give(self, worker: str, cameras: Collection[str]) -> None:
        """See Leases."""
        if cameras:
            await self._ask(self._give(keys=self._keys(sorted(cameras)), args=[worker]))

    async def leave(self, worker: str) -> None:
        """See Leases."""
        await self._ask(self._server.redis.zrem(self._workers, worker))

    async def close(self) -> None:
        """See Leases."""
        await self._server.close()

    def _keys(self, cameras: Collection[str]) -> list[str]:
        return [camera_lease_key(self._city, camera) for camera in cameras]

    async def _ask(self, answer: Any) -> Any:
        try:
            with cancellation_kept():
                return await answer
        except AWAY as error:
            raise BusUnavailable(f"{type(error).__name__}: {error}") from error


class MemoryLeases:
    """Within one process, held to the same tests as the one on Redis."""

    def __init__(self) -> None:
        self._alive: dict[str, float] = {}
        self._held: dict[str, tuple[str, float]] = {}

    async def look(self, worker: str, cameras: Sequence[str], lease_s: float) -> Board:
        """See Leases."""
        now = time.monotonic()
        self._alive[worker] = now + lease_s
        self._alive = {name: until for name, until in self._alive.items() if until > now}
        self._held = {camera: lease for camera, lease in self._held.items() if lease[1] > now}
        held = {camera: self._held[camera][0] for camera in cameras if camera in self._held}
        return Board(frozenset(self._alive), held)

    async def keep(self, worker: str, cameras: Collection[str], lease_s: float) -> frozenset[str]:
        """See Leases."""
        now = time.monotonic()
        nobody = (worker, 0.0)
        ours = [one for one in cameras if (lease := self._held.get(one, nobody))[0] == worker or lease[1] <= now]
        self._held |= dict.fromkeys(ours, (worker, now + lease_s))
        return frozenset(ours)

    async def give(self, worker: str, cameras: Collection[str]) -> None:
        """See Leases."""
        for camera in cameras:
            if self._held.get(camera, ("", 0.0))[0] == worker:
                del self._held[camera]

    async def leave(self, worker: str) -> None:
        """See Leases."""
        self._alive.pop(worker, None)

    async def close(self) -> None:
        """See Leases."""


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
