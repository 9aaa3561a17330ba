"""The doors: posts in every form, each kept once, none of their words kept; stories to screens by right."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from ioc.contract import Principal
from ioc.core.dataclass import EVERYTHING
from ioc.core.errors import Problem
from modules.media.tables import burst, item, story
from tests.at_once import at_once
from tests.modules.media.conftest import START, World, a_post

FIRE = "cháy nhà ở phường Hàm Rồng, bà con ơi"
KEEPER = Principal(id="kt", name="Kiểm tra", role="admin", classes=EVERYTHING)
POINT = {"lon": 105.7764, "lat": 19.8067}


async def test_one_post_a_list_and_a_named_list_are_taken(world_anywhere: World) -> None:
    world = world_anywhere
    for body in (a_post("1", FIRE), [a_post("2", FIRE), a_post("3", FIRE)], {"posts": [a_post("4", FIRE)]}):
        answer = await world.post(body)
        assert answer.status_code == 202, answer.text
    assert len(await world.rows(item)) == 4


async def test_a_post_sent_again_is_kept_once_and_its_reach_brought_up_to_date(world: World) -> None:
    await world.post([a_post("1", FIRE, reactions=3)])
    answer = await world.post([a_post("1", FIRE, reactions=50, shares=4), a_post("1", FIRE)])
    assert answer.json() == {"accepted": 0, "repeated": 2, "without_place": 0}
    answer = await world.post([a_post("1", FIRE, reactions=60)])
    (row,) = await world.rows(item)
    assert row["reach"] == 60


async def test_one_id_of_two_authors_is_two_posts(world: World) -> None:
    await world.post([a_post("bai-1", FIRE, author="u1", reactions=3)])
    answer = await world.post([a_post("bai-1", "Ngập sâu ở phường Nguyệt Viên", author="u2", reactions=9)])
    assert answer.json()["accepted"] == 1
    assert sorted(row["reach"] for row in await world.rows(item)) == [3, 9]


async def test_the_same_request_at_the_same_time_is_kept_once(world_anywhere: World) -> None:
    world = world_anywhere
    body = [a_post(str(n), FIRE) for n in range(20)]
    answers = await asyncio.gather(*(world.post(body, **{"Idempotency-Key": "k"}) for _ in range(4)))
    assert {one.status_code for one in answers} == {202}
    assert len(await world.rows(item)) == 20
    again = await world.post(body[:1], **{"Idempotency-Key": "k"})
    assert again.status_code == 409


async def test_a_post_sent_at_once_by_several_is_taken_once_and_repeated_by_the_others(world_anywhere: World) -> None:
    world = world_anywhere
    answers = await at_once(world.store, *(world.post([a_post("1", FIRE), a_post("2", FIRE)]) for _ in range(4)))
    assert sorted(one.json()["accepted"] for one in answers) == [0, 0, 0, 2]
    assert sorted(one.json()["repeated"] for one in answers) == [0, 2, 2, 2]
    assert len(await world.rows(item)) == 2


async def test_neither_words_author_nor_address_are_kept_in_clear(world: World) -> None:
    secret = a_post("1", FIRE, author="Nguyễn Văn Mật", url="https://mang.example/nguyen-van-mat/1")
    await world.post([secret])
    await world.post([a_post("2", "trời đẹp quá ở phường Hàm Rồng", author="Nguyễn Văn Mật")])
    rows = await world.rows(item)
    kept = repr(rows)
    for word in ("Mật", "nguyen-van-mat", "bà con", "trời đẹp"):
        assert word not in kept
    one, two = sorted(rows, key=lambda row: row["personal"] is None)
    assert one["author"] == two["author"] and len(one["author"]) == 32
    assert one["personal"] and two["personal"] is None  # only what may be a case can be looked at again


async def test_a_sealed_post_is_shown_for_a_reason_only(world: World) -> None:
    await world.post([a_post(str(n), FIRE, url="https://mang.example/1") for n in range(3)])
    await world.tick("gather")
    (row,) = await world.rows(story)
    path = f"/stories/{row['id']}"
    assert "personal" not in (await world.get(path)).json()
    assert (await world.get(f"{path}?reveal=1")).status_code == 422
    shown = (await world.get(f"{path}?reveal=1&reason=xác minh cháy")).json()
    assert shown["personal"][0] == {"text": FIRE, "url": "https://mang.example/1"}
    assert FIRE not in repr({**shown, "personal": None})


async def test_a_post_whose_words_were_erased_holds_up_no_other(world: World) -> None:
    erased, other = a_post("1", FIRE, author="An"), a_post("2", FIRE, author="Bình")
    await world.post([erased, other])
    await world.tick("gather")
    (told,) = await world.rows(story)
    ref = (await world.rows(item))[0]["personal"]
    await world.store.personal.erase(ref, by=KEEPER, reason="theo yêu cầu")
    shown = await world.get(f"/stories/{told['id']}?reveal=1&reason=xác minh cháy")
    assert [one["text"] for one in shown.json()["personal"]] == [FIRE], shown.text
    world.wait(24 * 60 * (world.city.threshold("media.keep_days", START) + 1))
    await world.tick("let_go")
    assert await world.rows(item) == [], "the rows were let go"
    answer = await world.post([erased, other, a_post("3", FIRE)])
    assert (answer.status_code, answer.json().get("accepted")) == (202, 3), answer.text
    assert len([row for row in await world.rows(item) if await words_of(world, row["personal"])]) == 2, (
        "erased for good"
    )


async def words_of(world: World, ref: str) -> str | None:
    try:
        return (await world.store.personal.reveal(ref, by=KEEPER, reason="thử"))["text"]
    except Problem as gone:
        assert gone.status == 404
        return None


async def test_a_post_with_a_point_is_placed_by_it(world: World) -> None:
    await world.post([a_post(str(n), "cháy to quá", **POINT) for n in range(3)])
    await world.tick("gather")
    (said,) = await world.events("media.story.published")
    assert said.data["ward"]["code"] == "14797"
    assert said.data["geometry"]["coordinates"] == [POINT["lon"], POINT["lat"]]


async def test_a_point_outside_the_city_places_nothing(world: World) -> None:
    await world.post([a_post(str(n), "cháy to quá", lon=106.7, lat=10.8) for n in range(3)])
    await world.tick("gather")
    assert await world.events() == []


async def test_a_post_further_ahead_than_a_clock_may_run_is_refused(world: World) -> None:
    ahead = timedelta(seconds=world.city.threshold("media.clock_ahead_s", START))
    late = a_post("1", FIRE, START + ahead + timedelta(seconds=1))
    for body, field in ((late, "published"), ([a_post("2", FIRE), late], "posts[1].published")):
        answer = await world.post(body)
        assert answer.status_code == 422
        told = answer.json()
        assert told["type"].endswith("time-in-future") and told["errors"][0]["field"] == field
        assert "tương lai" in told["detail"] and "future" in told["detail_en"]
    assert await world.rows(item) == []
    assert (await world.post(a_post("3", FIRE, START + ahead))).status_code == 202


async def test_a_post_of_long_before_there_were_any_is_dated_now(world: World) -> None:
    await world.post(a_post("2", FIRE) | {"published": "1970-01-01T00:00:00Z"})
    (row,) = await world.rows(item)
    assert (row["published_at"], row["doubt"]) == (START, "implausible")


async def test_the_answer_says_of_which_posts_nothing_will_be_seen(world: World) -> None:
    told = (await world.post([a_post("1", "cháy to quá"), a_post("2", FIRE)])).json()
    assert (told["accepted"], told["without_place"]) == (2, 1)
    assert "không hiện" in told["note"]["vi"] and "no screen" in told["note"]["en"]
    await world.tick("gather")
    assert len(await world.rows(story)) == 1
    assert "note" not in (await world.post(a_post("3", FIRE))).json()


async def test_posts_that_write_a_wards_bare_name_without_marks_are_one_story(world: World) -> None:
    await world.post([a_post(str(n), "tai nan o ham rong thanh hoa") for n in range(6)])
    await world.tick("gather")
    (one,) = (await world.get("/stories")).json()["stories"]
    assert (one["posts"], one["ward"]) == (6, {"code": "14758", "name": "Phường Hàm Rồng"})


async def test_a_story_at_a_name_of_several_meanings_lists_the_wards_and_why(world: World) -> None:
    await world.post(a_post("1", "Cháy ở An Hưng, Thanh Hóa"))
    await world.tick("gather")
    (one,) = (await world.get("/stories")).json()["stories"]
    assert one["ward"] is None and len(one["candidates"]) == 2 and all(one["reason"].values())


BAD: list[Any] = [
    b"",
    b"{",
    b"\xff\xfe",
    b"null",
    b"7",
    b"[]",
    b'"x"',
    b"[[[[[[[[",
    b"[" * 100_000,
    {},
    {"posts": []},
    {"posts": [1]},
    {"posts": {}},
    [{}],
    [a_post("1", "")],
    [a_post("", "x")],
    [a_post("1", "x") | {"published": "hôm qua"}],
    [a_post("1", "x") | {"published": "2026-11-21T07:00:00"}],
    [a_post("1", "x") | {"published": "0001-01-01T00:00:00+14:00"}],
    [a_post("1", "x") | {"author": None}],
    [a_post("1", "x") | {"reactions": -1}],
    [a_post("1", "x") | {"reactions": 10**30}],
    [a_post("1", "x") | {"shares": "nhiều"}],
    [a_post("1", "x") | {"lat": 91, "lon": 0}],
    [a_post("1", "x") | {"lat": 19.8}],
    [a_post("1", "x") | {"unknown": 1}],
    [a_post("1", "x" * 6000)],
    [a_post(str(n), "x") for n in range(501)],
    b'[{"id":"1","author":"a","text":"\\ud800","published":"2026-11-21T07:00:00Z"}]',
]


@pytest.mark.parametrize("body", BAD, ids=lambda body: str(body)[:30])
async def test_bad_input_is_refused_in_both_languages(body: Any, world: World) -> None:
    answer = await world.post(body)
    assert answer.status_code in (400, 413, 422), answer.text
    assert answer.json()["title"] and answer.json()["title_en"]
    assert await world.rows(item) == []


async def test_too_large_a_body_is_refused(world: World) -> None:
    assert (await world.post(b"[" + b" " * 5_000_000)).status_code == 413


NAUGHTY = (
    "\u202e\u200b",
    "\x00\x07",
    "🔥" * 500,
    "ﷺ",
    "Z̸̡a̵l̷g̶o" * 50,
    "<script>alert(1)</script>",
    "'; drop table--",
    "%s%n{}{0}",
)


@pytest.mark.parametrize("text", NAUGHTY)
async def test_odd_texts_are_taken_and_harm_nothing(text: str, world: World) -> None:
    assert (await world.post([a_post("1", text + " cháy ở phường Hạc Thành")])).status_code == 202
    await world.tick("gather")
    assert len(await world.rows(story)) == 1


async def test_stories_are_listed_for_screens(world: World) -> None:
    await world.post([a_post(str(n), FIRE) for n in range(3)])
    await world.tick("gather")
    (one,) = (await world.get("/stories", who="wall")).json()["stories"]
    assert one["title"]["vi"].startswith("3 bài đăng") and one["title"]["en"].startswith("3 posts")
    assert one["ward"] == {"code": "14758", "name": "Phường Hàm Rồng"}
    assert (one["posts"], one["authors"], one["articles"], one["topic"]) == (3, 3, 0, "fire")
    assert one["hinted_at"] and one["topic_name"]["en"]
    full = (await world.get(f"/stories/{one['id']}")).json()
    assert len(full["items"]) == 3 and all(row["sealed"] and row["title"] is None for row in full["items"])


async def test_unknown_stories_are_not_found(world: World) -> None:
    for id in ("x", "00000000-0000-7000-8000-000000000000", "../../etc"):
        assert (await world.get(f"/stories/{id}")).status_code == 404


async def test_a_burst_of_posts_is_said_once_and_again_when_it_grows(world: World) -> None:
    await world.post([a_post(f"nen-{n}", "đi chợ mua rau phường Hạc Thành") for n in range(60)])
    for minute in range(4):
        world.wait(1)
        at = world.clock.now()
        texts = [
            a_post(f"{minute}-{n}", "Mất điện ở phường Hạc Thành, bức xúc quá", at=at, reactions=20) for n in range(12)
        ]
        await world.post(texts)
        await world.tick("gather")
        await world.tick("watch_bursts")
        await world.tick("watch_bursts")
    said = await world.events("media.burst.detected")
    bands = [one.data["band"] for one in said]
    assert len(said) == len(set(bands)) and said[0].data["topic"] == "power"
    assert said[0].data["ward"]["code"] == "14797"
    assert "Mất điện ở phường" not in repr([one.data for one in said])
    assert said[-1].severity in (2, 3, 4) and said[0].data["minutes_to_alert"] <= 2


async def test_one_voice_repeated_is_no_burst(world: World) -> None:
    texts = [a_post(str(n), "Mất điện ở phường Hạc Thành", author="một người") for n in range(60)]
    await world.post(texts)
    await world.tick("gather")
    await world.tick("watch_bursts")
    assert await world.events("media.burst.detected") == []


async def test_a_burst_ends_when_it_is_quiet(world: World) -> None:
    await world.post([a_post(f"nen-{n}", "đi chợ") for n in range(60)])
    await world.post([a_post(str(n), "Mất điện ở phường Hạc Thành") for n in range(40)])
    await world.tick("watch_bursts")
    assert len(await world.events("media.burst.detected")) == 1
    world.wait(60)
    await world.tick("watch_bursts")
    (row,) = await world.rows(burst)
    assert row["ended_at"] == world.clock.now()


async def test_a_second_burst_after_a_silence_is_said_too(world: World) -> None:
    for wave, ward in enumerate(("Hạc Thành", "Hàm Rồng")):
        for n in range(12):
            at = world.clock.now()
            await world.post([a_post(f"{wave}-{n}", f"mất điện ở phường {ward} rồi", at)])
            world.wait(0.25)
            await world.tick("watch_bursts")
        world.wait(10)
    said = await world.events("media.burst.detected")
    first, second = {one.data["burst"]: one for one in said}.values()
    assert [one.data["ward"]["code"] for one in (first, second)] == ["14797", "14758"]
    rows = {row["id"]: row["ended_at"] for row in await world.rows(burst)}
    assert rows[first.data["burst"]] is not None and rows[second.data["burst"]] is None
