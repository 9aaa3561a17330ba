"""The whole way: feeds and posts in, stories, hints and rumours out, each said once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from gis.layers import read_wards
from ioc.contract import Point
from ioc.host.city_map import feature_of, open_places
from modules.media.tables import item, story
from tests.fetch.servers import answering, serving
from tests.modules.media.conftest import START, World, a_post, feed, rss

FIRE = ("Cháy lớn tại xưởng gỗ phường Hạc Thành", "Khói đen bốc cao, người dân hoảng sợ.")
XML = "Content-Type: application/rss+xml"


async def read(world: World, *items: tuple[str, str], **more: Any) -> None:
    """One feed with these items is read once, and they are gathered."""
    async with serving(answering(rss(*items), XML)) as here:
        world.with_feeds(feed("bao-a", here.url("/rss"), **more))
        await world.listen(lambda heard: bool(heard))
    await world.tick("gather")


async def test_a_story_of_the_city_is_published_in_its_ward_and_hinted_once(world_anywhere: World) -> None:
    world = world_anywhere
    await read(world, FIRE, ("Thủ tướng thăm Lào Cai", "Tại tỉnh Lào Cai sáng nay."))
    (said,) = await world.events("media.story.published")
    assert said.data["title"]["vi"] == f"Báo bao-a: {FIRE[0]}"
    assert said.data["ward"]["code"] == "14797"
    assert (said.data["topic"], said.severity, said.dataclass) == ("fire", 1, "public")
    (hint,) = await world.events("media.hint.raised")
    assert hint.correlationid == said.correlationid
    assert hint.data["desk"]["priority"] == 3
    assert hint.data["title"]["vi"].startswith("Chưa kiểm chứng: cháy, nổ tại Phường Hạc Thành")
    assert hint.data["unverified"] is True
    world.restart()
    await world.tick("gather")
    await read(world, FIRE)
    assert len(await world.events()) == 2


async def test_a_ward_is_approximate_where_the_map_in_use_is(world: World) -> None:
    """Official wards were imported over the profile's, all but one."""
    own = read_wards(world.city.wards_file).wards
    imported = [feature_of(ward._replace(approximate=ward.code == "14758")) for ward in own]
    await world.store.features.put(imported)
    world.map_is(await open_places(world.city, world.store, None))
    await read(world, FIRE, ("Cháy nhà kho phường Hàm Rồng", "Lửa bùng lên lúc rạng sáng, khói đen bốc cao."))
    found = {one.data["ward"]["code"]: one.data["ward"] for one in await world.events("media.story.published")}
    assert {code: ward["approximate"] for code, ward in found.items()} == {"14797": False, "14758": True}


async def test_a_headline_leads_to_nobody_wherever_it_is_shown(world: World) -> None:
    title = "Cháy xưởng gỗ phường Hạc Thành, gọi 114 hoặc anh Hùng 0912.345.678, xe 36A-123.45 trên QL1A"
    shown = "Cháy xưởng gỗ phường Hạc Thành, gọi 114 hoặc anh Hùng •••, xe ••• trên QL1A"
    await read(world, (title, "Khói đen bốc cao."))
    (said,) = await world.events("media.story.published")
    assert said.data["title"]["vi"] == f"Báo bao-a: {shown}"
    stories = (await world.get("/stories", who="wall")).json()["stories"]
    assert [one["title"]["vi"] for one in stories] == [shown]
    whole = (await world.get(f"/stories/{stories[0]['id']}")).text
    everything = "".join(str(one.data) for one in await world.events())
    assert not [one for one in ("345.678", "123.45") if one in whole or one in everything]


async def test_a_story_of_a_known_case_is_attached_and_raises_no_hint(world: World) -> None:
    incident = {"id": "i-1", "number": 7, "category": "fire", "lonlat": [105.7764, 19.8067], "ward": {"code": "14797"}}
    await world.desk("opened", incident, "call-1")
    await read(world, FIRE)
    (said,) = await world.events("media.story.published")
    assert said.correlationid == "call-1"
    (fact,) = said.data["attach"]["facts"].values()
    assert (fact["source"], fact["title"]["vi"], fact["tier"]) == ("Báo bao-a", FIRE[0], 1)
    assert await world.events("media.hint.raised") == []


async def test_a_case_of_another_place_or_kind_is_not_the_one(world: World) -> None:
    for number, (category, ward) in enumerate((("fire", "14758"), ("noise", "14797"))):
        incident = {"id": f"i-{number}", "category": category, "lonlat": None, "ward": {"code": ward}}
        await world.desk("opened", incident, f"call-{number}")
    await read(world, FIRE)
    assert len(await world.events("media.hint.raised")) == 1


async def test_a_case_opened_after_the_story_is_shown_it(world: World) -> None:
    await read(world, FIRE)
    world.wait(3)
    incident = {"id": "i-9", "category": "fire_trapped", "lonlat": None, "ward": {"code": "14797"}}
    await world.desk("opened", incident, "call-9")
    await world.tick("gather")
    (linked,) = await world.events("media.story.linked")
    assert linked.correlationid == "call-9" and linked.data["attach"]["facts"]
    await world.tick("gather")
    assert len(await world.events("media.story.linked")) == 1


async def test_our_own_hint_is_no_other_case(world: World) -> None:
    await read(world, FIRE)
    (hint,) = await world.events("media.hint.raised")
    own = {"id": "i-own", "category": hint.data["desk"]["category"], "lonlat": None, "ward": {"code": "14797"}}
    await world.desk("opened", own, hint.correlationid)
    await world.tick("gather")
    assert await world.events("media.story.linked") == []
    await world.post([a_post("1", "cháy ở phường Hạc Thành to quá")])
    await world.tick("gather")
    assert len(await world.events("media.hint.raised")) == 1


async def test_a_suspicion_of_our_sensors_shares_its_story_with_the_hint(world: World) -> None:
    await world.desk("", {"id": "tran-phu"}, "jam-1", type="traffic.incident.suspected", at=(105.783, 19.815))
    await world.post([a_post(str(n), "tai nạn trên đường Trần Phú") for n in range(3)])
    await world.tick("gather")
    (hint,) = await world.events("media.hint.raised")
    (said,) = await world.events("media.story.published")
    assert hint.correlationid == said.correlationid == "jam-1"
    assert "attach" not in said.data  # there is no case yet that could be shown it


async def test_a_suspicion_that_is_over_is_no_longer_the_one(world: World) -> None:
    await world.desk("", {"id": "tran-phu"}, "jam-1", type="traffic.incident.suspected", at=(105.783, 19.815))
    await world.desk("", {"id": "tran-phu"}, "jam-1", type="traffic.incident.cleared")
    world.wait(60 * 5)
    at = world.clock.now()
    await world.post([a_post(str(n), "tai nạn trên đường Trần Phú", at=at) for n in range(3)])
    await world.tick("gather")
    (hint,) = await world.events("media.hint.raised")
    assert hint.correlationid != "jam-1"


async def test_near_copies_of_several_papers_are_one_story(world: World) -> None:
    text = "Khoảng 14 giờ, ngọn lửa bùng lên tại một xưởng gỗ trong khu dân cư, cột khói đen bốc cao hàng chục mét"
    async with (
        serving(answering(rss((FIRE[0], text)), XML)) as one,
        serving(answering(rss((FIRE[0] + ", khói cao hàng chục mét", text + ".")), XML)) as two,
    ):
        world.with_feeds(feed("a", one.url()), feed("b", two.url(), tier=2))
        await world.listen(lambda heard: len(heard) == 2)
    await world.tick("gather")
    (kept,) = await world.rows(story)
    assert (kept["articles"], kept["title"]) == (2, FIRE[0])
    assert len(await world.events("media.story.published")) == 1


async def test_posts_of_several_people_make_a_story_without_a_word_of_theirs(world: World) -> None:
    texts = ("chay nha o phuong ham rong", "phường Hàm Rồng cháy to quá bà con ơi", "nhà cháy phường Hàm Rồng, sợ quá")
    answer = await world.post([a_post(str(n), text, author=f"Nguyễn Văn {n}") for n, text in enumerate(texts)])
    assert (answer.status_code, answer.json()) == (202, {"accepted": 3, "repeated": 0, "without_place": 0})
    await world.tick("gather")
    (said,) = await world.events("media.story.published")
    assert said.data["title_vi"] == "3 bài đăng nói về cháy, nổ, Phường Hàm Rồng (chưa kiểm chứng)"
    assert said.dataclass == "internal"
    (hint,) = await world.events("media.hint.raised")
    everything = (
        repr([e.data for e in await world.events()]) + repr(await world.rows(item)) + repr(await world.rows(story))
    )
    for secret in (*texts, "Nguyễn Văn", "sợ quá", "bà con"):
        assert secret not in everything
    assert hint.data["ward"]["code"] == "14758"


async def test_one_person_alone_raises_no_hint_however_often(world: World) -> None:
    await world.post([a_post(str(n), f"cháy ở phường Hàm Rồng {n}", author="một người") for n in range(5)])
    await world.tick("gather")
    assert await world.events() == []


async def jam(world: World, *speeds: float, key: str = "d-tran-phu", ago_s: int = 60) -> list[str]:
    """Posts claim a jam on Trần Phú while a detector measures these speeds; what is said."""
    at = world.clock.now() - timedelta(seconds=ago_s)
    points = [Point(at + timedelta(seconds=n), value, 1, value, value) for n, value in enumerate(speeds)]
    world.context.speeds = {key: points}
    await world.post([a_post(f"k{n}", "kẹt cứng trên đường Trần Phú, xe không nhúc nhích") for n in range(3)])
    await world.tick("gather")
    return [one.type.removeprefix("media.") for one in await world.events()]


async def test_a_jam_our_fresh_near_readings_contradict_is_a_rumour(world: World) -> None:
    assert await jam(world, 38, 40, 39) == ["story.published", "rumour.suspected"]
    (said,) = await world.events("media.rumour.suspected")
    assert (said.data["measured"], said.data["key"], said.data["unit"]) == (39.0, "d-tran-phu", "km/h")
    await world.tick("gather")
    assert len(await world.events("media.rumour.suspected")) == 1


async def test_it_is_never_a_rumour_while_readings_are_stale_absent_few_or_far(world: World) -> None:
    assert "rumour.suspected" not in await jam(world, 38, 40, 39, ago_s=900)


async def test_absent_readings_call_nobody_a_liar(world: World) -> None:
    assert "rumour.suspected" not in await jam(world)


async def test_two_readings_are_too_few(world: World) -> None:
    assert "rumour.suspected" not in await jam(world, 38, 40)


async def test_a_far_detector_says_nothing(world: World) -> None:
    assert "rumour.suspected" not in await jam(world, 38, 40, 39, key="d-dong-son")


async def test_slow_traffic_agrees_with_the_posts(world: World) -> None:
    assert "rumour.suspected" not in await jam(world, 8, 9, 7)


async def test_a_flood_has_no_gauge_yet_and_stays_a_hint(world: World) -> None:
    await world.post([a_post(str(n), "ngập sâu ở phường Nguyệt Viên rồi") for n in range(3)])
    await world.tick("gather")
    assert [one.type for one in await world.events()] == ["media.story.published", "media.hint.raised"]


async def test_a_divided_old_unit_names_candidates_and_no_place(world: World) -> None:
    await world.post([a_post(str(n), "cháy ở phường An Hưng") for n in range(3)])
    await world.tick("gather")
    assert await world.events() == []
    (one,) = (await world.get("/stories")).json()["stories"]
    assert one["lonlat"] is None and [ward["code"] for ward in one["candidates"]] == ["14797", "16417"]
    assert "bị chia" in one["reason"]["vi"] and one["reason"]["en"]


async def test_old_news_is_gathered_but_not_said(world: World) -> None:
    world.wait(60 * 30)
    await read(world, FIRE)
    assert await world.events() == []
    assert len(await world.rows(story)) == 1


async def test_a_failed_commit_loses_and_repeats_nothing(world: World) -> None:
    async with serving(answering(rss(FIRE), XML)) as here:
        world.with_feeds(feed("bao-a", here.url()))
        await world.listen(lambda heard: bool(heard))
    marked = next(one for one in world.marks.timers if one.name == "gather")
    [_ async for _ in marked.call(world.context)]  # what it gave is never committed
    await world.tick("gather")
    assert [one.type for one in await world.events()] == ["media.story.published", "media.hint.raised"]
    assert len(await world.rows(story)) == 1


async def test_figures_show_stories_tone_feeds_and_delay(world: World) -> None:
    world.wait(4)
    await read(world, FIRE)
    figures = await world.figures()
    values = {name.removeprefix("media."): body["value"] for name, body in figures.items()}
    assert values == {"stories_1h": 1, "negative_share": 100.0, "feeds_alive": 100.0, "minutes_to_alert": 4.0}
    assert figures["media.feeds_alive"]["limit_lo"] == 80
    assert figures["media.minutes_to_alert"]["limit_hi"] == 15
    assert len(figures["media.stories_1h"]["trend"]) == 24 and figures["media.stories_1h"]["trend"][-1] == 1
    assert all(body["name"]["vi"] and body["name"]["en"] for body in figures.values())


async def test_everything_of_the_simulator_is_marked(world: World) -> None:
    await world.post([a_post(str(n), "cháy ở phường Hàm Rồng") for n in range(3)], who="simulator")
    await world.tick("gather")
    assert all(one.simulated for one in await world.events())
    assert world.clock.now() >= START


CUT = (
    "mất điện phường Hạc Thành",
    "lại cúp điện rồi Hạc Thành ơi, tối om cả nhà",
    "phường Hạc Thành mất điện từ nãy tới giờ, nóng không chịu nổi",
    "nhà mình ở phường Hạc Thành mất điện, có ai bị không",
    "điện lực cho hỏi bao giờ có lại, phường Hạc Thành đang mất điện",
    "mat dien phuong hac thanh toi thui",
    "quán đóng cửa sớm vì mất điện, phường Hạc Thành",
    "mất điện diện rộng phường Hạc Thành, thang máy đứng im",
    "đang họp thì mất điện, phường Hạc Thành chán thật",
)


async def test_short_posts_on_one_topic_in_one_ward_are_one_story_for_a_while(world: World) -> None:
    await world.post([a_post(str(n), text) for n, text in enumerate(CUT)])
    await world.post([a_post("x", "phường Hàm Rồng mất điện")])
    await world.tick("gather")
    (said,) = await world.events("media.story.published")
    assert (said.data["topic"], said.data["posts"], said.data["ward"]["code"]) == ("power", len(CUT), "14797")
    world.wait(10)
    await world.post([a_post(f"l{n}", text + " quá", world.clock.now()) for n, text in enumerate(CUT)])
    await world.tick("gather")
    assert len(await world.events("media.story.published")) == 1
    assert sorted(row["posts"] for row in await world.rows(story)) == [1, 2 * len(CUT)]


async def test_posts_nobody_knows_the_topic_of_are_kept_and_not_told(world: World) -> None:
    await world.post([a_post(str(n), "sáng nay ở phường Hạc Thành đông vui thật") for n in range(4)])
    await world.tick("gather")
    (kept,) = await world.rows(story)
    assert (kept["topic"], kept["posts"], kept["said"]) == (None, 4, "")
    assert await world.events() == []
