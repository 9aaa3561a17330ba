"""How a process that stands by for a part says so, and how screens are told of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from ioc.contract import Latest, Log
from ioc.core.clock import iso
from ioc.host.announce import ANNOUNCE_S, TOPIC
from ioc.host.standing import SILENT_AFTER
from ioc.store import Sitter, Store, StoreUnavailable
from ioc.store.latest import LatestRow

_AT = "@"  # between a part's name and a machine's: such a key is no part's own word


class StandingBy:
    """What one process says of its standing by."""

    def __init__(self, store: Store, part: str, sitter: Sitter, log: Log) -> None:
        self._store = store
        self._part = part
        self._sitter = sitter
        self._log = log
        self._holder: Sitter | None = None
        self._since = ""

    def waits_for(self, holder: Sitter | None) -> None:
        """Whom it stands by for."""
        if holder is not None and holder != self._holder:
            self._since = iso(self._store.now())
            self._log.info("stands by", part=self._part, holder=holder.owner, host=holder.host)
        self._holder = holder

    async def run(self) -> None:
        """Tells the screens once a second until cancelled."""
        while True:
            if self._holder is not None:
                try:
                    await self._tell(self._holder)
                except StoreUnavailable as error:
                    self._log.warning("standing by is not told", part=self._part, reason=str(error))
            await asyncio.sleep(ANNOUNCE_S)

    async def _tell(self, holder: Sitter) -> None:
        key = f"{self._part}{_AT}{self._sitter.machine}"
        body: dict[str, object] = {"host": self._sitter.host, "holder": holder.host, "since": self._since}
        await self._store.write(lambda tx: tx.latest(Latest(TOPIC, key, body, tx.now)))


def own_words(rows: Iterable[LatestRow]) -> dict[str, LatestRow]:
    """What the parts themselves said, by name: without the words of those that stand by."""
    return {row.key: row for row in rows if _AT not in row.key}


def standing_by(rows: Iterable[LatestRow], now: datetime) -> Mapping[str, list[dict[str, Any]]]:
    """Who stands by for each part at this moment, by the part's name."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: row.key):
        part, at, _ = row.key.partition(_AT)
        if at and now - row.rt <= SILENT_AFTER:
            found.setdefault(part, []).append(msgspec.json.decode(row.body))
    return found
