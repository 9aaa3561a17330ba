"""What one run of a handler or timer gave, sorted by kind."""

from __future__ import annotations

import asyncio
import inspect
from dataclasses import dataclass, field
from typing import Any

from ioc.contract import Decide, Event, Heard, Latest, Observation, Run, Write
from ioc.store import Fenced

HANDLER_LIMIT_S = 3.0  # while one waits, all others of its module do
TIMER_LIMIT_S = 5.0
MOST = 20_000  # things of one run: they are written in one commit, which the whole city waits for
GRACE_S = 0.5  # for what is told to end; then nobody waits for it any more


@dataclass(slots=True)
class Outputs:
    """Everything yielded, each kind in its own list and in order."""

    events: list[Event] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    latest: list[Latest] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)
    decisions: list[Decide] = field(default_factory=list)
    given: int = 0

    def add(self, item: object) -> None:
        """Put one yielded thing where it belongs.

        Raises:
            TypeError: a module may not yield such a thing.
            ValueError: it yields more than `MOST` things at once.
        """
        self.given += 1
        if self.given > MOST:
            raise ValueError(f"more than {MOST:,} things at once")
        match item:
            case Event():
                self.events.append(item)
            case Write():
                self.writes.append(item)
            case Latest():
                self.latest.append(item)
            case Observation():
                self.observations.append(item)
            case Heard():
                self.heard.append(item)
            case Decide():
                self.decisions.append(item)
            case _:
                raise TypeError(f"a module may not yield {type(item).__name__}")

    def extend(self, others: Outputs) -> None:
        """Put what another run gave behind what is here."""
        self.events += others.events
        self.writes += others.writes
        self.latest += others.latest
        self.observations += others.observations
        self.heard += others.heard
        self.decisions += others.decisions


async def collect(result: Any, limit_s: float = HANDLER_LIMIT_S) -> Outputs:
    """Runs a called generator (plain or async) to its end within the time limit.

    Raises:
        TimeoutError: an async generator took longer than `limit_s` seconds.
        TypeError: it yielded something a module may not yield.
        RuntimeError: what it waited for was cancelled, which is not to cancel whoever called it.
    """
    try:
        return await _collected(result, limit_s)
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise RuntimeError("what it waited for was cancelled") from error
    except (Exception, SystemExit, KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # a kind of the module's own, which nobody expects
        raise RuntimeError(f"it raised {type(error).__name__}") from error


async def _collected(result: Any, limit_s: float) -> Outputs:
    outputs = Outputs()
    if inspect.isgenerator(result):  # nothing could interrupt it, and it is what most handlers are
        for item in result:
            outputs.add(item)
        return outputs
    running = asyncio.create_task(_run(result, outputs))
    try:
        await asyncio.wait({running}, timeout=limit_s)
    except asyncio.CancelledError:
        await _end(running)
        raise
    if not running.done():
        ended = await _end(running)
        raise TimeoutError(f"not done in {limit_s:g} s{'' if ended else ', and it does not end when it is told to'}")
    running.result()
    return outputs


async def _run(result: Any, outputs: Outputs) -> None:
    """In a task of its own, as one that takes no end when it is told to could else never be left."""
    if inspect.isasyncgen(result):
        async for item in result:
            outputs.add(item)
    elif inspect.isawaitable(result):
        await result
    elif result is not None:
        for item in result:
            outputs.add(item)


async def _end(running: asyncio.Task[None]) -> bool:
    """Tells it to end; whether it did. What goes on has the states of a module that forgets them, and an output nobody
    reads."""
    running.cancel()
    _LEFT.add(running)
    running.add_done_callback(_forget)
    await asyncio.wait({running}, timeout=GRACE_S)
    return running.done()


def _forget(ended: asyncio.Task[None]) -> None:
    _LEFT.discard(ended)
    if not ended.cancelled():
        ended.exception()  # or it would be told of as one that nobody asked for


_LEFT: set[asyncio.Task[None]] = set()  # the loop itself keeps no task


def decided_by(one: Decide, run: Run) -> Outputs:
    """What follows from how things stand in the commit; all is looked at before anything of it is written.

    Raises:
        TypeError: it gave something that cannot be written in a commit.
        RuntimeError: it said that another has taken over, which is not its to say.
    """
    outputs = Outputs()
    try:
        for item in one.decide(run):
            if not isinstance(item, Event | Write | Latest):
                raise TypeError(f"a decision may not give {type(item).__name__}")
            outputs.add(item)
    except Fenced as error:
        raise RuntimeError("a decision raised Fenced") from error
    return outputs
