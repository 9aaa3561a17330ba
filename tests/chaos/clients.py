"""Those who use the city while things break: citizens, clerks with entries, callers, meters, and an operator."""

from __future__ import annotations

import asyncio
import io
import json
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from PIL import Image

from tests.chaos.client_log import AWAY, ClientLog, Outcome, Sent, Try, digest
from tests.chaos.world import World
from tests.production.installation import PUBLIC_NAME, PUBLIC_URL

LIMIT_S = 10.0
PAUSE_S = 0.15
LINES_PER_S = 250  # with what they bring about, what a city of two cores is promised to bear (500 events/s)
MEETING_S = 0.05
CLASSES = ("internal", "internal", "internal", "public", "personal", "security")


class Clients:
    """Send until told to stop; a careful client sends the same key again until it is answered.

    `pace` is how many requests a second each kind of client tries; `sheet` is how many entries somebody hands in at
    once, in one request, besides (0: nobody does), `LINES_PER_S` a second at most. `poison` is how often an entry is
    to do harm.
    """

    def __init__(
        self, city: World, log: ClientLog, chance: random.Random, *, pace: float = 8.0, sheet: int = 0
    ) -> None:
        self._city, self.log, self._chance = city, log, chance
        self._pause_s = 1 / pace
        self._lines = sheet
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._counts: dict[str, int] = {}
        self._old: deque[tuple[Sent, Callable[[], Awaitable[httpx.Response]]]] = deque(maxlen=500)
        self.accounts = 40
        self.times = 1
        self.photos = 0.1
        self.poison: Callable[[random.Random], str] = lambda chance: ""
        self.harm: Callable[[random.Random], float] = lambda chance: 0.0  # a value below zero harms who handles it
        self._http = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{city.door_port}",
            timeout=LIMIT_S,
            trust_env=False,
            limits=httpx.Limits(max_connections=50, max_keepalive_connections=20),
            headers={"Host": PUBLIC_NAME, "X-Forwarded-Proto": "https"},
        )
        self._name = f"{chance.getrandbits(32):08x}"
        self._photo = _photo()

    async def __aenter__(self) -> Clients:
        works = [self._report, self._enter, self._enter, self._call, self._read, self._operate]
        self._tasks = [asyncio.create_task(self._keep_on(work, self._pause_s)) for work in works]
        if self._lines:
            pause_s = max(self._pause_s, self._lines / LINES_PER_S)
            self._tasks.append(asyncio.create_task(self._keep_on(self._hand_in, pause_s)))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """No new requests; those under way are finished, as far as the system answers."""
        self._stop.set()
        await asyncio.gather(*self._tasks)
        self._tasks = []
        await self._http.aclose()

    async def acknowledge_more(self, count: int, limit_s: float = 60.0) -> float:
        """Returns when so many more requests were acknowledged, and how long that took in seconds."""
        began, target = time.monotonic(), self.log.acknowledged + count
        async with asyncio.timeout(limit_s):
            while self.log.acknowledged < target:
                await asyncio.sleep(MEETING_S)
        return time.monotonic() - began

    async def _keep_on(self, work: Callable[[], Awaitable[None]], pause_s: float) -> None:
        while not self._stop.is_set():
            await work()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), pause_s * self._chance.uniform(0.5, 1.5))

    def _number(self, kind: str) -> int:
        self._counts[kind] = self._counts.get(kind, 0) + 1
        return self._counts[kind]

    async def _report(self) -> None:
        n = self._number("report")
        sent = self.log.begin("report", f"{self._name}-report-{n}")
        form = {"service_code": "flooding", "description": f"Ngập sâu ở ngõ {n}, xe không qua được ({self._name})"}
        form |= {"lat": "19.806", "long": "105.7785"}
        headers = {"Idempotency-Key": sent.key, "X-Forwarded-For": f"198.18.{n % 200}.{self._chance.randint(1, 250)}"}
        files = {"media": ("anh.jpg", self._photo, "image/jpeg")} if self._chance.random() < self.photos else None
        sent.facts["photo"] = files is not None
        await self._insist(
            sent,
            lambda: self._http.post("/open311/v2/requests.json", data=form, files=files, headers=headers),
            lambda body: str(body[0]["service_request_id"]),
        )

    async def _enter(self) -> None:
        n = self._number("entry")
        account = f"tk-{self._chance.randrange(self.accounts)}"
        key = f"{self._name}-entry-{n}"
        facts = {"account": account, "data_class": self._chance.choice(CLASSES), "desk": self._chance.random() < 0.3}
        facts["poison"] = poison = self.poison(self._chance)
        if poison:
            facts["account"] = account = f"doc-{n}"
        sent = self.log.begin("entry", key, **facts)
        body: dict[str, Any] = {"account": account, "entry": key, "n": n, "data_class": facts["data_class"]}
        body |= {"desk": facts["desk"] and not poison, "poison": poison}
        if poison == "huge":
            body |= {"poison": "", "filler": "nặng " * 300_000}
        await self._insist(sent, lambda: self._device("/api/v1/ledger/entries", body, sent.key), lambda _: key)

    async def _hand_in(self) -> None:
        """A sheet: every line of it an entry that is judged by itself."""
        n = self._number("sheet")
        key = f"{self._name}-sheet-{n}"
        lines = [
            {
                "account": f"tk-{self._chance.randrange(self.accounts)}",
                "entry": f"{key}-{line}",
                "n": line,
                "data_class": self._chance.choice(CLASSES),
            }
            for line in range(self._lines)
        ]
        sent = self.log.begin("sheet", key, entries=[str(one["entry"]) for one in lines])
        await self._insist(sent, lambda: self._device("/api/v1/ledger/sheets", lines, sent.key), lambda _: key)

    async def _call(self) -> None:
        n = self._number("call")
        sent = self.log.begin("call", f"{self._name}-call-{n}")
        body = {"number_dialled": "114", "category": "fire", "narrative": f"Cháy nhà số {n}, khói đen nhiều"}
        await self._insist(sent, lambda: self._device("/api/v1/calls", body, sent.key), lambda body: str(body["id"]))

    async def _read(self) -> None:
        n = self._number("readings")
        now = datetime.now(UTC)
        readings = [
            {
                "id": f"{self._name}/{n}/{index}",
                "kind": "ledger.level",
                "key": f"máy-{index}",
                "value": float(n % 50),
                "unit": "mm",
                "at": (now - timedelta(milliseconds=index)).isoformat(),
            }
            for index in range(5)
        ]
        ids, harmful = [one["id"] for one in readings], []
        if (harm := self.harm(self._chance)) < 0:
            victim = self._chance.choice(readings)
            victim["value"], harmful = harm, [victim["id"]]
        sent = self.log.begin("readings", f"{self._name}-readings-{n}", ids=ids, harmful=harmful)
        await self._insist(sent, lambda: self._device("/api/v1/observations", readings, None), lambda _: sent.key)

    async def _operate(self) -> None:
        """Takes a report's case: what the citizen's module must then hear of."""
        cookie = {"Cookie": self._city.cookie, "Origin": PUBLIC_URL}
        try:
            found = await self._http.get("/api/v1/incidents?status=open&kind=report&limit=500", headers=cookie)
            if found.status_code != 200:
                return
        except httpx.HTTPError:
            return
        new = [one for one in found.json()["incidents"] if one["status"] == "new"]
        if not new:
            return
        case = self._chance.choice(new)
        sent = self.log.begin("action", f"take-{case['id']}", correlation=case["correlation"])
        body = {"action": "take", "version": case["version"]}
        await self._once(
            sent, lambda: self._http.post(f"/api/v1/incidents/{case['id']}/actions", json=body, headers=cookie)
        )
        sent.id = case["id"]

    async def _device(self, path: str, body: object, key: str | None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._city.device_key}", "Content-Type": "application/json"}
        if key is not None:
            headers["Idempotency-Key"] = key
        return await self._http.post(path, content=json.dumps(body, ensure_ascii=False).encode(), headers=headers)

    async def _insist(
        self, sent: Sent, send: Callable[[], Awaitable[httpx.Response]], name: Callable[[Any], str]
    ) -> None:
        """Until it is answered for good; `times` at once, as a client that lost the answer does."""
        while True:
            answers = await asyncio.gather(*(self._once(sent, send) for _ in range(self.times)))
            good = next((one for one in answers if one is not None and one.is_success), None)
            if good is not None:
                sent.id = name(good.json())
            if good is not None or sent.tries[-1].outcome == "refused":
                self._old.append((sent, send))
                return
            if self._stop.is_set():
                return
            await asyncio.sleep(PAUSE_S)

    async def repeat_an_old_one(self) -> None:
        """Something answered before, once more."""
        if self._old:
            await self._once(*self._chance.choice(self._old))

    async def _once(self, sent: Sent, send: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response | None:
        began = time.monotonic()
        try:
            answer = await send()
        except httpx.HTTPError:
            sent.tries.append(Try("unknown", 0, began, time.monotonic() - began))
            return None
        outcome: Outcome = "ok" if answer.is_success else "away" if answer.status_code in AWAY else "refused"
        if answer.status_code == 429:
            outcome = "away"
        took, told = time.monotonic() - began, digest(answer.content)
        sent.tries.append(
            Try(outcome, answer.status_code, began, took, told, retry_after="retry-after" in answer.headers)
        )
        return answer


def _photo() -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(out, "JPEG")
    return out.getvalue()
