"""Readings that come but are not to be believed: a stuck sensor, a clock that is off, values out of range."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ioc.contract import Listed
from ioc.core.clock import SetClock, iso
from ioc.core.text import Text
from ioc.host.doubt import doubt_limits
from ioc.host.source_book import SourceBook, body_of
from ioc.store import Store, StoreSettings
from tests.conftest import CITY as CITY_ID
from tests.conftest import MASTER_KEY
from tests.events import AT
from tests.host.series import OWNER, caught_up, city_with, reading, step_of

PERIOD_S = 900
DAY = 86_400 // PERIOD_S
CITY = city_with(
    quality__clock_skew_s=300,
    quality__flatline_samples=12,
    quality__gap_periods=3,
    quality__max__noise=140,
    quality__step__noise=2,
    quality__good_share=0.7,
    quality__clock_behind_s=3600,
)


class Meter:
    """A noise meter whose readings are judged and booked as in the city."""

    def __init__(self, store: Store, clock: SetClock) -> None:
        self.store, self.clock = store, clock
        listed = Listed(key="s1", name="Chợ Vườn Hoa", kind="meter", period_s=PERIOD_S)
        self.book = SourceBook(OWNER, [listed], self.clock.now(), gap_periods=3, limits=doubt_limits(CITY, AT))

    async def say(self, *values: float, off: timedelta = timedelta(), quality: str = "good") -> None:
        """One reading a period, measured by a clock that is `off`."""
        for value in values:
            self.clock.move(timedelta(seconds=PERIOD_S))
            at = (self.clock.now() - AT + off).total_seconds()
            await self.store.observations.write_batch("test", [reading(value, at, quality=quality)])

    async def card(self) -> dict[str, Any]:
        await caught_up(self.store, step_of(self.store, CITY, clock=self.clock, noted=self.book))  # type: ignore[arg-type]
        self.book.look(self.clock.now())
        return body_of(OWNER, self.book.entries["s1"], self.clock.now())


@pytest.fixture
async def meter(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Meter]:
    clock = SetClock(AT)
    store = await Store.open(StoreSettings(sqlite_url, CITY_ID, tmp_path / "state", MASTER_KEY), clock)
    yield Meter(store, clock)
    await store.close()


def changing(count: int) -> list[float]:
    return [55.0 + number % 2 for number in range(count)]


WRONG: dict[str, tuple[list[float], timedelta, str, str]] = {
    "stuck for a day": ([61.5] * DAY, timedelta(), "good", "lặp lại mãi một giá trị"),
    "clock hours ahead": (changing(20), timedelta(hours=5, seconds=7), "good", "đồng hồ lệch"),
    "out of range": ([900.0, 901.0] * 10, timedelta(), "good", "ngoài giới hạn"),
    "jumping": ([40.0, 90.0] * 10, timedelta(), "good", "thay đổi quá nhanh"),
    "said by the device": (changing(20), timedelta(), "suspect", "thiết bị tự báo không tốt"),
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_source_that_is_not_to_be_believed_reads_doubtful_with_the_reason_and_comes_back(
    meter: Meter, name: str
) -> None:
    values, off, quality, why = WRONG[name]
    await meter.say(*changing(30))
    assert (await meter.card())["state"] == "live"
    await meter.say(*values, off=off, quality=quality)
    card = await meter.card()
    assert (card["state"], card["reason"]["vi"]) == ("doubtful", why)
    assert card["reason"]["en"] and card["good_share"] < 0.7
    await meter.say(*changing(31))
    card = await meter.card()
    assert (card["state"], card["reason"], card["good_share"]) == ("live", None, 1.0)


async def test_a_clock_hours_behind_from_its_first_word_is_doubtful(meter: Meter) -> None:
    await meter.say(*changing(10), off=timedelta(hours=-3))
    card = await meter.card()
    assert (card["state"], card["reason"]["en"], card["clock_off_s"]) == ("doubtful", "its clock is off", 10_800.0)


async def test_a_clock_that_jumps_back_is_doubtful_and_never_silent_until_it_is_right_again(meter: Meter) -> None:
    await meter.say(*changing(30))
    for value in changing(12):
        await meter.say(value, off=timedelta(hours=-6, seconds=-7))
        assert (await meter.card())["state"] != "silent"
    card = await meter.card()
    assert (card["state"], card["reason"]["vi"], card["clock_off_s"]) == ("doubtful", "đồng hồ lệch", 21_607.0)
    assert card["last_at"] == iso(meter.clock.now())
    await meter.say(*changing(2))
    card = await meter.card()
    assert (card["state"], card["reason"]) == ("live", None)


async def test_what_was_stored_and_comes_afterwards_is_no_sign_of_life(meter: Meter) -> None:
    await meter.say(*changing(30))
    meter.clock.move(timedelta(seconds=3.5 * PERIOD_S))
    for number in range(6):  # the recorder hands over what it kept, one old reading after the other
        meter.clock.move(timedelta(seconds=1))
        old = (meter.clock.now() - AT).total_seconds() - (40 - number) * PERIOD_S
        await meter.store.observations.write_batch("test", [reading(50.0 + number, old)])
    assert (await meter.card())["state"] == "silent"


async def test_a_few_odd_readings_are_no_doubt(meter: Meter) -> None:
    await meter.say(900.0, *changing(29), 900.0)
    assert (await meter.card())["state"] == "live"


async def test_a_doubtful_source_that_falls_silent_reads_silent(meter: Meter) -> None:
    await meter.say(*[900.0] * 10)
    meter.clock.move(timedelta(seconds=4 * PERIOD_S))
    assert (await meter.card())["state"] == "silent"


async def test_a_restart_does_not_forget_a_doubt(meter: Meter) -> None:
    await meter.say(*[900.0] * 10)
    before = await meter.card()
    after = Meter(meter.store, meter.clock)
    after.book.remember("s1", meter.clock.now(), before["state"], None, Text(**before["reason"]))
    await after.say(900.0)
    assert (await after.card())["reason"] == before["reason"]
    await after.say(*changing(40))
    assert (await after.card())["state"] == "live"
