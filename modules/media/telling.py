"""Makes the module's events of stories. Of posts alone no word is repeated: a neutral title with counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ioc.contract import Attach, Desk
from ioc.core.clock import iso
from ioc.core.dataclass import DataClass
from ioc.core.place import Place, WardRef
from ioc.core.text import Text, counted
from ioc.core.traces import masked
from modules.media.atlas import Spot
from modules.media.events import HintRaised, RumourSuspected, StoryLinked, StoryPublished
from modules.media.story import Story
from modules.media.topics import topics
from modules.media.verdict import Judgement, Speed

SOCIAL = Text("Mạng xã hội", "Social media")
PUBLIC_TIER = 2  # what less known voices write may name people: it stays inside until a person has seen it
_HINT_PRIORITY = 3
_RUMOUR_PRIORITY = 4
_INVENTED = Text(" (mô phỏng)", " (simulated)")
_NO_TOPIC = Text("một việc", "something")


class Names:
    """The wards by code, for places in events; each says itself whether it is approximate."""

    def __init__(self, wards: Mapping[str, WardRef]) -> None:
        self._wards = wards

    def place(self, spot: Spot) -> Place:
        """The place of an event; the ward is the one spoken of, which the point alone might miss at an edge."""
        ward = self._wards.get(spot.ward_code) if spot.ward_code else None
        return Place(spot.lon, spot.lat, ward, spot.name, spot.uncertainty_m)


def topic_name(topic: str | None) -> Text:
    """What a topic is called."""
    return topics()[topic].name if topic else _NO_TOPIC


def title_of(story: Story) -> Text:
    """A press story's headline, masked where it leads to a person; of posts alone how many speak of what, and where."""
    if story.title is not None:
        shown = masked(story.title)
        return Text(shown, shown)
    what, spot = topic_name(story.topic), story.placing.spot
    where = Text(f", {spot.name}", f", {spot.name}") if spot else Text("", "")
    return Text(
        f"{story.posts} bài đăng nói về {what.vi}{where.vi} (chưa kiểm chứng)",
        f"{counted(story.posts, 'post')} about {what.en}{where.en} (unverified)",
    )


def source_of(story: Story) -> Text:
    """Who says so: the paper, or social media where no paper does yet."""
    return paper(story.source) if story.source else SOCIAL


def paper(name: str) -> Text:
    """A paper's own name stays in every language; the mark of one that a demonstration invents is a word."""
    return Text(name, f"{name.removesuffix(_INVENTED.vi)}{_INVENTED.en}" if name.endswith(_INVENTED.vi) else name)


def published(story: Story, place: Place, attach: Attach | None) -> StoryPublished:
    """The story is said."""
    title, what = title_of(story), topic_name(story.topic) if story.topic else None
    return StoryPublished(
        story=story.id,
        title_vi=title.vi,
        title_en=title.en,
        source=source_of(story).vi,
        source_en=source_of(story).en,
        tier=story.tier,
        url=story.url,
        topic=story.topic,
        topic_vi=what.vi if what else None,
        topic_en=what.en if what else None,
        articles=story.articles,
        posts=story.posts,
        published=iso(story.first_at),
        place=place,
        correlation=story.correlation or story.id,
        data_class=DataClass.PUBLIC if story.articles and story.tier <= PUBLIC_TIER else DataClass.INTERNAL,
        attach=attach,
        simulated=story.simulated,
    )


def facts(story: Story) -> dict[str, Any]:
    """What a case is shown of a story: public-safe."""
    title = title_of(story)
    return {
        "source": source_of(story).vi,
        "title": {"vi": title.vi, "en": title.en},
        "url": story.url,
        "tier": story.tier,
        "articles": story.articles,
        "posts": story.posts,
    }


def attached(story: Story) -> Attach:
    """The story as a fact of a case; every story is a fact of its own."""
    return Attach(facts={f"media:{story.id[-12:]}": facts(story)})


def linked(story: Story, place: Place, incident: str) -> StoryLinked:
    """A story said before turned out to be about a case."""
    title = title_of(story)
    return StoryLinked(
        story=story.id,
        title_vi=title.vi,
        title_en=title.en,
        incident=incident,
        place=place,
        correlation=story.correlation,
        attach=attached(story),
        simulated=story.simulated,
    )


def hint(story: Story, place: Place, judged: Judgement, now: datetime) -> HintRaised:
    """The desk is asked to look into it."""
    what, where, source = topic_name(story.topic), place.name or "", source_of(story)
    title = Text(
        f"Chưa kiểm chứng: {what.vi} tại {where}, theo {source.vi}",
        f"Unverified: {what.en} at {where}, says {source.en}",
    )
    return HintRaised(
        story=story.id,
        topic=story.topic or "",
        topic_vi=what.vi,
        topic_en=what.en,
        where=where,
        source=source.vi,
        source_en=source.en,
        tier=story.tier,
        url=story.url,
        articles=story.articles,
        posts=story.posts,
        unverified=True,
        why_vi=judged.why.vi,
        why_en=judged.why.en,
        minutes_to_alert=minutes(story.first_at, now),
        place=place,
        correlation=story.correlation or story.id,
        desk=Desk(kind="event", priority=_HINT_PRIORITY, title=title, category=f"media.{story.topic}"),
        attach=attached(story),
        simulated=story.simulated,
    )


def rumour(story: Story, place: Place, speed: Speed) -> RumourSuspected:
    """The desk is told that our readings say otherwise."""
    what, where = topic_name(story.topic), place.name or ""
    title = Text(
        f"Tin chưa khớp số đo: {what.vi} tại {where}, đo được {speed.kmh:.0f} km/h",
        f"Story against our readings: {what.en} at {where}, measured {speed.kmh:.0f} km/h",
    )
    return RumourSuspected(
        story=story.id,
        topic=story.topic or "",
        topic_vi=what.vi,
        topic_en=what.en,
        where=where,
        posts=story.posts,
        kind="traffic.speed",
        key=speed.key,
        measured=round(speed.kmh, 1),
        unit="km/h",
        expected=speed.free_flow_kmh,
        measured_at=iso(speed.at),
        place=place,
        correlation=story.correlation or story.id,
        desk=Desk(kind="event", priority=_RUMOUR_PRIORITY, title=title, category=f"media.{story.topic}"),
        simulated=story.simulated,
    )


def minutes(since: datetime, now: datetime) -> float:
    """Minutes from the first word of it, one decimal."""
    return round(max(0.0, (now - since).total_seconds()) / 60, 1)
