"""A picture leaves from the console: blurred, boxes drawn with a pointer and with keys, looked at, confirmed."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import comes_true, no_barriers
from playwright.async_api import Page, expect

pytestmark = pytest.mark.asyncio(loop_scope="session")
PURPOSE = "Gửi Công an phường theo công văn 12"


async def opened(watched: Any, path: str = "/console?lang=vi", name: str = "Đưa ảnh ra ngoài…") -> Page:
    page: Page = await watched.open(path)
    await page.locator("#row-i-0").click()
    await page.wait_for_selector(".detail[data-incident=i-0]")
    await page.get_by_role("button", name=name).click()
    await expect(page.get_by_test_id("blurred")).to_be_visible()
    return page


async def drawn(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    box = await page.locator(".blur-stage svg").bounding_box()
    assert box is not None
    spots = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
    await page.mouse.move(*spots[0])
    await page.mouse.down()
    await page.mouse.move(*spots[1], steps=4)
    await page.mouse.up()


async def test_more_is_covered_looked_at_confirmed_and_taken(screen: Any) -> None:
    async with screen() as watched:
        page, releases = await opened(watched), watched.city.releases
        confirm = page.get_by_role("button", name="Xác nhận ảnh này")
        await expect(page.get_by_text("ô che do bộ nhận dạng đề xuất")).to_be_visible()
        await expect(page.locator("[data-box]")).to_have_count(1)
        await page.get_by_label("Đưa cho ai").fill(PURPOSE)
        await expect(confirm).to_be_disabled()
        await page.get_by_test_id("stands").check()
        await expect(confirm).to_be_enabled()
        await drawn(page, (0.6, 0.5), (0.8, 0.9))
        await expect(page.locator("[data-box]")).to_have_count(2)
        await expect(confirm).to_be_disabled()  # what was stood for was another picture
        await expect(page.get_by_test_id("stands")).not_to_be_checked()
        await page.get_by_test_id("stands").check()
        await confirm.click()
        await expect(page.get_by_role("link", name="Tải ảnh đã làm mờ")).to_be_visible()
        (seen,) = releases.confirmed
        assert seen["purpose"] == PURPOSE and len(seen["boxes"]) == 2 and not seen["whole"]
        assert all(abs(a - b) < 0.02 for a, b in zip(seen["boxes"][1], [0.6, 0.5, 0.2, 0.4], strict=True))
        link = await page.get_by_role("link", name="Tải ảnh đã làm mờ").get_attribute("href")
        assert link == f"/api/v1/releases/r-1/{seen['sha256']}.jpg"
        assert watched.complaints == []


async def test_all_of_it_goes_with_keys(screen: Any) -> None:
    async with screen() as watched:
        page, releases = await opened(watched), watched.city.releases
        await page.get_by_role("button", name="+ Ô che").press("Enter")
        second = page.get_by_role("button", name="Ô che 2 trong 2")
        await second.press("ArrowLeft")
        await second.press("Shift+ArrowDown")
        await page.get_by_role("button", name="Ô che 1 trong 2").press("Delete")
        await expect(page.locator("[data-box]")).to_have_count(1)
        await page.get_by_label("Đưa cho ai").fill(PURPOSE)
        await expect(page.get_by_test_id("stands")).to_be_enabled()
        await page.get_by_test_id("stands").press("Space")
        await page.get_by_role("button", name="Xác nhận ảnh này").press("Enter")
        await comes_true(lambda: bool(releases.confirmed), "it is confirmed")
        assert releases.confirmed[0]["boxes"] == [[0.39, 0.35, 0.2, 0.31]]


async def test_of_a_picture_nothing_is_known_of_everything_is_proposed(screen: Any) -> None:
    async with screen() as watched:
        watched.city.releases.by = "nothing"
        page = await opened(watched)
        await expect(page.get_by_label("Làm mờ cả ảnh")).to_be_checked()
        await expect(page.get_by_role("button", name="+ Ô che")).to_be_disabled()
        assert watched.city.releases.blurs[-1] == {"boxes": [], "whole": True}


async def test_a_citizens_photo_is_published_only_as_it_was_seen_blurred(screen: Any) -> None:
    async with screen() as watched:
        watched.city.releases.photo = True
        page: Page = await watched.open("/console?lang=vi")
        await page.locator("#row-i-2").click()
        await page.wait_for_selector(".detail[data-incident=i-2]")
        await page.keyboard.press("p")
        publish = page.get_by_role("dialog").get_by_role("button", name="Công khai phản ánh")
        await expect(publish).to_be_enabled()
        await page.get_by_label("Công khai cả ảnh, sau khi làm mờ").check()
        await expect(page.get_by_test_id("blurred")).to_be_visible()
        await expect(publish).to_be_disabled()
        await page.get_by_label("Làm mờ cả ảnh").uncheck()
        await drawn(page, (0.1, 0.1), (0.4, 0.6))
        await expect(page.locator("[data-box]")).to_have_count(1)
        await page.get_by_test_id("stands").check()
        await publish.click()
        await expect(page.locator(".said")).to_contain_text("Đã công khai #103")
        (sent,) = watched.city.published
        assert sent["photo"] is True and len(sent["blur"]["boxes"]) == 1
        assert len(sent["blur"]["sha256"]) == 64 and sent["blur"]["clear"] is True
        assert watched.complaints == []


async def test_what_a_detector_finds_in_a_citizens_photo_is_proposed(screen: Any) -> None:
    async with screen() as watched:
        watched.city.releases.photo, watched.city.releases.boxes = True, [[0.2, 0.2, 0.3, 0.4]]
        page: Page = await watched.open("/console?lang=vi")
        await page.locator("#row-i-2").click()
        await page.wait_for_selector(".detail[data-incident=i-2]")
        await page.keyboard.press("p")
        await page.get_by_label("Công khai cả ảnh, sau khi làm mờ").check()
        await expect(page.locator("[data-box]")).to_have_count(1)
        await expect(page.get_by_label("Làm mờ cả ảnh")).not_to_be_checked()
        assert watched.complaints == []


@pytest.mark.parametrize(
    ("language", "theme", "name"), [("vi", "dark", "Đưa ảnh ra ngoài…"), ("en", "light", "Take a picture out…")]
)
async def test_no_barriers(screen: Any, language: str, theme: str, name: str) -> None:
    async with screen() as watched:
        page = await opened(watched, f"/console?lang={language}&theme={theme}", name)
        await no_barriers(page, f"{language} {theme}")


async def listed(watched: Any, path: str = "/console?lang=vi", name: str = "Ảnh đã đưa ra…") -> Page:
    page: Page = await watched.open(path)
    await page.locator("#row-i-0").click()
    await page.wait_for_selector(".detail[data-incident=i-0]")
    await page.get_by_role("button", name=name).click()
    await expect(page.locator("[data-release]")).to_have_count(3)
    return page


async def test_what_was_given_out_is_listed_and_taken_back_with_a_reason(screen: Any) -> None:
    async with screen() as watched:
        page, releases = await listed(watched), watched.city.releases
        first = page.locator("[data-release=r-0]")
        await expect(first).to_contain_text("Công văn 0/CV-CA")
        await expect(first).to_contain_text("truc.ban xác nhận lúc")
        await first.get_by_role("button", name="Thu hồi…").click()
        send = first.get_by_role("button", name="Thu hồi ảnh này")
        await expect(send).to_be_disabled()
        await first.get_by_label("Vì sao thu hồi").fill("Còn nhận ra biển số xe")
        await send.click()
        await expect(page.get_by_text("Đã thu hồi ảnh của Ngã tư Bưu điện.")).to_be_visible()
        await expect(first).to_contain_text("truong.ca thu hồi lúc")
        await expect(first).to_contain_text("Còn nhận ra biển số xe")
        await expect(first.get_by_role("link")).to_have_count(0)
        await expect(first.get_by_role("button")).to_have_count(0)
        assert releases.withdrawn == [{"id": "r-0", "reason": "Còn nhận ra biển số xe"}]
        assert watched.complaints == []


async def test_older_ones_come_when_asked_for_and_a_refusal_is_said_where_it_belongs(screen: Any) -> None:
    async with screen() as watched:
        watched.city.releases.more = True
        page = await listed(watched)
        await page.get_by_role("button", name="Ảnh cũ hơn").click()
        await expect(page.locator("[data-release=r-9]")).to_contain_text("Cầu Hàm Rồng")
        await expect(page.locator("[data-release]")).to_have_count(4)
        third = page.locator("[data-release=r-2]")
        await third.get_by_role("button", name="Thu hồi…").press("Enter")
        await expect(third.get_by_label("Vì sao thu hồi")).to_be_focused()
        await third.get_by_label("Vì sao thu hồi").fill("nhầm người nhận")
        await third.get_by_label("Vì sao thu hồi").press("Enter")
        await expect(third.get_by_role("alert")).to_have_text("Ảnh này đã bị thu hồi")


@pytest.mark.parametrize(
    ("language", "theme", "name"), [("vi", "light", "Ảnh đã đưa ra…"), ("en", "dark", "Pictures given out…")]
)
async def test_no_barriers_in_the_list(screen: Any, language: str, theme: str, name: str) -> None:
    async with screen() as watched:
        page = await listed(watched, f"/console?lang={language}&theme={theme}", name)
        await page.locator("[data-release=r-0]").get_by_role("button").first.click()
        await no_barriers(page, f"{language} {theme}")
