"""What screens are shown of stories."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select

from ioc.core.clock import iso
from ioc.core.text import Text
from ioc.core.traces import masked
from modules.media.atlas import Atlas
from modules.media.rows import Row, placing_of, story_of
from modules.media.tables import item, story
from modules.media.telling import SOCIAL, paper, title_of, topic_name


def recent_stories(limit: int) -> Select[Any]:
    """Stories of the city, newest first."""
    return select(story).order_by(story.c.last_at.desc(), story.c.id).limit(limit)


def story_view(row: Row, atlas: Atlas) -> dict[str, Any]:
    """A story as the screens show it; of posts alone no word."""
    placing, spot = placing_of(row), placing_of(row).spot
    title = title_of(story_of(row))
    return {
        "id": row["id"],
        "title": _both(title),
        "source": row["source"] or None,
        "source_name": _both(paper(row["source"]) if row["source"] else SOCIAL),
        "tier": row["tier"],
        "url": row["url"],
        "topic": row["topic"],
        "topic_name": _both(topic_name(row["topic"])) if row["topic"] else None,
        "first_at": iso(row["first_at"]),
        "last_at": iso(row["last_at"]),
        "articles": row["articles"],
        "posts": row["posts"],
        "authors": row["authors"],
        "negative": row["negative"],
        "lonlat": [spot.lon, spot.lat] if spot else None,
        "place": spot.name if spot else None,
        "uncertainty_m": spot.uncertainty_m if spot else None,
        "ward": _ward(spot.ward_code, atlas) if spot and spot.ward_code else None,
        "candidates": [_ward(code, atlas) for code in placing.candidates] if not spot else [],
        "reason": _both(placing.reason) if placing.reason else None,
        "hinted_at": iso(row["hinted_at"]) if row["hinted_at"] else None,
        "correlation": row["correlation"],
        "simulated": bool(row["simulated"]),
    }


def _ward(code: str, atlas: Atlas) -> dict[str, str]:
    known = atlas.wards.get(code)
    return {"code": code, "name": known.name if known else code}


def _both(text: Text) -> dict[str, str]:
    return {"vi": text.vi, "en": text.en}


def items_of(id: str, limit: int) -> Select[Any]:
    """Items of a story, newest first."""
    return select(item).where(item.c.story == id).order_by(item.c.published_at.desc()).limit(limit)


def item_view(row: Row) -> dict[str, Any]:
    """An item of a story: a press item with its headline, a post only with its time and where it stands."""
    return {
        "id": row["id"],
        "kind": row["kind"],
        "published": iso(row["published_at"]),
        "received": iso(row["received_at"]),
        "doubt": row["doubt"] or None,
        "title": masked(row["title"]) if row["title"] else row["title"],
        "source": row["name"] or None,
        "tier": row["tier"],
        "url": row["url"],
        "sealed": row["personal"] is not None,
        "simulated": bool(row["simulated"]),
    }
