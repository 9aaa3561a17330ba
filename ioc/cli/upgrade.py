"""`ioc upgrade`: the tables of a city brought to this build, with a backup before and a way back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ioc.cli.backup import backup_of, tell
from ioc.cli.say import say
from ioc.cli.target import CityName, StateDir, Target, standing
from ioc.core.text import Text, counted
from ioc.host.migrating import migration_homes
from ioc.store.backup import read_manifest, refuse_unfinished
from ioc.store.doctor import Severity, examine_log
from ioc.store.migrate import state as standing_of
from ioc.store.upgrading import upgrade_or_return


def run_upgrade(
    backups: Annotated[
        Path | None, typer.Option(help="Thư mục bản sao / folder of backups; else `backups` in the state folder")
    ] = None,
    check: Annotated[bool, typer.Option(help="Chỉ xem việc phải làm / only say what is to be done")] = False,
    city: CityName = "thanh-hoa",
    state: StateDir = None,
) -> None:
    """Makes a backup, brings the tables to this build, proves that nothing was lost; what fails is undone.

    The city may run. Run it with the new build installed, before its services are started anew. Exit code 1 of
    `--check`: there is something to do.
    """
    to = standing(city, state)
    refuse_unfinished(to.settings.store_url)
    behind = [line for line in standing_of(to.settings.store_url, migration_homes()) if line.behind]
    for line in behind:
        say(Text(f"{line.name}: {line.at or 'chưa có'} → {line.head}", f"from {line.at or 'nothing'}"))
    if not behind:
        say(Text("✓ Không có gì phải nâng cấp", "There is nothing to upgrade"), "green")
        return
    if check:
        raise typer.Exit(1)
    made = backup_of(to, backups or to.settings.state_dir / "backups")
    tell(made, read_manifest(made))
    moved = upgrade_or_return(to.settings.store_url, migration_homes())
    say(
        Text(f"✓ Đã nâng cấp {len(moved)} nhóm bảng", f"{counted(len(moved), 'group')} of tables brought up to date"),
        "green",
    )
    _look(to, made)


def _look(to: Target, made: Path) -> None:
    """What the doctor says of the log now."""
    found = examine_log(to.settings.store_url, to.city.id, datetime.now(UTC))
    wrong = [one for one in found if one.severity is Severity.BROKEN and one.check.endswith("positions")]
    for one in wrong:
        say(one.text, "bold red")
    if wrong:
        say(Text(f"Bản sao trước nâng cấp: {made}", f"The backup of before: {made}"), "yellow")
        raise typer.Exit(1)
