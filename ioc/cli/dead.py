"""`ioc dead`: events that could not be handled, and putting them back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import msgspec
import typer

from ioc.cli.say import console, say
from ioc.cli.target import CityName, StateDir, with_store
from ioc.core.clock import iso
from ioc.core.errors import Problem
from ioc.core.text import Text, counted
from ioc.core.traces import masked
from ioc.host.set_aside import UNREADABLE
from ioc.store import Store
from ioc.store.dead import DeadLetter

app = typer.Typer(help="Sự kiện không xử lý được / events that could not be handled.", no_args_is_help=True)

T = TypeVar("T")
LOOK_S = 0.2
LINES = 1_000  # of the audit trail that are looked through
MOST_LISTED = 1_000

Consumer = Annotated[str, typer.Argument(help="Bên xử lý, như / the consumer, such as module:traffic")]
Position = Annotated[int, typer.Argument(help="Vị trí trong nhật ký / position in the log", min=1, max=2**53)]


@app.command("list")
def list_letters(city: CityName = "thanh-hoa", state: StateDir = None) -> None:
    """What is set aside, events before readings, oldest first: consumer, position, key, age, how many later events wait
    behind it, reason. Then keys whose events wait for their consumer alone."""

    async def ask(store: Store) -> tuple[Sequence[DeadLetter], int, dict[tuple[str, str], int]]:
        return *await store.dead.first(MOST_LISTED), await store.dead.parked()

    letters, count, parked = with_store(city, state, ask)
    if not letters and not parked:
        say(Text("✓ Không có sự kiện nào bị gác lại", "Nothing is set aside"), "green")
    now = datetime.now(UTC)
    for one in letters:
        waiting = 0 if one.kind == "reading" else parked.pop((one.consumer, one.partitionkey), 0)
        head = f"{one.consumer} {one.recorded.position}  {one.partitionkey}  {_age(now - one.at)}"
        console.print(f"{head}  +{waiting} chờ / parked\n  {masked(one.reason)}")
    if count > len(letters):
        more = count - len(letters)
        say(Text(f"… và {more} nữa", f"and {more} more"))
        return
    for (consumer, key), waiting in sorted(parked.items()):
        console.print(f"{consumer} -  {key}  +{waiting} chờ bên xử lý / parked, wait for the consumer")


@app.command("show")
def show(consumer: Consumer, position: Position, city: CityName = "thanh-hoa", state: StateDir = None) -> None:
    """One event set aside: what it says, why it failed and where. People's data are not in events."""
    one = with_store(city, state, lambda store: _found(store, consumer, position))
    event = msgspec.to_builtins(one.recorded.envelope)
    told = {
        "consumer": one.consumer,
        "position": one.recorded.position,
        "kind": one.kind,
        "since": iso(one.at),
        "event": event,
    }
    console.print(masked(msgspec.json.format(msgspec.json.encode(told)).decode()))
    console.print(masked(f"{one.reason}\n{one.trace}"))


@app.command("replay")
def replay(
    consumer: Consumer,
    position: Position,
    wait: Annotated[float, typer.Option(help="Chờ tối đa, giây / wait at most, seconds", min=0, max=600)] = 15,
    city: CityName = "thanh-hoa",
    state: StateDir = None,
) -> None:
    """Has the event and the later ones of its key handled again, in order and once each, by the running consumer."""

    async def ask(store: Store) -> tuple[bool, Sequence[DeadLetter], list[int]]:
        one = await _found(store, consumer, position)
        _check(one)
        mine = {letter.recorded.position for letter in await store.dead.of_key(consumer, one.partitionkey)}
        lines = await store.audit.list(limit=1)
        await store.dead.ask(consumer, one.partitionkey, by="cli")
        over = await _answered(store, one, wait)
        dropped = await _dropped(store, consumer, mine, lines[0].seq if lines else 0)
        return over, await store.dead.of_key(consumer, one.partitionkey), dropped

    over, left, dropped = with_store(city, state, ask)
    if not over:
        say(
            Text(
                "Đã ghi yêu cầu, bên xử lý chưa làm: nó có đang chạy?", "Asked; not done yet: is the consumer running?"
            )
        )
        raise typer.Exit(1)
    if left:
        console.print(masked(f"✗ {left[0].recorded.position}: {left[0].reason}"), style="red")
        say(
            Text(
                f"Vẫn không xử lý được; còn {len(left)} sự kiện",
                f"It fails again; still set aside: {counted(len(left), 'event')}",
            ),
            "red",
        )
        raise typer.Exit(1)
    if dropped:
        names = ", ".join(map(str, dropped))
        say(Text(f"Có người đã bỏ hẳn, không xử lý: {names}", f"Somebody gave up, not handled: {names}"), "yellow")
        raise typer.Exit(1)
    say(Text("✓ Đã xử lý xong theo thứ tự", "All are handled, in order"), "green")


@app.command("drop")
def drop(
    consumer: Consumer,
    position: Position,
    reason: Annotated[str, typer.Option(help="Vì sao, ghi vào nhật ký kiểm tra / why, for the audit trail")],
    by: Annotated[str, typer.Option(help="Ai quyết định / who decides")] = "cli",
    city: CityName = "thanh-hoa",
    state: StateDir = None,
) -> None:
    """Gives an event or readings up for good: nothing will ever handle them. What is parked behind is handled then."""
    if not reason.strip():
        raise Problem("no-reason", Text("Cần ghi lý do", "A reason is needed"), 422)

    async def ask(store: Store) -> None:
        one = await _found(store, consumer, position)
        if one.kind == "parked":
            title = Text("Sự kiện này chỉ chờ sau một sự kiện khác", "This one only waits behind another")
            raise Problem("parked", title, 409)
        if not await store.dead.drop(consumer, position, by=by, reason=reason.strip()):
            raise _not_set_aside(consumer, position)  # it was handled in this very moment

    with_store(city, state, ask)
    say(Text("✓ Đã bỏ hẳn, có ghi nhật ký kiểm tra", "Given up for good; the audit trail tells it"), "green")


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
