"""A cancelled task must end, whatever the libraries it calls do."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def cancellation_kept() -> Iterator[None]:
    """Raises CancelledError at the end of the block when the task was cancelled within it and nobody said so.

    On Python 3.11 `asyncio.wait_for`, which database and Redis drivers use, returns as if nothing had happened when it
    is cancelled in the very moment its work is done (mended in 3.12). A loop around such a call would never end.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task else 0
    yield
    if task is not None and task.cancelling() > before:
        raise asyncio.CancelledError
