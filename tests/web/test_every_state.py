"""Old data, a lost link and open boxes raise no barrier."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import no_barriers

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("path", ["/wall", "/console"])
async def test_old_data_raises_no_barrier(screen: Any, path: str, theme: str) -> None:
    async with screen() as watched:
        page = await watched.open(f"{path}?theme={theme}")
        watched.city.mute = True
        await watched.state("stale")
        await no_barriers(page, f"{path} stale {theme}")
        await watched.state("lost")
        await no_barriers(page, f"{path} lost {theme}")


@pytest.mark.parametrize("key", ["d", "n", "?", "c"])
async def test_boxes_raise_no_barrier(screen: Any, key: str) -> None:
    async with screen() as watched:
        page = await watched.open("/console")
        await page.locator("#row-i-1").click()
        await page.wait_for_selector(".detail[data-incident=i-1]")
        await page.keyboard.press(key)
        await page.wait_for_selector("dialog[open], .call")
        await no_barriers(page, f"console, {key}")
