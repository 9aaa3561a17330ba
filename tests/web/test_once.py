"""What a person does once is one action for the server, also when its answer was lost and they send it again."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, Request, Route, expect
from test_releases import listed

pytestmark = pytest.mark.asyncio(loop_scope="session")

Sent = tuple[str, Any]  # the key and the body


def listen(page: Page, ending: str) -> list[Sent]:
    """What the page posts to addresses with this ending."""
    sent: list[Sent] = []

    def note(request: Request) -> None:
        if request.method == "POST" and request.url.endswith(ending):
            sent.append((request.headers["idempotency-key"], request.post_data_json))

    page.on("request", note)
    return sent


async def lose_next_answer(page: Page, ending: str) -> None:
    """The server does what is asked, and the connection breaks before it has said so."""

    async def lose(route: Route) -> None:
        await route.fetch()
        await route.abort()

    await page.route(f"**{ending}", lose, times=1)


async def test_an_act_without_an_answer_is_sent_again_as_it_was(screen: Any) -> None:
    """Also when the feed has told of a newer version of the case by then: it is the act itself that made it."""
    async with screen() as watched:
        page = await watched.open("/console")
        sent = listen(page, "/actions")
        await page.wait_for_selector("[role=option]")
        await page.keyboard.press("j")
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".detail[data-incident=i-0] .timeline li")
        await lose_next_answer(page, "/actions")
        await page.keyboard.press("a")
        again = page.locator(".failures").get_by_role("button", name="Thử lại")
        await expect(page.locator(".detail .chip").first).to_have_text("Đã nhận")
        await again.click()
        await expect(page.locator(".said")).to_contain_text("Đã nhận #101")
        first, second = sent
        assert first == second and first[1] == {"action": "take", "version": 1} and len(first[0]) == 36
        await page.keyboard.press("n")
        await page.get_by_label("Nội dung ghi chú").fill("Đã gọi lại")
        await page.get_by_role("dialog").get_by_role("button", name="Ghi chú").click()
        await expect(page.locator(".said")).to_contain_text("Đã ghi chú #101")
        assert sent[2][0] != first[0]


async def test_an_act_that_is_sent_for_a_newer_case_is_another_one(screen: Any) -> None:
    async with screen() as watched:
        page = await watched.open("/console")
        sent = listen(page, "/actions")
        await page.wait_for_selector("[role=option]")
        await page.keyboard.press("j")
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".detail[data-incident=i-0] .timeline li")
        watched.city.conflict_once = True
        await page.keyboard.press("a")
        await expect(page.locator(".said")).to_contain_text("Đã nhận #101")
        assert [body["version"] for _, body in sent] == [1, 2]
        assert len({key for key, _ in sent}) == 2


async def test_a_picture_is_taken_back_under_one_key_until_there_is_an_answer(screen: Any) -> None:
    async with screen() as watched:
        page = await listed(watched)
        sent = listen(page, "/withdraw")
        first = page.locator("[data-release=r-0]")
        await first.get_by_role("button", name="Thu hồi…").click()
        reason, send = first.get_by_label("Vì sao thu hồi"), first.get_by_role("button", name="Thu hồi ảnh này")
        for words in ("Còn thấy biển số", "Còn thấy biển số", "Còn thấy mặt người"):
            await reason.fill(words)
            await lose_next_answer(page, "/withdraw")
            async with page.expect_event("requestfailed"):
                await send.click()
        await expect(send).to_be_enabled()
        await send.click()
        await expect(page.get_by_text("Đã thu hồi ảnh của Ngã tư Bưu điện.")).to_be_visible()
        plate, again, face, at_last = sent
        assert plate == again and face == at_last and plate[0] != face[0]
