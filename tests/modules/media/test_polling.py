"""Watching feeds: each at its own pace, broken ones visible and harmless, nothing taken twice."""

from __future__ import annotations

import asyncio
import gzip
from datetime import timedelta
from typing import Any

import pytest

from ioc.contract import Heard
from modules.media.tables import feed as feed_table
from modules.media.tables import item
from tests.fetch.servers import Handler, answering, path_of, sending_to, serving
from tests.modules.media.conftest import World, feed, rss

XML = "Content-Type: application/rss+xml"
NEWS = ("Hội chợ khai mạc tại phường Hạc Thành", "Trong ba ngày.")
BOMB = gzip.compress(b"\0" * 50_000_000)


async def hang(_head: str, _writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def trickle(_head: str, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.1)


async def fifty_megabytes(_head: str, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<rss>")
    for _ in range(50):
        writer.write(b" " * 1_000_000)
        await writer.drain()


BROKEN: dict[str, Handler] = {
    "hangs": hang,
    "trickles": trickle,
    "goes in a circle": sending_to("/rss"),
    "sends into the private network": sending_to("http://127.0.0.1:1/"),
    "is huge": fifty_megabytes,
    "is a bomb": answering(BOMB, "Content-Encoding: gzip"),
    "lies about its length": answering(b"<rss", length=4000),
    "is no feed": answering(b"<html>xin l\xe1\xbb\x97i</html>"),
    "declares entities": answering(b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss>&x;</rss>'),
    "is gone": answering(b"", status="404 Not Found"),
    "is empty": answering(b""),
}


async def test_broken_feeds_are_visible_state_and_hold_up_no_other(world: World) -> None:
    async with serving(answering(rss(NEWS), XML)) as good:
        servers = [serving(handler) for handler in BROKEN.values()]
        opened = [await one.__aenter__() for one in servers]
        try:
            feeds = [feed(f"bad-{n}", one.url("/rss")) for n, one in enumerate(opened)]
            world.with_feeds(feed("good", good.url(), period_s=1), *feeds)
            heard = await world.listen(lambda heard: {one.key for one in heard} == {"good", *(f.id for f in feeds)}, 40)
        finally:
            for one in servers:
                await one.__aexit__(None, None, None)
    said = {one.key: one.problem for one in heard}
    assert said.pop("good") is None
    assert all(problem and problem.vi and problem.en for problem in said.values()), said
    order = [one.key for one in heard]
    assert order.index("good") < order.index("bad-1")  # the one that trickles
    rows = {row["id"]: row for row in await world.rows(feed_table)}
    assert rows["good"]["failing_since"] is None and rows["good"]["items"] == 1
    assert all(row["failures"] and row["problem_vi"] for id, row in rows.items() if id != "good")
    assert len(await world.rows(item)) == 1


def times(key: str, count: int) -> Any:
    def enough(heard: list[Heard]) -> bool:
        return sum(one.key == key for one in heard) >= count

    return enough


async def test_a_failure_is_said_once_and_so_is_the_recovery(world: World) -> None:
    broken = True

    async def moody(head: str, writer: asyncio.StreamWriter) -> None:
        await (answering(b"", status="500 Oops") if broken else answering(rss(NEWS), XML))(head, writer)

    async with serving(moody) as here:
        world.with_feeds(feed("bao", here.url(), period_s=1, name="Báo Thử"))
        for _ in range(3):
            await world.listen(times("bao", 1))
            await world.tick("watch_feeds")
        (failed,) = await world.events("media.feed.failed")
        assert failed.data["title"]["vi"].startswith("Nguồn tin Báo Thử không đọc được: Máy chủ")
        broken = False
        world.restart()
        for _ in range(2):
            await world.listen(times("bao", 1))
            await world.tick("watch_feeds")
    assert [one.type for one in await world.events()] == ["media.feed.failed", "media.feed.recovered"]


async def test_one_failure_alone_is_not_news(world: World) -> None:
    async with serving(answering(b"", status="500 Oops")) as here:
        world.with_feeds(feed("bao", here.url()))
        await world.listen(times("bao", 1))
    await world.tick("watch_feeds")
    assert await world.events() == []
    assert (await world.figures())["media.feeds_alive"]["value"] == 0.0


async def test_an_unchanged_feed_is_asked_by_its_etag_also_after_a_restart(world: World) -> None:
    asked: list[str] = []

    async def handler(head: str, writer: asyncio.StreamWriter) -> None:
        asked.append(head)
        known = 'If-None-Match: "1"' in head
        await (answering(b"", status="304 Not Modified") if known else answering(rss(NEWS), XML, 'ETag: "1"'))(
            head, writer
        )

    async with serving(handler) as here:
        world.with_feeds(feed("bao", here.url()))
        await world.listen(times("bao", 1))
        world.restart()
        await world.listen(times("bao", 1))
    assert 'If-None-Match: "1"' not in asked[0] and 'If-None-Match: "1"' in asked[1]
    (row,) = await world.rows(feed_table)
    assert (row["failures"], row["items"], row["etag"]) == (0, 1, '"1"')
    assert len(await world.rows(item)) == 1


async def test_an_article_that_stands_in_two_feeds_is_taken_once(world: World) -> None:
    async with serving(answering(rss(NEWS), XML)) as one, serving(answering(rss(NEWS), XML)) as two:
        world.with_feeds(feed("a", one.url()), feed("b", two.url()))
        await world.listen(lambda heard: len(heard) == 2)
    assert len(await world.rows(item)) == 1


async def test_a_corrected_headline_is_kept_and_not_told_again(world: World) -> None:
    title = "Cháy xưởng gỗ ở phường Hạc Thành"

    async def handler(head: str, writer: asyncio.StreamWriter) -> None:
        row = f"<item><guid>7</guid><title>{title}</title></item>"
        await answering(f"<rss><channel>{row}</channel></rss>".encode(), XML)(head, writer)

    async with serving(handler) as here:
        world.with_feeds(feed("bao", here.url()))
        await world.listen(times("bao", 1))
        await world.tick("gather")
        title = "Đã dập tắt đám cháy xưởng gỗ ở phường Hạc Thành"
        await world.listen(times("bao", 1))
        await world.tick("gather")
    (row,) = await world.rows(item)
    assert row["title"] == title
    assert [one.type for one in await world.events()] == ["media.story.published", "media.hint.raised"]


async def test_a_feed_not_yet_live_is_read_and_says_nothing(world: World) -> None:
    async with serving(answering(rss(("Cháy lớn ở phường Hạc Thành", "")), XML)) as here:
        world.with_feeds(feed("thu", here.url(), life="commissioning"))
        await world.listen(times("thu", 1))
    await world.tick("gather")
    assert await world.events() == [] and len(await world.rows(item)) == 1


async def test_feeds_that_are_off_or_in_maintenance_are_not_asked(world: World) -> None:
    async with serving(answering(rss(NEWS), XML)) as here, serving(answering(rss(NEWS), XML)) as off:
        bad = [feed("off", off.url(), enabled=False), feed("care", off.url(), life="maintenance")]
        world.with_feeds(feed("on", here.url()), *bad)
        await world.listen(times("on", 1))
    assert off.connections == 0
    assert [one.key for one in world.module.listed(world.city)] == ["on"]


async def test_a_private_feed_the_city_does_not_list_is_never_connected(world: World) -> None:
    async with serving(answering(rss(NEWS), XML)) as canary:
        world.with_feeds(feed("trong", canary.url()))
        world.context.allow()
        (heard,) = await world.listen(times("trong", 1))
    assert (heard.problem is not None and "private_hosts" in heard.problem.en) or "Port" in str(heard.problem)
    assert canary.connections == 0


@pytest.mark.parametrize("page", ["/rss"])
async def test_a_failing_feed_is_asked_ever_more_slowly(world: World, page: str) -> None:
    loop = asyncio.get_running_loop()
    asked: list[float] = []

    async def note(head: str, writer: asyncio.StreamWriter) -> None:
        assert path_of(head) == page
        asked.append(loop.time())
        await answering(b"", status="503 Busy")(head, writer)

    async with serving(note) as here:
        world.with_feeds(feed("bao", here.url(page), period_s=1))
        await world.listen(times("bao", 3), 30)
    first, second = (asked[1] - asked[0], asked[2] - asked[1])
    assert second > first > 1.5


async def test_what_was_kept_for_gathering_is_forgotten(world: World) -> None:
    async with serving(answering(rss(NEWS), XML)) as here:
        world.with_feeds(feed("bao", here.url()))
        await world.listen(times("bao", 1))
    await world.tick("gather")
    world.clock.move(timedelta(days=7))
    await world.tick("let_go")
    (row,) = await world.rows(item)
    assert row["features"] is None and row["title"] == NEWS[0]
    world.clock.move(timedelta(days=30))
    await world.tick("let_go")
    assert await world.rows(item) == []
