"""The queue is searched by marks or without, by number and by place."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("typed", ["nguyen hue", "NGUYỄN HUỆ", "Nguyễn Huệ"])
async def test_search_folds_vietnamese_marks(screen: Any, typed: str) -> None:
    async with screen() as watched:
        page = await watched.open("/console")
        await page.wait_for_selector("[role=option]")
        await page.keyboard.press("/")
        await page.keyboard.type(typed)
        await expect(page.locator("[role=option]")).to_have_count(1)
        await expect(page.locator("[role=option]")).to_contain_text("Đường Nguyễn Huệ")


@pytest.mark.parametrize(
    ("typed", "row", "said"), [("pa-38", "i-2", "Mã phản ánh PA-38"), ("1140001", "i-1", "Số cuộc gọi 1140001")]
)
async def test_a_case_is_found_by_the_number_the_citizen_was_given(
    screen: Any, typed: str, row: str, said: str
) -> None:
    async with screen() as watched:
        page = await watched.open("/console")
        await page.wait_for_selector("[role=option]")
        await page.get_by_role("searchbox").fill(typed)
        await expect(page.locator("[role=option]")).to_have_count(1)
        await page.locator(f"#row-{row}").click()
        await expect(page.locator(".detail-head")).to_contain_text(said)
        await expect(page.locator(".timeline time").first).to_have_text(re.compile(r"\d\d:\d\d:\d\d$"))


@pytest.mark.parametrize("form", ["NFC", "NFD"])
async def test_an_unknown_place_is_said_once(screen: Any, form: Any) -> None:
    async with screen() as watched:
        page = await watched.open("/console")
        title = unicodedata.normalize(form, "114: Cháy (chưa rõ vị trí)")
        await watched.city.change("i-6", title={"vi": title, "en": "114: Fire (location unknown)"})
        row = page.locator("#row-i-6")
        await expect(row.locator(".row-title")).to_have_text("114: Cháy")
        await expect(row.locator(".row-more")).to_contain_text("Chưa rõ vị trí")
