"""Proposals to patrols at the console: read with their reasons, answered by a person, and the places they come from."""

from __future__ import annotations

import re
from typing import Any

import pytest
from conftest import no_barriers
from playwright.async_api import Page, expect

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def opened(watched: Any, path: str = "/console?lang=vi") -> Page:
    page: Page = await watched.open(path)
    await page.wait_for_selector("[data-map=ready]")
    await expect(page.get_by_test_id("patrols")).to_contain_text("2")
    await page.keyboard.press("t")
    await expect(page.get_by_role("dialog")).to_be_visible()
    return page


async def test_a_proposal_is_accepted_and_another_left(screen: Any) -> None:
    async with screen() as watched:
        page, patrols = await opened(watched), watched.city.patrols
        first = page.locator("[data-look=look-1]")
        await expect(first).to_contain_text("Tổ tuần tra 1 · cách 1,2 km · khoảng 3 phút (ước lượng)")
        await expect(first).to_contain_text("vụ 118 đang chờ")
        await expect(first).to_contain_text("4 phút")
        await first.get_by_role("button", name="Chấp nhận").click()
        await expect(first).to_have_count(0)
        await expect(page.get_by_role("status").filter(has_text="Đã chấp nhận: Chợ Vườn Hoa.")).to_be_visible()
        await page.locator("[data-look=look-2]").get_by_role("button", name="Bỏ qua").press("Enter")
        await expect(page.get_by_text("Không có đề xuất nào đang chờ.")).to_be_visible()
        assert patrols.answers == [("look-1", "accept"), ("look-2", "leave")]
        assert watched.complaints == []


async def test_who_comes_too_late_is_told_so(screen: Any) -> None:
    async with screen() as watched:
        page = await opened(watched)
        watched.city.patrols.over = True
        first = page.locator("[data-look=look-1]")
        await first.get_by_role("button", name="Bỏ qua").click()
        alert = page.get_by_role("dialog").get_by_role("alert")
        await expect(alert).to_have_text("Chợ Vườn Hoa: Đề xuất không còn chờ trả lời")
        await expect(first).to_have_count(0)
        assert watched.city.patrols.answers == []


async def test_where_it_may_come_again_is_on_the_map_with_its_last_day(screen: Any) -> None:
    async with screen() as watched:
        page = await opened(watched)
        place = page.locator("[data-repeat='near_repeat/7']")
        await expect(place).to_contain_text(re.compile(r"từ \d\d[-/]\d\d đến \d\d[-/]\d\d"))
        await expect(page.get_by_text(re.compile(r"Tính lúc (\d\d[-/]\d\d )?\d\d:\d\d\."))).to_be_visible()
        await place.get_by_role("button", name="Xem trên bản đồ").click()
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await expect(page.locator(".legend")).to_contain_text("nơi có thể lặp lại, có ngày hết hạn")
        await page.get_by_text("Lớp bản đồ").click()
        await expect(page.locator("[data-layer=repeats]")).to_be_checked()
        assert watched.complaints == []


async def test_a_silent_link_locks_the_answers(screen: Any) -> None:
    async with screen() as watched:
        page = await opened(watched)
        watched.city.mute = True
        await watched.state("lost")
        await expect(page.locator("[data-look=look-1]").get_by_role("button", name="Chấp nhận")).to_be_disabled()


@pytest.mark.parametrize(("language", "theme"), [("vi", "dark"), ("en", "light")])
async def test_no_barriers(screen: Any, language: str, theme: str) -> None:
    async with screen() as watched:
        page = await opened(watched, f"/console?lang={language}&theme={theme}")
        await expect(page.locator("[data-repeat]")).to_be_visible()
        await no_barriers(page, f"{language} {theme}")
