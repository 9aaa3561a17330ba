"""Evidence at the opened incident: what is kept, doubted or missed, and pictures only for who asks for them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from conftest import comes_true, no_barriers
from playwright.async_api import Page, expect

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def opened(watched: Any, path: str = "/console?lang=vi") -> Page:
    page: Page = await watched.open(path)
    await page.locator("#row-i-0").click()
    await page.wait_for_selector("[data-evidence=e-1]")
    return page


async def test_what_is_kept_doubted_and_missed_is_said_and_nothing_is_fetched_unasked(screen: Any) -> None:
    async with screen() as watched:
        page = await opened(watched)
        kept, missed = page.locator("[data-evidence=e-1]"), page.locator("[data-evidence=e-2]")
        await expect(kept).to_contain_text("thiếu 1,5 giây hình · đồng hồ máy chủ chưa được đồng bộ")
        await expect(missed).to_contain_text("camera không có hình lúc đó")
        await expect(missed.get_by_role("button")).to_have_count(0)
        assert watched.city.kept.fetched == []
        await kept.get_by_role("button", name="Xem ảnh").click()
        await expect(kept.get_by_test_id("snapshot")).to_have_js_property("naturalWidth", 320)
        await expect(kept.locator("code")).to_have_text("abababababab…")
        assert watched.city.kept.fetched == ["snapshot"]
        assert watched.complaints == []


async def test_a_kept_picture_leaves_by_the_same_road(screen: Any) -> None:
    async with screen() as watched:
        page = await opened(watched)
        kept = page.locator("[data-evidence=e-1]")
        await kept.get_by_role("button", name="Xem ảnh").click()
        await kept.get_by_role("button", name="Đưa ảnh ra ngoài…").click()
        await expect(page.get_by_test_id("blurred")).to_be_visible()
        assert watched.city.releases.begun == ["e-1"]


async def test_a_clip_plays_stops_and_goes_to_a_moment_by_keys(screen: Any) -> None:
    async with screen() as watched:
        page = await opened(watched)
        kept = page.locator("[data-evidence=e-1]")
        await kept.get_by_role("button", name="Xem đoạn").press("Enter")
        shown = kept.get_by_test_id("clip")
        await expect(shown).to_have_js_property("naturalWidth", 320)
        moment = kept.get_by_label("Thời điểm trong đoạn hình")
        await moment.press("Home")
        first = await shown.get_attribute("src")
        assert first is not None
        await kept.get_by_role("button", name="Phát").click()
        await expect(shown).not_to_have_attribute("src", first)
        await moment.press("End")
        await expect(kept.get_by_role("button", name="Phát")).to_be_visible()
        last = await shown.get_attribute("src")
        await kept.get_by_role("button", name="Phát").click()  # from the beginning again
        assert last is not None and last != first
        await expect(shown).not_to_have_attribute("src", last)
        assert watched.city.kept.fetched == ["clip"]
        assert watched.complaints == []


async def test_a_clip_that_is_being_cut_comes_by_itself(screen: Any) -> None:
    async with screen() as watched:
        watched.city.kept.state = "wanted"
        page = await opened(watched)
        kept = page.locator("[data-evidence=e-1]")
        await expect(kept).to_contain_text("đang cắt đoạn hình")
        watched.city.kept.state = "kept"
        await expect(kept.get_by_role("button", name=re.compile("Xem đoạn"))).to_be_visible()


async def test_an_incident_without_any_shows_no_empty_box(screen: Any) -> None:
    async with screen() as watched:
        page = await opened(watched)
        await page.locator("#row-i-1").click()
        await page.wait_for_selector(".detail[data-incident=i-1]")
        await expect(page.locator(".evidence")).to_have_count(0)
        await comes_true(lambda: watched.city.kept.fetched == [], "nothing was fetched")


@pytest.mark.parametrize(("language", "theme"), [("vi", "dark"), ("en", "light")])
async def test_no_barriers(screen: Any, language: str, theme: str) -> None:
    async with screen() as watched:
        page = await opened(watched, f"/console?lang={language}&theme={theme}")
        kept = page.locator("[data-evidence=e-1]")
        await kept.get_by_role("button").nth(1).click()
        await expect(kept.get_by_test_id("clip")).to_be_visible()
        await no_barriers(page, f"{language} {theme}")
