"""`ioc trace`: one event's whole story in words, with times."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

import typer

from ioc.auth.roles import CLASSES
from ioc.bus import RedisBus
from ioc.cli.say import console, say
from ioc.cli.target import CityName, StateDir, Target, target
from ioc.core.clock import VIETNAM
from ioc.core.envelope import Envelope, Recorded
from ioc.core.errors import Problem
from ioc.core.text import Text, counted
from ioc.core.traces import masked
from ioc.host.event_story import EventStory, Passage, event_story
from ioc.host.parts import store_settings
from ioc.store import Store

SCREENS = ("wall", "operator", "supervisor", "admin")


def run_trace(
    event: Annotated[str, typer.Argument(help="Mã sự kiện, hoặc vị trí của nó / the event's id, or its position")],
    city: CityName = "thanh-hoa",
    state: StateDir = None,
) -> None:
    """Tells an event's whole story: accepted, relayed, what each consumer made of it, what was born, who sees it."""
    story = asyncio.run(_ask(target(city, state), event.strip()))
    if story is None:
        raise Problem("no-such-event", Text("Không có sự kiện này", "There is no such event"), 404)
    for line, indent in _told(story):
        console.print("  " * indent, end="")
        say(line)


async def _ask(to: Target, name: str) -> EventStory | None:
    store = await Store.open(store_settings(to.settings, to.city.id))
    try:
        bus = RedisBus(to.settings.bus_url, city=to.city.id, epoch=store.epoch)
        try:
            return await event_story(store, bus, name)
        finally:
            await bus.close()
    finally:
        await store.close()


Line = tuple[Text, int]


def _told(story: EventStory) -> Iterator[Line]:
    envelope = story.event.envelope
    title: dict[str, Any] = envelope.data.get("title") or {}
    vi, en = str(title.get("vi") or envelope.type), str(title.get("en") or envelope.type)
    yield Text(f"{envelope.type} · {vi}", en), 0
    yield Text(f"mã {envelope.id}, khoá {envelope.partitionkey}", f"id, key; story {envelope.correlationid}"), 1
    if envelope.simulated:
        yield Text("mô phỏng", "simulated"), 1
    yield from _came(story)
    yield from _carried(story)
    for passage in story.passages:
        yield from _passed(passage)
    if story.later:
        yield Text("Từ đó còn sinh ra:", "Born of these in turn:"), 0
        yield from ((_named(one), 1) for one in story.later)
    yield from _shown(story)


def _came(story: EventStory) -> Iterator[Line]:
    envelope = story.event.envelope
    yield Text(f"Xảy ra lúc {_at(envelope.time)}", "It happened"), 0
    if envelope.observedat:
        yield Text(f"Đo được lúc {_at(envelope.observedat)}", "Measured"), 0
    took = (envelope.recordedtime - envelope.time).total_seconds()
    yield (
        Text(
            f"Tiếp nhận lúc {_at(envelope.recordedtime)} ({took:.1f} giây sau), vị trí {story.event.position}",
            f"Accepted {took:.1f} s later by {envelope.module}, position {story.event.position}",
        ),
        0,
    )
    if story.cause:
        yield Text("Sinh ra từ:", "Born of:"), 0
        yield _named(story.cause), 1
    elif envelope.causationid:
        yield Text(f"Sinh ra từ {envelope.causationid}, nay không còn", "Born of an event that is no more"), 0


def _carried(story: EventStory) -> Iterator[Line]:
    if story.relayed_at:
        took = max(0.0, (story.relayed_at - story.event.envelope.recordedtime).total_seconds())
        yield Text(f"Vào kênh nhanh lúc {_at(story.relayed_at)} ({took:.3f} giây)", f"Relayed after {took:.3f} s"), 0
    elif story.carried == "away":
        yield Text("Kênh nhanh không trả lời: đi bằng bảng", "The bus is away: it goes by the table"), 0
    else:
        yield Text("Kênh nhanh không (còn) giữ sự kiện này", "The bus does not hold it, or no longer"), 0


def _passed(passage: Passage) -> Iterator[Line]:
    who = passage.consumer
    if passage.stage == "waiting":
        yield Text(f"{who}: chưa tới lượt", "not reached yet"), 0
    elif passage.letter is not None:
        since = _at(passage.letter.at)
        reason = masked(passage.letter.reason)
        word = Text("chờ sau một sự kiện hỏng", "waits behind a dead letter")
        if passage.stage == "buried":
            word = Text("không xử lý được", "could not be handled")
        yield Text(f"{who}: {word.vi}, từ {since}: {reason}", word.en), 0
    elif passage.born:
        vi = f"{who}: sinh ra {len(passage.born)} sự kiện lúc {_at(passage.at)}"
        yield Text(vi, f"gave {counted(len(passage.born), 'event')}"), 0
        yield from ((_named(one), 1) for one in passage.born)
    elif passage.remembers:
        yield Text(f"{who}: đã ghi nhớ, lần cuối lúc {_at(passage.at)}", "remembered, last at that time"), 0
    else:
        yield Text(f"{who}: đã qua, không để lại gì", "passed, with no effect"), 0


def _named(one: Recorded) -> Text:
    envelope = one.envelope
    title: dict[str, Any] = envelope.data.get("title") or {}
    vi = f"{one.position} {_at(envelope.recordedtime)} {envelope.type} · {title.get('vi', '')}"
    return Text(vi, str(title.get("en", "")))


def _shown(story: EventStory) -> Iterator[Line]:
    if story.shown:
        took = max(0.0, (story.shown.at - story.event.envelope.recordedtime).total_seconds())
        screens = counted(story.shown.screens, "screen")
        vi = f"Ra màn hình lúc {_at(story.shown.at)} ({took:.3f} giây), {story.shown.screens} màn hình đang nối"
        yield Text(vi, f"Sent to screens after {took:.3f} s, {screens} connected"), 0
    else:
        yield Text("Không (còn) biết lúc ra màn hình", "When it went to the screens is not (or no longer) known"), 0
    yield _seen(story.event.envelope), 0


def _seen(envelope: Envelope) -> Text:
    classes = {role: {kind.value for kind in CLASSES[role]} for role in SCREENS}  # type: ignore[index]
    who = ", ".join(role for role, seen in classes.items() if envelope.dataclass in seen)
    return Text(f"Màn hình: loại dữ liệu {envelope.dataclass}, thấy được: {who}", f"Feed: seen by {who}")


def _at(at: datetime | None) -> str:
    if at is None:
        return "-"
    local = at.astimezone(VIETNAM)
    return f"{local:%H:%M:%S}.{local.microsecond // 1000:03} {local:%d/%m/%Y}"
