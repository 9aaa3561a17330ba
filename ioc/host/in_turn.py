"""One cursor, one memory, several who work with both: each in its turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ioc.host.steps import Step


class InTurn:
    """New events and those set aside share the cursor of a consumer and what its step remembers."""

    def __init__(self, step: Step) -> None:
        self._step = step
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        """A turn. One that ends badly leaves nothing remembered: whoever is next would write it with its own."""
        async with self._lock:
            try:
                yield
            except BaseException:
                self._step.forget()
                raise
