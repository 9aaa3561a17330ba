"""Everything that can be wrong with a city before it runs: its files, its modules' settings, its demonstration."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from ioc.city.blind import blind_cameras
from ioc.city.files import Unreadable, read_toml
from ioc.city.mistakes import Mistake
from ioc.city.parts import Asset, Camera, Detector, MediaFeed, Part, ReportService, Segment, Threshold
from ioc.city.profile import City, CityInvalid, Draft, mistakes_of, read
from ioc.city.reading import not_read
from ioc.cli.module_faults import module_mistakes, told_mistakes
from ioc.demo.addresses import OWN
from ioc.demo.director import STORIES
from ioc.demo.scenario.checks import Known
from ioc.demo.scenario.reading import ScenarioInvalid, read_scenario
from ioc.host.discovery import EVERY_MODULES, BrokenManifest, find_modules

DEMO_FILES = ["city.toml", "roads.toml", "cameras.toml", "media.toml"]  # what a demonstration reads of its own folder
_NAMED_BY: dict[str, type[Part]] = {
    "segment": Segment,
    "detector": Detector,
    "camera": Camera,
    "asset": Asset,
    "service": ReportService,
    "feed": MediaFeed,
}


def every_mistake(folder: Path) -> list[Mistake]:
    """Every mistake of a profile, also in what it says to its modules and in what it adds for a demonstration."""
    draft = read(folder)
    found = [*mistakes_of(draft), *blind_cameras(draft), *_demonstration(draft), *_of_modules(draft)]
    return list(dict.fromkeys(found))


def refuse_mistakes(folder: Path, overlay: Path | None = None) -> None:
    """Keeps a city from starting with a mistake in its profile.

    Modules that are told nothing are looked at only where there is another mistake, for loading their code takes time.

    Raises:
        CityInvalid: it carries every mistake, as `ioc city check` tells them.
        BrokenManifest: see `find_modules`.
    """
    draft = read(folder, overlay)
    found = [*mistakes_of(draft), *_demonstration(draft)]
    if found or told_mistakes(draft.city()):
        raise CityInvalid(folder, dict.fromkeys([*found, *_of_modules(draft)]))


def _of_modules(draft: Draft) -> list[Mistake]:
    if draft.head is None:
        return []
    known = draft.named.get(Threshold, set())
    return [one for one in module_mistakes(draft.city()) if not _blamed(one, known, draft)]


def _blamed(mistake: Mistake, known: set[str], draft: Draft) -> bool:
    """Whether a threshold seems missing only because its row or file is wrong, which is told already."""
    if mistake.file != "thresholds.toml":
        return False
    name = mistake.field.removeprefix("threshold[").removesuffix("]")
    return Threshold not in draft.named or (name in known and bool(draft.mistakes))


def _demonstration(draft: Draft) -> Iterator[Mistake]:
    if draft.head is None:
        return
    own = draft.folder / OWN
    laid = read(draft.folder, own) if own.is_dir() else draft
    yield from _own_files(draft, laid, own)
    folder = draft.folder / STORIES
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.suffix == ".toml":
            yield from _story(path, laid)


def _own_files(draft: Draft, laid: Draft, own: Path) -> Iterator[Mistake]:
    if laid is draft:
        return
    for path in sorted(own.glob("*.toml")):
        if path.name not in DEMO_FILES:
            yield Mistake(f"{OWN}/{path.name}", "-", not_read(path.name, DEMO_FILES))
    known = set(mistakes_of(draft))
    for one in mistakes_of(laid):
        if one not in known:
            yield one if one.file.startswith(f"{OWN}/") else Mistake(f"{OWN}/{one.file}", one.field, one.text)


def _story(path: Path, laid: Draft) -> Iterator[Mistake]:
    file = f"{STORIES}/{path.name}"
    try:
        read_toml(path)
        text = path.read_text(encoding="utf-8-sig")
        read_scenario(text, file, _names_only(laid.city()), Known(_event_types(), _wards(laid)))
    except (FileNotFoundError, Unreadable) as error:
        if isinstance(error, Unreadable):
            yield Mistake(file, error.field, error.text)
    except ScenarioInvalid as invalid:
        for one in invalid.mistakes:
            kind = _NAMED_BY.get(one.field.rpartition(".")[2])
            if one.field == "city" and "id" in laid.head_wrong:
                continue
            if kind is None or kind in laid.rows:  # of what could not be read nobody knows what is in it
                yield one


def _names_only(city: City) -> City:
    """The city with a frame all of the earth where its own cannot be read."""
    return city if isinstance(city.bbox, tuple) else msgspec.structs.replace(city, bbox=(-180.0, -90.0, 180.0, 90.0))


def _event_types() -> frozenset[str]:
    try:
        declared = {name for spec in find_modules().values() for name in spec.manifest.events}
    except BrokenManifest:
        return frozenset()  # told by the check of the modules
    return frozenset(declared | set(EVERY_MODULES))


def _wards(laid: Draft) -> frozenset[str]:
    from ioc.city.wards import ward_codes

    return frozenset(ward_codes(laid))
