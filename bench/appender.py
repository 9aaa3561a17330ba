"""One of several processes that append events to a city's log at a pace, as doors and modules do.

usage: python -m bench.appender NUMBER PER_S SECONDS
The first line on stdin says which store it is (`store_line`). It says that it is ready, begins at the next line, and
ends with one line: how many milliseconds each `store.write` took, from when it was due.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from bench.children import READY
from ioc.core.envelope import Envelope
from ioc.core.ids import new_id
from ioc.store import Store, StoreSettings, Transaction

TAKEN = "notes.note.taken"
SOURCES = 20  # how many keys the events of one process have


def a_note(city: str, process: int, number: int, sent: float) -> Envelope:
    """An event as the door of the notes makes it."""
    now, where = datetime.now(UTC), f"Chỗ {process}-{number % SOURCES}"
    return Envelope(
        id=new_id(),
        source=f"/{city}/notes",
        type=TAKEN,
        subject=where,
        time=now,
        recordedtime=now,
        city=city,
        module="notes",
        partitionkey=where,
        correlationid=where,
        data={
            "where": where,
            "number": number,
            "sent": sent,
            "title": {"vi": f"Ghi chú {number} ở {where}", "en": f"Note {number} of {where}"},
        },
    )


async def _append_all(store: Store, process: int, per_s: float, count: int) -> list[float]:
    loop, took = asyncio.get_running_loop(), []
    began, epoch = loop.time(), time.time() - loop.time()

    async def one(number: int, due: float) -> None:
        event = a_note(store.settings.city, process, number, epoch + due)
        await store.write(lambda tx: _append(tx, event))
        took.append((loop.time() - due) * 1000)

    async with asyncio.TaskGroup() as group:
        for number in range(count):
            due = began + number / per_s
            await asyncio.sleep(max(0.0, due - loop.time()))
            group.create_task(one(number, due))
    return took


def _append(tx: Transaction, event: Envelope) -> int:
    return tx.append(event)


def store_line(settings: StoreSettings) -> bytes:
    """What opens a store, as one line: it holds the key, so it goes by a pipe and not by a file."""
    known = (settings.url, settings.city, str(settings.state_dir), base64.b64encode(settings.key).decode())
    return json.dumps(known).encode() + b"\n"


def _read_store(line: str) -> StoreSettings:
    url, city, state, key = json.loads(line)
    return StoreSettings(url, city, Path(state), base64.b64decode(key))


async def _main(process: int, per_s: float, seconds: float) -> None:
    store = await Store.open(_read_store(sys.stdin.readline()))
    try:
        print(READY, flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        took = await _append_all(store, process, per_s, int(per_s * seconds))
        print(json.dumps(took), flush=True)
    finally:
        await store.close()


def main(process: str, per_s: str, seconds: str) -> None:
    """Appends, tells and ends."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_main(int(process), float(per_s), float(seconds)))


if __name__ == "__main__":
    main(*sys.argv[1:])
