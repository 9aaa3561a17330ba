"""What a source has said and is not committed yet, gathered for a moment: thousands a second cost few commits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ioc.host.outputs import Outputs

MOST = 500  # items of one commit, about
LINGER_S = 0.05  # how long the first of them waits for others
LOOK_S = 0.5  # how often acknowledgements are looked for that came without any item

Commit = Callable[[], None]


class Basket:
    """Filled by the source and emptied by whoever commits. A full one makes the source wait, so memory is bounded.

    `after_commit` is called once what lies in the basket is committed: acknowledgements of what it was made from.
    """

    def __init__(self, after_commit: list[Commit]) -> None:
        self._after_commit = after_commit
        self._outputs = Outputs()
        self._size = 0
        self._filled = asyncio.Event()
        self._full = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self.closed = False

    async def put(self, items: Outputs, count: int) -> None:
        """Adds what was said, in order, and waits while the basket is full."""
        self._outputs.extend(items)
        self._size += count
        self._filled.set()
        if self._size >= MOST:
            self._full.set()
            self._room.clear()
            await self._room.wait()

    async def wait(self) -> None:
        """Until something is to be committed: the basket is full, or its first item has waited long enough."""
        while not await _within(LOOK_S, self._filled) and not self._after_commit:
            continue
        await _within(LINGER_S, self._full)

    def close(self) -> None:
        """Says that nothing more comes; nobody has to wait for it any longer."""
        self.closed = True
        self._filled.set()
        self._full.set()

    def take(self) -> tuple[Outputs, int, list[Commit]]:
        """All there is, its number, and what to call after its commit; the basket is empty then."""
        taken, count, called = self._outputs, self._size, self._after_commit[:]
        del self._after_commit[:]
        self._outputs, self._size = Outputs(), 0
        if not self.closed:
            self._filled.clear()
            self._full.clear()
        self._room.set()
        return taken, count, called


async def _within(limit_s: float, happened: asyncio.Event) -> bool:
    """Waits for it, at most so long; whether it happened."""
    try:
        async with asyncio.timeout(limit_s):
            await happened.wait()
    except TimeoutError:
        return False
    return True
