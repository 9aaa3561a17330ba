"""Every mistake of a city's folder in one run: its files, its demonstration, its stories, and what its modules need."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gis.layers import read_wards
from gis.reason import Refused
from ioc.city.mistakes import CityInvalid, Mistake
from ioc.city.profile import City, check_city, sketch_city
from ioc.city.reading import FILES
from ioc.city.text_file import MOST_TOML_BYTES, TooLarge, read_text
from ioc.cli.module_faults import module_mistakes
from ioc.core.text import Text
from ioc.demo.addresses import OWN
from ioc.demo.scenario.checks import Known
from ioc.demo.scenario.reading import ScenarioInvalid, read_scenario
from ioc.host.discovery import EVERY_MODULES, BrokenManifest, find_modules

STORIES = "scenarios"
_OVERLAID = {*FILES, "city.toml"}


def city_mistakes(path: Path, overlay: Path | None = None) -> list[Mistake]:
    """Every mistake of the profile in this folder. Modules and stories are held against what of it can be read."""
    found = check_city(path, overlay)
    city = sketch_city(path, overlay)
    if city is not None:
        found += module_mistakes(city)
    found += _demonstration(path, found)
    return list(dict.fromkeys(found + _stories(path, unreadable={one.file for one in found if one.field == "-"})))


def refuse_mistakes(path: Path, overlay: Path | None = None) -> None:
    """Keeps a city with mistakes in its profile from starting.

    Raises:
        CityInvalid: it has; it carries every mistake.
    """
    if found := city_mistakes(path, overlay):
        raise CityInvalid(path, found)


def _demonstration(path: Path, told: list[Mistake]) -> Iterator[Mistake]:
    """What is wrong only with what the profile adds for demonstrations laid over it."""
    own = path / OWN
    if not own.exists():
        return
    if not own.is_dir():
        yield Mistake(OWN, "-", Text("Phải là một thư mục.", "Must be a folder."))
        return
    for file in sorted(own.iterdir()):
        if file.name not in _OVERLAID:
            words = ", ".join(sorted(_OVERLAID))
            yield Mistake(f"{OWN}/{file.name}", "-", Text(f"Tệp lạ; chọn: {words}.", f"Unknown file; one of: {words}."))
    for mistake in check_city(path, own):
        if mistake not in told:
            there = (own / mistake.file).exists()
            yield Mistake(f"{OWN}/{mistake.file}" if there else mistake.file, mistake.field, mistake.text)


def _stories(path: Path, unreadable: set[str]) -> list[Mistake]:
    home = path / STORIES
    own = path / OWN
    city = sketch_city(path, own if own.is_dir() else None)
    if city is None or not home.is_dir() or not city.wards_file.is_relative_to(path):
        return []
    file = city.wards_file
    wards = frozenset() if str(file.relative_to(path)) in unreadable else _ward_codes(file)
    known = Known(_event_types(), wards)
    return [mistake for file in sorted(home.glob("*.toml")) for mistake in _story(file, city, known)]


def _story(file: Path, city: City, known: Known) -> list[Mistake]:
    name = f"{STORIES}/{file.name}"
    try:
        read_scenario(read_text(file, MOST_TOML_BYTES), name, city, known)
    except ScenarioInvalid as invalid:
        return list(invalid.mistakes)
    except TooLarge as error:
        return [Mistake(name, "-", error.text)]
    except OSError as error:
        return [
            Mistake(name, "-", Text(f"Không đọc được tệp ({error.strerror}).", f"Cannot be read ({error.strerror})."))
        ]
    except UnicodeDecodeError:
        return [Mistake(name, "-", Text("Không phải văn bản UTF-8.", "Not UTF-8 text."))]
    except (RecursionError, ValueError):
        return [Mistake(name, "-", Text("Không đọc được nội dung.", "Its content cannot be read."))]
    return []


def _event_types() -> frozenset[str]:
    try:
        return frozenset(name for spec in find_modules().values() for name in spec.manifest.events) | set(EVERY_MODULES)
    except BrokenManifest:
        return frozenset()


def _ward_codes(file: Path) -> frozenset[str]:
    try:
        return frozenset(ward.code for ward in read_wards(file).wards)
    except Refused:
        return frozenset()
