"""The module's SQL, one function a change. Plain SQLAlchemy Core, the same on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Table, delete, exists, func, insert, literal, or_, select, update

from ioc.contract import Write
from modules.media.rows import ASIDE, DONE, NEW
from modules.media.tables import burst, case, feed, item, story

GATHERED_AT_ONCE = 100


def insert_once(table: Table, row: dict[str, Any]) -> Write:
    """Inserts a row unless its id is there."""
    there = exists(select(literal(1)).where(table.c.id == row["id"]))
    picked = select(*(literal(value, table.c[name].type).label(name) for name, value in row.items())).where(~there)
    return Write(insert(table).from_select(list(row), picked))


def add_items(rows: Sequence[dict[str, Any]]) -> Write:
    """New items, none of which is there yet."""
    return Write(insert(item).values(list(rows)))


def set_item(id: str, **values: Any) -> Write:
    """Changes columns of an item."""
    return Write(update(item).where(item.c.id == id).values(**values))


def gathered(id: str, story_id: str | None) -> Write:
    """An item was looked at, and belongs to a story or to none."""
    return set_item(id, state=DONE, story=story_id)


def new_items() -> Select[Any]:
    """Items nobody has looked at yet, oldest first."""
    return select(item).where(item.c.state == NEW).order_by(item.c.received_at, item.c.id).limit(GATHERED_AT_ONCE)


def titles_of(ids: Collection[str]) -> Select[Any]:
    """Id and title of those items that are there."""
    return select(item.c.id, item.c.title).where(item.c.id.in_(list(ids)))


def items_since(since: datetime) -> Select[Any]:
    """What is counted for bursts: every item that was not put aside, by the time it was published."""
    names = ("published_at", "kind", "source", "author", "tier", "topics", "tone", "reach", "placing", "story")
    joined = item.outerjoin(story, story.c.id == item.c.story)
    columns = [item.c.simulated, *(item.c[name] for name in names)]
    counted = select(*columns, story.c.correlation).select_from(joined)
    return counted.where(item.c.published_at >= since, item.c.state != ASIDE).order_by(item.c.published_at)


def newest_item() -> Select[Any]:
    """When the newest item came in."""
    return select(func.max(item.c.received_at))


def stories_since(since: datetime) -> Select[Any]:
    """Stories of which something was said since then."""
    return select(story).where(story.c.last_at >= since).order_by(story.c.last_at)


def members_since(since: datetime) -> Select[Any]:
    """What the stories since then are made of."""
    return select(item).where(item.c.story.is_not(None), item.c.published_at >= since).order_by(item.c.received_at)


def set_story(id: str, **values: Any) -> Write:
    """Changes columns of a story."""
    return Write(update(story).where(story.c.id == id).values(**values))


def set_feed(id: str, **values: Any) -> Write:
    """Changes columns of a feed."""
    return Write(update(feed).where(feed.c.id == id).values(**values))


def begin_feed(id: str, now: datetime) -> Write:
    """A feed is watched from now on; one already known is left as it is."""
    row = {"id": id, "asked_at": now, "failures": 0, "told": False, "items": 0}
    return insert_once(feed, row)


def open_case(row: dict[str, Any]) -> list[Write]:
    """We know of a case; one that is reopened is open again."""
    return [insert_once(case, row), Write(update(case).where(case.c.id == row["id"]).values(closed_at=None))]


def set_case(id: str, **values: Any) -> Write:
    """Changes columns of a case."""
    return Write(update(case).where(case.c.id == id).values(**values))


def cases_around(since: datetime) -> Select[Any]:
    """Cases that are open or were lately."""
    return select(case).where(or_(case.c.closed_at.is_(None), case.c.closed_at >= since)).order_by(case.c.opened_at)


def open_bursts() -> Select[Any]:
    """Bursts that have not ended."""
    return select(burst).where(burst.c.ended_at.is_(None))


def add_burst(row: dict[str, Any]) -> Write:
    """A burst was noticed."""
    return Write(insert(burst).values(**row))


def set_burst(id: str, **values: Any) -> Write:
    """Changes columns of a burst."""
    return Write(update(burst).where(burst.c.id == id).values(**values))


def forget(words_before: datetime, items_before: datetime) -> list[Write]:
    """Clears what stories are gathered by, and later the items, stories and cases themselves."""
    worded = or_(item.c.features.is_not(None), item.c.author.is_not(None))
    return [
        Write(update(item).where(item.c.published_at < words_before, worded).values(features=None, author=None)),
        Write(delete(item).where(item.c.published_at < items_before, item.c.received_at < items_before)),
        Write(delete(story).where(story.c.last_at < items_before)),
        Write(delete(case).where(case.c.closed_at < items_before)),
        Write(delete(burst).where(burst.c.ended_at < items_before)),
    ]
