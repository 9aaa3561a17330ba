"""Dead letters put back: in order, once, by the owner of the cursor while the module runs, on both databases."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import structlog

import modules
from ioc.bus import MemoryBus, MemoryFrames, Tail
from ioc.city.profile import load_city
from ioc.core.clock import SystemClock
from ioc.host.city_map import open_places
from ioc.host.discovery import find_modules
from ioc.host.module_worker import RunningModule
from ioc.host.parts import Parts
from ioc.settings import Settings
from ioc.store import Store, Transaction
from tests.events import an_event
from tests.host.following import until
from tests.host.meters import CITY_DIR

NAME = "loa_phuong"
CONSUMER = f"module:{NAME}"
MANIFEST = f"""name = "{NAME}"
title_vi = "Loa phường"
title_en = "Loudspeakers"
version = "1"
owner = "test"

[events."{NAME}.read"]
vi = "Đã đọc {{words}}"
en = "Read {{words}}"
"""
CODE = f"""from pathlib import Path

from ioc.contract import Event, Module, State, on


class Heard(State):
    count: int = 0


class Read(Event, type="{NAME}.read", severity=1, key="ward"):
    ward: str
    words: str
    count: int


class Loudspeakers(Module):
    @on("test.said", state=Heard)
    def read(self, event, heard, ctx):
        heard.count += 1
        if event.words == "thuốc độc" and not Path("FIXED").exists():
            raise ValueError("loa hỏng, gọi 0912 345 678")
        yield Read(ward=event.key, words=event.words, count=heard.count)
"""


class Host:
    """The module in the real host over a store."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.fixed = store, folder / "fixed"
        self._folder = folder

    async def say(self, *said: tuple[str, str]) -> None:
        for ward, words in said:
            event = an_event(type="test.said", partitionkey=ward, data={"words": words})
            await self.store.write(lambda tx, event=event: tx.append(event))

    async def read(self) -> list[str]:
        rows = await self.store.log.query(types=[f"{NAME}.read"], limit=500)
        return [f"{one.envelope.data['words']} {one.envelope.data['count']}" for one in reversed(rows)]

    async def until_read(self, *words: str) -> None:
        async def there() -> bool:
            return len(await self.read()) >= len(words)

        await until(there, f"{words} are read")
        assert await self.read() == list(words)

    async def until_set_aside(self, *kinds: str) -> None:
        async def there() -> bool:
            return [one.kind for one in await self.store.dead.list(CONSUMER)] == list(kinds)

        await until(there, f"{kinds} are set aside", 20)

    async def until_answered(self) -> None:
        async def over() -> bool:
            return not await self.store.dead.asked(CONSUMER)

        await until(over, "the replay is over", 20)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        city = load_city(CITY_DIR)
        settings = Settings.model_validate({"mode": "demo", "city_dir": CITY_DIR, "state_dir": self._folder})
        bus, store = MemoryBus(), self.store
        gis = await open_places(city, store, None)
        parts = Parts(
            settings=settings,
            city=city,
            store=store,
            bus=bus,
            tail=Tail(store, bus),
            frames=MemoryFrames(),
            gis=gis,
            clock=SystemClock(),
            log=structlog.get_logger(),
            owner="test",
        )
        stopping = asyncio.Event()
        host = asyncio.create_task(RunningModule(parts, find_modules()[NAME]).run(stopping))
        try:
            yield
        finally:
            stopping.set()
            await host


@pytest.fixture
def host(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    made = Host(store, tmp_path)
    folder = tmp_path / "home" / NAME
    folder.mkdir(parents=True)
    (folder / "manifest.toml").write_text(MANIFEST, encoding="utf-8")
    (folder / "module.py").write_text(CODE.replace("FIXED", str(made.fixed)), encoding="utf-8")
    monkeypatch.setattr(modules, "__path__", [*modules.__path__, str(folder.parent)])
    for name in [one for one in sys.modules if one.startswith(f"modules.{NAME}")]:
        del sys.modules[name]
    return made


async def test_poison_and_what_waits_behind_it_are_handled_in_order_and_once(host: Host) -> None:
    async with host.running():
        await host.say(("Hạc Thành", "thuốc độc"), ("Hạc Thành", "hai"), ("Sầm Sơn", "khác"), ("Hạc Thành", "ba"))
        await host.until_set_aside("buried", "parked", "parked")
        await host.until_read("khác 1")
        host.fixed.touch()
        await asyncio.gather(*(host.store.dead.ask(CONSUMER, "Hạc Thành", by="test") for _ in range(3)))
        await host.until_answered()
        await host.say(("Hạc Thành", "bốn"))
        await host.until_read("khác 1", "thuốc độc 1", "hai 2", "ba 3", "bốn 4")
    assert await host.store.dead.list() == []


async def test_what_fails_again_stays_with_all_behind_it(host: Host) -> None:
    async with host.running():
        await host.say(("Hạc Thành", "thuốc độc"), ("Hạc Thành", "hai"))
        await host.until_set_aside("buried", "parked")
        await host.store.dead.ask(CONSUMER, "Hạc Thành", by="test")
        await host.until_answered()
        await host.say(("Hạc Thành", "ba"))
        await host.until_set_aside("buried", "parked", "parked")
    assert await host.read() == []


async def test_what_is_asked_for_while_the_module_is_down_waits_for_it(host: Host) -> None:
    async with host.running():
        await host.say(("Hạc Thành", "thuốc độc"), ("Hạc Thành", "hai"))
        await host.until_set_aside("buried", "parked")
    await host.store.dead.ask(CONSUMER, "Hạc Thành", by="test")
    host.fixed.touch()
    async with host.running():
        await host.until_read("thuốc độc 1", "hai 2")
        await host.until_answered()


async def test_a_letter_handled_in_the_meantime_has_no_second_effect(host: Host) -> None:
    async with host.running():
        await host.say(("Hạc Thành", "thuốc độc"), ("Hạc Thành", "hai"))
        await host.until_set_aside("buried", "parked")

    def job(tx: Transaction) -> None:
        tx.release(CONSUMER, 1)

    await host.store.write(job)
    host.fixed.touch()
    await host.store.dead.ask(CONSUMER, "Hạc Thành", by="test")
    async with host.running():
        await host.until_read("hai 1")


async def test_what_is_given_up_no_longer_holds_up_what_waits_behind_it(host: Host) -> None:
    async with host.running():
        await host.say(("Hạc Thành", "thuốc độc"), ("Hạc Thành", "hai"))
        await host.until_set_aside("buried", "parked")
        assert not await host.store.dead.drop(CONSUMER, 2, by="Thanh tra", reason="chỉ chờ"), "it is only parked"
        assert await host.store.dead.drop(CONSUMER, 1, by="Thanh tra", reason="không ai đọc được")
        await host.until_answered()
        await host.say(("Hạc Thành", "ba"))
        await host.until_read("hai 1", "ba 2")
    assert await host.store.dead.list() == []
    (line,) = [one for one in await host.store.audit.list() if one.action == "dead.drop"]
    assert (line.who, line.object) == ("Thanh tra", CONSUMER)
    assert line.detail["reason"] == "không ai đọc được"
    assert len(line.detail["sha256"]) == 64
