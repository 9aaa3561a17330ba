"""What a module's `api.py` may use: validate, read, seal and append, nothing heavier."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol

from ioc.city.profile import City
from ioc.contract.blurring import Box
from ioc.contract.context import Gis, Log
from ioc.contract.deciding import Deciding, Decision, Reply, Run, Sealed
from ioc.contract.events import Event
from ioc.contract.readings import Latest, Observation, Write
from ioc.contract.rights import Principal
from ioc.core.clock import Clock


class Personal(Protocol):
    """The one encrypted table of people's data."""

    async def reveal(self, ref: str, *, by: Principal, reason: str) -> dict[str, str]:
        """The texts of a ref in clear, audited; raises Problem 404 when erased or unknown, 403 without the class."""
        ...

    def pseudonym(self, purpose: str, value: str) -> str:
        """A word that is the same for the same value of one purpose and tells nothing of it without the city's key."""
        ...

    async def blob(self, ref: str, name: str, *, by: Principal, reason: str) -> bytes:
        """One sealed blob in clear, audited like `reveal`."""
        ...


class Door(Protocol):
    """A module's way in from HTTP. Everything handed to `commit` is written in one commit or not at all."""

    module: str
    demo: bool  # a demonstration: every page must say that its data are simulated
    city: City
    clock: Clock
    log: Log
    gis: Gis
    personal: Personal

    def read(self) -> AbstractAsyncContextManager[Any]:
        """A read-only SQLAlchemy AsyncConnection on the city's store."""
        ...

    def principal(self, request: Any) -> Principal:
        """Who is asking."""
        ...

    def threshold(self, name: str, at: datetime) -> float:
        """The city's value of a threshold on that day; raises NotConfigured where there is none."""
        ...

    async def commit(
        self,
        *,
        by: Principal,
        reply: Reply,
        key: str | None = None,
        fingerprint: bytes = b"",
        events: Sequence[Event] = (),
        writes: Sequence[Write] = (),
        latest: Sequence[Latest] = (),
        sealed: Sequence[Sealed] = (),
    ) -> Reply:
        """Commits what depends on nothing that is kept, and returns `reply`, after the commit.

        With a `key` (the client's idempotency key) a repeat within 48 h commits nothing and returns the first
        reply; the same key with another `fingerprint` raises Problem 409 `key-reused`.
        Raises Problem 503 with Retry-After while the store is away.
        """
        ...

    async def decide(
        self,
        decide: Callable[[Run], Decision],
        *,
        by: Principal,
        key: str | None = None,
        fingerprint: bytes = b"",
    ) -> Reply:
        """Commits what depends on the state something is in: `decide` looks and decides inside the commit, under the
        city's lock, so that of two requests at once the second sees what the first has done.

        `decide` may raise a Problem, which is the answer then and writes nothing; it may be called more than once, must
        only look, and waits for nothing (what takes time is done before). A repeat with a `key` is answered as in
        `commit`, however things stand by then.
        """
        ...

    async def once(
        self,
        work: Callable[[Deciding], Awaitable[Reply]],
        *,
        by: Principal,
        key: str | None = None,
        fingerprint: bytes = b"",
    ) -> Reply:
        """For a door that looks before it decides: `work` looks, refuses, and ends with what it is given, which is
        `decide` under the key. Under a known key none of this is done and the first reply returned, also where `work`
        would refuse by now.

        Raises:
            Problem: what `work` raises; as `decide`.
        """
        ...

    async def blurred(self, jpeg: bytes, boxes: Sequence[Box], whole: bool = False) -> bytes:
        """The picture with these boxes, or all of it, unrecognisable; see `ioc.contract.blurring`."""
        ...

    async def proposed(self, jpeg: bytes) -> tuple[tuple[Box, ...], bool]:
        """What is to be blurred in a picture before anybody has looked: boxes, or (True) all of it, where nothing is
        known of it."""
        ...

    async def observe(self, readings: Sequence[Observation], *, by: Principal, key: str | None = None) -> None:
        """Puts readings of the module's own kinds into the observation log and returns after the commit.

        With a `key` a repeat by the same principal keeps nothing. Raises ValueError for a kind of someone else.
        """
        ...


def door(request: Any, module: str) -> Door:
    """The door of a module, made by the application at start."""
    made: Door = request.app.state.doors[module]
    return made
