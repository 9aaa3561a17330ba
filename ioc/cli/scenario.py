"""`ioc scenario`: scripted stories, checked, played, and compared with what the system made of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Column, Table

from gis.layers import read_wards
from ioc.city.files import TOML_LIMIT_MB, Unreadable, read_text
from ioc.city.mistakes import Mistake
from ioc.city.profile import City, load_city
from ioc.cli.city import profile_dir
from ioc.cli.say import console, painted, say, shown
from ioc.cli.telling import Told, private_city, running_city, tell
from ioc.core.errors import FieldError, Problem
from ioc.core.text import Text, counted
from ioc.demo.addresses import OWN
from ioc.demo.scenario.checks import Known
from ioc.demo.scenario.model import Scenario
from ioc.demo.scenario.reading import ScenarioInvalid, city_of, read_scenario
from ioc.host.discovery import EVERY_MODULES, find_modules

app = typer.Typer(help="Kịch bản / scripted stories.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="Tệp kịch bản (.toml) / the story's file", exists=True, dir_okay=False)]
CityName = Annotated[str | None, typer.Option(help="Hồ sơ thành phố; không ghi thì theo tệp / else the file's own")]


@app.command("check")
def check(file: File, city: CityName = None) -> None:
    """Names every mistake of a scenario by field; exit code 1 when there is one."""
    try:
        story = _read(file, city)
    except ScenarioInvalid as invalid:
        for one in invalid.mistakes:
            console.print(f"✗ {_where(one)}: {one.text.vi} / {one.text.en}")
        raise typer.Exit(1) from None
    told = Text(
        f"✓ {story.head.name.vi}: {len(story.steps)} việc, {len(story.expects)} điều mong đợi, không có lỗi",
        f"{story.head.name.en}: {counted(len(story.steps), 'step')}, "
        f"{counted(len(story.expects), 'expectation')}, no mistakes",
    )
    say(told, "green")


@app.command("run")
def run(
    file: File,
    city: CityName = None,
    speed: Annotated[float, typer.Option(min=0.1, max=20, help="Kể nhanh hơn / told quicker")] = 1.0,
    port: Annotated[
        int | None, typer.Option(help="Cổng của bản chạy thử đang chạy / port of a demonstration that runs")
    ] = None,
    state: Annotated[Path | None, typer.Option(help="Thư mục dữ liệu của bản đang chạy / its state folder")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="In JSON / print JSON")] = False,
) -> None:
    """Plays a story through the doors and prints what the system made of it beside the truth.

    Without --port a private calm city is started for it and stopped afterwards. Exit code 0 only if everything
    expected was found.
    """
    try:
        story = _read(file, city)
    except ScenarioInvalid as invalid:
        errors = tuple(FieldError(_where(one), one.text) for one in invalid.mistakes)
        title = Text(f"Kịch bản {file.name} không dùng được", f"The story {file.name} cannot be told")
        raise Problem("bad-scenario", title, errors=errors) from None
    text, folder = _text(file), profile_dir(city or story.head.city)
    quiet = as_json
    if port is None:
        with private_city(folder, quiet=quiet) as stage:
            told = tell(stage, story, text, speed, quiet=quiet)
    else:
        told = tell(running_city(load_city(folder).id, port, state), story, text, speed, quiet=quiet)
    _print(told, as_json=as_json)
    raise typer.Exit(0 if told.verdict.found_all else 1)


def _read(file: Path, city: str | None) -> Scenario:
    text = _text(file)
    profile = _profile(city or city_of(text) or "thanh-hoa")
    wards = frozenset(ward.code for ward in read_wards(profile.wards_file).wards)
    return read_scenario(text, file.name, profile, Known(_event_types(), wards))


def _text(file: Path) -> str:
    try:
        return read_text(file, TOML_LIMIT_MB)
    except FileNotFoundError:
        raise Problem("no-scenario", Text(f"Không có tệp {file}", f"There is no file {file}")) from None
    except Unreadable as error:
        raise Problem("bad-scenario", error.text) from None


def _profile(name: str) -> City:
    """The city as a demonstration has it: with what its profile adds for demonstrations."""
    folder = profile_dir(name)
    if not (folder / "city.toml").exists():
        raise Problem("no-such-city", Text(f"Không có hồ sơ “{name}”", f"There is no profile “{name}”"))
    own = folder / OWN
    return load_city(folder, own if own.is_dir() else None)


def _event_types() -> frozenset[str]:
    declared = {name for spec in find_modules().values() for name in spec.manifest.events}
    return frozenset(declared | set(EVERY_MODULES))


def _where(mistake: Mistake) -> str:
    return f"{mistake.file} {mistake.field}".strip()


_MARKS = {None: "–", True: "✓", False: "✗"}


def _print(told: Told, *, as_json: bool) -> None:
    if as_json:
        body = {"run": told.run, "found_all": told.verdict.found_all, **msgspec.to_builtins(told.verdict)}
        console.print_json(msgspec.json.encode(body).decode())
        return
    table = Table(
        Column("mong đợi / expected", no_wrap=True),
        "kết quả / result",
        "trễ / delay s",
        "lệch / off m",
        "phường / ward",
        "một vụ / one picture",
    )
    for row in told.verdict.rows:
        late = f" (trễ / late {row.late:g} s)" if row.late is not None else ""
        result = painted("✓ thấy / found", "green") if row.found else painted(f"✗ sót / missed{late}", "red")
        ward, together = _MARKS[row.ward_right], _MARKS[row.together]
        table.add_row(shown(row.event), result, _number(row.delay_s), _number(row.apart_m), ward, together)
    for one in told.verdict.false:
        table.add_row(shown(one["type"]), painted("! báo nhầm / false", "yellow"), "", "", "", "")
    console.print(table)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"
