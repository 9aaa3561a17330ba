"""`ioc doctor`: proves what can be proved about a city, and says in words what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from ioc.cli.say import console, say
from ioc.cli.servers import unfit_servers
from ioc.cli.target import CityName, StateDir, Target, standing
from ioc.host.doctor import check_bus, check_clock, check_disk, check_store_clock, check_waiting
from ioc.host.keeping import keeping_of
from ioc.host.migrating import migration_homes
from ioc.store.database import is_sqlite, sqlite_path
from ioc.store.doctor import Finding, Severity, broken, examine_log, examine_store
from ioc.store.vault import Vault

app = typer.Typer(help="Nhật ký sự kiện / the log of events.", no_args_is_help=True)
_MARKS = {Severity.WELL: ("✓", "green"), Severity.WARNING: ("!", "yellow"), Severity.BROKEN: ("✗", "bold red")}
AsJson = Annotated[bool, typer.Option("--json", help="Một dòng JSON mỗi kết quả / one line of JSON a finding")]


def run_doctor(
    deep: Annotated[
        bool,
        typer.Option(help="Đọc từng sự kiện, chuỗi nhật ký kiểm tra, trang đĩa / every event, audit line and page"),
    ] = False,
    as_json: AsJson = False,
    city: CityName = "thanh-hoa",
    state: StateDir = None,
) -> None:
    """Looks over store, log, consumers, dead letters, tables, backups, disk, clock and bus; changes nothing.

    Exit code 0: all well; 1: something wants to be looked at today; 2: something is broken.
    """
    to = standing(city, state)
    raise typer.Exit(_tell(_all(to, datetime.now(UTC), deep=deep), as_json=as_json))


@app.command("doctor")
def log_doctor(as_json: AsJson = False, city: CityName = "thanh-hoa", state: StateDir = None) -> None:
    """Positions, cursors, what waits, relay and dead letters only. Exit codes as `ioc doctor`."""
    to, now = standing(city, state), datetime.now(UTC)
    found = [
        *examine_log(to.settings.store_url, to.city.id, now, keeping_of(to.city, now)),
        *check_waiting(to.settings, to.city.id, now),
        *check_bus(to.settings, to.city.id, now),
    ]
    raise typer.Exit(_tell(found, as_json=as_json))


def _all(to: Target, now: datetime, *, deep: bool) -> Iterator[Finding]:
    settings, city = to.settings, to.city.id
    for mistake in unfit_servers(settings):
        yield broken("settings", f"{mistake.field}: {mistake.text.vi}", f"{mistake.field}: {mistake.text.en}")
    vault = Vault(settings.personal_key_bytes(), city)
    yield from examine_store(
        settings.store_url, city, vault, migration_homes(), now, keeping_of(to.city, now), deep=deep
    )
    yield from check_waiting(settings, city, now)
    yield from check_bus(settings, city, now)
    yield from check_disk(_written_to(to))
    yield from check_clock()
    yield from check_store_clock(settings.store_url, city, now)


def _written_to(to: Target) -> list[Path]:
    url = to.settings.store_url
    return [
        to.settings.state_dir,
        to.settings.evidence_home,
        *([sqlite_path(url).parent] if is_sqlite(url) else []),
        to.settings.run_dir,
    ]


def _tell(findings: Iterable[Finding], *, as_json: bool) -> int:
    """Says each finding as it comes; returns how bad the worst is."""
    worst = Severity.WELL
    for one in findings:
        worst = max(worst, one.severity)
        if as_json:
            console.print(msgspec.json.encode(one.plain()).decode())
            continue
        mark, style = _MARKS[one.severity]
        console.print(f"{mark} ", style=style, end="")
        say(one.text, "" if one.severity is Severity.WELL else style)
    return int(worst)
