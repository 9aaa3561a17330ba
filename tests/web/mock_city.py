"""The city behind the stand-in server: what it knows, what it tells, and the switches a test turns."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from datetime import timedelta
from typing import Any

import mock_data as data
import mock_streets as streets
from mock_evidence import Kept
from mock_patrols import Patrols
from mock_releases import Releases
from mock_setup import SetUps
from starlette.websockets import WebSocket, WebSocketDisconnect

Json = dict[str, Any]
PARTS = ("citizen", "emergency", "traffic", "public_security", "media")
MODULE = {"state": "live", "since": None, "age_s": 0.4, "detail": None, "events": 120, "events_today": 12, "lag": 0}


class City:
    """What the server knows, and the switches a test turns: mute, refuse, refusing actions."""

    def __init__(self) -> None:
        self.rng = random.Random(7)
        start = data.now() - timedelta(minutes=40)
        made = [data.incident(i, start + timedelta(minutes=4 * i), self.rng) for i in range(9)]
        self.incidents: dict[str, Json] = {one["id"]: one for one in made}
        self.events = [data.happening(i, start + timedelta(minutes=3 * i), made[i % 8]) for i in range(14)]
        self.units = {f"u-{i}": data.unit(i, self.rng) for i in range(24)}
        self.kpis = data.kpis(self.rng) | streets.kpis(self.rng)
        self.segs = streets.segs()
        self.cams = streets.cams()
        self.setups = SetUps(self.cams)
        self.patrols = Patrols()
        self.kept = Kept()
        self.releases = Releases()
        self.sources = streets.sources()
        self.watched: list[str | None] = []
        self.lives: list[Json] = []
        self.pictures = True
        self.tiles = True
        self.tiles_asked = 0
        self.position = 100
        self.epoch = "e1"
        self.build = "b1"
        self.log: list[tuple[int, Json]] = []
        self.sockets: set[WebSocket] = set()
        self.subscribes: list[Json] = []
        self.actions: list[Json] = []
        self.calls: list[Json] = []
        self.published: list[Json] = []
        self.rejected: list[Json] = []
        self.role = "operator"
        self.reasons: list[str] = []
        self.mute = False
        self.beats = 0
        self.ahead_s = 0.0
        self.store_away_s: int | None = None
        self.delays_s: tuple[float, ...] = (0.0,)  # in turn, how late the words of the heartbeats come
        self.refuse_feed = False
        self.fail_actions: int | None = None
        self.conflict_once = False
        self.action_gate = asyncio.Event()
        self.action_gate.set()

    def hello(self) -> Json:
        return {
            "t": "sys.hello",
            "d": {
                "now": data.iso(data.now()),
                "build": self.build,
                "epoch": self.epoch,
                "city": "thanh-hoa",
                "demo": True,
                "simulated": True,
            },
        }

    def heartbeat(self) -> Json:
        self.beats += 1
        said = data.now() + timedelta(seconds=self.ahead_s - self.delays_s[self.beats % len(self.delays_s)])
        stamp = {"now": data.iso(said), "build": self.build, "epoch": self.epoch, "upto": self.position}
        away = {} if self.store_away_s is None else {"store_away_s": self.store_away_s}
        return {"t": "sys.hb", "d": stamp | away}

    def snapshots(self) -> list[Json]:
        at = data.iso(data.now())
        rows = {
            "incident": self.incidents,
            "event": {one["id"]: one for one in self.events},
            "unit": self.units,
            "kpi": self.kpis,
            "module": dict.fromkeys(PARTS, MODULE),
            "seg": self.segs,
            "cam": self.cams,
            "source": self.sources,
        }
        return [
            {"t": topic, "op": "snap", "d": [{"k": k, "ts": d.get("updated", at), "d": d} for k, d in found.items()]}
            for topic, found in rows.items()
        ]

    async def send(self, frame: Json) -> None:
        if self.mute:
            return
        body = json.dumps(frame)
        for socket in list(self.sockets):
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await socket.send_text(body)

    async def put(self, topic: str, key: str, d: Json) -> None:
        """A change: numbered and kept when durable."""
        at = data.iso(data.now())
        frame = {"t": topic, "k": key, "op": "put", "ts": at, "rt": at, "d": d}
        if topic in ("incident", "event"):
            self.position += 1
            frame["position"] = self.position
            self.log.append((self.position, frame))
        await self.send(frame)

    async def change(self, incident: str, **values: Any) -> Json:
        old = self.incidents[incident]
        new = {**old, **values, "version": old["version"] + 1, "updated": data.iso(data.now())}
        self.incidents[incident] = new
        await self.put("incident", incident, new)
        return new

    async def open(self, index: int, **values: Any) -> Json:
        made = {**data.incident(index, data.now(), self.rng), **values}
        self.incidents[made["id"]] = made
        await self.put("incident", made["id"], made)
        happening = data.happening(index, data.now(), made)
        happening["id"] = f"e-{self.position}"
        self.events.append(happening)
        await self.put("event", happening["id"], happening)
        return made

    async def live(self) -> None:
        """One second of the city: a heartbeat, moving units, fresh indicators."""
        await self.send(self.heartbeat())
        for key in list(self.units)[::3]:
            unit = self.units[key]
            lon, lat = unit["lonlat"]
            unit["lonlat"] = [lon + self.rng.uniform(-4e-4, 4e-4), lat + self.rng.uniform(-4e-4, 4e-4)]
            unit["fix_ts"] = data.iso(data.now())
            await self.put("unit", key, unit)
        self.kpis = data.kpis(self.rng) | streets.kpis(self.rng)
        for key, value in self.kpis.items():
            await self.put("kpi", key, value)
        for name in PARTS:
            await self.put("module", name, MODULE)
        await self.look()

    async def look(self) -> None:
        """A picture of every camera that sees."""
        taken = int(data.now().timestamp() * 1000)
        for camera, body in self.cams.items():
            if body["state"] == "ok":
                await self.show(camera, taken)

    async def show(self, camera: str, taken_ms: int) -> None:
        if self.mute or not self.pictures:
            return
        for socket in list(self.sockets):
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await socket.send_bytes(streets.picture(camera, self.beats, taken_ms))

    async def segment(self, key: str, **values: Any) -> None:
        self.segs[key] = {**self.segs[key], "at": data.iso(data.now()), **values}
        await self.put("seg", key, self.segs[key])

    async def camera(self, key: str, **values: Any) -> None:
        self.cams[key] = {**self.cams[key], "since": data.iso(data.now()), **values}
        await self.put("cam", key, self.cams[key])

    async def crash(self) -> Json:
        """A crash on Quang Trung as five parts of the city tell of it: the road, a call, two reports, the press."""
        at, road = [105.7788, 19.7895], "quang-trung"
        here = {"lonlat": at, "ward": data.ward_of(*at), "place": "Đường Quang Trung"}
        await self.segment(road, **streets.CRASH)
        said = data.text("Tai nạn liên hoàn, đường bị chắn", "Pile-up, the road is blocked")
        facts = {"segment": road, **data.recommendation(1)}
        more = {"title": said, "module": "traffic", "kind": "event", "priority": 1, "status": "new", "facts": facts}
        made = await self.open(20, **here, **more)
        await self.open(21, **here, kind="call", priority=2, module="emergency", title=data.text("Va chạm", "Crash"))
        for index in (22, 23):
            await self.open(index, **here, kind="report", priority=4, title=data.text("Kẹt xe", "Jam"))
        story = data.text("Báo: tai nạn trên đường Quang Trung", "Press: crash on Quang Trung")
        told = {**data.happening(0, data.now(), made), "id": "e-story", "type": "media.hint.raised", "module": "media"}
        await self.put("event", "e-story", {**told, "title": story, "correlation": "m-1"})
        return made
