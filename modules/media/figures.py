"""The module's figures for the wall."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import select

from ioc.city.profile import City, MediaFeed
from ioc.contract import Latest, ModuleContext
from ioc.core.clock import iso
from ioc.core.text import Text
from modules.media.rows import ASIDE
from modules.media.tables import burst, feed, item, story
from modules.media.telling import minutes

MODULE = "media"
TREND = 24
STEP = timedelta(minutes=5)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
PATIENCE = 3  # periods a feed may be late before it counts as not alive


class Figures:
    """Counts from the store; only the trend of the feeds lives with the process."""

    def __init__(self) -> None:
        self._alive: deque[float] = deque(maxlen=60)
        self._alive_at: datetime | None = None

    async def count(self, ctx: ModuleContext) -> list[Latest]:
        """All figures as of now."""
        now = ctx.clock.now()
        async with ctx.read() as connection:
            found = [
                await _stories(connection, now),
                await _negative(connection, now),
                self._feeds(await alive(connection, ctx.city, now), ctx, now),
                await _alerts(connection, ctx, now),
            ]
        return [Latest("kpi", f"{MODULE}.{name}", body, now) for name, body in found]

    def _feeds(self, share: tuple[float | None, bool], ctx: ModuleContext, now: datetime) -> tuple[str, dict[str, Any]]:
        value, simulated = share
        if value is not None and (self._alive_at is None or now - self._alive_at >= timedelta(minutes=1)):
            self._alive.append(value)
            self._alive_at = now
        return "feeds_alive", _figure(
            Text("Nguồn tin hoạt động", "Feeds alive"),
            value,
            "%",
            now,
            simulated=simulated,
            limit_lo=ctx.threshold("media.feeds_alive_min_percent", now),
            trend=list(self._alive),
        )


async def _stories(connection: Any, now: datetime) -> tuple[str, dict[str, Any]]:
    """Stories of the city said in the last hour, and how that was every five minutes of the last two."""
    query = select(story.c.said_at, story.c.simulated).where(story.c.said_at >= now - HOUR - TREND * STEP)
    rows = (await connection.execute(query)).all()
    times = [at for at, _ in rows]
    trend = [_within(times, now - STEP * (TREND - 1 - step)) for step in range(TREND)]
    name = Text("Tin về thành phố, 1 giờ", "Stories of the city, 1 h")
    return "stories_1h", _figure(name, trend[-1], "", now, simulated=any(s for _, s in rows), trend=trend)


def _within(times: Sequence[datetime], end: datetime) -> int:
    return sum(end - HOUR < at <= end for at in times)


async def _negative(connection: Any, now: datetime) -> tuple[str, dict[str, Any]]:
    """Share of items of the last day whose words are negative; each point of the trend is one hour."""
    query = select(item.c.published_at, item.c.tone, item.c.simulated).where(
        item.c.published_at >= now - DAY, item.c.state != ASIDE
    )
    rows = (await connection.execute(query)).all()
    hours: list[list[bool]] = [[] for _ in range(TREND)]
    for at, tone, _ in rows:
        hours[min(int((at - (now - DAY)) / HOUR), TREND - 1)].append(tone < 0)
    trend = [round(100 * sum(one) / len(one), 1) for one in hours if one]
    value = round(100 * sum(tone < 0 for _, tone, _ in rows) / len(rows), 1) if rows else None
    name = Text("Tin và bài tiêu cực, 24 giờ", "Negative items, 24 h")
    return "negative_share", _figure(name, value, "%", now, simulated=any(s for *_, s in rows), trend=trend)


async def alive(connection: Any, city: City, now: datetime) -> tuple[float | None, bool]:
    """Share in percent of the live feeds that were read lately, None where there is none; and whether simulated."""
    rows = {row.id: row for row in (await connection.execute(select(feed))).all()}
    live = [one for one in city.media_feeds if one.enabled and one.life == "live"]
    if not live:
        return None, False
    good = sum(_read_lately(one, rows.get(one.id), now) for one in live)
    return round(100 * good / len(live), 1), all(one.simulated for one in live)


def _read_lately(one: MediaFeed, row: Any, now: datetime) -> bool:
    if row is None or row.failing_since is not None or row.answered_at is None:
        return False
    return bool(now - row.answered_at <= timedelta(seconds=PATIENCE * one.period_s))


async def _alerts(connection: Any, ctx: ModuleContext, now: datetime) -> tuple[str, dict[str, Any]]:
    """Median minutes from the first word of something to our saying so, over the last day."""
    hinted = select(story.c.first_at, story.c.hinted_at, story.c.simulated).where(story.c.hinted_at >= now - DAY)
    burst_ = select(burst.c.minutes, burst.c.said_at, burst.c.simulated).where(burst.c.said_at >= now - DAY)
    hints = (await connection.execute(hinted.order_by(story.c.hinted_at))).all()
    found = [(at, minutes(first, at), simulated) for first, at, simulated in hints]
    found += [(at, took, simulated) for took, at, simulated in (await connection.execute(burst_)).all()]
    found.sort()
    took = [one for _, one, _ in found]
    return "minutes_to_alert", _figure(
        Text("Từ bài đầu đến cảnh báo", "First post to alert"),
        round(median(took), 1) if took else None,
        "min",
        now,
        simulated=any(simulated for *_, simulated in found),
        limit_hi=ctx.threshold("media.minutes_to_alert_max", now),
        trend=took[-TREND:],
    )


def _figure(
    name: Text, value: float | None, unit: str, now: datetime, *, simulated: bool, **more: Any
) -> dict[str, Any]:  # fmt: skip
    return {
        "module": MODULE,
        "name": {"vi": name.vi, "en": name.en},
        "value": value,
        "unit": unit,
        "at": iso(now),
        "simulated": simulated,
        **more,
    }
