"""Resume: complete from the position after the last `upto`, or honestly not recovered and a snapshot."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from ioc.contract import Principal
from ioc.core.dataclass import PUBLIC_ONLY
from ioc.core.envelope import decode
from tests.feed.conftest import Feed
from tests.feed.world import World

Start = Callable[..., Awaitable[Feed]]


def positions(messages: list[dict[str, object]], topic: str) -> list[object]:
    return [m["position"] for m in messages if m["t"] == topic and m["op"] == "put"]


async def test_everything_missed_is_given_in_order(feed: Feed) -> None:
    world = feed.world
    first = world.event()
    async with feed.screen("event", "incident") as screen:
        await screen.until_upto(first)
        await screen.close()
        missed = [world.event() for _ in range(30)] + [world.incident("a")]
        screen.messages.clear()
        await screen.reconnect()
        await screen.until_upto(missed[-1])
        assert screen.recovered is True
        assert positions(screen.messages, "event") == missed
        assert "a" in screen.state["incident"]
        assert not any(m.get("op") == "snap" for m in screen.messages)


@pytest.mark.parametrize("ring", [4, 4096])
async def test_what_the_ring_no_longer_has_comes_from_the_log(feeds: Start, ring: int) -> None:
    feed = await feeds(ring=ring, page=7)
    first = feed.world.event()
    async with feed.screen("event") as screen:
        await screen.until_upto(first)
        await screen.close()
        missed = [feed.world.event() for _ in range(40)]
        async with feed.screen("event") as other:
            await other.until_upto(missed[-1])
        screen.messages.clear()
        await screen.reconnect()
        await screen.until_upto(missed[-1])
        assert screen.recovered is True
        assert positions(screen.messages, "event") == missed


async def test_resume_from_before_the_server_started(feeds: Start, world: World) -> None:
    missed = [world.event() for _ in range(10)]
    feed = await feeds()
    screen = feed.screen("event")
    await screen.connect(epoch=world.epoch, since=4)
    await screen.until_upto(missed[-1])
    assert screen.recovered is True
    assert positions(screen.messages, "event") == missed[4:]
    await screen.close()


async def test_another_epoch_is_not_recovered_and_gets_a_snapshot(feed: Feed) -> None:
    feed.world.incident("a")
    screen = feed.screen("incident")
    await screen.connect(epoch="another", since=0)
    await screen.until(lambda: screen.upto is not None)
    assert screen.recovered is False
    assert set(screen.state["incident"]) == {"a"}
    await screen.close()


async def test_too_far_behind_is_not_recovered(feeds: Start, world: World) -> None:
    for _ in range(50):
        world.event()
    feed = await feeds(resume_limit=20)
    screen = feed.screen("event")
    await screen.connect(epoch=world.epoch, since=3)
    await screen.until(lambda: screen.upto == 50)
    assert screen.recovered is False
    assert len(screen.state["event"]) == 50
    await screen.close()


async def test_what_retention_took_is_not_recovered(feeds: Start, world: World) -> None:
    for _ in range(50):
        world.event()
    world.log.forget_until(30)
    feed = await feeds()
    screen = feed.screen("event")
    await screen.connect(epoch=world.epoch, since=29)
    await screen.until(lambda: screen.upto == 50)
    assert screen.recovered is False
    await screen.reconnect()
    await screen.until(lambda: screen.upto == 50)
    assert screen.recovered is True
    await screen.close()


async def test_a_shared_snapshot_older_than_the_log_is_not_shown_over_and_over(feeds: Start, world: World) -> None:
    """The next event no longer follows it: only a fresh one leads on."""
    feed = await feeds(ring=4, snapshot_age_s=3600)
    first = world.event()
    async with feed.screen("event") as other:
        await other.until_upto(first)
        last = [world.event() for _ in range(20)][-1]
        await other.until_upto(last)
        world.log.forget_until(10)
        async with feed.screen("event") as screen:
            await screen.until_upto(last)
            snapshots = [m for m in screen.messages if m.get("op") == "snap" and m["t"] == "event"]
            assert len(snapshots) == 2
            assert set(screen.state["event"]) >= {decode(row.body).id for row in world.log.rows}


@pytest.mark.parametrize("began", ["before the event", "after the event"])
async def test_a_position_from_the_future_is_not_recovered(feeds: Start, world: World, began: str) -> None:
    if began == "after the event":
        world.event()
    feed = await feeds()
    if began == "before the event":
        world.event()
    screen = feed.screen("event")
    await screen.connect(epoch=world.epoch, since=99)
    await screen.until(lambda: screen.upto == 1)
    assert screen.recovered is False
    await screen.close()


async def test_a_feed_that_lags_behind_its_log_still_resumes(feed: Feed) -> None:
    """Another process of the feed may have shown more than this one has read so far."""
    first = feed.world.event()
    async with feed.screen("event") as other:
        await other.until_upto(first)
    feed.world.log.open.clear()
    ahead = feed.world.event()
    screen = feed.screen("event")
    await screen.connect(epoch=feed.world.epoch, since=ahead)
    await screen.until(lambda: screen.recovered is not None)
    feed.world.log.open.set()
    later = feed.world.event()
    await screen.until_upto(later)
    assert screen.recovered is True
    assert later in positions(screen.messages, "event")
    await screen.close()


async def test_a_snapshot_ahead_of_the_feed_is_not_undone_by_older_changes(feeds: Start, world: World) -> None:
    feed = await feeds(snapshot_age_s=0)
    world.incident("a")
    async with feed.screen("incident") as early:
        await early.until_upto(1)
        world.log.open.clear()
        world.incident("a", "taken", status="taken")
        position = world.incident("a", "closed", status="closed")
        async with feed.screen("incident") as screen:
            await screen.until(lambda: screen.state["incident"])
            world.log.open.set()
            await screen.until_upto(position)
            await early.until_upto(position)
            assert positions(screen.messages, "incident") == []
            assert screen.state == early.state


async def test_last_known_values_come_as_a_snapshot_even_when_recovered(feed: Feed) -> None:
    feed.world.unit("113-01")
    position = feed.world.event()
    async with feed.screen("event", "unit") as screen:
        await screen.until_upto(position)
        await screen.until(lambda: "113-01" in screen.state["unit"])
        await screen.close()
        feed.world.unit("113-02")
        await screen.reconnect()
        await screen.until(lambda: "113-02" in screen.state["unit"])
        assert screen.recovered is True


async def test_what_was_given_under_other_rights_is_not_resumed(feed: Feed) -> None:
    """A wall's browser where someone signs in must not miss what the wall was not shown."""
    feed.world.incident("secret", data_class="security")
    position = feed.world.incident("plain")
    async with feed.screen("incident", who="wall") as screen:
        await screen.until_upto(position)
        assert set(screen.state["incident"]) == {"plain"}
        screen.headers["Cookie"] = "session=operator"
        await screen.reconnect()
        await screen.until_upto(position)
        assert screen.recovered is False
        assert set(screen.state["incident"]) == {"plain", "secret"}


async def test_the_newest_events_are_found_behind_many_others(feeds: Start, world: World) -> None:
    world.principals["anyone"] = Principal(id="anyone", name="anyone", classes=PUBLIC_ONLY)
    for number in range(60):
        world.event(severity=3, lonlat=(105.7, 19.8) if number % 4 == 0 else (107.0, 21.0))
    feed = await feeds(newest_events=10)
    async with feed.screen("event", bbox=[105, 19, 106, 20]) as screen:
        await screen.until(lambda: len(screen.state["event"]) == 10)
    async with feed.screen("event", who="anyone") as stranger:
        await stranger.until(lambda: stranger.upto == 60)
        assert stranger.state["event"] == {}
