"""Says between the processes of one machine that something was committed, without asking the database.

After each commit the writer puts the number it reached into a small file; who waits looks at that file. A number is
written by one commit only, so any commit changes what is there: no ring is lost, even when two writers of PostgreSQL
ring in the wrong order. Workers on other machines do not hear it and therefore look into the table now and then.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

POLL_S = 0.01
_BYTES = 8


class Bell:
    """One number of one log. `ring` may be called from any thread, the rest from the event loop."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._local = asyncio.Event()

    def ring(self, number: int) -> None:
        """Puts the number reached where other processes see it."""
        os.pwrite(self._file, number.to_bytes(_BYTES, "big"), 0)

    def wake(self) -> None:
        """Wakes those who wait in this process; from the event loop."""
        self._local.set()

    def number(self) -> int:
        """The number last rung; only good to tell a change."""
        return int.from_bytes(os.pread(self._file, _BYTES, 0), "big")

    async def changed(self, seen: int, limit_s: float, poll_s: float = POLL_S) -> int:
        """Waits until the number is not `seen`, at most `limit_s` seconds, and returns what it is then.

        Looks every `poll_s` seconds for what other processes rang."""
        loop = asyncio.get_running_loop()
        until = loop.time() + limit_s
        while (now := self.number()) == seen and loop.time() < until:
            self._local.clear()
            try:
                async with asyncio.timeout(poll_s):
                    await self._local.wait()
            except TimeoutError:
                continue
        return now

    def close(self) -> None:
        """Lets the file go."""
        os.close(self._file)
