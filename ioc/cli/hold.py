"""`ioc hold`: what must be kept beyond its time, for an inquiry or a court."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from ioc.cli.say import console, say
from ioc.cli.target import CityName, StateDir, with_store
from ioc.core.clock import iso
from ioc.core.text import Text
from ioc.incidents.held import set_hold

app = typer.Typer(help="Giữ dữ liệu theo lệnh / legal holds.", no_args_is_help=True)
Reason = Annotated[str, typer.Option(help="Lý do, số văn bản; được ghi lại / why; it is audited")]


class What(StrEnum):
    """What may be held."""

    INCIDENT = "incident"
    PERSON = "person"
    SOURCE = "source"
    EVIDENCE = "evidence"


@app.command("add")
def add(
    what: Annotated[What, typer.Argument(help="incident, person, source, evidence")],
    object: Annotated[
        str, typer.Argument(help="Mã vụ việc, mã “personal”, loại:khoá, mã sự kiện / id, ref, kind:key, event")
    ],
    reason: Reason,
    by: Annotated[str, typer.Option(help="Người ra lệnh / who orders it")] = "cli",
    city: CityName = "thanh-hoa",
    state: StateDir = None,
) -> None:
    """Keeps an incident's people and pictures, a person, a source's points, or the pictures about an event from now on,
    until the hold is released."""

    console.print(with_store(city, state, lambda store: set_hold(store, what.value, object, by=by, reason=reason)))


@app.command("list")
def list_holds(
    every: Annotated[bool, typer.Option("--all", help="Cả lệnh đã hết / released ones too")] = False,
    city: CityName = "thanh-hoa",
    state: StateDir = None,
) -> None:
    """The holds in force, oldest first: id, what, since when, by whom, why."""
    found = with_store(city, state, lambda store: store.holds.list(released=every))
    if not found:
        say(Text("Không giữ dữ liệu nào", "Nothing is held"))
    for one in found:
        head = f"{one.id}  {one.scope} {one.object}  {iso(one.at)}  {one.by}  [{one.refs}, {one.evidence}]"
        ended = f"\n  hết / released {iso(one.released_at)}: {one.released_because}" if one.released_at else ""
        console.print(f"{head}\n  {one.reason}{ended}")


@app.command("release")
def release(
    hold: Annotated[str, typer.Argument(help="Mã lệnh giữ / the hold's id")],
    reason: Reason,
    by: Annotated[str, typer.Option(help="Người ra lệnh / who orders it")] = "cli",
    city: CityName = "thanh-hoa",
    state: StateDir = None,
) -> None:
    """Ends a hold; what is past its time goes with the next sweep, within the hour."""
    with_store(city, state, lambda store: store.holds.release(hold, by=by, reason=reason))
    say(Text("✓ Đã hết lệnh giữ", "The hold is released"), "green")
