"""Tells a story: does each step at its time, through the same doors as everyone, and writes down what happened."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar, Protocol

import msgspec

from ioc.core.clock import Clock, iso
from ioc.demo.press import Item, Press
from ioc.demo.scenario.model import (
    STEPS,
    AnalyticsStep,
    BlockStep,
    CallStep,
    CameraFaultStep,
    GatheringStep,
    IntruderStep,
    Lasting,
    PostsStep,
    PressStep,
    RecordStep,
    ReportStep,
    Scenario,
    SilenceStep,
    Step,
    StuckStep,
)
from ioc.demo.scenario.places import Finder, Located
from ioc.demo.stories import made_up_phone
from ioc.demo.truth import TruthBook
from ioc.demo.world import Blind, Block, Effect, People, Silence, Stuck, World

DO = {kind: word for word, kind in STEPS.items()}


class Doors(Protocol):
    """Where the people and devices of a story speak."""

    async def call(self, body: dict[str, Any]) -> None:
        """A call as a call taker types it."""
        ...

    async def report(self, form: dict[str, Any]) -> None:
        """A citizen's report by Open311."""
        ...

    async def post(self, text: str, at: datetime) -> None:
        """A post on a social network."""
        ...

    async def record(self, type: str, method: str, at: datetime, place: tuple[float, float], key: str = "") -> None:
        """A record of an offence; one `key` is kept once."""
        ...

    async def analytics(self, camera: str, topic: str, begins: bool, at: datetime) -> None:
        """What a camera's analytics say."""
        ...


class Stage(msgspec.Struct, frozen=True):
    """All a story acts upon."""

    doors: Doors
    world: World
    press: Press
    finder: Finder
    truth: TruthBook
    clock: Clock
    chance: random.Random


class Telling:
    """One telling of a story: `run` names it, `turn` chooses among places that take turns, `speed` shortens it."""

    def __init__(self, stage: Stage, scenario: Scenario, run: str, turn: int = 0, speed: float = 1.0) -> None:
        self._stage = stage
        self._scenario = scenario
        self._run = run
        self._speed = speed
        self._places = {id: stage.finder.find(rows, turn) for id, rows in scenario.places.items()}

    async def tell(self) -> None:
        """From the first step until the last effect is over."""
        begun = self._stage.clock.now()
        self._write_begin(begun)
        async with asyncio.TaskGroup() as steps:
            for step in self._scenario.steps:
                steps.create_task(self._in_time(step, begun))
        await self._until(begun + timedelta(seconds=self._scenario.length_s / self._speed))
        self._stage.truth.write(self._scenario.head.id, self._run, "end", self._stage.clock.now())

    def _write_begin(self, begun: datetime) -> None:
        first = self._places[self._scenario.steps[0].place]
        expects = [
            {
                "event": one.event,
                "from": iso(begun + timedelta(seconds=one.after_s / self._speed)),
                "within_s": one.within_s,
                "within_m": one.within_m,
                "together": one.together,
                "lonlat": self._places[one.place].lonlat if one.place else None,
                "ward": self._places[one.place].ward if one.place else None,
            }
            for one in self._scenario.expects
        ]
        more = {"expects": expects, "may": list(self._scenario.may), "length_s": self._scenario.length_s / self._speed}
        self._stage.truth.write(self._scenario.head.id, self._run, "story", begun, first, **more)

    async def _in_time(self, step: Step, begun: datetime) -> None:
        await self._until(begun + timedelta(seconds=step.at_s / self._speed))
        place = self._places[step.place]
        until = {"until": iso(self._end_of(step))} if isinstance(step, Lasting) else {}
        self._stage.truth.write(
            self._scenario.head.id, self._run, DO[type(step)], self._stage.clock.now(), place, **until
        )
        await self._acts[type(step)](self, step, place)

    async def _until(self, at: datetime) -> None:
        await asyncio.sleep(max(0.0, (at - self._stage.clock.now()).total_seconds()))

    def _end_of(self, step: Lasting) -> datetime:
        return self._stage.clock.now() + timedelta(seconds=step.for_s / self._speed)

    async def _call(self, step: CallStep, place: Located) -> None:
        lon, lat = place.stray(step.stray_m, self._stage.chance)
        await self._stage.doors.call(
            {
                "service": step.service,
                "number_dialled": step.service,
                "caller": {"name": "Người gọi mô phỏng", "phone": made_up_phone(self._stage.chance)},
                "narrative": place.fill(step.text),
                "answers": step.answers,
                "location": {"lat": lat, "lon": lon, "uncertainty_m": 30},
            }
        )

    async def _report(self, step: ReportStep, place: Located) -> None:
        lon, lat = place.stray(step.stray_m, self._stage.chance)
        form = {"service_code": step.service, "description": place.fill(step.text), "lat": lat, "long": lon}
        await self._stage.doors.report(form)

    async def _posts(self, step: PostsStep, place: Located) -> None:
        for number in range(step.count):
            await self._stage.doors.post(place.fill(step.texts[number % len(step.texts)]), self._stage.clock.now())
            await asyncio.sleep(step.over_s / step.count / self._speed)

    async def _press(self, step: PressStep, place: Located) -> None:
        feeds = self._stage.press.feeds
        feed = step.feed if step.feed in feeds else next(iter(feeds), None)
        if feed:
            item = Item(place.fill(step.title), place.fill(step.text), self._stage.clock.now())
            self._stage.press.publish(feed, item)

    async def _record(self, step: RecordStep, place: Located) -> None:
        at = place.stray(step.stray_m, self._stage.chance)
        await self._stage.doors.record(step.type, step.method, self._stage.clock.now(), at)

    async def _analytics(self, step: AnalyticsStep, place: Located) -> None:
        until = self._end_of(step)
        await self._stage.doors.analytics(str(place.camera), step.topic, True, self._stage.clock.now())
        await self._until(until)
        await self._stage.doors.analytics(str(place.camera), step.topic, False, self._stage.clock.now())

    async def _effect(self, step: Lasting, place: Located) -> None:
        self._stage.world.put(effect_of(step, place, self._stage.clock.now(), self._end_of(step)))

    _acts: ClassVar[dict[type[Step], Callable[[Any, Any, Located], Awaitable[None]]]] = {
        CallStep: _call,
        ReportStep: _report,
        PostsStep: _posts,
        PressStep: _press,
        RecordStep: _record,
        AnalyticsStep: _analytics,
        BlockStep: _effect,
        GatheringStep: _effect,
        IntruderStep: _effect,
        CameraFaultStep: _effect,
        SilenceStep: _effect,
        StuckStep: _effect,
    }


def effect_of(step: Lasting, place: Located, begin: datetime, end: datetime) -> Effect:
    """What a step does to the world.

    Raises:
        TypeError: the step is none that does.
    """
    if isinstance(step, BlockStep):
        return Block(begin=begin, end=end, segment=str(place.segment), metres=place.metres, share_left=step.share_left)
    if isinstance(step, GatheringStep):
        return People(begin=begin, end=end, camera=str(place.camera), count=step.people, where="crowd")
    if isinstance(step, IntruderStep):
        return People(begin=begin, end=end, camera=str(place.camera), count=step.people, where="restricted")
    if isinstance(step, CameraFaultStep):
        return Blind(begin=begin, end=end, camera=str(place.camera), how=step.how)
    if isinstance(step, SilenceStep):
        return Silence(begin=begin, end=end, detector=str(place.detector))
    if isinstance(step, StuckStep):
        return Stuck(begin=begin, end=end, detector=str(place.detector))
    raise TypeError(type(step).__name__)
