"""Books entries in order of their account and counts readings; does harm where an entry asks for it."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from modules.ledger.events import Booked
from modules.ledger.tables import booking, metered

from ioc.contract import Decide, Event, Module, ModuleContext, Run, State, Write, on

HARMFUL = {-1.0: "raise", -2.0: "kill", -3.0: "freeze"}  # by the value of a reading


STALL_S = 8.0  # longer than a commit may take and than the database leaves the lock to who stands still


class Account(State):
    """How many entries an account has."""

    balance: int = 0


class Meter(State):
    """How many readings a meter has."""

    count: int = 0


class Ledger(Module):
    """One row for each entry and each reading it was given."""

    class Settings(Module.Settings):
        """`slow_file` may hold the seconds a handler is to take for each entry."""

        slow_file: str = ""

    @on("ledger.entry.made", state=Account)
    async def book(self, event: Any, account: Account, ctx: ModuleContext) -> AsyncIterator[Event | Write | Decide]:
        """One row and one event an entry."""
        await self._dawdle()
        await _suffer(event.poison)
        account.balance += 1
        row = {"account": event.account, "entry": event.entry, "event": event.id, "position": event.position}
        yield Write(booking.insert().values(balance=account.balance, **row))
        yield Booked(account=event.account, entry=event.entry, n=event.n)
        if event.poison in STANDS_STILL:
            yield Decide(STANDS_STILL[event.poison])

    @on("ledger.level", state=Meter)
    def meter(self, reading: Any, meter: Meter, ctx: ModuleContext) -> Iterator[Write]:
        """One row a reading."""
        if reading.value in HARMFUL:
            _harm(HARMFUL[reading.value])
        meter.count += 1
        row = {"meter": reading.key, "reading": reading.id, "value": reading.value, "count": meter.count}
        yield Write(metered.insert().values(**row))

    async def _dawdle(self) -> None:
        name = self.settings.slow_file
        if name and (file := Path(name)).exists():
            await asyncio.sleep(float(file.read_text() or 0))  # noqa: ASYNC240


async def _suffer(poison: str) -> None:
    if poison == "hang":
        await asyncio.sleep(3600)
    while poison == "deaf":  # to those who tell it to end, as a loop of retries may be
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(1)
    _harm(poison)


def _stall(run: Run) -> tuple[Event, ...]:
    """Stands still in the commit, and the whole city with it."""
    time.sleep(STALL_S)
    return ()


def _never_end(run: Run) -> tuple[Event, ...]:
    """Keeps the city's lock for as long as its process lives."""
    while True:
        time.sleep(0.01)


STANDS_STILL = {"stall": _stall, "endless": _never_end}


def _harm(poison: str) -> None:
    if poison == "raise":
        raise RuntimeError("poison")
    if poison == "freeze":
        time.sleep(3600)  # the loop itself is to stand still
    if poison == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
