"""The one way in which the platform's doors take an `Idempotency-Key` (decision 0050).

A door that changes something has a parameter `once: Doing` and does its work in `once.answer`, the last of it in
`once.commit`.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Request

from ioc.api.rights import principal_of
from ioc.store import Asked, Once, Store, kept_key

DOOR = "platform"
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=128,
        description="The same key with the same body is done once and answered the same way, for 48 hours.",
    ),
]


async def _once(request: Request, idempotency_key: Key = None) -> Once:
    """What is asked at this address, by this caller, under this key."""
    store: Store = request.app.state.store
    if idempotency_key is None:
        return store.once(None)
    kept = kept_key(principal_of(request).id, f"{request.method} {request.url.path} {idempotency_key}")
    return store.once(Asked(DOOR, kept, store.vault.fingerprint(await request.body())))


Doing = Annotated[Once, Depends(_once)]
