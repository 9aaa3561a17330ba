"""The citizen's page, used as a phone without JavaScript uses it: links and plain form posts."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import httpx
import pytest

from modules.citizen.posts import NOTICE_VERSION
from modules.citizen.tables import report
from tests.modules.citizen.conftest import Town, photo


class Form(HTMLParser):
    """Reads the first form of a page: where it goes, and what it would send untouched."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self._forms = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._forms += 1
            if self._forms == 1:
                self.action = values["action"]
        elif tag == "input" and self._forms == 1 and values.get("type") == "hidden":
            self.fields[values["name"]] = values["value"]


async def filled(client: httpx.AsyncClient, language: str = "vi", **changes: str) -> dict[str, str]:
    """The fields of the page as a person fills them in."""
    page = await client.get("/report", params={"lang": language})
    form = Form(page.text)
    assert form.action == "/report"
    typed = {"description": "Ổ gà lớn", "service_code": "traffic", "accept": "yes"}
    return form.fields | typed | changes


async def test_the_page_opens_with_the_emergency_numbers_and_says_what_it_is_not(town: Town) -> None:
    async with town.client() as client:
        page = (await client.get("/report")).text
        english = (await client.get("/report?lang=en")).text
    first_field = page.index("<form")
    assert 0 < page.index("Đây không phải kênh khẩn cấp") < first_field
    for number in ("112", "113", "114", "115"):
        assert 0 < page.index(f'href="tel:{number}"') < first_field
    assert "This is not an emergency channel" in english
    assert '<html lang="en">' in english
    assert NOTICE_VERSION in page


@pytest.mark.parametrize("path", ["/report", "/report?lang=en"])
async def test_the_page_holds_nothing_inline_and_nothing_from_elsewhere(town: Town, path: str) -> None:
    async with town.client() as client:
        response = await client.get(path)
        for link in re.findall(r'(?:src|href)="(/report/static/[^"]+)"', response.text):
            part = await client.get(link)
            assert part.status_code == 200
            assert "http" not in part.text
    assert "default-src 'self'" in response.headers["content-security-policy"]
    assert not re.search(r"<style|<script(?![^>]*src=)|\sstyle=|\son\w+=|https?://", response.text)


async def test_every_field_has_a_label(town: Town) -> None:
    async with town.client() as client:
        page = (await client.get("/report")).text
    shown = re.findall(r'<(?:input|select|textarea) id="(\w+)"(?![^>]*type="hidden")', page)
    assert {"description", "service_code", "photo", "address_string", "phone"} <= set(shown)
    for name in shown:
        assert f'for="{name}"' in page, name


async def test_the_page_speaks_for_itself_and_leaves_no_message_to_the_browser(town: Town) -> None:
    async with town.client() as client:
        page = (await client.get("/report")).text
        no_code = await client.post("/report/status", data={"code": " ", "lang": "vi"})
    assert page.count("<form") == page.count("novalidate>") == 2
    assert "Bấm vào ô dưới đây để chụp hoặc chọn ảnh" in page
    assert 'id="accept-missing" role="alert" hidden>Cần đồng ý với thông báo về dữ liệu cá nhân<' in page
    assert no_code.status_code == 422
    assert "Cần nhập mã theo dõi" in no_code.text


async def test_targets_are_large_enough_for_a_thumb(town: Town) -> None:
    async with town.client() as client:
        style = (await client.get("/report/static/report.css")).text
    assert style.count("min-height: 48px") >= 4


async def test_a_report_is_sent_by_a_plain_form_and_leads_to_its_secret_page(town: Town) -> None:
    async with town.client() as client:
        sent = await client.post("/report", data=await filled(client, phone="0912 345 678"))
        assert sent.status_code == 303
        page = await client.get(sent.headers["location"])
    assert page.status_code == 200
    assert "Đã gửi" in page.text
    assert "<h1>Phản ánh PA-1</h1>" in page.text
    assert "#" not in re.sub(r"<[^>]+>|&#\d+;", "", page.text)
    code = re.search(r"/report/status/([0-9A-Z-]{23})", page.text)
    assert code
    (row,) = await town.rows(report)
    assert (row["channel"], row["notice_version"], row["status"]) == ("page", NOTICE_VERSION, "new")
    assert code[1] not in str(dict(row))


async def test_a_photo_comes_along_as_multipart(town: Town) -> None:
    async with town.client() as client:
        fields = await filled(client, description="")
        sent = await client.post("/report", data=fields, files={"photo": ("ảnh.jpg", photo(gps=True), "image/jpeg")})
        assert sent.status_code == 303
        parts = await filled(client) | {"photo": ""}
        none = "".join(
            f'--x\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n{value}\r\n'
            for name, value in parts.items()
            for file in ['; filename=""' if name == "photo" else ""]
        )
        body = f"{none}--x--\r\n".encode()
        empty = await client.post("/report", content=body, headers={"Content-Type": "multipart/form-data; boundary=x"})
        assert empty.status_code == 303
    assert [row["photo"] is not None for row in await town.rows(report)] == [True, False]


async def test_sending_twice_makes_one_report_and_shows_the_same_page(town: Town) -> None:
    async with town.client() as client:
        fields = await filled(client)
        first, again = [await client.post("/report", data=fields) for _ in range(2)]
    assert first.headers["location"] == again.headers["location"]
    assert len(await town.rows(report)) == 1


@pytest.mark.parametrize(
    ("changes", "vi", "en"),
    [
        ({"accept": ""}, "Cần đồng ý", "must be accepted"),
        ({"notice_version": "1999"}, "Cần đồng ý", "must be accepted"),
        ({"description": " "}, "Cần mô tả hoặc ảnh", "A description or a photo"),
        ({"email": "không phải thư"}, "thư điện tử không hợp lệ", "Not an e-mail"),
        ({"service_code": "nope"}, "Không có loại phản ánh", "no such service"),
        ({"lat": "105.7", "long": "19.8"}, "đổi chỗ", "swapped"),
    ],
)
async def test_mistakes_come_back_in_the_readers_language_with_all_that_was_typed(
    town: Town, changes: dict[str, str], vi: str, en: str
) -> None:
    async with town.client() as client:
        for language, words in (("vi", vi), ("en", en)):
            typed = await filled(client, language, address_string='12 "Lê Lai" <b>', **changes)
            refused = await client.post("/report", data=typed)
            assert 400 <= refused.status_code < 500
            assert words in refused.text
            assert ("hãy chọn lại" if language == "vi" else "choose it again") in refused.text
            assert f'<html lang="{language}">' in refused.text
            assert "12 &#34;Lê Lai&#34; &lt;b&gt;" in refused.text
            assert typed["token"] in refused.text
    assert await town.rows(report) == []


async def test_a_file_that_is_no_photo_is_refused_on_the_page(town: Town) -> None:
    async with town.client() as client:
        refused = await client.post("/report", data=await filled(client), files={"photo": ("a.jpg", b"xin chao")})
    assert refused.status_code == 415
    assert "Chỉ nhận ảnh JPEG" in refused.text


async def test_who_is_not_sure_of_the_kind_gets_the_likely_one_or_other(town: Town) -> None:
    async with town.client() as client:
        for text in ("đèn đường hỏng tối om", "chuyện khó nói"):
            fields = await filled(client, description=text, service_code="unsure")
            assert (await client.post("/report", data=fields)).status_code == 303
    assert [row["service_code"] for row in await town.rows(report)] == ["lighting", "other"]


async def test_where_life_is_in_danger_the_answer_says_to_call(town: Town) -> None:
    async with town.client() as client:
        sent = await client.post("/report", data=await filled(client, description="cháy nhà, có người mắc kẹt"))
        page = await client.get(sent.headers["location"])
    assert 'href="tel:114"' in page.text
    (event,) = await town.events()
    assert event.data["desk"]["priority"] == 1


async def test_the_static_door_gives_only_its_own_files(town: Town) -> None:
    async with town.client() as client:
        for name in ("report.css.map", "..%2fapi.py", "%2e%2e/module.py", "manifest.toml"):
            assert (await client.get(f"/report/static/{name}")).status_code == 404


async def test_a_demonstration_says_so_on_the_page(town: Town) -> None:
    town.app.state.doors["citizen"].demo = True
    async with town.client() as client:
        assert "DỮ LIỆU MÔ PHỎNG" in (await client.get("/report")).text
