"""How a process that stands by for a part says so, and how screens are told of it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from ioc.contract import Latest
from ioc.core.clock import iso
from ioc.host.announce import ANNOUNCE_S, TOPIC
from ioc.host.standing import SILENT_AFTER
from ioc.store import Sitter, Store, Transaction
from ioc.store.latest import LatestRow

_AT = "@"  # between a part's name and a machine's: such a key is no part's own word


class StandingBy:
    """What one process says of its standing by."""

    def __init__(self, store: Store, part: str, sitter: Sitter) -> None:
        self._store = store
        self._key = f"{part}{_AT}{sitter.machine}"
        self._host = sitter.host
        self._holder: Sitter | None = None
        self._since = ""
        self._told_at = 0.0

    async def tell(self, holder: Sitter) -> bool:
        """Says whom it stands by for, once a second; whether that is news."""
        news = holder != self._holder
        if news:
            self._holder, self._since = holder, iso(self._store.now())
        elif time.monotonic() - self._told_at < ANNOUNCE_S:
            return False
        self._told_at = time.monotonic()
        body: dict[str, object] = {"host": self._host, "holder": holder.host, "since": self._since}

        def job(tx: Transaction) -> None:
            tx.latest(Latest(TOPIC, self._key, body, tx.now))

        await self._store.write(job)
        return news


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
