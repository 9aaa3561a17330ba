"""The console on the screens that desks and tablets have, with names as long as they come."""

from __future__ import annotations

from typing import Any

import mock_server
import pytest
from playwright.async_api import Page, expect

pytestmark = pytest.mark.asyncio(loop_scope="session")

DESKS = ((1280, 720), (1366, 768), (1440, 900), (1536, 864), (1024, 768), (768, 1024))
LONG = (
    "Cháy nhà xưởng sản xuất bao bì nhựa tại cụm công nghiệp Đông Hưng, nhiều người còn mắc kẹt ở tầng ba",
    "Ngập sâu 60 cm trước cổng Trường Trung học cơ sở Nguyễn Văn Trỗi, xe máy chết máy hàng loạt",
)
PLACE = "Số 1024 đường Nguyễn Trãi, khu phố Phú Thọ Đông, phường Quảng Phú, thành phố Thanh Hóa"

# What sticks out of the screen, has its words cut, or lies under something else.
FAULTS = """
() => {
  const seen = (element) => element.checkVisibility({visibilityProperty: true}) && element.clientWidth > 0;
  const all = (chosen) => [...document.querySelectorAll(chosen)].filter(seen);
  const name = (element) => element.tagName + '.' + element.className + ': ' + element.textContent.slice(0, 60);
  const out = all('button, select, input, h1, h2, h3, p, li, dt, dd, time').filter((element) => {
    const {left, right} = element.getBoundingClientRect();
    return (left < -1 || right > innerWidth + 1) && !element.closest('.maplibregl-map, .skip');
  });
  const cut = all('button, select, h1, h2, h3, dt, dd, .row-title, .row-wait, .row-state, .chip, .figure, .unit-name,' +
    '.unplaced, .legend li').filter((element) => element.scrollWidth > element.clientWidth + 1 &&
    !element.matches('.banner-open'));
  const under = all('.tools button, .actions button, .panes button, .filters :is(input, select, button),' +
    '.banner-open, .scenes button').filter((element) => {
    const {left, top, width, height} = element.getBoundingClientRect();
    const over = document.elementFromPoint(left + width / 2, top + height / 2);
    return !over || !(element.contains(over) || over.contains(element));
  });
  const wide = document.documentElement.scrollWidth > innerWidth ? ['the page is wider than the screen'] : [];
  return [...wide, ...out.map((one) => 'out ' + name(one)), ...cut.map((one) => 'cut ' + name(one)),
    ...under.map((one) => 'under ' + name(one))];
}
"""
SMALL_TARGETS = """
() => [...document.querySelectorAll('button, select, input, summary, .banner-open, [role=option], .choices label')]
  .filter((element) => element.checkVisibility({visibilityProperty: true}) && !element.closest('label') &&
    !element.matches('[type=radio], [type=checkbox]'))
  .filter((element) => {
    const {width, height} = element.getBoundingClientRect();
    return width > 0 && (width < 44 || height < 44);
  }).map((element) => element.className + ': ' + element.textContent)
"""


def _with_long_names(city: mock_server.City) -> None:
    for index, (key, body) in enumerate(list(city.incidents.items())):
        title = mock_server.data.text(LONG[index % 2], "Workshop fire, people trapped on the third floor")
        city.incidents[key] = {**body, "title": title, "place": PLACE if body["lonlat"] else None}


async def _no_faults(page: Page, what: str) -> None:
    assert await page.evaluate(FAULTS) == [], what


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_everything_can_be_read_and_reached_at_every_size(screen: Any, language: str) -> None:
    async with screen() as watched:
        _with_long_names(watched.city)
        page = await watched.open(f"/console?lang={language}")
        await page.wait_for_selector("[data-map=ready]", state="attached")
        for width, height in DESKS:
            await page.set_viewport_size({"width": width, "height": height})
            await page.locator("#row-i-1").click()
            await page.wait_for_selector(".detail[data-incident=i-1] .timeline li")
            await _no_faults(page, f"detail {width}x{height}")
            await page.keyboard.press("c")
            await page.wait_for_selector(".call")
            await _no_faults(page, f"call {width}x{height}")
            await page.locator(".call form > .buttons [type=button]").click()
            await page.wait_for_selector(".detail[data-incident=i-1]")
            await page.locator("#row-i-0").click()
            await page.keyboard.press("m")
            await expect(page.locator(".maplibregl-canvas")).to_be_focused()
            await _no_faults(page, f"map {width}x{height}")
            await page.keyboard.press("m")
            await expect(page.locator(".detail")).to_be_visible()


async def test_details_and_map_share_one_place_on_a_small_screen(screen: Any) -> None:
    async with screen(1024, 768) as watched:
        page = await watched.open("/console")
        await page.wait_for_selector("[data-map=ready]", state="attached")
        detail, map_ = page.locator(".detail"), page.locator(".mapbox")
        await expect(detail).to_be_visible()
        await expect(map_).not_to_be_visible()
        await page.get_by_role("button", name="Bản đồ", exact=False).click()
        await expect(map_).to_be_visible()
        await expect(detail).not_to_be_visible()
        await page.locator("#row-i-6").click()
        await expect(detail).to_be_visible()
        await page.keyboard.press("l")
        await expect(page.locator(".locate")).to_be_visible()
        await page.get_by_role("button", name="Lấy tâm bản đồ").press("Enter")
        await page.get_by_role("button", name="Lưu vị trí").press("Enter")
        await expect(detail).to_be_visible()
        await expect(page.locator(".facts")).not_to_contain_text("Chưa rõ vị trí")


async def test_a_call_is_put_on_the_map_and_the_form_comes_back(screen: Any) -> None:
    async with screen(768, 1024) as watched:
        page = await watched.open("/console")
        await page.wait_for_selector("[data-map=ready]", state="attached")
        await page.keyboard.press("c")
        await page.locator(".panes [data-pane=map]").click()
        await page.locator(".maplibregl-canvas").click(position={"x": 400, "y": 300})
        await expect(page.locator(".call .point")).to_contain_text("Đã chọn")


async def test_fingers_find_every_control_on_a_tablet(screen: Any) -> None:
    async with screen(768, 1024, has_touch=True, is_mobile=True) as watched:
        _with_long_names(watched.city)
        page = await watched.open("/console")
        await page.wait_for_selector("[data-map=ready]", state="attached")
        await page.locator("#row-i-1").tap()
        await page.wait_for_selector(".detail[data-incident=i-1] .timeline li")
        assert await page.evaluate(SMALL_TARGETS) == []
        await _no_faults(page, "tablet, detail")
        await page.locator(".panes [data-pane=map]").tap()
        await page.locator(".layerchoice summary").tap()
        assert await page.evaluate(SMALL_TARGETS) == []
        await page.locator(".panes [data-pane=detail]").tap()
        await page.locator(".tools button").first.tap()
        await page.wait_for_selector(".call")
        assert await page.evaluate(SMALL_TARGETS) == []
        await expect(page.locator(".tools kbd")).to_have_count(4)
        await expect(page.locator(".tools button").first.locator("kbd")).not_to_be_visible()
