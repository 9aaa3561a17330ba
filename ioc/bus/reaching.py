"""How Redis is reached: at its own address, or through Sentinels, who know which of several servers leads just now.

`redis://…` and `unix://…` name one server. `redis+sentinel://user:password@host:port,host:port/name/0` names Sentinels
and the name they watch a group of servers under; the password is the servers', `?sentinel_password=` the Sentinels'.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import redis
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

SCHEME = "redis+sentinel"
SENTINEL_PORT = 26379
CONNECT_LIMIT_S = 1.0
ANSWER_LIMIT_S = 3.0  # must exceed every wait for an answer
# What says that Redis is not to be had. A RuntimeError is uvloop's word for a connection that was reset under us.
AWAY = (RedisError, OSError, RuntimeError)


@dataclass(frozen=True, slots=True)
class Guarded:
    """A group of servers, and the Sentinels (host, port) that watch it under a name."""

    name: str
    sentinels: tuple[tuple[str, int], ...]
    database: int = 0
    username: str | None = None
    password: str | None = None
    sentinel_password: str | None = None


def guarded(url: str) -> Guarded | None:
    """What an address of Sentinels says; None for the address of one server.

    Raises:
        ValueError: no Sentinel, no name, or a port or database that is no number.
    """
    parts = urlsplit(url)
    if parts.scheme != SCHEME:
        return None
    who, _, hosts = parts.netloc.rpartition("@")
    username, _, password = who.partition(":")
    name, _, database = parts.path.strip("/").partition("/")
    asked = parse_qs(parts.query, strict_parsing=bool(parts.query))
    if not name or set(asked) - {"sentinel_password"}:
        raise ValueError("the address of Sentinels needs the name they watch, and knows no other options")
    return Guarded(
        name=name,
        sentinels=tuple(_place(one) for one in hosts.split(",")),
        database=int(database or 0),
        username=unquote(username) or None,
        password=unquote(password) or None,
        sentinel_password=asked.get("sentinel_password", [None])[0],
    )


def _place(text: str) -> tuple[str, int]:
    place = urlsplit(f"//{text}")
    if not place.hostname:
        raise ValueError("a Sentinel without a name")
    return place.hostname, place.port or SENTINEL_PORT


class Server:
    """One way to Redis; `redis` is the client to use, and who leads is asked anew with each new connection."""

    def __init__(self, url: str) -> None:
        limits: dict[str, Any] = {"socket_timeout": ANSWER_LIMIT_S, "socket_connect_timeout": CONNECT_LIMIT_S}
        # Whoever uses this decides when to come back; meanwhile there is the table.
        options: dict[str, Any] = {**limits, "protocol": 3, "retry": Retry(NoBackoff(), 0)}
        self._sentinels: list[Redis] = []
        group = guarded(url)
        if group is None:
            self.redis = Redis.from_url(url, **options)
            return
        asking = {"socket_timeout": CONNECT_LIMIT_S, "socket_connect_timeout": CONNECT_LIMIT_S}
        own = {"password": group.sentinel_password, "retry": Retry(NoBackoff(), 0), **asking}
        sentinel = Sentinel(group.sentinels, sentinel_kwargs=own)  # type: ignore[no-untyped-call]
        self._sentinels = list(sentinel.sentinels)
        who: dict[str, Any] = {"username": group.username, "password": group.password, "db": group.database}
        self.redis = sentinel.master_for(group.name, redis_class=Redis, **who, **options)

    async def close(self) -> None:
        """Lets the connections go."""
        for one in (self.redis, *self._sentinels):
            await one.aclose()


def client_now(url: str, limit_s: float) -> redis.Redis:
    """A client that is not asynchronous, for a look before anything starts.

    Raises:
        ValueError: the address cannot be read.
        redis.RedisError: no Sentinel answers, or none knows who leads.
    """
    limits: dict[str, Any] = {"socket_timeout": limit_s, "socket_connect_timeout": limit_s}
    group = guarded(url)
    if group is None:
        return redis.Redis.from_url(url, **limits)
    asking = {"password": group.sentinel_password, **limits}
    sentinel = redis.Sentinel(group.sentinels, sentinel_kwargs=asking)  # type: ignore[no-untyped-call]
    who: dict[str, Any] = {"username": group.username, "password": group.password, "db": group.database}
    client: redis.Redis = sentinel.master_for(group.name, **who, **limits)  # type: ignore[no-untyped-call]
    return client
