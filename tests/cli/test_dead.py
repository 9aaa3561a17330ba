"""What an operator is told of dead letters, also when another does something else with them at the same time."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from ioc.core.envelope import Recorded
from ioc.core.unreadable import UNREADABLE
from ioc.host.parts import store_settings
from ioc.settings import Settings
from ioc.store import Store, Transaction
from ioc.store.dead import answer, bury, bury_readings, park, release
from ioc.store.tables import dead_letter
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


async def test_a_damaged_letter_hides_no_other_and_can_be_dropped(installed: dict[str, str]) -> None:
    assert ioc(installed, "people", "key", "device", "trạm").wait(120) == 0
    store = await store_of(installed)
    (damaged, _), (whole, _) = [await a_letter(store) for _ in range(2)]
    broken = sa.update(dead_letter).where(dead_letter.c.position == damaged).values(body=b"\x00\xff")
    await store.write(lambda tx: tx.execute(broken) and None)
    said, ended = {}, {}
    for words in (("list",), ("show", CONSUMER, str(damaged)), ("replay", CONSUMER, str(damaged)), ("list",)):
        asking = ioc(installed, "dead", *words)
        said[words[0]], _ = await asyncio.to_thread(asking.communicate, timeout=100)
        ended[words[0]] = asking.returncode
    assert f"{CONSUMER} {damaged} " in said["list"] and f"{CONSUMER} {whole} " in said["list"]
    assert ended == {"list": 1, "show": 1, "replay": 2}
    assert f"dead_letter, hàng {CONSUMER}/{damaged}: cột body" in said["list"]
    assert UNREADABLE in said["show"]
    assert ioc(installed, "dead", "drop", CONSUMER, str(damaged), "--reason", "hỏng").wait(100) == 0
    assert [one.recorded.position for one in await store.dead.list()] == [whole]
    await store.close()


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


def said_by(given: dict[str, str], *words: str) -> tuple[int, str]:
    asking = ioc(given, *words)
    out, _ = asking.communicate(timeout=100)
    return asking.returncode, out


async def test_many_letters_are_asked_for_with_one_command(installed: dict[str, str]) -> None:
    assert ioc(installed, "people", "key", "device", "trạm").wait(120) == 0
    store = await store_of(installed)

    def night(tx: Transaction) -> None:
        for number in range(1, 451):
            key, consumer = f"khoá {(number + 1) // 2}", CONSUMER if number <= 440 else "module:traffic"
            bury(
                tx,
                consumer,
                Recorded(number, an_event(partitionkey=key)),
                "KeyError: Ngập" if number > 4 else "Khác",
                "",
            )
        bury_readings(tx, "module:noise:readings", Recorded(900, an_event(partitionkey="ồn")), "hỏng", "")

    await store.write(night)
    one, all_of = ("dead", "replay"), ("dead", "replay", "--all")
    code, out = await asyncio.to_thread(said_by, installed, *all_of, "--consumer", CONSUMER, "--matching", "NGẬP")
    assert code == 0 and "218 khoá (436 sự kiện hỏng)" in out and "Asked for 218 keys" in out
    code, out = await asyncio.to_thread(said_by, installed, *all_of)
    assert code == 0 and "Asked for 7 keys; 450 events" in out and "218 keys were asked for before" in out
    code, out = await asyncio.to_thread(said_by, installed, *all_of)
    assert code == 0 and "Asked for 0 keys" in out and "225 keys were asked for before" in out
    assert len(await store.dead.asked(CONSUMER, limit=1_000)) == 220
    lines = await store.audit.list(object=CONSUMER, limit=1_000)
    assert [line.action for line in lines] == ["dead.replay"] * 220, "asked for twice is told once"
    for words in ((*one, CONSUMER), (*one, CONSUMER, "7", "--all"), (*one, CONSUMER, "7", "--matching", "x"), one):
        assert (await asyncio.to_thread(said_by, installed, *words))[0] == 2
    await store.close()


async def test_many_letters_are_given_up_with_one_command(installed: dict[str, str]) -> None:
    assert ioc(installed, "people", "key", "device", "trạm").wait(120) == 0
    store = await store_of(installed)

    def night(tx: Transaction) -> None:
        for number in range(1, 301):
            bury_readings(tx, "module:noise:readings", Recorded(number, an_event(partitionkey="ồn")), "hỏng", "")
        bury(tx, CONSUMER, Recorded(301, an_event(partitionkey="cháy")), "hỏng", "")
        park(tx, CONSUMER, Recorded(302, an_event(partitionkey="cháy")))

    await store.write(night)
    drop = ("dead", "drop", "--all", "--by", "trực ban")
    assert (await asyncio.to_thread(said_by, installed, *drop, "--reason", " "))[0] == 2
    reason = ("--reason", "đã xem")
    code, out = await asyncio.to_thread(said_by, installed, *drop, *reason, "--kind", "reading")
    assert code == 0 and "Given up for good: 300" in out
    lines = [one for one in await store.audit.list(limit=1_000) if one.action == "dead.drop"]
    assert {(one.who, one.detail["reason"]) for one in lines} == {("trực ban", "đã xem")} and len(lines) == 300
    assert [one.recorded.position for one in await store.dead.list()] == [301, 302]
    code, out = await asyncio.to_thread(said_by, installed, *drop, *reason, "--matching", "khác")
    assert code == 0 and "nothing to give up" in out
    code, out = await asyncio.to_thread(said_by, installed, *drop, *reason)
    assert code == 0 and "Given up for good: 1" in out
    assert [one.kind for one in await store.dead.list()] == ["parked"], "what waits behind is handled by its consumer"
    assert [one.partitionkey for one in await store.dead.asked(CONSUMER)] == ["cháy"]
    await store.close()
