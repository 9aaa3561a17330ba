"""What holds for every page: reachable by everyone, nothing from outside, nothing the policy forbids."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from conftest import no_barriers
from playwright.async_api import expect

pytestmark = pytest.mark.asyncio(loop_scope="session")
PAGES = ("/", "/login", "/wall", "/console", "/console/cameras")
LOOKS = [
    ("vi", "dark"),  # with the next, every page in both languages and both themes
    ("en", "light"),
    pytest.param("vi", "light", marks=pytest.mark.long),
    pytest.param("en", "dark", marks=pytest.mark.long),
]


@pytest.mark.parametrize(("language", "theme"), LOOKS)
@pytest.mark.parametrize("path", PAGES)
async def test_no_barriers_no_outside_and_no_complaints(screen: Any, path: str, language: str, theme: str) -> None:
    async with screen() as watched:
        page = await watched.open(f"{path}?lang={language}&theme={theme}")
        if path in ("/wall", "/console"):
            await page.wait_for_selector("[data-map=ready]")
        if path == "/console":
            await page.locator("#row-i-0").click()
            await page.wait_for_selector(".timeline li")
        await expect(page.locator("html")).to_have_attribute("lang", language)
        await expect(page.locator("html")).to_have_attribute("data-theme", theme)
        await no_barriers(page, f"{path} {language} {theme}")
        assert {urlsplit(url).hostname for url in watched.asked if not url.startswith(("data:", "blob:"))} == {
            "127.0.0.1"
        }
        assert watched.complaints == []


async def test_the_home_page_tells_how_the_modules_are(screen: Any) -> None:
    async with screen() as watched:
        page = await watched.open("/")
        await expect(page.locator("[data-module=citizen]")).to_contain_text("tốt")
        await expect(page.locator("[data-module=citizen]")).to_contain_text("12 sự kiện hôm nay")
        await expect(page.locator("[data-module=feed]")).to_contain_text("Kênh tin nhanh")
        await expect(page.locator("[data-module=feed]")).not_to_contain_text("sự kiện")
        for path in ("/wall", "/console", "/console/cameras", "/report", "/openapi.json", "/ogc"):
            await expect(page.locator(f"a[href='{path}']")).to_have_count(1)
