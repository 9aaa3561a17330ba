"""What the module says. A press headline is public; of social posts only counts and topics are ever said, never words,
names or addresses."""

from __future__ import annotations

from ioc.contract import Event
from ioc.core.dataclass import DataClass


class StoryPublished(Event, type="media.story.published", severity=1, key="story"):
    """A story that speaks of a place of the city. `tier` 1 is an official voice, 4 an unverified one; of a story of
    posts alone the title is neutral and there is no address. `posts` counts social posts, `articles` press items."""

    story: str
    title_vi: str
    title_en: str
    source: str
    source_en: str
    tier: int
    url: str | None
    topic: str | None
    topic_vi: str | None
    topic_en: str | None
    articles: int
    posts: int
    published: str


class StoryLinked(Event, type="media.story.linked", severity=1, key="story"):
    """A story is about a case we know; the case is shown it."""

    story: str
    title_vi: str
    title_en: str
    incident: str


class BurstDetected(Event, type="media.burst.detected", severity=2, key="burst", data_class=DataClass.INTERNAL):
    """A topic is suddenly spoken of far more than usual; `score` 0-100 says how much it may grow into."""

    burst: str
    topic: str
    topic_vi: str
    topic_en: str
    posts: int
    authors: int
    weight: float
    score: float
    band: str
    band_vi: str
    band_en: str
    negative_share: float
    began: str
    minutes_to_alert: float


class HintRaised(Event, type="media.hint.raised", severity=3, key="story"):
    """Press or posts speak of a case in the city that we do not know of. Unverified until somebody has looked."""

    story: str
    topic: str
    topic_vi: str
    topic_en: str
    where: str
    source: str
    source_en: str
    tier: int
    url: str | None
    articles: int
    posts: int
    unverified: bool
    why_vi: str
    why_en: str
    minutes_to_alert: float


class RumourSuspected(Event, type="media.rumour.suspected", severity=3, key="story"):
    """Posts claim what our own fresh and near readings contradict."""

    story: str
    topic: str
    topic_vi: str
    topic_en: str
    where: str
    posts: int
    kind: str
    key: str
    measured: float
    unit: str
    expected: float
    measured_at: str


class FeedFailed(Event, type="media.feed.failed", severity=1, key="feed"):
    """A feed cannot be read since some time; said once until it can."""

    feed: str
    name: str
    reason_vi: str
    reason_en: str
    since: str


class FeedRecovered(Event, type="media.feed.recovered", severity=1, key="feed"):
    """A feed that had failed can be read again."""

    feed: str
    name: str
    failed_since: str
