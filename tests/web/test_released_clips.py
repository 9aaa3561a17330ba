"""A clip leaves from the console: proposed boxes that follow, more drawn over a span, watched to its end, confirmed."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import comes_true, no_barriers
from playwright.async_api import Locator, Page, expect

pytestmark = pytest.mark.asyncio(loop_scope="session")
PURPOSE = "Gửi Công an phường theo công văn 12"
SHOW = {"vi": "Xem đoạn", "en": "Show "}
OPEN = {"vi": "Đưa đoạn hình ra ngoài…", "en": "Take the clip out…"}
LAST = 10  # of the stand-in's eleven pictures, half a second apart


async def opened(watched: Any, path: str = "/console?lang=vi", language: str = "vi") -> Page:
    page: Page = await watched.open(path)
    await page.locator("#row-i-0").click()
    kept = page.locator("[data-evidence=e-1]")
    await kept.get_by_role("button", name=SHOW[language]).last.click()
    await kept.get_by_role("button", name=OPEN[language]).click()
    await expect(page.get_by_test_id("film")).to_be_visible()
    return page


async def played(page: Page) -> None:
    """The film from its beginning to its end, at its own pace."""
    film = page.get_by_test_id("film")
    await page.get_by_label("Thời điểm của bản đã làm mờ").press("Home")
    await film.locator("xpath=following-sibling::div").get_by_role("button", name="Phát").click()
    await expect(film).to_have_js_property("ended", True)


async def drawn(stage: Locator, page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    box = await stage.bounding_box()
    assert box is not None
    spots = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
    await page.mouse.move(*spots[0])
    await page.mouse.down()
    await page.mouse.move(*spots[1], steps=4)
    await page.mouse.up()


async def test_a_clip_is_watched_to_its_end_before_anybody_can_stand_for_it(screen: Any) -> None:
    async with screen() as watched:
        page, releases = await opened(watched), watched.city.releases
        stands, confirm = page.get_by_test_id("stands"), page.get_by_role("button", name="Xác nhận đoạn hình này")
        await page.get_by_label("Đưa cho ai").fill(PURPOSE)
        await expect(stands).to_be_disabled()
        film = page.get_by_test_id("film")
        await film.evaluate("video => { video.currentTime = video.duration - 0.4; return video.play(); }")
        await expect(film).to_have_js_property("ended", True)
        await expect(stands).to_be_disabled()  # the end alone is not all of it
        await film.evaluate("video => { video.playbackRate = 8; }")
        await expect(film).to_have_js_property("playbackRate", 1)
        await played(page)
        await expect(page.get_by_text("Đã phát đến hết.")).to_be_visible()
        await stands.check()
        await expect(confirm).to_be_enabled()
        await drawn(page.locator(".blur-stage svg"), page, (0.6, 0.5), (0.8, 0.9))
        await expect(confirm).to_be_disabled()  # what was stood for is another film
        await expect(stands).not_to_be_checked()
        await expect(stands).to_be_disabled()
        await page.get_by_role("button", name="Làm mờ lại").click()
        await expect(page.get_by_text("Hãy phát đến hết, không tua")).to_be_visible()
        await expect(stands).to_be_disabled()
        await played(page)
        await stands.check()
        await confirm.click()
        await expect(page.get_by_role("link", name="Tải đoạn hình đã làm mờ")).to_be_visible()
        (seen,) = releases.confirmed
        assert seen["purpose"] == PURPOSE and seen["without"] == [] and seen["clear"] is True
        (span,) = seen["spans"]
        assert (span["first"], span["last"]) == (0, LAST)
        assert all(abs(a - b) < 0.02 for a, b in zip(span["box"], [0.6, 0.5, 0.2, 0.4], strict=True))
        link = await page.get_by_role("link", name="Tải đoạn hình đã làm mờ").get_attribute("href")
        assert link == f"/api/v1/releases/r-1/{seen['sha256']}.webm"
        assert watched.city.kept.fetched == ["clip", "clip"], "each look is a line of the audit chain"
        assert watched.complaints == []


async def test_boxes_follow_begin_end_and_are_dropped_with_keys(screen: Any) -> None:
    async with screen() as watched:
        page, releases = await opened(watched), watched.city.releases
        moment = page.get_by_role("dialog").get_by_label("Thời điểm trong đoạn hình")
        found = page.locator('[data-thing="0"]')
        left = await found.get_attribute("x")
        await moment.press("ArrowRight")
        await expect(found).not_to_have_attribute("x", str(left))
        await moment.press("End")
        await expect(found).to_have_count(0)
        await moment.press("Home")
        await page.get_by_role("button", name="+ Ô che").press("Enter")
        box = page.get_by_role("button", name="Ô che 1 trong 1")
        await box.press("ArrowLeft")
        for _ in range(3):
            await moment.press("ArrowRight")
        await page.get_by_role("button", name="Bắt đầu ở hình này").press("Enter")
        for _ in range(2):
            await moment.press("ArrowRight")
        await page.get_by_role("button", name="Kết thúc ở hình này").press("Enter")
        await expect(page.get_by_text("Ô 1: hình 4 đến 6")).to_be_visible()
        await moment.press("End")
        await expect(box).to_have_count(0)
        await moment.press("Home")
        await found.press("Delete")
        await expect(found).to_have_count(0)
        await page.get_by_role("button", name="Làm mờ lại").press("Enter")
        await comes_true(lambda: len(releases.blurs) == 2, "it is blurred again")
        assert releases.blurs[1] == {
            "spans": [{"box": [0.39, 0.35, 0.2, 0.3], "first": 3, "last": 5}],
            "without": [0],
            "whole": False,
        }
        await page.get_by_role("button", name="Lấy lại 1 ô").press("Enter")
        await expect(found).to_have_count(1)
        await page.get_by_role("button", name="Bỏ ô").press("Enter")
        await expect(page.get_by_text("Ô 1: hình 4 đến 6")).to_have_count(0)
        assert watched.complaints == []


async def test_who_looked_may_refuse_it_with_a_reason(screen: Any) -> None:
    async with screen() as watched:
        page, releases = await opened(watched), watched.city.releases
        await page.get_by_role("button", name="Không cho đưa ra…").click()
        send = page.get_by_role("button", name="Từ chối đưa ra")
        await expect(send).to_be_disabled()
        await page.get_by_label("Vì sao không đưa ra").fill("Nhận ra người qua dáng đi")
        await send.click()
        await expect(page.get_by_text("Đã ghi lại là không đưa ra.")).to_be_visible()
        assert releases.refused == [{"reason": "Nhận ra người qua dáng đi"}] and releases.confirmed == []
        assert watched.complaints == []


@pytest.mark.parametrize(("language", "theme"), [("vi", "dark"), ("en", "light")])
async def test_no_barriers(screen: Any, language: str, theme: str) -> None:
    async with screen() as watched:
        page = await opened(watched, f"/console?lang={language}&theme={theme}", language)
        await page.get_by_role("dialog").get_by_role("button", name="+").click()
        await no_barriers(page, f"{language} {theme}")
