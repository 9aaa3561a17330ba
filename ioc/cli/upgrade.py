"""`ioc upgrade`: the tables of a city brought to this build, with a backup before and a way back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ioc.cli.backup import OF_DAMAGED, backup_of, tell
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
    even_damaged: Annotated[
        bool, typer.Option("--even-damaged", help="Vẫn nâng cấp khi dữ liệu đã hỏng / upgrade a damaged store too")
    ] = False,
    city: CityName = "thanh-hoa",
    state: StateDir = None,
) -> None:
    """Makes a backup, brings the tables to this build, proves that nothing was lost; what fails is undone.

    The city may run. Run it with the new build installed, before its services are started anew. Exit code 1 of
    `--check`: there is something to do; 3: the store is damaged, and nothing but a backup of it was made.
    """
    to = standing(city, state)
    refuse_unfinished(to.settings.store_url)
    behind = [line for line in standing_of(to.settings.store_url, migration_homes()) if line.behind]
    for line in behind:
        say(Text(f"{line.name}: {line.at or 'chưa có'} → {line.head}", f"from {line.at or 'nothing'}"))
        for step, ends in line.ending:
            vi = f"! Sau bước {step}, bản cũ còn chạy {ends.vi}: hãy dừng nó trước khi nâng cấp"
            say(
                Text(vi, f"After {step} a former build that still runs {ends.en}: stop it before you upgrade"), "yellow"
            )
    if not behind:
        say(Text("✓ Không có gì phải nâng cấp", "There is nothing to upgrade"), "green")
        return
    if check:
        raise typer.Exit(1)
    made = backup_of(to, backups or to.settings.state_dir / "backups")
    manifest = read_manifest(made)
    tell(made, manifest)
    if manifest.wrong and not even_damaged:
        _stop_at_damage()
    moved = upgrade_or_return(to.settings.store_url, migration_homes())
    say(
        Text(f"✓ Đã nâng cấp {len(moved)} nhóm bảng", f"{counted(len(moved), 'group')} of tables brought up to date"),
        "green",
    )
    _look(to, made)


def _stop_at_damage() -> None:
    """A backup of a damaged store is no way back: the former build refuses it."""
    vi = "Không nâng cấp: bản sao này không phải đường lui. Khôi phục bản sao lành, hoặc --even-damaged để vẫn làm"
    en = "Not upgraded: this backup is no way back. Restore a sound one, or go on all the same with --even-damaged"
    say(Text(vi, en), "bold red")
    raise typer.Exit(OF_DAMAGED)


def _look(to: Target, made: Path) -> None:
    """What the doctor says of the log now."""
    found = examine_log(to.settings.store_url, to.city.id, datetime.now(UTC))
    wrong = [one for one in found if one.severity is Severity.BROKEN and one.check.endswith("positions")]
    for one in wrong:
        say(one.text, "bold red")
    if wrong:
        say(Text(f"Bản sao trước nâng cấp: {made}", f"The backup of before: {made}"), "yellow")
        raise typer.Exit(1)
