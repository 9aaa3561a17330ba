"""The wall with five modules: roads against the usual, limits, sources, scenes, one picture of a crash."""

from __future__ import annotations

import io
import re
import time
from datetime import timedelta
from typing import Any

import mock_server
import mock_streets as streets
import numpy as np
import pytest
from conftest import comes_true
from PIL import Image
from playwright.async_api import Locator, Page, expect

from tests.browser import PATIENCE_MS

pytestmark = pytest.mark.asyncio(loop_scope="session")
UNUSUAL = (0xFF, 0x9A, 0x1F)
INCIDENT = (0xF0, 0x45, 0x3B)
FIVE = ["traffic", "public_security", "emergency", "citizen", "media"]


async def _wall(watched: Any, query: str = "") -> Page:
    page: Page = await watched.open(f"/wall?theme=dark&lang=vi{query}")
    await page.wait_for_selector("[data-map=ready]")
    await expect(page.locator(".legend")).to_contain_text("như mọi khi")
    return page


async def _painted(map_: Locator, colour: tuple[int, int, int]) -> int:
    """How many pixels of the map have this colour, give or take what smooth edges cost."""
    image = Image.open(io.BytesIO(await map_.screenshot())).convert("RGB")
    off = np.abs(np.asarray(image, dtype=np.int16) - np.array(colour, dtype=np.int16))
    return int((off <= 10).all(axis=2).sum())


async def _becomes(map_: Locator, colour: tuple[int, int, int], least: int) -> None:
    until = time.monotonic() + PATIENCE_MS / 1000
    while (painted := await _painted(map_, colour)) < least:
        assert time.monotonic() < until, f"{painted} of {least} pixels have the colour {colour}"


async def test_a_road_slower_than_usual_changes_colour_width_and_sign(screen: Any) -> None:
    async with screen() as watched:
        watched.city.incidents = {}
        await watched.city.segment("tran-phu", unusual=False, level="C", speed=33.0)
        page = await _wall(watched)
        map_, legend = page.locator(".map"), page.locator(".legend")
        await expect(legend).not_to_contain_text("chậm bất thường")
        assert await _painted(map_, UNUSUAL) == 0
        await watched.city.segment("tran-phu", **streets.JAM)
        await expect(legend).to_contain_text("chậm bất thường")
        await _becomes(map_, UNUSUAL, 400)
        narrow = await _painted(map_, UNUSUAL)
        await watched.city.segment("quang-trung", **streets.CRASH)
        await expect(legend).to_contain_text("nghi sự cố")
        await _becomes(map_, INCIDENT, 400)
        await watched.city.segment("tran-phu", unusual=False, level="C", speed=33.0)
        await watched.city.segment("quang-trung", incident=False, unusual=False, level="C", speed=33.0)
        await expect(legend).not_to_contain_text("nghi sự cố")
        assert await _painted(map_, UNUSUAL) < narrow


@pytest.mark.parametrize("tiles", [True, False])
async def test_roads_come_from_tiles_or_without_them(screen: Any, tiles: bool) -> None:
    async with screen() as watched:
        watched.city.tiles = tiles
        page = await _wall(watched)
        await _becomes(page.locator(".map"), UNUSUAL, 400)
        assert (watched.city.tiles_asked > 1) is tiles


async def test_an_old_road_figure_is_no_figure(screen: Any) -> None:
    async with screen() as watched:
        old = mock_server.data.iso(mock_server.data.now() - timedelta(minutes=6))
        for key in watched.city.segs:
            watched.city.segs[key]["at"] = old
        page = await watched.open("/wall")
        await expect(page.locator(".legend")).to_contain_text("không rõ")
        await expect(page.locator(".legend")).not_to_contain_text("như mọi khi")


async def test_every_module_has_its_place_and_its_indicators(screen: Any) -> None:
    async with screen() as watched:
        page = await _wall(watched)
        strips = await page.locator("[data-strip]").evaluate_all("all => all.map(one => one.dataset.strip)")
        assert strips == FIVE
        for name in FIVE:
            await expect(page.locator(f"[data-strip={name}] [data-kpi]").first).to_be_visible()
        why = page.locator("[data-kpi='media.precision']")
        await expect(why).to_contain_text("–")
        await expect(why).to_contain_text("chưa có dữ liệu")


async def test_a_value_outside_its_band_says_so_by_shape_and_words(screen: Any) -> None:
    async with screen() as watched:
        page = await _wall(watched)
        stat = page.locator("[data-kpi='traffic.available']")
        await expect(stat).to_have_class(re.compile("below"))
        await expect(stat.locator(".value")).to_have_text(re.compile(r"^▼ 91,7\s*%$"))
        await expect(stat).to_contain_text("dưới 95")
        await expect(stat.locator(".age")).to_have_text(re.compile(r"^\d giây$"))
        await expect(stat.locator(".spark .band")).to_be_attached()
        await expect(page.locator("[data-kpi='public_security.uptime']")).not_to_have_class(re.compile("below|above"))


async def _indicators(card: Locator) -> str:
    shown: str = await card.locator("[data-kpi]").evaluate_all("all => all.map(one => one.dataset.kpi).join()")
    return shown


async def test_indicators_take_turns_no_faster_than_ten_seconds_and_can_be_held(screen: Any) -> None:
    async with screen() as watched:
        page = await _wall(watched)
        await page.clock.install()
        await page.reload()
        await page.wait_for_selector("[data-kpi='traffic.available']")
        await page.clock.pause_at(mock_server.data.now() + timedelta(seconds=5))  # from here on time is only the test's
        card = page.locator("[data-strip=traffic]")
        first = before = await _indicators(card)
        for _ in range(13):  # the turn that had begun by then ends
            await page.clock.run_for(1_000)
            if (before := await _indicators(card)) != first:
                break
        assert before != first
        await page.clock.run_for(8_500)
        assert await _indicators(card) == before
        await page.clock.run_for(4_000)
        after = await _indicators(card)
        assert after != before
        assert "traffic.available" in after, "what is outside its band stays"
        await card.locator(".turn").click()
        await page.clock.run_for(30_000)
        assert await _indicators(card) == after


async def test_the_footer_tells_how_the_sources_are(screen: Any) -> None:
    async with screen() as watched:
        page = await _wall(watched)
        line = page.locator(".sourceline")
        await expect(line).to_contain_text("nguồn: 14/15 tốt")
        await expect(line).to_contain_text("Đếm xe Quang Trung im lặng 4 phút")
        await expect(line).to_contain_text("bảo trì 1")
        await expect(line).to_contain_text("chạy thử 1")
        await watched.city.put("source", "traffic:s-3", {**watched.city.sources["traffic:s-3"], "state": "live"})
        await expect(line).to_contain_text("nguồn: 15/15 tốt")
        await expect(line).not_to_contain_text("im lặng")
        watched.city.mute = True
        await watched.state("stale")
        await expect(line).to_have_text("nguồn: chưa rõ (mất kết nối)")


async def test_keys_and_buttons_choose_the_same_scenes(screen: Any) -> None:
    async with screen() as watched:
        page = await _wall(watched)
        legend = page.locator(".legend")
        await expect(legend).to_contain_text("đơn vị rảnh")
        await page.keyboard.press("2")
        await expect(page.locator("[data-scene='2']")).to_have_attribute("aria-pressed", "true")
        await expect(legend).not_to_contain_text("đơn vị rảnh")
        await expect(legend).to_contain_text("như mọi khi")
        await page.keyboard.press("5")
        await expect(legend).not_to_contain_text("như mọi khi")
        await page.locator("[data-scene='3']").click()
        await expect(legend).to_contain_text("điểm nóng")
        await page.keyboard.press("1")
        await expect(page.locator("[data-scene='1']")).to_have_attribute("aria-pressed", "true")
        await page.goto(page.url + "&scene=4")
        await expect(page.locator("[data-scene='4']")).to_have_attribute("aria-pressed", "true")


async def test_a_crash_reads_as_one_picture(screen: Any) -> None:
    async with screen() as watched:
        await watched.city.camera("cam-04", state="ok")
        page = await _wall(watched)
        made = await watched.city.crash()
        card = page.locator(f"[data-focus='{made['id']}']")
        await expect(card).to_contain_text("Tai nạn liên hoàn, đường bị chắn")
        await expect(page.locator(".banner")).to_have_attribute("data-incident", made["id"])
        road = card.locator("[data-road=quang-trung]")
        await expect(road).to_contain_text("nghi sự cố")
        await expect(road).to_contain_text("5 km/h")
        await expect(road).to_contain_text("mọi khi 34")
        await expect(road).to_contain_text("hàng chờ 380 m")
        await expect(card.locator(".linked")).to_contain_text("1 cuộc gọi · 2 phản ánh · 1 tin bài")
        await expect(card).to_contain_text("Xe chữa cháy 1")
        await expect(page.locator(".mosaic [data-camera]").first).to_have_attribute("data-camera", "cam-04")
        await _becomes(page.locator(".map"), INCIDENT, 1_000)
        await comes_true(lambda: watched.city.watched[-1:] == ["cam-04"], "the nearest camera is watched")
        await page.keyboard.press("Escape")
        await expect(card).to_have_count(0)


async def test_a_road_in_trouble_beside_a_call_is_taken_for_the_same(screen: Any) -> None:
    async with screen() as watched:
        page = await _wall(watched)
        await watched.city.segment("quang-trung", **streets.CRASH)
        here = {"lonlat": [105.7788, 19.7895], "priority": 1, "status": "new", "kind": "call"}
        await watched.city.open(30, title=mock_server.data.text("Va chạm", "Crash"), **here)
        await expect(page.locator(".focus [data-road=quang-trung]")).to_be_visible()


OVERFLOWING = """
() => {
  const parts = '.card, .stat, .stat .name, .focus, .focus *, .tile-name, .tile-state, .scenes button';
  const over = (one) =>
    (one.clientWidth && one.scrollWidth > one.clientWidth + 2) ||
    (one.clientHeight && one.scrollHeight > one.clientHeight + 3);
  const meets = (stat) => {
    const words = stat.querySelector('.name'), value = stat.querySelector('.value');
    const range = document.createRange();
    range.selectNodeContents(words);
    const letter = parseFloat(getComputedStyle(words).fontSize); // a line's box reaches below its letters
    return range.getBoundingClientRect().bottom > value.getBoundingClientRect().top + letter / 5;
  };
  const met = [...document.querySelectorAll('.stat')].filter(meets).map((one) => `covered: ${one.textContent}`);
  if (met.length) return met;
  return [...document.querySelectorAll(parts)]
    .filter((one) => one.checkVisibility() && !one.closest('svg') && getComputedStyle(one).display !== 'inline')
    .filter(over)
    .map((one) => `${one.className}: ${one.textContent}`);
}
"""


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(("width", "height"), [(3840, 1080), (1920, 1080)])
async def test_nothing_is_cut_while_everything_is_said(screen: Any, width: int, height: int, language: str) -> None:
    async with screen(width, height) as watched:
        page = await watched.open(f"/wall?lang={language}")
        await page.wait_for_selector("[data-map=ready]")
        await watched.city.crash()
        await page.wait_for_selector(".focus .linked")
        assert await page.evaluate(OVERFLOWING) == []
        watched.city.mute = True
        await watched.state("stale")
        assert await page.evaluate(OVERFLOWING) == []
        boxes = [
            await page.locator(part).bounding_box() for part in (".strip", ".centre", ".mosaic", ".ticker", ".foot")
        ]
        for index, one in enumerate(boxes):
            assert one is not None
            for other in boxes[index + 1 :]:
                assert other is not None
                apart_x = one["x"] + one["width"] <= other["x"] + 1 or other["x"] + other["width"] <= one["x"] + 1
                apart_y = one["y"] + one["height"] <= other["y"] + 1 or other["y"] + other["height"] <= one["y"] + 1
                assert apart_x or apart_y
