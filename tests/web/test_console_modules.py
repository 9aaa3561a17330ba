"""The console with five modules: what modules found out, cameras, sources and their life, layers, turning away."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from conftest import comes_true
from playwright.async_api import Page, expect

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _crash(watched: Any) -> tuple[Page, Any]:
    await watched.city.camera("cam-04", state="ok")
    page: Page = await watched.open("/console?lang=vi")
    await page.wait_for_selector("[data-map=ready]")
    made = await watched.city.crash()
    row = page.locator(f"#row-{made['id']}")
    await row.click()
    await page.wait_for_selector(f".detail[data-incident='{made['id']}']")
    return page, row


async def _until(watched: Any, camera: str | None) -> None:
    await comes_true(lambda: watched.city.watched[-1:] == [camera], f"camera {camera} is watched")


async def test_an_event_of_traffic_shows_road_neighbours_cameras_and_units(screen: Any) -> None:
    async with screen() as watched:
        page, row = await _crash(watched)
        await expect(row.get_by_role("img", name="Giao thông")).to_be_visible()
        detail = page.locator(".detail")
        await expect(detail.locator(".detail-sub")).to_contain_text("Giao thông")
        await expect(detail.locator("[data-road=quang-trung]")).to_contain_text("5 km/h")
        await expect(detail).to_contain_text("1 cuộc gọi · 2 phản ánh · 1 tin bài")
        await expect(detail.locator(".units")).to_contain_text("Xe chữa cháy 1")
        await expect(detail.locator(".cameras h3")).to_contain_text("cách")
        results = await Axe().run(page)
        assert results.violations_count == 0, results.generate_report()


async def test_a_road_whose_flow_alone_is_known_says_why_it_has_no_level(screen: Any) -> None:
    async with screen() as watched:
        page, _ = await _crash(watched)
        road = page.locator(".detail [data-road=quang-trung]")
        await watched.city.segment("quang-trung", speed=None, level=None, vc=0.42, queue_m=None)
        await expect(road).to_contain_text("lưu lượng 42 % sức chứa; không có tốc độ nên không biết mức")
        await watched.city.segment("quang-trung", speed=None, level="F", vc=1.2)
        await expect(road).to_contain_text("mức F · lưu lượng 120 % sức chứa")


async def test_the_camera_in_front_is_watched_and_another_can_be_put_there(screen: Any) -> None:
    async with screen() as watched:
        page, _ = await _crash(watched)
        front = page.locator(".camera-grid > [data-camera]")
        await expect(front).to_have_attribute("data-camera", "cam-04")
        await expect(front.locator("canvas")).to_be_visible()
        await _until(watched, "cam-04")
        await page.locator(".camera-rest [data-camera=cam-01]").click()
        await expect(front).to_have_attribute("data-camera", "cam-01")
        await _until(watched, "cam-01")
        await page.keyboard.press("Escape")
        await page.keyboard.press("Escape")
        await expect(page.locator(".detail.empty")).to_be_visible()
        await _until(watched, None)


async def test_a_hint_of_the_press_is_never_called_true(screen: Any) -> None:
    async with screen() as watched:
        story = {"title": {"vi": "Cháy lớn gần chợ", "en": "Large fire by the market"}, "source": "Báo Thanh Hóa"}
        facts = {"media:abc": {**story, "tier": 3, "url": "javascript:alert(1)", "articles": 2, "posts": 9}}
        page = await watched.open("/console?lang=vi")
        await watched.city.open(9, id="i-hint", kind="event", module="media", facts=facts, priority=3)
        await page.locator("#row-i-hint").click()
        detail = page.locator(".detail")
        await expect(detail).to_contain_text("Chưa kiểm chứng: mới chỉ có tin")
        await expect(detail.locator(".stories")).to_contain_text("Cháy lớn gần chợ")
        await expect(detail.locator(".stories")).to_contain_text("Báo Thanh Hóa · bậc nguồn 3 · 2 tin bài · 9 bài đăng")
        await expect(detail.locator(".stories a")).to_have_count(0)


async def test_what_a_security_camera_saw_is_told_in_words(screen: Any) -> None:
    async with screen() as watched:
        facts = {"camera": "cam-03", "camera_name": "Ga", "zone": "Sân ga", "count": 42, "density": 4.6}
        page = await watched.open("/console?lang=vi")
        await watched.city.open(9, id="i-crowd", kind="event", module="public_security", facts=facts, priority=2)
        await page.locator("#row-i-crowd").click()
        found = page.locator(".findings")
        await expect(found).to_contain_text("Sân ga")
        await expect(found).to_contain_text("4,6")
        await expect(page.locator(".camera-grid > [data-camera]")).to_have_attribute("data-camera", "cam-03")


async def test_sources_can_be_read_by_all_and_moved_by_a_supervisor_with_a_reason(screen: Any) -> None:
    async with screen() as watched:
        page = await watched.open("/console?lang=vi")
        await expect(page.get_by_test_id("sources")).to_contain_text("14/15")
        await page.keyboard.press("s")
        row = page.locator("[data-source='traffic:s-3']")
        await expect(row).to_contain_text("Đếm xe Quang Trung")
        await expect(row).to_contain_text("im lặng")
        await expect(page.locator("[data-source]").first).to_have_attribute("data-source", "traffic:s-3")
        await expect(page.get_by_role("button", name="Đổi")).to_have_count(0)
        watched.city.role = "supervisor"
        await page.reload()
        await page.get_by_test_id("sources").click()
        await page.get_by_label("Tìm nguồn theo tên, phân hệ").fill("quang trung")
        await page.get_by_role("button", name="Đổi").click()
        await page.get_by_label("Tình trạng mới").select_option("maintenance")
        save = page.get_by_role("button", name="Lưu")
        await expect(save).to_be_disabled()
        await page.get_by_label("Lý do").fill("Thay đầu dò")
        results = await Axe().run(page)
        assert results.violations_count == 0, results.generate_report()
        await save.click()
        await expect(row.get_by_label("Tình trạng mới")).to_have_count(0)  # its choices hold the word too
        await expect(row).to_contain_text("bảo trì")
        assert watched.city.lives == [{"id": "traffic:s-3", "life": "maintenance", "reason": "Thay đầu dò"}]


async def test_layers_by_key_and_one_by_one(screen: Any) -> None:
    async with screen() as watched:
        page = await watched.open("/console?lang=vi")
        await page.wait_for_selector("[data-map=ready]")
        legend = page.locator(".legend")
        await expect(legend).to_contain_text("như mọi khi")
        await page.keyboard.press("4")
        await expect(page.locator("[data-scene='4']")).to_have_attribute("aria-pressed", "true")
        await page.get_by_text("Lớp bản đồ").click()
        await page.locator("[data-layer=roads]").uncheck()
        await expect(legend).not_to_contain_text("như mọi khi")
        await page.locator("[data-layer=hotspots]").check()
        await expect(legend).to_contain_text("điểm nóng (đậm hơn: chắc hơn)")


async def test_a_report_is_turned_away_with_a_reason_the_citizen_reads(screen: Any) -> None:
    async with screen() as watched:
        page = await watched.open("/console?lang=vi")
        await page.locator("#row-i-2").click()
        await page.wait_for_selector(".detail[data-incident=i-2]")
        await page.keyboard.press("x")
        send = page.get_by_role("dialog").get_by_role("button", name="Từ chối")
        await expect(send).to_be_disabled()
        await page.get_by_label("Lý do từ chối").fill("Không thuộc thành phố")
        await send.click()
        await expect(page.locator(".said")).to_contain_text("Đã từ chối #103")
        assert watched.city.rejected == [{"reason": "Không thuộc thành phố"}]


async def test_a_call_cannot_be_turned_away(screen: Any) -> None:
    async with screen() as watched:
        page = await watched.open("/console?lang=vi")
        await page.locator("#row-i-0").click()
        await page.wait_for_selector(".detail[data-incident=i-0]")
        await expect(page.get_by_role("button", name=re.compile("Từ chối"))).to_have_count(0)
