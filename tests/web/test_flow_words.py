"""The wall's footer says how long news took, what waits, and what was set aside; in English one of a thing is one."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.asyncio(loop_scope="session")

HEALTH = {"state": "live", "since": None, "title": {"vi": "Dịch vụ web", "en": "Web service"}, "platform": True}
NOTHING = {"vi": "", "en": ""}


def flow(**more: Any) -> dict[str, Any]:
    well = {"relay_s": 0.01, "feed_s": 0.24, "consumer": None, "behind": 0, "behind_s": 0.0, "dead": 0}
    return HEALTH | {"detail": NOTHING, "flow": well | more}


async def test_the_footer_tells_how_events_flow(screen: Any) -> None:
    async with screen() as watched:
        page = await watched.open("/wall")
        line = page.locator(".healthline")
        await watched.city.put("module", "api", flow())
        await expect(line).to_contain_text("tin đến sau 0,2 giây", timeout=30_000)
        await expect(line).not_to_contain_text("không xử lý được")
        await watched.city.put("module", "api", flow(dead=3, behind=7, behind_s=75.0))
        await expect(line).to_contain_text("3 sự kiện không xử lý được", timeout=30_000)
        await expect(line).to_contain_text("7 sự kiện chờ xử lý, lâu nhất 1 phút")


async def test_in_english_one_event_is_one(screen: Any) -> None:
    async with screen() as watched:
        page = await watched.open("/wall?lang=en")
        line = page.locator(".healthline")
        await watched.city.put("module", "api", flow(dead=1, behind=1, behind_s=75.0))
        await expect(line).to_contain_text("1 event set aside", timeout=30_000)
        await expect(line).to_contain_text("1 event waiting")
        await watched.city.put("module", "api", flow(dead=2))
        await expect(line).to_contain_text("2 events set aside", timeout=30_000)
