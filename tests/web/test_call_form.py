"""A call is taken down, and its words are never lost."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_call_is_taken_down_with_its_answers(screen: Any) -> None:
    async with screen() as watched:
        page = await watched.open("/console")
        await page.keyboard.press("c")
        await page.get_by_label("115 Cấp cứu").check()
        await page.get_by_label("114 Cháy, cứu nạn").check()
        await page.get_by_label("Diễn biến, lời người gọi").fill("Khói đen ở chợ")
        await page.get_by_label("Họ tên").fill("Trần Văn Bình")
        await page.get_by_label("Mấy người mắc kẹt?").fill("2")
        await page.get_by_label("Có lan không?").select_option("yes")
        await expect(page.locator(".call")).to_contain_text("chưa rõ vị trí")
        await page.get_by_role("button", name="Lưu cuộc gọi").click()
        await expect(page.locator(".said")).to_contain_text("1140042")
        assert watched.city.calls == [
            {
                "service": "114",
                "number_dialled": "114",
                "narrative": "Khói đen ở chợ",
                "caller": {"name": "Trần Văn Bình"},
                "answers": {"trapped": 2, "spreading": "yes"},
            }
        ]


@pytest.mark.parametrize("way", ["row", "banner", "escape"])
async def test_a_call_half_written_gives_way_and_is_kept(screen: Any, way: str) -> None:
    async with screen() as watched:
        page = await watched.open("/console")
        await page.wait_for_selector("[role=option]")
        draft = page.locator(".draft")
        await page.keyboard.press("c")
        await page.get_by_label("Diễn biến").fill("Cháy ở gác hai, còn người già")
        await expect(draft).to_be_empty()
        if way == "row":
            await page.locator("#row-i-1").click()
        elif way == "banner":
            await page.locator(".banner-open").click()
        else:
            await page.keyboard.press("Escape")
            await page.keyboard.press("Escape")
        await expect(page.locator(".call")).to_have_count(0)
        await expect(draft).to_have_text("Còn cuộc gọi ghi dở")
        if way != "escape":
            await expect(page.locator(".detail[data-incident]")).to_be_visible()
        await page.keyboard.press("c")
        await expect(page.get_by_label("Diễn biến")).to_have_value("Cháy ở gác hai, còn người già")
        await expect(draft).to_be_empty()
