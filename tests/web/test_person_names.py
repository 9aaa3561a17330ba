"""People that a demonstration makes up are named in the language of the screen; all others as they are called."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize(
    ("name", "vi", "en"),
    [
        ("Trực ban (mô phỏng)", "Trực ban (mô phỏng)", "Operator (simulated)"),
        ("Trưởng ca (mô phỏng)", "Trưởng ca (mô phỏng)", "Supervisor (simulated)"),
        ("Đội 3 (mô phỏng)", "Đội 3 (mô phỏng)", "Đội 3 (simulated)"),
        ("Nguyễn Trực Ban", "Nguyễn Trực Ban", "Nguyễn Trực Ban"),
    ],
)
async def test_a_made_up_person_is_named_in_the_language_of_the_screen(
    screen: Any, name: str, vi: str, en: str
) -> None:
    async with screen() as watched:
        me = {"id": "demo", "name": name, "sign": name, "role": "operator", "modules": [], "classes": [], "demo": True}
        await watched.page.route("**/api/v1/me", lambda route: route.fulfill(json=me))
        for language, shown in (("vi", vi), ("en", en)):
            page = await watched.open(f"/console?lang={language}")
            await expect(page.locator(".me")).to_have_text(shown)
