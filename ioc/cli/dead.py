"""`ioc dead`: events that could not be handled, and putting them back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Any

import msgspec
import typer

from ioc.cli.dead_all import SetAside, drop_all, replay_all
from ioc.cli.say import console, say
from ioc.cli.target import CityName, StateDir, Target, in_store, looked_at, target
from ioc.core.clock import iso
from ioc.core.errors import Problem
from ioc.core.text import Text, counted
from ioc.core.traces import masked
from ioc.core.unreadable import UNREADABLE
from ioc.store import Store
from ioc.store.dead import DeadLetter
from ioc.store.dead_reading import damaged_parked, find_letter, first_letters, parked_events

app = typer.Typer(help="Sự kiện không xử lý được / events that could not be handled.", no_args_is_help=True)

LOOK_S = 0.2
LINES = 1_000  # of the audit trail that are looked through
MOST_LISTED = 1_000
MOST_DAMAGED = 100
SHOWN_CHARS = 20_000  # of what an event says

Consumer = Annotated[str | None, typer.Argument(help="Bên xử lý, như / the consumer, such as module:traffic")]
Position = Annotated[int | None, typer.Argument(help="Vị trí trong nhật ký / position in the log", min=1, max=2**53)]
TheConsumer = Annotated[str, typer.Argument(help="Bên xử lý, như / the consumer, such as module:traffic")]
ThePosition = Annotated[int, typer.Argument(help="Vị trí trong nhật ký / position in the log", min=1, max=2**53)]
Every = Annotated[bool, typer.Option("--all", help="Tất cả những gì được chọn / all that is chosen")]
Of = Annotated[str | None, typer.Option("--consumer", help="Với --all: chỉ của bên này / only of this consumer")]
Matching = Annotated[str | None, typer.Option(help="Với --all: lý do có chữ này / whose reason has these words")]


@app.command("list")
def list_letters(city: CityName = "thanh-hoa", state: StateDir = None) -> None:
    """What is set aside, events before readings, oldest first: consumer, position, key, age, how many later events wait
    behind it, reason. Then keys whose events wait for their consumer alone. Damaged rows are named; the exit code is 1
    then.
    """
    with looked_at(target(city, state)) as connection:
        letters, count = first_letters(connection, MOST_LISTED)
        parked = parked_events(connection)
        damaged = [one.told for one in islice(damaged_parked(connection), MOST_DAMAGED)]
    if not letters and not parked:
        say(Text("✓ Không có sự kiện nào bị gác lại", "Nothing is set aside"), "green")
    now = datetime.now(UTC)
    for one in letters:
        waiting = 0 if one.kind == "reading" else parked.pop((one.consumer, one.partitionkey), 0)
        position = one.recorded.position or "?"
        head = f"{one.consumer} {position}  {one.partitionkey}  {_age(now - one.at) if one.at else '?'}"
        console.print(f"{head}  +{waiting} chờ / parked\n  {masked(one.reason)}")
    if count > len(letters):
        more = count - len(letters)
        say(Text(f"… và {more} nữa", f"and {more} more"))
    else:
        for (consumer, key), waiting in sorted(parked.items()):
            console.print(f"{consumer} -  {key}  +{waiting} chờ bên xử lý / parked, wait for the consumer")
    _say_damaged([*(one.told for one in letters if one.wrong), *damaged])


@app.command("show")
def show(consumer: TheConsumer, position: ThePosition, city: CityName = "thanh-hoa", state: StateDir = None) -> None:
    """One event set aside: what it says, why it failed and where. People's data are not in events. Where its row is
    damaged the exit code is 1."""
    with looked_at(target(city, state)) as connection:
        one = find_letter(connection, consumer, position)
    if one is None:
        raise _not_set_aside(consumer, position)
    event = msgspec.to_builtins(one.recorded.envelope)
    told = {
        "consumer": one.consumer,
        "position": one.recorded.position,
        "kind": one.kind,
        "since": iso(one.at) if one.at else None,
        "event": event,
    }
    console.print(masked(_in_lines(told)))
    console.print(masked(f"{one.reason}\n{one.trace}"))
    _say_damaged([one.told] if one.wrong else [])


def _in_lines(told: dict[str, Any]) -> str:
    try:
        text = msgspec.json.format(msgspec.json.encode(told)).decode()
    except (ValueError, RecursionError) as error:  # nested too deep, or odd letters: somebody put it there by hand
        text = f"{ {name: value for name, value in told.items() if name != 'event'} } {type(error).__name__}"
    return text if len(text) <= SHOWN_CHARS else f"{text[:SHOWN_CHARS]}… ({len(text)})"


def _say_damaged(rows: Sequence[Text]) -> None:
    for one in rows:
        say(Text(f"✗ Dữ liệu hỏng: {one.vi}", f"Damaged: {one.en}"), "bold red")
    if rows:
        raise typer.Exit(1)


@app.command("replay")
def replay(
    consumer: Consumer = None,
    position: Position = None,
    wait: Annotated[float, typer.Option(help="Chờ tối đa, giây / wait at most, seconds", min=0, max=600)] = 15,
    every: Every = False,
    of: Of = None,
    matching: Matching = None,
    city: CityName = "thanh-hoa",
    state: StateDir = None,
) -> None:
    """Has the event and the later ones of its key handled again, in order and once each, by the running consumer.

    With --all it asks for every key that has an event set aside, and does not wait; a key that somebody has asked for
    already is not asked for twice.
    """
    to = target(city, state)
    if every:
        _refuse_one(consumer, position)
        return replay_all(to, of, matching)
    return _replay_one(to, *_one(consumer, position, of, matching), wait)


def _replay_one(to: Target, consumer: str, position: int, wait: float) -> None:
    async def ask(store: Store) -> tuple[bool, Sequence[DeadLetter], list[int]]:
        one = await _found(store, consumer, position)
        _check(one)
        mine = {letter.recorded.position for letter in await store.dead.of_key(consumer, one.partitionkey)}
        lines = await store.audit.list(limit=1)
        await store.dead.ask(consumer, one.partitionkey, by="cli")
        over = await _answered(store, one, wait)
        dropped = await _dropped(store, consumer, mine, lines[0].seq if lines else 0)
        return over, await store.dead.of_key(consumer, one.partitionkey), dropped

    over, left, dropped = in_store(to, ask)
    if not over:
        vi, en = "Đã ghi yêu cầu, bên xử lý chưa làm: nó có đang chạy?", "Asked; not done yet: is the consumer running?"
        say(Text(vi, en))
        raise typer.Exit(1)
    if left:
        console.print(masked(f"✗ {left[0].recorded.position}: {left[0].reason}"), style="red")
        events = counted(len(left), "event")
        vi, en = f"Vẫn không xử lý được; còn {len(left)} sự kiện", f"It fails again; still set aside: {events}"
        say(Text(vi, en), "red")
        raise typer.Exit(1)
    if dropped:
        names = ", ".join(map(str, dropped))
        say(Text(f"Có người đã bỏ hẳn, không xử lý: {names}", f"Somebody gave up, not handled: {names}"), "yellow")
        raise typer.Exit(1)
    say(Text("✓ Đã xử lý xong theo thứ tự", "All are handled, in order"), "green")


@app.command("drop")
def drop(
    reason: Annotated[str, typer.Option(help="Vì sao, ghi vào nhật ký kiểm tra / why, for the audit trail")],
    consumer: Consumer = None,
    position: Position = None,
    by: Annotated[str, typer.Option(help="Ai quyết định / who decides")] = "cli",
    every: Every = False,
    of: Of = None,
    kind: Annotated[SetAside | None, typer.Option(help="Chỉ sự kiện hay số đo / only events, or readings")] = None,
    matching: Matching = None,
    city: CityName = "thanh-hoa",
    state: StateDir = None,
) -> None:
    """Gives an event or readings up for good: nothing will ever handle them. What is parked behind is handled then.

    With --all every letter that is chosen, each with a line of its own in the audit trail.
    """
    if not reason.strip():
        raise Problem("no-reason", Text("Cần ghi lý do", "A reason is needed"), 422)
    to = target(city, state)
    if every:
        _refuse_one(consumer, position)
        return drop_all(to, of, kind, matching, by=by, reason=reason.strip())
    return _drop_one(to, *_one(consumer, position, of, kind, matching), by, reason.strip())


def _drop_one(to: Target, consumer: str, position: int, by: str, reason: str) -> None:
    async def ask(store: Store) -> None:
        one = await _found(store, consumer, position)
        if one.kind == "parked":
            title = Text("Sự kiện này chỉ chờ sau một sự kiện khác", "This one only waits behind another")
            raise Problem("parked", title, 409)
        if not await store.dead.drop(consumer, position, by=by, reason=reason):
            raise _not_set_aside(consumer, position)  # it was handled in this very moment

    in_store(to, ask)
    say(Text("✓ Đã bỏ hẳn, có ghi nhật ký kiểm tra", "Given up for good; the audit trail tells it"), "green")


def _one(consumer: str | None, position: int | None, *chosen: object) -> tuple[str, int]:
    if consumer is None or position is None or any(chosen):
        vi = "Nêu bên xử lý và vị trí, hoặc --all (cùng --consumer, --kind, --matching)"
        en = "Name a consumer and a position, or say --all (with --consumer, --kind, --matching)"
        raise Problem("one-or-all", Text(vi, en))
    return consumer, position


def _refuse_one(consumer: str | None, position: int | None) -> None:
    if consumer is not None or position is not None:
        vi, en = "--all không đi cùng một vị trí: dùng --consumer", "--all takes no position: say --consumer"
        raise Problem("one-or-all", Text(vi, en))


async def _answered(store: Store, one: DeadLetter, wait_s: float) -> bool:
    until = asyncio.get_running_loop().time() + wait_s
    while await _asked_by_somebody(store, one):
        if asyncio.get_running_loop().time() >= until:
            return False
        await asyncio.sleep(LOOK_S)
    return True


async def _asked_by_somebody(store: Store, one: DeadLetter) -> bool:
    """Besides the consumer itself, which may go on trying."""
    asked = await store.dead.asked(one.consumer)
    return any(other.partitionkey == one.partitionkey and other.by != one.consumer for other in asked)


async def _dropped(store: Store, consumer: str, positions: set[int], after: int) -> list[int]:
    """Which of these were given up since that line of the audit trail."""
    lines = await store.audit.list(object=consumer, limit=LINES)
    drops = [line.detail["position"] for line in lines if line.seq > after and line.action == "dead.drop"]
    return sorted(positions.intersection(drops))


async def _found(store: Store, consumer: str, position: int) -> DeadLetter:
    one = await store.dead.show(consumer, position)
    if one is None:
        raise _not_set_aside(consumer, position)
    return one


def _not_set_aside(consumer: str, position: int) -> Problem:
    vi, en = f"{consumer} không gác lại sự kiện {position}", f"{consumer} has not set {position} aside"
    return Problem("no-dead-letter", Text(vi, en), 404)


def _check(one: DeadLetter) -> None:
    if one.kind == "reading":
        title = Text("Số đo không xử lý lại: số đo đến sau đã đi tiếp", "Readings are not replayed: later ones went on")
        raise Problem("not-replayable", title, 409)
    if one.recorded.envelope.type == UNREADABLE:
        title = Text("Nội dung sự kiện này không đọc được", "The body of this event cannot be read")
        raise Problem("not-replayable", title, 409)


def _age(age: Any) -> str:
    minutes = int(age.total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
