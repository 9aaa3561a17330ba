"""Looks for bursts of a topic among the items of the last hours, and says each once, and again when it grows graver."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

import msgspec

from ioc.contract import Event, ModuleContext, Write
from ioc.core.clock import iso
from ioc.core.ids import new_id
from ioc.core.place import Place
from ioc.core.text import Text
from modules.media import crisis
from modules.media.burst import Burst, bursts, part, shares
from modules.media.events import BurstDetected
from modules.media.limits import Bursting, bursting
from modules.media.rows import Row, placing_of
from modules.media.statements import add_burst, items_since, newest_item, open_bursts, set_burst
from modules.media.telling import Names, minutes
from modules.media.topics import topics

BANDS: dict[crisis.Band, Text] = {
    "none": Text("thường", "ordinary"),
    "watch": Text("theo dõi", "watch"),
    "alert": Text("cảnh báo", "alert"),
    "crisis": Text("khủng hoảng", "crisis"),
}
SEVERITY: dict[crisis.Band, int] = {"none": 2, "watch": 2, "alert": 3, "crisis": 4}
OFFICIAL_TIER = 2
MOST_ITEMS = 20_000


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """What is counted of an item. `voice` is who speaks: one voice counts once in a batch."""

    at: datetime
    voice: str
    press: bool
    tier: int
    topics: tuple[str, ...]
    tone: int
    reach: int
    row: Row
    simulated: bool


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A burst with the hits in it, and all that its score is made of.

    `since`: when the topic was taken up again after a silence, None where there was none.
    """

    topic: str
    weight: float
    hits: tuple[Hit, ...]
    signs: crisis.Signs
    score: float
    band: crisis.Band
    since: datetime | None = None


class Lookout:
    """Looks for bursts whenever something new came in, and while one goes on."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._quiet_at: datetime | None = None  # the newest item when there was nothing to say

    async def look(self, ctx: ModuleContext) -> list[Event | Write]:
        """What is to be said and kept of bursts now."""
        now = ctx.clock.now()
        rule = bursting(ctx, now)
        async with ctx.read() as connection:
            newest = (await connection.execute(newest_item())).scalar()
            open_ = {row["topic"]: row for row in (await connection.execute(open_bursts())).mappings()}
            if not open_ and newest == self._quiet_at:
                return []
            rows = (await connection.execute(items_since(now - rule.window).limit(MOST_ITEMS))).mappings().all()
        said = self._said([_hit(row) for row in rows], open_, now, rule)
        self._quiet_at = None if said else newest
        return said

    def _said(self, hits: Sequence[Hit], open_: dict[str, Row], now: datetime, rule: Bursting) -> list[Event | Write]:
        said: list[Event | Write] = []
        for topic in topics():
            found = find(topic, hits, now, rule)
            if found is not None:
                said += _told(found, open_.get(topic), now, self._names)
            elif topic in open_ and now - open_[topic]["last_at"] > rule.quiet:
                said.append(set_burst(open_[topic]["id"], ended_at=now))
        return said


def find(topic: str, hits: Sequence[Hit], now: datetime, rule: Bursting) -> Found | None:
    """The burst of a topic that is going on, if it is large enough to be spoken of. Pure."""
    if sum(topic in one.topics for one in hits) < rule.posts:
        return None
    start = hits[0].at
    count = int((now - start) / rule.batch) + 1
    places = [min(int((one.at - start) / rule.batch), count - 1) for one in hits]
    alike = _counted(topic, hits, places)
    posts, mine = Counter(places), Counter(places[at] for at in alike)
    series = [mine[at] for at in range(count)], [posts[at] for at in range(count)]
    quiet = math.ceil(rule.quiet / rule.batch)
    running = [one for one in bursts(*series, rule.rule) if one.last >= count - 1 - quiet]
    if not running:
        return None
    last = running[-1]
    since = _since([one.at for one in hits if topic in one.topics], rule)
    parts: list[tuple[Burst, datetime | None]] = [(last, None)]
    if since is not None:  # what came after a silence may burst by itself
        begin = max(last.first, min(int((since - start) / rule.batch), count - 1))
        if begin <= last.last:
            parts.insert(0, (part(last, begin, *series, rule.rule), since))
    for one, again in parts:
        inside = [hits[at] for at in alike if one.first <= places[at] <= one.last]
        if _enough(inside, one, rule):
            found = _scored(
                topic, inside, [hits[at] for at in alike], _surprise(one, *series, rule), one.weight, now, rule
            )
            return msgspec.structs.replace(found, since=again)
    return None


def _enough(inside: Sequence[Hit], burst: Burst, rule: Bursting) -> bool:
    voices = len({one.voice for one in inside})
    return len(inside) >= rule.posts and voices >= rule.authors and burst.weight >= rule.weight


def _since(times: Sequence[datetime], rule: Bursting) -> datetime | None:
    """The first word after the latest silence, None where there was no silence."""
    ordered = sorted(times)
    return next((b for a, b in reversed(list(pairwise(ordered))) if b - a > rule.gap), None)


def _counted(topic: str, hits: Sequence[Hit], places: Sequence[int]) -> list[int]:
    """Which items count as hits: of one voice only the first in a batch, so that nobody bursts alone."""
    heard: set[tuple[str, int]] = set()
    found: list[int] = []
    for at, one in enumerate(hits):
        if topic in one.topics and (one.voice, places[at]) not in heard:
            heard.add((one.voice, places[at]))
            found.append(at)
    return found


def _surprise(last: Burst, mine: Sequence[int], posts: Sequence[int], rule: Bursting) -> float:
    """How many standard deviations above the usual share the burst lies."""
    p0 = shares(mine, posts, rule.rule).p0
    within = slice(last.first, last.last + 1)
    all_, got = sum(posts[within]), sum(mine[within])
    return (got - all_ * p0) / math.sqrt(max(all_ * p0 * (1 - p0), 1e-9))


def _scored(
    topic: str, inside: Sequence[Hit], all_: Sequence[Hit], z: float, weight: float, now: datetime, rule: Bursting
) -> Found:
    articles = [one for one in inside if one.press]
    lately = sum(one.at > now - rule.growth for one in all_)
    before = sum(now - 2 * rule.growth < one.at <= now - rule.growth for one in all_)
    reach = rule.reach_per_reaction * sum(one.reach for one in inside) + rule.reach_per_article * len(articles)
    signs = crisis.Signs(
        z=z,
        negative=sum(one.tone < 0 for one in inside) / len(inside),
        reach=reach,
        authority=1.0 if any(one.tier <= OFFICIAL_TIER for one in articles) else 0.0,
        growth=lately / max(before, 1),
    )
    points = round(crisis.score(signs), 1)
    return Found(
        topic=topic,
        weight=round(weight, 1),
        hits=tuple(inside),
        signs=signs,
        score=points,
        band=crisis.band(points, rule.bands),
    )


def _told(found: Found, known: Row | None, now: datetime, names: Names) -> list[Event | Write]:
    first, last = found.hits[0].at, found.hits[-1].at
    values = {"last_at": last, "score": found.score, "weight": found.weight, "posts": len(found.hits)}
    if known is not None and found.since is not None and found.since > known["began_at"]:
        return [set_burst(known["id"], ended_at=now), *_told(found, None, now, names)]
    if known is not None and crisis.BANDS.index(found.band) <= crisis.BANDS.index(known["band"]):
        return [set_burst(known["id"], **values)]
    id = known["id"] if known is not None else new_id()
    event = _event(id, found, now, names)
    if known is not None:
        return [event, set_burst(id, band=found.band, **values)]
    row = {"id": id, "topic": found.topic, "began_at": first, "ended_at": None, "band": found.band, "said_at": now}
    more = {"minutes": event.minutes_to_alert, "simulated": event.simulated}
    return [event, add_burst({**row, **values, **more})]


def _event(id: str, found: Found, now: datetime, names: Names) -> BurstDetected:
    first = found.hits[0].at
    what, band = topics()[found.topic].name, BANDS[found.band]
    return BurstDetected(
        burst=id,
        topic=found.topic,
        topic_vi=what.vi,
        topic_en=what.en,
        posts=len(found.hits),
        authors=len({one.voice for one in found.hits}),
        weight=found.weight,
        score=found.score,
        band=found.band,
        band_vi=band.vi,
        band_en=band.en,
        negative_share=round(found.signs.negative, 2),
        began=iso(first),
        minutes_to_alert=minutes(first, now),
        severity=SEVERITY[found.band],
        place=place_of(found.hits, names),
        correlation=_story(found.hits) or id,
        simulated=any(one.simulated for one in found.hits),
    )


def place_of(hits: Sequence[Hit], names: Names) -> Place | None:
    """The place most of them speak of, where more than half of all hits mean the same ward, or all their stories do."""
    spots = [spot for one in hits if (spot := placing_of(one.row).spot) is not None and spot.ward_code]
    wards = Counter(spot.ward_code for spot in spots)
    if not wards or (wards.most_common(1)[0][1] * 2 <= len(hits) and not _of_one_ward(hits)):
        return None
    ward = wards.most_common(1)[0][0]
    exact = Counter(spot for spot in spots if spot.ward_code == ward)
    return names.place(exact.most_common(1)[0][0])


def _of_one_ward(hits: Sequence[Hit]) -> bool:
    """Whether every hit belongs to a story, and all these stories are placed in one and the same ward."""
    told: dict[str | None, set[str]] = {one.row["story"]: set() for one in hits}
    for one in hits:
        spot = placing_of(one.row).spot
        if spot is not None and spot.ward_code:
            told[one.row["story"]].add(spot.ward_code)
    return None not in told and all(told.values()) and len(set().union(*told.values())) == 1


def _story(hits: Sequence[Hit]) -> str | None:
    """The story most of them belong to: the burst is shown with it."""
    told = Counter(one.row["correlation"] or one.row["story"] for one in hits if one.row["story"])
    if not told or told.most_common(1)[0][1] * 2 <= len(hits):
        return None
    return str(told.most_common(1)[0][0])


def _hit(row: Row) -> Hit:
    return Hit(
        at=row["published_at"],
        voice=row["author"] or row["source"],
        press=row["kind"] == "press",
        tier=row["tier"],
        topics=msgspec.json.decode(row["topics"], type=tuple[str, ...]),
        tone=row["tone"],
        reach=row["reach"],
        row=row,
        simulated=bool(row["simulated"]),
    )
