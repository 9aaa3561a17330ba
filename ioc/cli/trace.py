"""`ioc trace`: one event's whole story in words, with times."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import typer

from ioc.auth.roles import CLASSES
from ioc.bus import RedisBus
from ioc.cli.say import console, say
from ioc.cli.target import CityName, StateDir, Target, looked_at, target
from ioc.core.clock import VIETNAM
from ioc.core.envelope import Envelope, Recorded
from ioc.core.errors import Problem
from ioc.core.text import Text, counted
from ioc.core.traces import masked
from ioc.host.event_story import EventStory, Passage, event_story
from ioc.host.parts import store_settings
from ioc.store.as_stored import as_text
from ioc.store.backup.facts import read_known

TITLE_CHARS = 1_000
SCREENS = ("wall", "operator", "supervisor", "admin")


def run_trace(
    event: Annotated[str, typer.Argument(help="Mã sự kiện, hoặc vị trí của nó / the event's id, or its position")],
    city: CityName = "thanh-hoa",
    state: StateDir = None,
) -> None:
    """Tells an event's whole story: accepted, relayed, what each consumer made of it, what was born, who sees it.

    Damaged rows are named, and the exit code is 1 then.
    """
    to = target(city, state)
    with looked_at(to) as connection:
        epoch = as_text(read_known(connection).get("epoch"))
    story = asyncio.run(_ask(to, epoch, event.strip()))
    if story is None:
        raise Problem("no-such-event", Text("Không có sự kiện này", "There is no such event"), 404)
    for line, indent in _told(story):
        console.print("  " * indent, end="")
        say(line)
    for one in story.damaged:
        say(Text(f"✗ Dữ liệu hỏng: {one.vi}", f"Damaged: {one.en}"), "bold red")
    if story.damaged:
        raise typer.Exit(1)


async def _ask(to: Target, epoch: str, name: str) -> EventStory | None:
    bus = RedisBus(to.settings.bus_url, city=to.city.id, epoch=epoch)
    try:
        return await event_story(store_settings(to.settings, to.city.id), bus, name)
    finally:
        await bus.close()


Line = tuple[Text, int]


def _told(story: EventStory) -> Iterator[Line]:
    envelope = story.event.envelope
    title = _title(envelope)
    vi, en = title.vi or envelope.type, title.en or envelope.type
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
    took = f"{_seconds(envelope.time, envelope.recordedtime):.1f}"
    yield (
        Text(
            f"Tiếp nhận lúc {_at(envelope.recordedtime)} ({took} giây sau), vị trí {story.event.position}",
            f"Accepted {took} s later by {envelope.module}, position {story.event.position}",
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
        took = max(0.0, _seconds(story.event.envelope.recordedtime, story.relayed_at))
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
    title = _title(envelope)
    return Text(f"{one.position} {_at(envelope.recordedtime)} {envelope.type} · {title.vi}", title.en)


def _title(envelope: Envelope) -> Text:
    """Empty where it has none, or somebody damaged it."""
    title = envelope.data.get("title")
    if not isinstance(title, dict):
        return Text("", "")
    return Text(as_text(title.get("vi") or "", TITLE_CHARS), as_text(title.get("en") or "", TITLE_CHARS))


def _shown(story: EventStory) -> Iterator[Line]:
    if story.shown:
        took = max(0.0, _seconds(story.event.envelope.recordedtime, story.shown.at))
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


def _seconds(since: datetime, until: datetime) -> float:
    """A time without a zone, which no event of ours has, counts as UTC."""
    first, last = (one if one.tzinfo else one.replace(tzinfo=UTC) for one in (since, until))
    return (last - first).total_seconds()


def _at(at: datetime | None) -> str:
    if at is None:
        return "-"
    try:
        local = at.astimezone(VIETNAM)
    except (OverflowError, ValueError):  # at an end of the calendar
        return at.isoformat()
    return f"{local:%H:%M:%S}.{local.microsecond // 1000:03} {local:%d/%m/%Y}"
