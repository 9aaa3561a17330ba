"""What an operator is told of dead letters, also when another does something else with them at the same time."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ioc.core.envelope import Recorded
from ioc.host.parts import store_settings
from ioc.settings import Settings
from ioc.store import Store, Transaction
from ioc.store.dead import answer, bury, bury_readings, park, release
from tests.cli.test_stores import ROOT, random_key
from tests.events import an_event

CONSUMER = "module:citizen"
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def installed(tmp_path: Path) -> dict[str, str]:
    given = {"CITY_DIR": str(ROOT / "cities" / "thanh-hoa"), "STATE_DIR": str(tmp_path / "state")}
    given |= {"SECRET_KEY": random_key(), "PERSONAL_KEY": random_key(), "PUBLIC_URL": "https://ioc.example"}
    return {f"IOC_{name}": value for name, value in given.items()}


def ioc(given: dict[str, str], *words: str) -> subprocess.Popen[str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("IOC_")}
    command = [str(Path(sys.executable).parent / "ioc"), *words]
    return subprocess.Popen(command, env=plain | given, cwd=ROOT, stdout=subprocess.PIPE, text=True)


async def store_of(given: dict[str, str]) -> Store:
    values = {name.removeprefix("IOC_").lower(): value for name, value in given.items()}
    return await Store.open(store_settings(Settings.model_validate(values), "thanh-hoa"))


async def a_letter(store: Store) -> tuple[int, str]:
    event = an_event(partitionkey="phường Hạc Thành")
    position = await store.write(lambda tx: tx.append(event))
    await store.write(lambda tx: bury(tx, CONSUMER, Recorded(position, event), "hỏng", "dòng 1"))
    return position, event.partitionkey


@pytest.mark.parametrize("given_up", [True, False], ids=["given up meanwhile", "handled"])
async def test_what_somebody_gave_up_meanwhile_is_not_called_handled(installed: dict[str, str], given_up: bool) -> None:
    assert ioc(installed, "people", "key", "device", "trạm").wait(120) == 0
    store = await store_of(installed)
    position, key = await a_letter(store)
    asking = ioc(installed, "dead", "replay", CONSUMER, str(position), "--wait", "100")
    async with asyncio.timeout(100):
        while not await store.dead.asked(CONSUMER):
            await asyncio.sleep(0.05)
    if given_up:
        assert await store.dead.drop(CONSUMER, position, by="trực ban", reason="thử")
    else:
        await store.write(lambda tx: release(tx, CONSUMER, position))
    await store.write(lambda tx: answer(tx, CONSUMER, key))  # what the running consumer does in the end
    said, _ = await asyncio.to_thread(asking.communicate, timeout=100)
    await store.close()
    assert (asking.returncode, "bỏ hẳn" in said, "✓" in said) == ((1, True, False) if given_up else (0, False, True))


async def test_a_list_hides_no_dead_letter_behind_what_only_waits(installed: dict[str, str]) -> None:
    assert ioc(installed, "people", "key", "device", "trạm").wait(120) == 0
    store = await store_of(installed)

    def night(tx: Transaction) -> None:
        bury(tx, CONSUMER, Recorded(1, an_event(partitionkey="ngập:smile:")), "hỏng [bold]lần :fire: đầu[/bold]", "")
        for position in range(2, 1_203):
            park(tx, CONSUMER, Recorded(position, an_event(partitionkey="ngập:smile:")))
        bury_readings(tx, "readings:rain", Recorded(3, an_event(partitionkey="rain.level a")), "số đo hỏng", "")
        bury(tx, CONSUMER, Recorded(1_300, an_event(partitionkey="cháy")), "hỏng sau", "")
        park(tx, "desk", Recorded(7, an_event(partitionkey="chờ thôi")))

    await store.write(night)
    await store.close()
    listing = ioc(installed, "dead", "list")
    said, _ = await asyncio.to_thread(listing.communicate, timeout=100)
    assert [line.partition("  0 min")[0] for line in said.splitlines() if not line.startswith("  ")] == [
        f"{CONSUMER} 1  ngập:smile:",
        f"{CONSUMER} 1300  cháy",
        "readings:rain 3  rain.level a",
        "desk -  chờ thôi  +1 chờ bên xử lý / parked, wait for the consumer",
    ]
    assert "+1201 chờ / parked" in said
    assert "hỏng [bold]lần :fire: đầu[/bold]" in said
