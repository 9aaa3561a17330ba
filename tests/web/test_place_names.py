"""Names of wards on the map: over the marks, never under one, never over each other or under the map's own words."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser import PATIENCE_MS

pytestmark = pytest.mark.asyncio(loop_scope="session")
Box = tuple[float, float, float, float]

# Boxes of what lies over the map, from the map's own corner.
OVER = """
() => {
  const from = document.querySelector('.map').getBoundingClientRect();
  return [...document.querySelectorAll('.maplibregl-ctrl-scale, .scenes, .legend, .ribbon, .focus')].map((one) => {
    const { x, y, width, height } = one.getBoundingClientRect();
    return [x - from.x, y - from.y, width, height];
  });
}
"""


async def _names(page: Page) -> dict[str, Box]:
    told = await page.locator(".map .overlay").get_attribute("data-names")
    return {name: (x, y, width, height) for name, x, y, width, height in json.loads(told or "[]")}


def _meet(a: Box, b: Box) -> bool:
    """Whether two boxes share more than the pixel that rounding may give."""
    return a[0] + 1 < b[0] + b[2] and b[0] + 1 < a[0] + a[2] and a[1] + 1 < b[1] + b[3] and b[1] + 1 < a[1] + a[3]


async def _until_clear_of_words(page: Page) -> None:
    """The legend may grow when its font has come; then the names make way with the next picture."""
    met: list[tuple[Box, Box]] = []
    until = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < until:
        over = [tuple(one) for one in await page.evaluate(OVER)]
        met = [(a, b) for a in (await _names(page)).values() for b in over if _meet(a, b)]
        if not met:
            return
        await page.evaluate("() => new Promise(requestAnimationFrame)")
    raise AssertionError(met)


def _middle(box: Box) -> tuple[float, float]:
    return box[0] + box[2] / 2, box[1] + box[3] / 2


@pytest.mark.parametrize(("width", "height"), [(3840, 1080), (1920, 1080), (1080, 1920)])
async def test_no_name_lies_over_another_or_under_words_of_the_map(screen: Any, width: int, height: int) -> None:
    async with screen(width, height) as watched:
        page = await watched.open("/wall")
        await page.wait_for_selector("[data-map=ready]")
        await expect(page.locator(".map .overlay")).to_have_attribute("data-names", re.compile(r"\].*\].*\]"))
        boxes = list((await _names(page)).values())
        assert [(a, b) for i, a in enumerate(boxes) for b in boxes[i + 1 :] if _meet(a, b)] == []
        await _until_clear_of_words(page)


async def test_a_name_makes_way_for_an_incident_and_stays_readable(screen: Any) -> None:
    async with screen() as watched:
        watched.city.incidents, watched.city.units = {}, {}
        page = await watched.open("/wall?scene=5")  # neither roads nor cameras nor units
        await page.wait_for_selector("[data-map=ready]")
        overlay = page.locator(".map .overlay")
        await expect(overlay).to_have_attribute("data-names", re.compile("Hạc Thành"))
        first = (await _names(page))["≈ Hạc Thành"]
        await watched.city.open(9, id="i-here", priority=1, status="taken", lonlat=[105.775, 19.806])
        await expect(overlay).not_to_have_attribute("data-names", re.compile(rf'"≈ Hạc Thành",{first[0]},{first[1]},'))
        moved = (await _names(page))["≈ Hạc Thành"]
        x, y = _middle(first)
        assert not _meet(moved, (x - 10, y - 10, 20, 20)), "the mark stands where the name was"
        assert abs(_middle(moved)[1] - y) < 3 * first[3], "the name is still beside its place"
