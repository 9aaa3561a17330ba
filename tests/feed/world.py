"""A city in memory that the feed can read: a log, last-known values and incidents, all of one lifetime."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from ioc.contract import Principal
from ioc.core.clock import iso
from ioc.core.dataclass import EVERYTHING, WALL
from ioc.core.envelope import Envelope, decode, encode
from ioc.core.ids import new_id
from ioc.feed.ports import Headers, IncidentPage, IncidentRow, Sources

START = datetime(2026, 4, 24, 9, 30, tzinfo=UTC)
OPERATOR = Principal(id="p-1", name="Nguyễn Thị Hạnh", role="operator", classes=EVERYTHING)
WALL_SCREEN = Principal(id="wall-1", name="Màn hình 1", role="wall", classes=WALL)


@dataclass(frozen=True)
class Row:
    position: int
    body: bytes


@dataclass(frozen=True)
class Value:
    topic: str
    key: str
    ts: datetime
    rt: datetime
    body: bytes
    seq: int


class MemoryLog:
    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.reads = 0
        self.grown = asyncio.Condition()
        self.open = asyncio.Event()
        self.open.set()

    def append(self, envelope: Envelope) -> int:
        self.rows.append(Row(self.rows[-1].position + 1 if self.rows else 1, encode(envelope)))
        return self.rows[-1].position

    def forget_until(self, position: int) -> None:
        """Retention takes the old rows."""
        self.rows = [row for row in self.rows if row.position > position]

    async def head(self) -> int:
        return self.rows[-1].position if self.rows else 0

    async def after(self, position: int, limit: int = 500) -> Sequence[Row]:
        self.reads += 1
        return [row for row in self.rows if row.position > position][:limit]

    async def query(
        self,
        *,
        modules: Sequence[str] | None = None,
        severity_min: int | None = None,
        classes: Sequence[str] | None = None,
        limit: int = 100,
        before_position: int | None = None,
    ) -> Sequence[Row]:
        found = []
        for row in reversed(self.rows):
            e = decode(row.body)
            if (
                (modules is None or e.module in modules)
                and (severity_min is None or e.severity >= severity_min)
                and (classes is None or e.dataclass in classes)
                and (before_position is None or row.position < before_position)
            ):
                found.append(row)
        return found[:limit]

    async def tail(self, position: int) -> AsyncIterator[Sequence[Row]]:
        while True:
            await self.open.wait()
            rows = [row for row in self.rows if row.position > position][:50]
            if rows:
                position = rows[-1].position
                yield rows
            else:
                await asyncio.sleep(0.002)


class MemoryLatest:
    def __init__(self) -> None:
        self.values: dict[tuple[str, str], Value] = {}
        self.seq = 0
        self.open = asyncio.Event()
        self.open.set()

    def put(self, topic: str, key: str, body: dict[str, Any], at: datetime = START) -> None:
        self.seq += 1
        self.values[topic, key] = Value(topic, key, at, at, msgspec.json.encode(body), self.seq)

    async def changed_since(self, seq: int) -> Sequence[Value]:
        await self.open.wait()
        return sorted((v for v in self.values.values() if v.seq > seq), key=lambda v: v.seq)


class World:
    """What happens in the city. Every method that tells something returns its position."""

    def __init__(self) -> None:
        self.log = MemoryLog()
        self.latest = MemoryLatest()
        self.incidents: dict[str, IncidentRow] = {}
        self.principals: dict[str, Principal | None] = {"operator": OPERATOR, "wall": WALL_SCREEN}
        self.epoch = new_id()
        self.clock = START

    @property
    def sources(self) -> Sources:
        return Sources(self.epoch, self.log, self.log.tail, self.latest, self.read_incidents)

    async def read_incidents(self) -> IncidentPage:
        return IncidentPage(await self.log.head(), list(self.incidents.values()))

    async def authenticate(self, headers: Headers, token: str | None) -> Principal | None:
        cookie = headers.get("cookie", "").removeprefix("session=")
        return self.principals.get(token or cookie)

    def tick(self) -> datetime:
        self.clock += timedelta(seconds=1)
        return self.clock

    def event(self, type: str = "citizen.report.received", **fields: Any) -> int:
        return self.log.append(self.envelope(type, **fields))

    def envelope(self, type: str, *, lonlat: tuple[float, float] | None = None, **fields: Any) -> Envelope:
        at = self.tick()
        data = dict(fields.pop("data", {}))
        data.setdefault("title", {"vi": "Phản ánh mới", "en": "New report"})
        if lonlat is not None:
            data["geometry"] = {"type": "Point", "coordinates": list(lonlat)}
        given: dict[str, Any] = {
            "id": new_id(),
            "source": "/test",
            "city": "test",
            "module": type.split(".")[0],
            "partitionkey": "k",
            "correlationid": "c",
            "time": at,
            "recordedtime": at,
        }
        return Envelope(**{**given, **fields}, type=type, data=data)

    def incident(self, id: str, action: str = "opened", *, data_class: str = "internal", **changes: Any) -> int:
        """Opens or changes an incident: its row and its event in one step, as in one commit."""
        before = self.incidents.get(id)
        at = iso(self.tick())
        view: dict[str, Any] = dict(before.view) if before else new_incident(id, at)
        view.update({**changes, "updated": at, "version": view["version"] + 1})
        self.incidents[id] = IncidentRow(view, data_class)
        envelope = self.envelope(
            f"incident.{action}",
            module="desk",
            dataclass=data_class,
            partitionkey=id,
            correlationid=view["correlation"],
            severity=view["severity"],
            lonlat=view["lonlat"],
            data={"incident": view, "title": view["title"]},
        )
        return self.log.append(envelope)

    def unit(self, id: str, lon: float = 105.77, lat: float = 19.8, at: datetime | None = None) -> None:
        body = {"id": id, "name": f"Xe {id}", "kind": "police", "state": "free", "lonlat": [lon, lat]}
        self.latest.put("unit", id, body, at or self.tick())


def new_incident(id: str, at: str) -> dict[str, Any]:
    return {
        "id": id,
        "number": 1,
        "kind": "call",
        "status": "new",
        "priority": 2,
        "severity": 3,
        "title": {"vi": "Cháy nhà ở phường Hạc Thành", "en": "House fire in Hạc Thành ward"},
        "category": "fire",
        "module": "emergency",
        "lonlat": [105.776, 19.807],
        "place": None,
        "ward": None,
        "opened": at,
        "updated": at,
        "version": 0,
        "correlation": f"story-{id}",
        "facts": {},
        "personal": f"secret-ref-{id}",
    }
