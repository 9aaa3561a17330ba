"""Cameras on the screens: pictures by binary message, ages, lost and hidden, nothing that grows."""

from __future__ import annotations

import re
from typing import Any

import mock_server
import pytest
from playwright.async_api import Page, expect

pytestmark = pytest.mark.asyncio(loop_scope="session")

BRIGHT = """
(canvas) => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let most = 0;
  for (let i = 0; i < data.length; i += 4) most = Math.max(most, data[i]);
  return [canvas.width, canvas.height, most];
}
"""


async def _tile(page: Page, camera: str) -> Any:
    tile = page.locator(f".mosaic [data-camera={camera}]")
    await expect(tile).to_be_visible()
    return tile


async def test_pictures_come_by_the_feed_with_their_age(screen: Any) -> None:
    async with screen() as watched:
        page = await watched.open("/wall")
        tile = await _tile(page, "cam-01")
        await expect(tile.locator("canvas")).to_be_visible()
        width, height, most = await tile.locator("canvas").evaluate(BRIGHT)
        assert (width, height) == (320, 180)
        assert most > 100
        await expect(tile.locator(".tile-age")).to_have_text(re.compile(r"^[0-4] giây$"))
        await expect(tile.locator(".tile-mark")).to_have_text("MÔ PHỎNG")
        assert "frame" in watched.city.subscribes[-1]["topics"]
        assert watched.complaints == []


async def test_pictures_that_stop_are_dimmed_and_tell_their_age(screen: Any) -> None:
    async with screen() as watched:
        page = await watched.open("/wall")
        tile = await _tile(page, "cam-01")
        await expect(tile.locator("canvas")).to_be_visible()
        await expect(tile).not_to_have_class(re.compile(r"\bold\b"))
        watched.city.pictures = False
        await expect(tile).to_have_class(re.compile(r"\bold\b"))
        await expect(tile.locator(".tile-age")).to_have_text(re.compile(r"^([5-9]|\d\d) giây$"))
        assert "brightness" in await tile.locator("canvas").evaluate("canvas => getComputedStyle(canvas).filter")


async def test_a_lost_camera_says_since_when(screen: Any) -> None:
    async with screen() as watched:
        page = await watched.open("/wall")
        lost = await _tile(page, "cam-04")
        await expect(lost.locator(".tile-state")).to_have_text(re.compile(r"^ngoại tuyến từ \d\d:\d\d$"))
        seeing = await _tile(page, "cam-01")
        for state, words in (("frozen", "hình đứng yên từ"), ("defocused", "mất nét từ"), ("lost", "ngoại tuyến từ")):
            await watched.city.camera("cam-01", state=state)
            await expect(seeing.locator(".tile-state")).to_contain_text(words)
            await expect(seeing).to_have_class(re.compile(r"\bold\b"))


async def test_what_is_amiss_with_a_camera_that_sees_is_said_on_its_picture(screen: Any) -> None:
    async with screen() as watched:
        page = await watched.open("/wall")
        tile = await _tile(page, "cam-01")
        note = {
            "vi": "Đếm bằng chuyển động, không nhận dạng: x.onnx",
            "en": "Counts by motion, without a detector: x.onnx",
        }
        await watched.city.camera("cam-01", state="ok", note=note)
        await expect(tile.locator(".tile-why")).to_have_text(note["vi"])
        await watched.city.camera("cam-01", state="ok", note=None)
        await expect(tile.locator(".tile-why")).to_have_count(0)


async def test_a_silent_link_dims_every_picture(screen: Any) -> None:
    async with screen() as watched:
        page = await watched.open("/wall")
        tile = await _tile(page, "cam-01")
        await expect(tile.locator("canvas")).to_be_visible()
        watched.city.mute = True
        await watched.state("stale")
        await expect(tile).to_have_class(re.compile(r"\bold\b"))
        await expect(tile.locator(".tile-age")).to_have_text(re.compile(r"^([3-9]|\d\d) giây$"))


async def test_a_hidden_page_drops_pictures(screen: Any) -> None:
    async with screen() as watched:
        page = await watched.open("/wall")
        tile = await _tile(page, "cam-01")
        await expect(tile.locator("canvas")).to_be_visible()
        await page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
        await expect(tile).to_have_class(re.compile(r"\bold\b"))
        await page.evaluate("delete document.hidden")
        await expect(tile).not_to_have_class(re.compile(r"\bold\b"))


async def test_one_camera_takes_the_maps_place_and_gives_it_back(screen: Any) -> None:
    async with screen() as watched:
        page = await watched.open("/wall")
        await page.wait_for_selector("[data-map=ready]")
        await _tile(page, "cam-01")
        shown = await page.locator(".mosaic [data-camera]").evaluate_all("all => all.map(one => one.dataset.camera)")
        await page.keyboard.press("c")
        big = page.locator(".fullcamera [data-camera]")
        await expect(big).to_have_attribute("data-camera", shown[0])
        await page.keyboard.press("c")
        await expect(big).to_have_attribute("data-camera", shown[1])
        await page.keyboard.press("Escape")
        await expect(big).to_have_count(0)
        await page.locator(".mosaic [data-camera]").first.click()
        await expect(big).to_have_attribute("data-camera", shown[0])
        await page.get_by_role("button", name="Toàn cảnh").click()
        await expect(big).to_have_count(0)


async def test_cameras_stay_for_a_while_when_another_incident_comes_first(screen: Any) -> None:
    async with screen() as watched:
        page = await watched.open("/wall")
        await _tile(page, "cam-01")
        ids = "all => all.map(one => one.dataset.camera).join()"
        before = await page.locator(".mosaic [data-camera]").evaluate_all(ids)
        for index in ("i-0", "i-8"):
            await watched.city.change(index, status="closed")
        await watched.city.change("i-1", lonlat=[105.7975, 19.8345])
        await expect(page.locator(".banner")).to_have_attribute("data-incident", "i-1")
        clock = page.get_by_test_id("clock")
        for _ in range(2):  # the mosaic looks whenever the clock moves
            await expect(clock).not_to_have_text(await clock.inner_text())
        assert await page.locator(".mosaic [data-camera]").evaluate_all(ids) == before


@pytest.mark.parametrize(
    "message", [b"", b"\x01", b"\x02\x03abc" + bytes(8), b"\x01\x06cam-01" + bytes(8) + b"no jpeg"]
)
async def test_a_picture_that_is_none_is_left_out(screen: Any, message: bytes) -> None:
    async with screen() as watched:
        page = await watched.open("/wall")
        tile = await _tile(page, "cam-01")
        for socket in list(watched.city.sockets):
            await socket.send_bytes(message)
        await expect(tile.locator("canvas")).to_be_visible()
        await expect(tile.locator(".tile-age")).to_have_text(re.compile(r"^[0-4] giây$"))
        assert watched.complaints == []


async def test_a_flood_of_pictures_does_not_grow(screen: Any) -> None:
    async with screen() as watched:
        page = await watched.open("/wall")
        tile = await _tile(page, "cam-01")
        await expect(tile.locator("canvas")).to_be_visible()
        await page.wait_for_selector("[data-map=ready]")  # what the map takes is not the pictures'
        session = await page.context.new_cdp_session(page)
        await session.send("Performance.enable")

        async def measured() -> dict[str, float]:
            await session.send("HeapProfiler.collectGarbage")
            return {one["name"]: one["value"] for one in (await session.send("Performance.getMetrics"))["metrics"]}

        before = await measured()
        start = int(mock_server.data.now().timestamp() * 1000)
        for index in range(600):
            await watched.city.show("cam-01", start + index)
        await watched.city.show("cam-02", start + 10_000)
        await expect(tile.locator(".tile-age")).to_have_text(re.compile(r"^[0-4] giây$"))
        after = await measured()
        assert after["JSEventListeners"] <= before["JSEventListeners"] + 10
        assert after["JSHeapUsedSize"] <= before["JSHeapUsedSize"] + 3e6
        assert after["Nodes"] <= before["Nodes"] + 200
