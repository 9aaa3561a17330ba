"""All that lies in a Redis, whatever the kind of key."""

from __future__ import annotations

from typing import Any

import redis


def contents(client: redis.Redis) -> dict[str, list[bytes]]:
    """What each key holds. Raises AssertionError at a kind of key that nobody here can read."""
    return {key.decode(): _content(client, key) for key in client.scan_iter()}


def _content(client: redis.Redis, key: bytes) -> list[bytes]:
    kind: Any = client.type(key)
    match kind:
        case b"stream":
            entries: Any = client.xrange(key)
            return [body for _, fields in entries for body in fields.values()]
        case b"zset":
            members: Any = client.zrange(key, 0, -1)
            return list(members)
        case b"string":
            value: Any = client.get(key)
            return [value] if value is not None else []
        case b"none":  # a lease that ended just now
            return []
    raise AssertionError(f"{key!r} is a {kind!r}")
