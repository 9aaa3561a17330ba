"""A real Chromium and the stand-in server, in one event loop for the whole folder."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.browser import FLAGS, PATIENCE_MS, chromium, use_own_node

sys.path.insert(0, str(Path(__file__).parent))

import mock_server

expect.set_options(timeout=PATIENCE_MS)


class Watched:
    """A page with all that it asked for and complained of."""

    def __init__(self, page: Page, url: str, city: mock_server.City) -> None:
        self.page, self.url, self.city = page, url, city
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("websocket", lambda socket: self.asked.append(socket.url))

    def _said(self, message: Any) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    async def open(self, path: str, state: str = "live") -> Page:
        await self.page.goto(self.url + path)
        await self.page.wait_for_selector(f"body[data-state={state}]")
        return self.page

    async def state(self, state: str, timeout_ms: int = PATIENCE_MS) -> None:
        await self.page.wait_for_selector(f"body[data-state={state}]", timeout=timeout_ms)


async def comes_true(holds: Callable[[], bool], what: str, within_s: float = PATIENCE_MS / 1000) -> None:
    """Waits for something of the stand-in server, which the page cannot be asked for."""
    try:
        async with asyncio.timeout(within_s):
            while not holds():
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"{what}: not within {within_s} s") from None


async def no_barriers(page: Page, what: str) -> None:
    results = await Axe().run(page)
    assert results.violations_count == 0, f"{what}: {results.generate_report()}"


Open = Callable[..., AbstractAsyncContextManager[Watched]]


@pytest.fixture(scope="session", autouse=True)
def _built() -> None:
    assert (mock_server.DIST / "wall.html").is_file(), "the web is not built: make web"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium_browser() -> AsyncIterator[Browser]:
    use_own_node()
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield started
        await started.close()


@pytest.fixture
def screen(chromium_browser: Browser) -> Open:
    """Opens a page of a fresh context on a fresh stand-in server."""

    @asynccontextmanager
    async def opened(width: int = 1920, height: int = 1080, **options: Any) -> AsyncIterator[Watched]:
        async with mock_server.running() as (url, city):
            context = await chromium_browser.new_context(
                viewport={"width": width, "height": height},
                locale="vi-VN",
                service_workers="block",
                reduced_motion="reduce",
                **{"timezone_id": "America/New_York", **options},  # the screen must not follow the machine's zone
            )
            page = await context.new_page()
            page.set_default_timeout(PATIENCE_MS)
            watched = Watched(page, url, city)
            context.on("request", lambda request: watched.asked.append(request.url))
            try:
                yield watched
            finally:
                await context.close()

    return opened
