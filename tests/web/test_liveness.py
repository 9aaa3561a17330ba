"""A frozen screen must never look alive, and must come back without a reload."""

from __future__ import annotations

import re
import time
from typing import Any

import mock_server
import pytest
from conftest import comes_true
from playwright.async_api import expect

pytestmark = pytest.mark.asyncio(loop_scope="session")


BUSY_S = 3.0  # without a graphics card a page draws late while the machine does other work


async def _seconds_until(watched: Any, state: str) -> float:
    began = time.monotonic()
    await watched.state(state)
    return time.monotonic() - began


async def _blames_no_module(page: Any) -> None:
    await expect(page.locator(".healthline")).to_have_text("Phân hệ: chưa rõ (mất kết nối)")
    await expect(page.locator(".strip .health").first).to_have_text("chưa rõ")
    await expect(page.locator("body")).not_to_contain_text("im lặng")


async def _beats(city: Any, more: int) -> None:
    until = city.beats + more
    await comes_true(lambda: city.beats >= until, f"{more} heartbeats", more + 10)


async def test_late_words_do_not_make_the_machines_clock_wrong_but_a_wrong_clock_is_told(screen: Any) -> None:
    async with screen() as watched:
        page = await watched.open("/wall")
        note = page.locator(".foot").get_by_text("Đồng hồ máy này lệch")
        watched.city.delays_s = (0.0, 4.0, 4.0)
        await _beats(watched.city, 13)
        await expect(note).to_have_count(0)
        watched.city.ahead_s = 60.0
        began = time.monotonic()
        await expect(note).to_contain_text(re.compile("lệch (59|60) giây"), timeout=20_000)
        assert time.monotonic() - began >= 9.0


async def test_silence_is_stale_at_three_seconds_and_lost_at_ten(screen: Any) -> None:
    async with screen() as watched:
        page = await watched.open("/wall")
        await watched.page.evaluate("addEventListener('beforeunload', () => { throw new Error('left') })")
        watched.city.mute = True
        began = time.monotonic()
        assert (
            1.8 <= await _seconds_until(watched, "stale") <= 4.0 + BUSY_S
        )  # up to a second had passed since the last word
        await expect(page.get_by_test_id("link")).to_contain_text("Dữ liệu cũ")
        await expect(page.locator(".ticker")).to_contain_text("dữ liệu cũ")
        assert await page.locator("[data-doubtful=true]").count() >= 4
        await _blames_no_module(page)
        await watched.state("lost")
        assert 8.5 <= time.monotonic() - began <= 11.5 + BUSY_S
        bar = page.locator(".lostbar")
        await expect(bar).to_be_visible()
        await expect(bar).to_contain_text("MẤT KẾT NỐI")
        await _blames_no_module(page)
        assert (await bar.bounding_box() or {})["width"] == 1920
        assert "grayscale(1)" in await page.evaluate("getComputedStyle(document.querySelector('.body')).filter")


async def test_recovers_in_place_and_complete(screen: Any) -> None:
    async with screen() as watched:
        page = await watched.open("/wall")
        await page.evaluate("window.kept = document.querySelector('.banner')")
        watched.city.mute = True
        await watched.state("lost")
        changed = await watched.city.change("i-0", status="closed")
        made = await watched.city.open(9, title={"vi": "Cháy chợ Vườn Hoa", "en": "Market fire"}, priority=1)
        watched.city.mute = False
        assert await _seconds_until(watched, "live") <= 6.0 + BUSY_S
        asked = watched.city.subscribes[-1]
        assert asked["epoch"] == watched.city.epoch
        assert asked["since"] >= 100
        await expect(page.locator(".ticker")).to_contain_text("Cháy chợ Vườn Hoa")
        assert changed["status"] == "closed"
        assert made["id"] == "i-9"
        await expect(page.locator(".banner")).not_to_have_attribute("data-incident", "i-0")
        assert await page.evaluate("window.kept === document.querySelector('.banner')"), "the page was made anew"


async def test_a_closed_socket_is_seen_within_three_seconds(screen: Any) -> None:
    async with screen() as watched:
        await watched.open("/wall")
        watched.city.refuse_feed = True
        for socket in list(watched.city.sockets):
            await socket.close()
        assert await _seconds_until(watched, "stale") <= 3.0 + BUSY_S
        watched.city.refuse_feed = False
        assert await _seconds_until(watched, "live") <= 6.0 + BUSY_S


async def test_another_epoch_brings_a_snapshot_that_replaces_everything(screen: Any) -> None:
    async with screen() as watched:
        page = await watched.open("/wall")
        await expect(page.locator(".banner")).to_have_attribute("data-incident", "i-0")
        watched.city.epoch = "e2"
        watched.city.incidents = {"i-1": watched.city.incidents["i-1"]}
        for socket in list(watched.city.sockets):
            await socket.close()
        await expect(page.locator(".banner")).to_have_attribute("data-incident", "i-1")
        await expect(page.locator(".counts")).to_contain_text("1")
        assert await page.locator(".counts .some").count() == 1


async def test_a_database_that_does_not_answer_is_told_over_the_whole_width(screen: Any) -> None:
    async with screen() as watched:
        page = await watched.open("/wall")
        bar = page.locator(".lostbar")
        await expect(bar).to_be_hidden()
        watched.city.store_away_s = 95
        await expect(bar).to_contain_text("CƠ SỞ DỮ LIỆU KHÔNG TRẢ LỜI")
        await expect(bar).to_contain_text("đã 1 phút")
        await page.keyboard.press("l")
        await expect(bar).to_contain_text("THE DATABASE DOES NOT ANSWER")
        watched.city.store_away_s = None
        await expect(bar).to_be_hidden()


async def test_the_clock_is_the_servers_in_vietnam(screen: Any) -> None:
    async with screen() as watched:
        page = await watched.open("/wall")
        shown = await page.get_by_test_id("clock").inner_text()
        hour = (mock_server.data.now().hour + 7) % 24
        assert int(shown.split(":")[0]) in (hour, (hour + 1) % 24)


async def test_of_many_events_at_one_moment_the_last_stands_on_top(screen: Any) -> None:
    async with screen() as watched:
        page, at = await watched.open("/wall"), mock_server.data.now()
        for index in range(100):
            shown = mock_server.data.happening(index, at, watched.city.incidents["i-1"])
            own = {"id": f"one-{index}", "correlation": f"c-{index}"}
            await watched.city.put("event", own["id"], shown | own)
        await expect(page.locator("[data-event=one-99]")).to_be_attached()
        told = await page.locator(".ticker li").evaluate_all("lines => lines.map((line) => line.dataset.event)")
        assert told == [f"one-{index}" for index in range(99, 59, -1)]


async def test_what_repeats_itself_within_one_story_is_one_line_that_says_how_often(screen: Any) -> None:
    async with screen() as watched:
        page = await watched.open("/wall")
        shown = mock_server.data.happening(0, mock_server.data.now(), watched.city.incidents["i-1"])
        seen = shown | {"type": "traffic.wrong_way.suspected", "correlation": "story"}
        for index in range(30):
            await watched.city.put("event", f"again-{index}", {**seen, "id": f"again-{index}"})
        await watched.city.put("event", "other", {**seen, "id": "other", "correlation": "another"})
        await expect(page.locator("[data-event=other]")).not_to_contain_text("lần")
        await expect(page.locator("[data-event=again-29]")).to_contain_text("30 lần")
        assert await page.locator("[data-event^=again-]").count() == 1


async def test_a_flood_of_events_stays_bounded(screen: Any) -> None:
    async with screen() as watched:
        page = await watched.open("/wall")
        await page.wait_for_selector("[data-map=ready]")  # what the map takes is not the events'
        session = await page.context.new_cdp_session(page)
        await session.send("Performance.enable")

        async def listeners() -> float:
            await session.send("HeapProfiler.collectGarbage")
            found = (await session.send("Performance.getMetrics"))["metrics"]
            return next(one["value"] for one in found if one["name"] == "JSEventListeners")

        before = await listeners()
        for index in range(600):
            shown = mock_server.data.happening(index, mock_server.data.now(), watched.city.incidents["i-1"])
            own = {"id": f"flood-{index}", "correlation": f"c-{index}"}
            await watched.city.put("event", own["id"], shown | own)
        await expect(page.locator("[data-event=flood-599]")).to_be_attached()
        assert await page.locator(".ticker li").count() <= 40
        assert await listeners() <= before + 10
