"""An operator who reads only Vietnamese works an incident from the queue to its end."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import comes_true
from playwright.async_api import Page, expect

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _open_first(watched: Any) -> Page:
    page = await watched.open("/console")
    await page.wait_for_selector("[role=option]")
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".detail[data-incident=i-0] .timeline li")
    return page


async def _sent(watched: Any, action: str) -> dict[str, Any]:
    """What the city was last asked: the screen shows an action before its request has arrived there."""
    asked = watched.city.actions
    await comes_true(lambda: [one["action"] for one in asked[-1:]] == [action], f"{action} arrives at the city")
    last: dict[str, Any] = asked[-1]
    return last


async def test_take_note_and_close_by_keyboard(screen: Any) -> None:
    async with screen() as watched:
        page = await _open_first(watched)
        chip = page.locator(".detail .chip").first
        await page.keyboard.press("a")
        await expect(chip).to_have_text("Đã nhận")
        assert await _sent(watched, "take") == {"action": "take", "version": 1}
        await page.keyboard.press("n")
        await page.get_by_label("Nội dung ghi chú").fill("Đã gọi lại, còn hai người ở tầng ba")
        await page.keyboard.press("Tab")
        await page.get_by_role("dialog").get_by_role("button", name="Ghi chú").click()
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await expect(page.locator(".said")).to_contain_text("Đã ghi chú #101")
        await page.keyboard.press("e")
        await page.get_by_label("Đã xử lý xong").check()
        await page.get_by_role("dialog").get_by_role("button", name="Đóng").last.click()
        await expect(chip).to_have_text("Đã đóng")
        assert (await _sent(watched, "close"))["outcome"] == "resolved"


async def test_an_action_is_shown_as_being_sent_and_a_refusal_rolls_back_loudly(screen: Any) -> None:
    async with screen() as watched:
        page = await _open_first(watched)
        watched.city.action_gate.clear()
        watched.city.fail_actions = 409
        await page.keyboard.press("a")
        row = page.locator("#row-i-0")
        await expect(row).to_contain_text("đang gửi")
        await expect(page.locator(".detail .chip").first).to_have_text("Đã nhận")
        watched.city.action_gate.set()
        alert = page.locator(".failures")
        await expect(alert).to_contain_text("Không thực hiện được “Nhận” cho #101")
        await expect(alert).to_contain_text("Người khác vừa nhận vụ này")
        await expect(page.locator(".detail .chip").first).to_have_text("Chưa nhận")
        watched.city.fail_actions = None
        await alert.get_by_role("button", name="Thử lại").click()
        await expect(page.locator(".detail .chip").first).to_have_text("Đã nhận")


async def test_a_module_that_adds_facts_is_no_reason_to_refuse(screen: Any) -> None:
    async with screen() as watched:
        page = await _open_first(watched)
        watched.city.conflict_once = True
        await page.keyboard.press("a")
        await expect(page.locator(".detail .chip").first).to_have_text("Đã nhận")
        await expect(page.locator(".said")).to_contain_text("Đã nhận #101")
        assert [one["version"] for one in watched.city.actions] == [1, 2]


async def test_old_data_locks_the_actions_and_says_why(screen: Any) -> None:
    async with screen() as watched:
        page = await _open_first(watched)
        watched.city.mute = True
        await watched.state("stale")
        await expect(page.locator("[data-action=take]")).to_be_disabled()
        await expect(page.locator(".lock")).to_contain_text("tạm khoá thao tác")
        await page.keyboard.press("a")
        watched.city.mute = False
        await watched.state("live")
        await expect(page.locator("[data-action=take]")).to_be_enabled()
        assert watched.city.actions == []


async def test_assigning_a_recommended_unit_says_how_it_was_measured(screen: Any) -> None:
    async with screen() as watched:
        page = await _open_first(watched)
        units = page.locator(".units")
        await expect(units).to_contain_text("ước lượng đường chim bay")
        await expect(units).to_contain_text("gần nhất, có thang")
        await units.get_by_role("button", name="Giao Xe thang 2").click()
        await expect(page.locator(".detail .chip").first).to_have_text("Đã giao")
        assert await _sent(watched, "assign") == {"action": "assign", "unit": "u-1", "version": 1}


async def test_an_agency_is_found_without_marks(screen: Any) -> None:
    async with screen() as watched:
        page = await _open_first(watched)
        await page.keyboard.press("d")
        await page.get_by_label("Tìm đơn vị hoặc cơ quan").fill("dien luc")
        await page.get_by_role("button", name="Điện lực thành phố").click()
        await expect(page.locator(".detail .chip").first).to_have_text("Đã giao")
        assert (await _sent(watched, "assign"))["agency"] == "dien-luc"


CUT = """
() => [...document.querySelectorAll('.filters button, .banner-more > :not(.where), .unplaced, .pill, .row-wait')]
  .filter((element) => {
    const box = element.getBoundingClientRect();
    const list = element.closest('.rows')?.getBoundingClientRect();
    if (list && box.bottom > list.bottom) return false; // to be scrolled to
    const over = document.elementFromPoint(box.x + box.width - 2, box.y + box.height / 2);
    return element.scrollWidth > element.clientWidth + 1 && element.clientWidth || !over ||
      !(element.contains(over) || over.contains(element) || over.closest('.map'));
  }).map((element) => element.className + ': ' + element.textContent)
"""


async def test_nothing_is_cut_or_covered_on_a_small_screen(screen: Any) -> None:
    async with screen(1440, 900) as watched:
        page = await watched.open("/console")
        await page.wait_for_selector("[data-map=ready]")
        await page.keyboard.press("j")
        await watched.city.open(9, id="i-new", priority=1)
        await expect(page.locator(".pill")).to_be_visible()
        assert await page.evaluate(CUT) == []
        await page.locator("#row-i-6").click()
        await page.keyboard.press("l")
        locate, scale = page.locator(".locate"), page.locator(".maplibregl-ctrl-scale")
        await expect(locate).to_be_visible()
        upper, lower = await locate.bounding_box(), await scale.bounding_box()
        assert upper is not None
        assert lower is not None
        assert upper["y"] + upper["height"] <= lower["y"]


async def test_people_are_covered_until_a_reason_is_given(screen: Any) -> None:
    async with screen() as watched:
        page = await _open_first(watched)
        await expect(page.locator("body")).not_to_contain_text("Lê Thị Hoa")
        await page.get_by_role("button", name="Gọi lại người báo").click()
        await expect(page.locator(".person")).to_contain_text("Lê Thị Hoa")
        assert watched.city.reasons == ["Gọi lại người báo"]
        await page.get_by_role("button", name="Che lại").click()
        await expect(page.locator("body")).not_to_contain_text("Lê Thị Hoa")


async def test_an_incident_without_a_place_gets_one_without_a_mouse(screen: Any) -> None:
    async with screen() as watched:
        page = await watched.open("/console")
        await page.locator("#row-i-6").click()
        await expect(page.locator(".facts")).to_contain_text("Chưa rõ vị trí")
        await page.wait_for_selector("[data-map=ready]")
        await page.keyboard.press("l")
        await page.get_by_role("button", name="Lấy tâm bản đồ").press("Enter")
        await page.get_by_role("button", name="Lưu vị trí").press("Enter")
        await expect(page.locator(".facts")).not_to_contain_text("Chưa rõ vị trí")
        lon, lat = (await _sent(watched, "locate"))["lonlat"]
        assert 105 < lon < 107
        assert 19 < lat < 20.5


async def test_a_place_is_taken_from_a_click_on_the_map(screen: Any) -> None:
    async with screen() as watched:
        page = await watched.open("/console")
        await page.locator("#row-i-6").click()
        await page.wait_for_selector("[data-map=ready]")
        await page.keyboard.press("l")
        await page.locator(".maplibregl-canvas").click(position={"x": 200, "y": 500})
        await page.get_by_role("button", name="Lưu vị trí").click()
        await expect(page.locator(".facts")).not_to_contain_text("Chưa rõ vị trí")


async def test_a_report_is_read_and_changed_before_it_is_public(screen: Any) -> None:
    async with screen() as watched:
        page = await watched.open("/console")
        await page.locator("#row-i-2").click()
        await page.wait_for_selector(".detail[data-incident=i-2]")
        await page.keyboard.press("p")
        text = page.get_by_label("Nội dung sẽ công khai")
        await expect(text).to_have_value("Dây điện đứt trước nhà ông Nam")
        await text.fill("Dây điện đứt rơi xuống đường")
        await page.get_by_role("dialog").get_by_role("button", name="Công khai phản ánh").click()
        await expect(page.locator(".said")).to_contain_text("Đã công khai #103")
        assert watched.city.published == [{"text": "Dây điện đứt rơi xuống đường", "photo": False}]


# Types as soon as there is a field: what a page does late on a busy machine comes after it.
TYPE_AT_ONCE = """
(words) => new MutationObserver((_, watching) => {
  const field = document.querySelector('#publish-text');
  if (!field) return;
  watching.disconnect();
  field.value = words;
  field.dispatchEvent(new Event('input', { bubbles: true }));
}).observe(document.body, { childList: true, subtree: true })
"""


async def test_words_changed_at_once_are_not_put_back_to_what_the_citizen_wrote(screen: Any) -> None:
    async with screen() as watched:
        page = await watched.open("/console")
        await page.locator("#row-i-2").click()
        await page.wait_for_selector(".detail[data-incident=i-2]")
        await page.evaluate(TYPE_AT_ONCE, "Dây điện đứt")
        await page.keyboard.press("p")
        await page.get_by_role("dialog").get_by_role("button", name="Công khai phản ánh").click()
        await expect(page.locator(".said")).to_contain_text("Đã công khai #103")
        assert watched.city.published == [{"text": "Dây điện đứt", "photo": False}]


async def test_rows_do_not_move_under_a_busy_operator(screen: Any) -> None:
    async with screen() as watched:
        page = await watched.open("/console")
        rows = page.locator("[role=option]")
        await expect(rows).to_have_count(9)
        await page.keyboard.press("j")
        await watched.city.open(9, id="i-new", priority=1)
        pill = page.locator(".pill")
        await expect(pill).to_contain_text("+ 1 mới")
        await page.keyboard.press(".")
        await expect(rows).to_have_count(10)
        await expect(pill).to_have_count(0)


async def test_help_lists_every_key_and_escape_closes_it(screen: Any) -> None:
    async with screen() as watched:
        page = await watched.open("/console")
        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog")).to_contain_text("Tiếp nhận cuộc gọi")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_signing_in_tells_of_a_wrong_password_and_goes_on_with_the_right_one(screen: Any) -> None:
    async with screen() as watched:
        page = await watched.open("/login")
        await page.get_by_label("Tên đăng nhập").fill("truc.ban")
        await page.get_by_label("Mật khẩu").fill("sai")
        await page.get_by_role("button", name="Đăng nhập").click()
        await expect(page.get_by_role("alert")).to_contain_text("Tên hoặc mật khẩu không đúng")
        await page.get_by_label("Mật khẩu").fill("đúng")
        await page.get_by_role("button", name="Đăng nhập").click()
        await page.wait_for_url("**/console")
