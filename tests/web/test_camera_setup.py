"""The page that sets cameras up: drawing with a pointer and with keys, saving, refusals, and who may only look."""

from __future__ import annotations

from typing import Any

import mock_data as data
import pytest
from conftest import comes_true, no_barriers
from playwright.async_api import Page, expect

pytestmark = pytest.mark.asyncio(loop_scope="session")
SAVE = "button:text-is('Lưu')"


async def opened(watched: Any, role: str = "supervisor", path: str = "/console/cameras") -> Page:
    watched.city.role = role
    page: Page = await watched.open(path)
    await page.wait_for_selector("[data-item=via-he]")
    return page


async def opened_with(watched: Any, item: str) -> Page:
    """The page of a camera that has no shape of the usual names."""
    watched.city.role = "supervisor"
    page: Page = await watched.open("/console/cameras")
    await page.wait_for_selector(f"[data-item={item}]")
    return page


async def spot(page: Page, x: float, y: float) -> tuple[float, float]:
    """A place on the screen, by its share of the picture."""
    box = await page.locator(".stage").bounding_box()
    assert box is not None
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


async def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    await page.mouse.move(*await spot(page, *start))
    await page.mouse.down()
    await page.mouse.move(*await spot(page, *end), steps=4)
    await page.mouse.up()


def near(one: Any, other: list[float]) -> bool:
    return all(abs(a - b) < 0.02 for a, b in zip(one, other, strict=True))


async def test_a_line_is_drawn_dragged_and_saved(screen: Any) -> None:
    async with screen(width=1280, height=720) as watched:
        page, setups = await opened(watched), watched.city.setups
        await comes_true(lambda: "cam-01" in watched.city.watched, "the picture is watched")
        await expect(page.locator(SAVE)).to_be_disabled()
        await page.get_by_role("button", name="+ Vạch đếm").click()
        await drag(page, (0.3, 0.8), (0.6, 0.8))
        await expect(page.locator("[data-shape=vach-1] .arrow")).to_have_count(1)
        await drag(page, (0.6, 0.8), (0.6, 0.9))
        await page.locator(SAVE).click()
        await expect(page.get_by_text("Đã lưu.")).to_be_visible()
        drawn = setups.sent[0]["lines"][1]
        assert list(setups.sent[0]) == ["lines"]
        assert near(drawn["start"], [0.3, 0.8])
        assert near(drawn["end"], [0.6, 0.9])
        assert watched.complaints == []


async def test_a_zone_is_drawn_corner_by_corner_with_purpose_and_hours(screen: Any) -> None:
    async with screen(width=1280, height=720) as watched:
        page, setups = await opened(watched), watched.city.setups
        await page.get_by_role("button", name="+ Vùng").click()
        for corner in ((0.1, 0.5), (0.4, 0.5), (0.3, 0.9)):
            await page.mouse.click(*await spot(page, *corner))
        await page.get_by_role("button", name="Xong").click()
        item = page.locator("[data-item=vung-1]")
        await item.get_by_label("Tên").fill("Vỉa hè phía đông")
        await item.get_by_label("Giờ áp dụng").fill("22:00-05:00")
        await page.locator(SAVE).click()
        await expect(page.get_by_text("Đã lưu.")).to_be_visible()
        zone = setups.sent[0]["zones"][1]
        assert (zone["name"], zone["purpose"], zone["closed"]) == ("Vỉa hè phía đông", "restricted", "22:00-05:00")
        assert len(zone["points"]) == 3
        assert near(zone["points"][2], [0.3, 0.9])


async def test_all_of_it_goes_with_keys_alone(screen: Any) -> None:
    async with screen(width=1280, height=720) as watched:
        page, setups = await opened(watched), watched.city.setups
        await page.get_by_role("button", name="+ Che").press("Enter")
        await expect(page.get_by_role("button", name="Điểm 1 trong 4")).to_be_focused()
        await page.keyboard.press("ArrowRight")
        await page.keyboard.press("Shift+ArrowDown")
        await page.keyboard.press("Insert")
        await expect(page.locator(".handle")).to_have_count(5)
        await page.get_by_role("button", name="Điểm 5 trong 5").press("Delete")
        await page.locator(SAVE).press("Enter")
        await expect(page.get_by_text("Đã lưu.")).to_be_visible()
        mask = setups.sent[0]["masks"][1]
        assert mask["points"][0] == [0.01, 0.05]
        assert len(mask["points"]) == 4
        await page.locator("[data-item=bac] .item").press("Enter")
        await page.get_by_role("button", name="Điểm 2 trong 2").press("Delete")
        await expect(page.locator("[data-shape=bac]")).to_have_count(0)
        await page.get_by_role("button", name="Bỏ thay đổi").click()
        await expect(page.locator("[data-shape=bac]")).to_have_count(1)


async def test_what_is_refused_stands_at_its_shape_and_field_and_nothing_is_lost(screen: Any) -> None:
    async with screen(width=1280, height=720) as watched:
        page, setups = await opened(watched), watched.city.setups
        setups.wrong = [
            {"field": "zones[via-he].closed", "vi": "Giờ viết như 22:00-05:00.", "en": "Hours are as 22:00-05:00."},
            {"field": "analysis_fps", "vi": "Từ 0.5 đến 30 hình mỗi giây.", "en": "0.5 to 30."},
        ]
        await page.locator("[data-item=via-he] .item").click()
        await page.get_by_label("Giờ áp dụng").fill("25:00")
        await page.get_by_label("Hình mỗi giây").fill("99")
        await page.locator(SAVE).click()
        await expect(page.locator("[data-item=via-he] .wrong")).to_have_text("Giờ viết như 22:00-05:00.")
        await expect(page.locator("[data-shape=via-he]")).to_have_class("shape zones chosen wrong")
        await expect(page.get_by_text("Từ 0.5 đến 30 hình mỗi giây.")).to_be_visible()
        await expect(page.get_by_label("Giờ áp dụng")).to_have_value("25:00")
        setups.wrong = []
        await page.locator(SAVE).click()
        await expect(page.get_by_text("Đã lưu.")).to_be_visible()
        assert setups.sent[-1]["analysis_fps"] == 99


async def test_who_comes_second_keeps_what_they_drew_and_overwrites_nothing(screen: Any) -> None:
    async with screen(width=1280, height=720) as watched:
        page, setups = await opened(watched), watched.city.setups
        await page.get_by_label("Tên", exact=True).fill("Tên của tôi")
        setups.somebody_else_changes("cam-01", heading_deg=33)
        await page.locator(SAVE).click()
        await expect(page.locator(".saving .wrong")).to_contain_text("Người khác vừa sửa")
        await page.get_by_role("button", name="Lấy bản mới").click()
        await expect(page.get_by_label("Hướng nhìn")).to_have_value("33")
        await page.locator(SAVE).click()
        await expect(page.get_by_text("Đã lưu.")).to_be_visible()
        assert setups.sent[-1] == {"name": "Tên của tôi"}
        assert setups.rows["cam-01"]["heading_deg"] == 33


async def drawn(page: Page) -> list[str | None]:
    """The names of the lines, in their order."""
    items = await page.locator("[data-item]").evaluate_all("all => all.map(one => one.dataset.item)")
    return [one for one in items if one not in ("via-he", "nha-dan")]


async def test_a_line_that_two_people_add_under_one_name_is_kept_twice_and_said(screen: Any) -> None:
    theirs = {"id": "vach-1", "start": [0.1, 0.9], "end": [0.4, 0.9], "allowed": None}
    async with screen(width=1280, height=720) as watched:
        page, setups = await opened(watched), watched.city.setups
        await page.get_by_role("button", name="+ Vạch đếm").click()
        await drag(page, (0.3, 0.8), (0.6, 0.8))
        setups.somebody_else_changes("cam-01", lines=[*setups.rows["cam-01"]["lines"], theirs])
        await page.locator(SAVE).click()
        await page.get_by_role("button", name="Lấy bản mới").click()
        await expect(page.get_by_test_id("merged")).to_have_text(
            "Người khác vừa thêm “vach-1”: cả hai đều được giữ, hình của bạn nay tên là “vach-2”."
        )
        assert await drawn(page) == ["bac", "vach-1", "vach-2"]
        await page.locator(SAVE).click()
        await expect(page.get_by_text("Đã lưu.")).to_be_visible()
        await expect(page.get_by_test_id("merged")).to_be_empty()
        old, first, second = setups.rows["cam-01"]["lines"]
        assert (old["id"], first, second["id"]) == ("bac", theirs, "vach-2")
        assert near(second["start"], [0.3, 0.8])
        assert list(setups.sent[-1]) == ["lines"]


async def test_of_shapes_each_keeps_what_only_the_other_changed_and_is_told_of_what_both_did(screen: Any) -> None:
    async with screen(width=1280, height=720) as watched:
        page, setups = await opened(watched), watched.city.setups
        line, zone = setups.rows["cam-01"]["lines"][0], setups.rows["cam-01"]["zones"][0]
        south = {**line, "id": "nam", "start": [0.1, 0.9], "end": [0.4, 0.9]}
        setups.somebody_else_changes("cam-01", lines=[line, south])
        await page.reload()
        await page.locator("[data-item=nam] .item").click()
        await page.get_by_role("button", name="Điểm 2 trong 2").press("Delete")
        await page.locator("[data-item=via-he] .item").click()
        await page.get_by_label("Giờ áp dụng").fill("22:00-05:00")
        moved = {**line, "allowed": "in"}
        setups.somebody_else_changes("cam-01", lines=[moved, south], zones=[{**zone, "closed": "01:00-02:00"}])
        await page.locator(SAVE).click()
        await page.get_by_role("button", name="Lấy bản mới").click()
        await expect(page.get_by_test_id("merged")).to_have_text(
            "Người khác cũng vừa sửa “via-he”: nếu lưu, bản của bạn thay bản đó."
        )
        await page.locator(SAVE).click()
        await expect(page.get_by_text("Đã lưu.")).to_be_visible()
        assert setups.rows["cam-01"]["lines"] == [moved]
        assert setups.rows["cam-01"]["zones"] == [{**zone, "closed": "22:00-05:00"}]


async def test_a_shape_that_one_removed_and_the_other_changed_stays_and_it_is_said(screen: Any) -> None:
    async with screen(width=1280, height=720) as watched:
        page, setups = await opened(watched), watched.city.setups
        line, zone = setups.rows["cam-01"]["lines"][0], setups.rows["cam-01"]["zones"][0]
        await page.locator("[data-item=bac] .item").click()
        await page.get_by_role("button", name="Xoá").click()
        await page.locator("[data-item=via-he] .item").click()
        await page.get_by_label("Giờ áp dụng").fill("22:00-05:00")
        setups.somebody_else_changes("cam-01", lines=[{**line, "allowed": "in"}], zones=[])
        await page.locator(SAVE).click()
        await page.get_by_role("button", name="Lấy bản mới").click()
        told = page.get_by_test_id("merged").locator("p")
        await expect(told).to_have_text(
            [
                "Người khác vừa sửa “bac” mà bạn đã xoá: hình đó được giữ lại; nếu vẫn muốn bỏ, hãy xoá lần nữa.",
                "Người khác vừa xoá “via-he” mà bạn đang sửa: nếu lưu, hình đó trở lại theo bản của bạn.",
            ]
        )
        await page.locator(SAVE).click()
        await expect(page.get_by_text("Đã lưu.")).to_be_visible()
        assert setups.rows["cam-01"]["lines"] == [{**line, "allowed": "in"}]
        assert setups.rows["cam-01"]["zones"] == [{**zone, "closed": "22:00-05:00"}]


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (390, 844)])
async def test_of_many_cameras_the_chosen_one_is_in_sight(screen: Any, width: int, height: int) -> None:
    async with screen(width=width, height=height) as watched:
        watched.city.setups.more(40)
        page = await opened(watched)
        await page.locator("[data-pick=xa-39]").click()
        await expect(page.get_by_label("Tên", exact=True)).to_have_value("Ngã tư xa 39")
        await expect(page.locator(".stage")).to_be_in_viewport(ratio=0.4)
        assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def test_counts_go_up_beside_the_shapes(screen: Any) -> None:
    async with screen(width=1280, height=720) as watched:
        page = await opened(watched)
        await expect(page.locator("[data-item=via-he] .num")).to_have_text("đang có 7")
        await expect(page.locator("[data-label=via-he]")).to_have_text("Vỉa hè · 7")
        line = page.locator("[data-item=bac] .num")
        await expect(line).to_contain_text("vào")
        first = await line.inner_text()
        await expect(line).not_to_have_text(first)


async def passed(city: Any, since: str, **lines: list[int]) -> None:
    """The feed says what has passed the lines of cam-01 by the server's own tally."""
    now = data.iso(data.now())
    await city.camera("cam-01", state="ok", last_frame=now, passed={"since": since, "lines": lines})


async def test_what_passes_is_shown_at_once_and_summed_since_the_camera_was_opened(screen: Any) -> None:
    async with screen(width=1280, height=720) as watched:
        page, city = await opened(watched), watched.city
        tally = page.locator("[data-tally=bac]")
        await expect(tally).to_have_count(0)
        await passed(city, "t1", bac=[40, 7])
        await expect(tally).to_have_text("từ lúc mở: vào 0, ra 0 đang đếm")
        await passed(city, "t1", bac=[42, 7])
        await expect(tally).to_have_text("từ lúc mở: vào 2, ra 0 đang đếm")
        await expect(page.locator("[data-label=bac]")).to_have_text("bac · vào 2, ra 0")
        await passed(city, "t2", bac=[1, 3])  # another process has taken it, and begins with nothing
        await expect(tally).to_have_text("từ lúc mở: vào 3, ra 3 đang đếm")
        await city.camera("cam-01", state="lost", passed=None)
        await expect(tally).to_have_text("từ lúc mở: vào 3, ra 3 ngừng đếm")
        await expect(tally).to_have_class("counted old")
        await passed(city, "t2", bac=[1, 4])
        await expect(tally).to_have_text("từ lúc mở: vào 3, ra 4 đang đếm")


async def test_a_line_that_was_just_drawn_counts_from_its_first_crossing(screen: Any) -> None:
    async with screen(width=1280, height=720) as watched:
        page, city = await opened(watched), watched.city
        await passed(city, "t1", bac=[40, 7])
        await expect(page.locator("[data-tally=bac]")).to_contain_text("vào 0, ra 0")
        await page.get_by_role("button", name="+ Vạch đếm").click()
        await drag(page, (0.3, 0.8), (0.6, 0.8))
        await page.locator(SAVE).click()
        await expect(page.get_by_text("Đã lưu.")).to_be_visible()
        await passed(city, "t1", **{"bac": [41, 7], "vach-1": [1, 0]})
        await expect(page.locator("[data-tally=vach-1]")).to_contain_text("từ lúc mở: vào 1, ra 0")
        await expect(page.locator("[data-label=vach-1]")).to_have_text("vach-1 · vào 1, ra 0")


COVERED = """() => {
  const inside = (pts, [x, y]) => pts.reduce((found, [x1, y1], i) => {
    const [x2, y2] = pts[(i + 1) % pts.length];
    return (y1 > y) !== (y2 > y) && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1 ? !found : found;
  }, false);
  return [...document.querySelectorAll("[data-label]")].filter((label) => {
    const box = label.previousElementSibling.getBBox();
    const shape = document.querySelector(`[data-shape="${label.dataset.label}"]`);
    const area = shape.classList.contains("zones");
    const drawn = shape.querySelector(area ? ".area" : ".stroke");
    const pts = [...drawn.points].map((p) => [p.x, p.y]);
    const within = ([x, y]) => x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height;
    const arrow = shape.querySelector(".arrow");
    const edges = pts.map((p, i) => [p, pts[(i + 1) % pts.length]]).slice(0, area ? undefined : 1);
    if (arrow) edges.push(["1", "2"].map((n) => [arrow[`x${n}`], arrow[`y${n}`]].map((v) => v.baseVal.value)));
    const steps = [...Array(201).keys()].map((n) => n / 200);
    const on = edges.some(([a, b]) => steps.some((s) => within([a[0] + s * (b[0] - a[0]), a[1] + s * (b[1] - a[1])])));
    return on || (area && inside(pts, [box.x + box.width / 2, box.y + box.height / 2]));
  }).map((label) => label.dataset.label);
}"""


async def test_names_do_not_cover_what_they_name(screen: Any) -> None:
    async with screen(width=1280, height=720) as watched:
        row = watched.city.setups.rows["cam-01"]
        line, zone = row["lines"][0], row["zones"][0]
        lines = [
            {**line, "id": "vach-dung-dai", "start": [0.5, 0.05], "end": [0.5, 0.95]},
            {**line, "id": "vach-cheo-len", "start": [0.05, 0.9], "end": [0.45, 0.3]},
            {**line, "id": "vach-ngang-tren", "start": [0.55, 0.03], "end": [0.95, 0.03]},
        ]
        zones = [
            {**zone, "id": "dung", "name": "Vùng sát mép trên", "points": [[0.6, 0], [0.9, 0], [0.9, 0.6], [0.6, 0.6]]},
            {**zone, "id": "cao", "name": "Vùng cao cả hình", "points": [[0.1, 0], [0.3, 0], [0.3, 1], [0.1, 1]]},
        ]
        watched.city.setups.rows["cam-01"] = {**row, "lines": lines, "zones": zones}
        page = await opened_with(watched, "dung")
        await expect(page.locator("[data-label=cao]")).to_have_text("Vùng cao cả hình")
        assert await page.evaluate(COVERED) == []


async def test_counts_say_how_old_they_are_and_are_marked_when_they_tell_nothing_of_now(screen: Any) -> None:
    async with screen(width=1280, height=720) as watched:
        page = await opened(watched)
        await expect(page.locator("[data-item=via-he] .count-age")).to_contain_text("giây trước")
        await expect(page.locator("[data-label=via-he]")).to_have_class("label ")
        watched.city.setups.counted_ago_s = 90
        page = await opened(watched)
        await expect(page.locator("[data-item=via-he] .counted")).to_have_class("counted old")
        await expect(page.locator("[data-item=bac] .count-age")).to_have_text("1 phút trước")
        await expect(page.locator("[data-label=via-he]")).to_have_text("Vỉa hè · 7 (1 phút trước)")
        await expect(page.locator("[data-label=via-he]")).to_have_class("label old")


async def test_names_of_what_lies_close_together_do_not_cover_each_other(screen: Any) -> None:
    async with screen(width=1280, height=720) as watched:
        row = watched.city.setups.rows["cam-01"]
        near = [[0.2, 0.6], [0.5, 0.6], [0.5, 0.9]]
        zones = [{**row["zones"][0], "id": f"v-{n}", "name": f"Vùng số {n}", "points": near} for n in range(4)]
        corner = {**row["zones"][0], "name": "Góc", "points": [[0.97, 0], [1, 0], [1, 0.1]]}
        watched.city.setups.rows["cam-01"] = {**row, "zones": [*zones, corner]}
        page = await opened(watched)
        boxes = await page.locator("[data-label]").evaluate_all(
            "all => all.map(e => e.getBoundingClientRect()).map(b => [b.left, b.top, b.right, b.bottom])"
        )
        stage = await page.locator(".stage").bounding_box()
        assert len(boxes) == 6 and stage is not None
        slack = 5  # of a letter's rim and its descenders
        for i, (left, top, right, bottom) in enumerate(boxes):
            assert left >= stage["x"] - slack and right <= stage["x"] + stage["width"] + slack
            for other in boxes[i + 1 :]:
                beside = right <= other[0] + slack or other[2] <= left + slack
                assert beside or bottom <= other[1] + slack or other[3] <= top + slack, (boxes[i], other)


async def test_without_a_connection_no_camera_is_said_to_see(screen: Any) -> None:
    async with screen(width=1280, height=720) as watched:
        page = await opened(watched)
        sees = page.locator("[data-pick=cam-01]")
        await expect(sees).to_contain_text("có hình")
        await page.context.set_offline(True)
        await watched.state("lost")
        await expect(sees).to_contain_text("chưa rõ tình trạng")


async def test_a_camera_is_put_into_maintenance_with_its_meaning_beside_it(screen: Any) -> None:
    async with screen(width=1280, height=720) as watched:
        page, setups = await opened(watched), watched.city.setups
        await page.get_by_role("button", name="Ngừng dùng…").click()
        await expect(page.get_by_role("dialog")).to_contain_text("không báo động gì cho đến khi trở lại hoạt động")
        await no_barriers(page, "out of service")
        await page.get_by_role("button", name="Chuyển sang bảo trì").click()
        await page.locator(SAVE).click()
        await expect(page.get_by_text("Đã lưu.")).to_be_visible()
        assert setups.sent == [{"life": "maintenance"}]


async def test_a_camera_is_removed_and_taken_back(screen: Any) -> None:
    async with screen(width=1280, height=720) as watched:
        page, setups = await opened(watched), watched.city.setups
        await page.get_by_role("button", name="Ngừng dùng…").press("Enter")
        await expect(page.get_by_role("dialog")).to_contain_text("vẫn chỉ người được xem camera này mới thấy")
        await page.get_by_role("button", name="Bỏ camera này").press("Enter")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await expect(page.locator("[data-pick=cam-01]")).to_have_count(0)
        assert list(setups.removed) == ["cam-01"]
        await page.get_by_text("Đã bỏ: 1").click()
        await page.locator("[data-removed=cam-01]").get_by_role("button", name="Dùng lại").click()
        await expect(page.locator("[data-pick=cam-01]")).to_have_attribute("aria-pressed", "true")
        assert not setups.removed
        assert watched.complaints == []


async def test_a_camera_is_added_and_its_mistakes_are_told_at_the_field(screen: Any) -> None:
    async with screen(width=1280, height=720) as watched:
        page, setups = await opened(watched), watched.city.setups
        setups.wrong = [{"field": "source", "vi": "Nguồn hình phải bắt đầu bằng rtsp://.", "en": "Begin with rtsp://."}]
        await page.get_by_role("button", name="+ Thêm camera").click()
        await page.get_by_role("button", name="Thêm", exact=True).click()
        said = await page.get_by_label("Mã").evaluate("field => field.validationMessage")
        assert said == "Hãy điền mục này.", "in the page's language, not the browser's"
        await page.get_by_label("Mã").fill("cam-77")
        await page.get_by_label("Tên").fill("Ngã tư mới")
        await page.get_by_label("Nguồn hình").fill("ftp://10.0.0.1")
        await page.get_by_role("button", name="Thêm", exact=True).click()
        await expect(page.get_by_text("Nguồn hình phải bắt đầu bằng rtsp://.")).to_be_visible()
        setups.wrong = [{"field": "lon/lat", "vi": "Đảo kinh độ và vĩ độ.", "en": "Swapped."}]
        await page.get_by_label("Nguồn hình").fill("rtsp://10.0.0.1/2")
        await page.get_by_role("button", name="Thêm", exact=True).click()
        wrong = page.locator("label:has([aria-invalid=true])")
        await expect(wrong).to_contain_text(["Kinh độ", "Vĩ độ"])
        await expect(wrong.first).to_contain_text("Đảo kinh độ và vĩ độ.")
        setups.wrong = []
        await page.get_by_role("button", name="Thêm", exact=True).click()
        await expect(page.locator("[data-pick=cam-77]")).to_have_attribute("aria-pressed", "true")
        await comes_true(lambda: "cam-77" in watched.city.watched, "the new camera is watched")
        assert setups.sent[-1]["source"] == "rtsp://10.0.0.1/2"
        assert isinstance(setups.sent[-1]["lon"], float)


async def test_an_operator_looks_and_an_installation_without_a_folder_says_so(screen: Any) -> None:
    async with screen(width=1280, height=720) as watched:
        page = await opened(watched, "operator")
        await expect(page.get_by_text("Bạn được xem")).to_be_visible()
        await expect(page.locator(SAVE)).to_have_count(0)
        await expect(page.get_by_label("Nguồn hình")).to_be_disabled()
    async with screen(width=1280, height=720) as watched:
        watched.city.setups.overlay = False
        watched.city.setups.trouble = {"vi": "Hồ sơ camera có 1 lỗi", "en": "The profile's cameras have 1 mistake"}
        page = await opened(watched, "admin")
        await expect(page.get_by_text("IOC_CITY_OVERLAY")).to_be_visible()
        await expect(page.get_by_text("Hồ sơ camera có 1 lỗi")).to_be_visible()
        await expect(page.locator(SAVE)).to_have_count(0)


@pytest.mark.parametrize(
    ("language", "theme", "width", "height"), [("vi", "dark", 1280, 720), ("en", "light", 768, 1024)]
)
async def test_no_barriers_and_targets_for_fingers(
    screen: Any, language: str, theme: str, width: int, height: int
) -> None:
    async with screen(width=width, height=height) as watched:
        page = await opened(watched, path=f"/console/cameras?lang={language}&theme={theme}")
        await page.locator("[data-item=via-he] .item").click()
        await no_barriers(page, f"{language} {theme}")
        small = "els => els.map(e => e.getBoundingClientRect()).filter(b => b.width < 44 || b.height < 44).length"
        assert await page.locator("button:visible, input:visible, select:visible, .handle").evaluate_all(small) == 0
        wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        assert await page.evaluate(wide)
        assert watched.complaints == []


async def test_a_lost_link_is_said_and_nothing_can_be_saved_meanwhile(screen: Any) -> None:
    async with screen(width=1280, height=720) as watched:
        page = await opened(watched)
        await page.get_by_label("Tên", exact=True).fill("Tên khác")
        await expect(page.locator(SAVE)).to_be_enabled()
        watched.city.mute = True
        await watched.state("lost")
        await expect(page.locator(".lostbar")).to_be_visible()
        await expect(page.locator(SAVE)).to_be_disabled()
        await expect(page.locator(".stage")).to_have_class("stage old ")
        await expect(page.get_by_label("Tên", exact=True)).to_have_value("Tên khác")
