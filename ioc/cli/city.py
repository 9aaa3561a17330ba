"""`ioc city`: checking a deployment profile."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ioc.city.profile import load_city, render
from ioc.cli.say import console, say
from ioc.core.text import Text, counted

app = typer.Typer(help="Hồ sơ thành phố / city profiles.", no_args_is_help=True)


@app.command("check")
def check(
    path: Annotated[Path, typer.Argument(help="Thư mục hồ sơ, ví dụ cities/thanh-hoa / the profile's folder")],
    language: Annotated[str, typer.Option(help="vi hoặc / or en")] = "vi",
) -> None:
    """Names every mistake of a profile by file and field, what it says to modules and what it adds for demonstrations
    too; exit code 1 when there is one."""
    from ioc.cli.city_check import every_mistake

    mistakes = every_mistake(path)
    if mistakes:
        console.print(render(mistakes, "en" if language == "en" else "vi"))
        raise typer.Exit(1)
    city = load_city(path)
    say(
        Text(
            f"✓ {city.name.vi}: {len(city.units)} đơn vị, {len(city.services)} loại phản ánh, không có lỗi",
            f"{city.name.en}: {counted(len(city.units), 'unit')}, "
            f"{counted(len(city.services), 'kind')} of report, no mistakes",
        ),
        "green",
    )


@app.command("list")
def cities() -> None:
    """The profiles that come with the product."""
    for folder in sorted(profiles_home().iterdir()):
        if (folder / "city.toml").exists():
            city = load_city(folder)
            console.print(f"{folder.name:<16}{city.name.vi} / {city.name.en}")


def profiles_home() -> Path:
    """The folder `cities` beside the code."""
    return Path(__file__).resolve().parents[2] / "cities"


def profile_dir(name_or_path: str) -> Path:
    """The profile's folder by its name or path."""
    given = Path(name_or_path)
    return given if (given / "city.toml").exists() else profiles_home() / name_or_path
