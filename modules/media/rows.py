"""Items and stories as rows of the module's tables, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from ioc.city.profile import MediaFeed
from modules.media.parsing import FeedItem
from modules.media.placing import Placing
from modules.media.reading import Reading
from modules.media.story import Item, Story

Row = Mapping[str, Any]

NEW = "new"  # to be gathered into a story
DONE = "done"
ASIDE = "aside"  # of another place: neither gathered nor counted


def press_row(feed: MediaFeed, one: FeedItem, read: Reading, now: datetime, *, local: bool) -> dict[str, Any]:
    """The row of a press item; one of elsewhere is put aside at once, and so is all of a feed that is not live yet."""
    used = feed.life == "live" and (local or read.placing.concerns)
    return {
        "id": one.id,
        "kind": "press",
        "source": feed.id,
        "name": feed.name,
        "tier": feed.tier,
        "state": NEW if used else ASIDE,
        "received_at": now,
        "published_at": one.published,
        "doubt": one.doubt,
        "title": one.title,
        "summary": one.summary,
        "url": one.url,
        "author": None,
        "personal": None,
        "reach": 0,
        "simulated": feed.simulated,
        **_read(read, gathered=used),
    }


def _read(read: Reading, *, gathered: bool) -> dict[str, Any]:
    return {
        "topics": _json(read.topics),
        "tone": read.tone,
        "placing": _json(read.placing),
        "features": _json(sorted(read.features)) if gathered else None,
        "simhash": f"{read.simhash:016x}",
        "story": None,
    }


def social_row(
    id: str,
    read: Reading,
    *,
    source: str,
    author: str,
    personal: str | None,
    reach: int,
    published: datetime,
    doubt: str,
    now: datetime,
    simulated: bool,
) -> dict[str, Any]:
    """The row of a social post: what was understood of it and none of its words."""
    return {
        "id": id,
        "kind": "social",
        "source": source,
        "name": "",
        "tier": 4,
        "state": NEW,
        "received_at": now,
        "published_at": published,
        "doubt": doubt,
        "title": None,
        "summary": None,
        "url": None,
        "author": author,
        "personal": personal,
        "reach": reach,
        "simulated": simulated,
        **_read(read, gathered=True),
    }


def item_of(row: Row) -> Item:
    """The item of a row."""
    return Item(
        id=row["id"],
        kind=row["kind"],
        name=row["name"],
        tier=row["tier"],
        published_at=row["published_at"],
        received_at=row["received_at"],
        title=row["title"],
        url=row["url"],
        author=row["author"],
        topics=msgspec.json.decode(row["topics"], type=tuple[str, ...]),
        tone=row["tone"],
        placing=placing_of(row),
        features=frozenset(msgspec.json.decode(row["features"] or "[]", type=list[int])),
        simhash=int(row["simhash"], 16),
        simulated=bool(row["simulated"]),
    )


def placing_of(row: Row) -> Placing:
    """The place of an item's or a story's row."""
    return msgspec.json.decode(row["placing"], type=Placing)


def story_row(one: Story) -> dict[str, Any]:
    """The row of a story."""
    spot = one.placing.spot
    return {
        "id": one.id,
        "topic": one.topic,
        "title": one.title,
        "source": one.source,
        "tier": one.tier,
        "url": one.url,
        "first_at": one.first_at,
        "last_at": one.last_at,
        "noticed_at": one.noticed_at,
        "lon": spot.lon if spot else None,
        "lat": spot.lat if spot else None,
        "ward_code": spot.ward_code if spot else None,
        "placing": _json(one.placing),
        "articles": one.articles,
        "posts": one.posts,
        "authors": len(one.authors),
        "negative": one.negative,
        "said": one.said,
        "said_at": one.said_at,
        "hinted_at": one.hinted_at,
        "rumour_at": one.rumour_at,
        "correlation": one.correlation,
        "simulated": one.simulated,
    }


def story_of(row: Row) -> Story:
    """The story of a row, still without its items' words and authors."""
    return Story(
        id=row["id"],
        first_at=row["first_at"],
        last_at=row["last_at"],
        noticed_at=row["noticed_at"],
        topic=row["topic"],
        title=row["title"],
        source=row["source"],
        tier=row["tier"],
        url=row["url"],
        placing=placing_of(row),
        articles=row["articles"],
        posts=row["posts"],
        negative=row["negative"],
        said=row["said"],
        said_at=row["said_at"],
        hinted_at=row["hinted_at"],
        rumour_at=row["rumour_at"],
        correlation=row["correlation"],
        simulated=bool(row["simulated"]),
    )


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
