"""Items into stories, stories into what is said of them. Everything of one run goes into one commit."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ioc.contract import Event, ModuleContext, Write
from ioc.core.ids import new_id
from modules.media import telling
from modules.media.casebook import cases
from modules.media.evidence import SPEED, speed_near
from modules.media.limits import Gathering, gathering
from modules.media.rows import item_of, story_of, story_row
from modules.media.shelf import Shelf
from modules.media.statements import gathered, insert_once, members_since, new_items, set_story, stories_since
from modules.media.story import Item, Story
from modules.media.tables import story as story_table
from modules.media.telling import Names
from modules.media.topics import topics
from modules.media.verdict import Case, Claim, Speed, bearing, judge, known_case

Said = Event | Write
Step = Literal["press", "social"]


class Gatherer:
    """The stories of the last days. Only the store remembers: after a commit that failed everything is read anew."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._shelf: Shelf | None = None
        self._given: set[str] = set()
        self._cases: frozenset[str] = frozenset()

    async def gather(self, ctx: ModuleContext) -> list[Said]:
        """What follows from the items and cases that are new since the last run."""
        now = ctx.clock.now()
        rule = gathering(ctx, now)
        items = await self._new(ctx)
        shelf = await self._ready(ctx, items, now, rule)
        known = await cases(ctx, now - rule.case.within - rule.voices.recent)
        fresh = frozenset(one.id for one in known) - self._cases
        self._cases = frozenset(one.id for one in known)
        said: list[Said] = []
        begun: set[str] = set()
        touched: dict[str, Story] = {}
        for item in items:
            story = _belongs(item, shelf, rule, now, begun)
            said.append(gathered(item.id, story.id if story else None))
            if story:
                touched[story.id] = story
        touched |= {one.id: one for one in shelf.stories.values() if fresh and _waits(one, now, rule)}
        for story in touched.values():
            said += await self._speak(story, known, ctx, now, rule)
            said.append(_kept(story, new=story.id in begun))
        self._given = {item.id for item in items}
        return said

    async def _new(self, ctx: ModuleContext) -> list[Item]:
        async with ctx.read() as connection:
            return [item_of(row) for row in (await connection.execute(new_items())).mappings().all()]

    async def _ready(self, ctx: ModuleContext, items: list[Item], now: datetime, rule: Gathering) -> Shelf:
        uncommitted = any(item.id in self._given for item in items)
        if self._shelf is None or uncommitted:
            self._shelf = await _read_shelf(ctx, now, rule)
            self._cases = frozenset()
        self._shelf.forget_before(now - rule.shelf.window)
        return self._shelf

    async def _speak(
        self, story: Story, known: list[Case], ctx: ModuleContext, now: datetime, rule: Gathering
    ) -> list[Event]:
        """What is to be said of a story now, each thing once."""
        spot = story.placing.spot
        if spot is None or now - story.last_at > rule.said_within:
            return []
        place = self._names.place(spot)
        case = known_case(story.topic, spot, story.first_at, known, rule.case) if story.topic else None
        joins = case is not None and story.correlation in (None, story.id) and case.correlation != story.id
        if case is not None and joins:
            story.correlation = case.correlation
        said: list[Event] = []
        attach = telling.attached(story) if case is not None and case.desk else None
        if step := _due(story, rule):
            story.said, story.said_at = step, now
            said.append(telling.published(story, place, attach))
        elif case is not None and joins and case.desk and story.said:
            said.append(telling.linked(story, place, case.id))
        return said + await self._judged(story, case, ctx, now, rule)

    async def _judged(
        self, story: Story, case: Case | None, ctx: ModuleContext, now: datetime, rule: Gathering
    ) -> list[Event]:
        spot = story.placing.spot
        if spot is None or story.topic is None or (story.hinted_at and story.rumour_at):
            return []
        topic, speed = topics()[story.topic], None
        if topic.claim == SPEED:
            speed = await speed_near(spot, ctx, now, rule.evidence)
        claim = _claim(story, now)
        heard = case is not None and case.desk
        judged = judge(claim, known=heard, evidence=bearing(speed, now, rule.evidence), rule=rule.voices)
        place = self._names.place(spot)
        if judged.verdict == "hint" and story.hinted_at is None:
            story.hinted_at = now
            return [telling.hint(story, place, judged, now)]
        if judged.verdict == "rumour" and story.rumour_at is None and isinstance(speed, Speed):
            story.rumour_at = now
            return [telling.rumour(story, place, speed)]
        return []


def _belongs(item: Item, shelf: Shelf, rule: Gathering, now: datetime, begun: set[str]) -> Story | None:
    """The story of an item, begun where there is none; what concerns no place of the city is gathered into none."""
    if not item.placing.concerns:
        return None
    story = shelf.story_for(item, rule.shelf)
    if story is None:
        story = Story(id=new_id(), first_at=item.published_at, last_at=item.published_at, noticed_at=now)
        begun.add(story.id)
    shelf.put(item, story)
    return story


def _due(story: Story, rule: Gathering) -> Step | None:
    """Whether a story is to be said now: by the press, or by enough different people who speak of a known topic."""
    if story.articles and story.said != "press":
        return "press"
    if story.topic is None:  # "something" at a place helps nobody: kept until it is known what it is about
        return None
    if not story.said and story.posts >= rule.social_posts and len(story.authors) >= rule.social_authors:
        return "social"
    return None


def _claim(story: Story, now: datetime) -> Claim:
    topic = topics()[story.topic or ""]
    return Claim(
        topic=topic.id,
        incident=topic.incident,
        claim=topic.claim,
        tier=story.tier,
        articles=story.articles,
        voices=story.articles + len(story.authors),
        age=now - story.last_at,
        placed=story.placing.spot is not None,
    )


def _waits(story: Story, now: datetime, rule: Gathering) -> bool:
    """Whether a story already said may turn out to be about a case that is opened now."""
    return bool(story.said) and story.correlation in (None, story.id) and now - story.last_at <= rule.voices.recent


def _kept(story: Story, *, new: bool) -> Write:
    row = story_row(story)
    return insert_once(story_table, row) if new else set_story(row.pop("id"), **row)


async def _read_shelf(ctx: ModuleContext, now: datetime, rule: Gathering) -> Shelf:
    since = now - rule.shelf.window
    async with ctx.read() as connection:
        stories = {row["id"]: story_of(row) for row in (await connection.execute(stories_since(since))).mappings()}
        members = (await connection.execute(members_since(since - rule.shelf.window))).mappings().all()
    for row in members:
        if (story := stories.get(row["story"])) is not None:
            story.remember(item_of(row))
    return Shelf(stories.values())
