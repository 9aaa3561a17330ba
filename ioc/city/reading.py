"""The files of a profile folder, read into a draft that keeps what is right beside what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

import msgspec

from ioc.city.files import Unreadable, read_toml
from ioc.city.mistakes import Mistake
from ioc.city.model import City
from ioc.city.overlay import laid_over
from ioc.city.parts import (
    DISPATCHED,
    Agency,
    Area,
    Asset,
    Camera,
    CityHead,
    Detector,
    DispatchMode,
    Holiday,
    MakeUpDay,
    MediaFeed,
    ModuleProfile,
    Part,
    ReportService,
    Segment,
    Threshold,
    UnitProfile,
)
from ioc.city.rows import build_partly
from ioc.city.vocabulary import nearest
from ioc.core.text import Text

_FOUND_BY: dict[type[Part], tuple[str, ...]] = {
    ReportService: ("code",),
    Holiday: ("day",),
    MakeUpDay: ("day",),
    Threshold: ("name", "value", "valid_from", "valid_to"),
}
PartT = TypeVar("PartT", bound=Part)
ReadPart = TypeVar("ReadPart", bound=Part, covariant=True)

FILES: dict[str, dict[str, type[Part]]] = {
    "areas.toml": {"area": Area},
    "agencies.toml": {"agency": Agency},
    "units.toml": {"unit": UnitProfile},
    "services.toml": {"service": ReportService},
    "assets.toml": {"asset": Asset},
    "roads.toml": {"segment": Segment, "detector": Detector},
    "cameras.toml": {"camera": Camera},
    "media.toml": {"feed": MediaFeed},
    "holidays.toml": {"holiday": Holiday, "make_up": MakeUpDay},
    "thresholds.toml": {"threshold": Threshold},
}


@dataclass(frozen=True)
class Row(Generic[ReadPart]):
    """A part with the place it was read from. `part` has no value for the fields in `wrong`; `raw` is as written."""

    file: str
    label: str
    part: ReadPart
    wrong: frozenset[str]
    raw: dict[str, Any]


@dataclass
class Draft:
    """What could be read: rows with a mistake in some fields too, for the checks of their other fields.

    `named` holds the name others call a row by, for every row, by kind of part. `instead` are tables that stand for
    files of the overlay which are not written yet.
    """

    folder: Path
    overlay: Path | None = None
    instead: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    head: CityHead | None = None
    head_wrong: frozenset[str] = frozenset()
    rows: dict[type[Part], list[Row[Any]]] = field(default_factory=dict)
    named: dict[type[Part], set[str]] = field(default_factory=dict)
    dispatch: dict[str, DispatchMode] = field(default_factory=dict)
    modules: dict[str, ModuleProfile] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def of(self, kind: type[PartT], *fields: str) -> list[Row[PartT]]:
        """The rows of one kind in which all of these fields are right; other fields of them may be wrong."""
        return [row for row in self.rows.get(kind, []) if row.wrong.isdisjoint(fields)]

    def head_with(self, *fields: str) -> CityHead | None:
        """The head of the profile if all of these fields of it are right."""
        return self.head if self.head_wrong.isdisjoint(fields) else None

    def knows(self, kind: type[Part], id: str) -> bool:
        """Whether a row has this id. True too when the file could not be read: that mistake is told already."""
        return kind not in self.named or id in self.named[kind]

    def blame(self, file: str, field: str, vi: str, en: str) -> None:
        """Note a mistake."""
        self.mistakes.append(Mistake(file, field, Text(vi, en)))

    def city(self) -> City:
        """The profile. For a draft with mistakes: its rows that can be named, with no value in the wrong fields, for
        checks that look at names only."""
        head = cast(CityHead, self.head)
        cameras = self._parts(Camera)
        values = {name: getattr(head, name) for name in head.__struct_fields__ if name not in ("wards", "modules")}
        return City(
            **values,
            wards_file=self.folder / (head.wards if self.head_with("wards") else "-"),
            areas=self._parts(Area),
            agencies=self._parts(Agency),
            units=self._parts(UnitProfile),
            services=self._parts(ReportService),
            assets=self._parts(Asset),
            segments=self._parts(Segment),
            detectors=self._parts(Detector),
            cameras=tuple(one for one in cameras if not one.removed),
            removed_cameras=tuple(one for one in cameras if one.removed),
            media_feeds=self._parts(MediaFeed),
            holidays=self._parts(Holiday),
            make_up_days=self._parts(MakeUpDay),
            thresholds=self._parts(Threshold),
            dispatch=self.dispatch,
            modules=self.modules,
        )

    def _parts(self, kind: type[PartT]) -> tuple[PartT, ...]:
        return tuple(row.part for row in self.of(kind, *_FOUND_BY.get(kind, ("id",))))


def read(folder: Path, overlay: Path | None = None, instead: Mapping[str, dict[str, Any]] | None = None) -> Draft:
    """The draft of the profile in this folder; every mistake of form is in its `mistakes`.

    Files of the same names in `overlay` lie over it: keys of city.toml and rows of the same id take their place.
    `instead` are tables by the name of a file of the overlay, to be looked at in its place before it is written.
    """
    draft = Draft(folder, overlay, instead or {})
    if not folder.is_dir():
        draft.blame(folder.name, "-", f"Không có thư mục {folder}.", f"There is no folder {folder}.")
        return draft
    _read_head(draft)
    for file, tables in FILES.items():
        _read_tables(draft, file, tables)
    _read_dispatch(draft)
    return draft


def unread_files(folder: Path) -> list[Mistake]:
    """Tables in the folder that nobody reads, most likely because the file's name is misspelt."""
    known = ["city.toml", "dispatch.toml", *FILES]
    unread = sorted(path.name for path in folder.glob("*.toml") if path.name not in known)
    return [Mistake(name, "-", not_read(name, known)) for name in unread]


def not_read(name: str, known: list[str]) -> Text:
    """What is said of a file that nobody reads."""
    near, words = nearest(name, known), ", ".join(known)
    return Text(
        f"Không ai đọc tệp này; tên gần nhất là {near}. Các tệp được đọc: {words}.",
        f"Nobody reads this file; the nearest name is {near}. Files that are read: {words}.",
    )


def _toml(draft: Draft, file: str) -> dict[str, Any] | None:
    below = _toml_of(draft, draft.folder / file, file)
    if below is not None and file in draft.instead:
        return laid_over(below, draft.instead[file])
    if below is None or draft.overlay is None or not (draft.overlay / file).exists():
        return below
    above = _toml_of(draft, draft.overlay / file, f"{draft.overlay.name}/{file}")
    return None if above is None else laid_over(below, above)


def _toml_of(draft: Draft, path: Path, file: str) -> dict[str, Any] | None:
    try:
        return read_toml(path)
    except FileNotFoundError:
        draft.blame(file, "-", "Thiếu tệp này trong hồ sơ.", "This file is missing from the profile.")
    except Unreadable as error:
        draft.mistakes.append(Mistake(file, error.field, error.text))
    return None


def _read_head(draft: Draft) -> None:
    file = "city.toml"
    raw = _toml(draft, file)
    if raw is None:
        return
    read_head = build_partly(CityHead, raw, file, "")
    draft.head, draft.head_wrong = read_head.part, read_head.wrong
    draft.mistakes += read_head.mistakes
    modules = raw.get("modules", {})
    for name, settings in modules.items() if isinstance(modules, dict) else ():
        _read_module(draft, file, name, settings)


def _read_module(draft: Draft, file: str, name: str, settings: Any) -> None:
    if not isinstance(settings, dict):
        return  # the head's own check has told it
    if not isinstance(settings.get("enabled"), bool):
        vi, en = "Cần enabled = true hoặc false.", "enabled = true or false is needed."
        draft.blame(file, f"modules.{name}.enabled", vi, en)
        return
    own = {key: value for key, value in settings.items() if key != "enabled"}
    draft.modules[name] = ModuleProfile(settings["enabled"], own)


def _read_tables(draft: Draft, file: str, tables: dict[str, type[Part]]) -> None:
    raw = _toml(draft, file)
    if raw is None:
        return
    for name in sorted(raw.keys() - tables.keys()):
        known = ", ".join(f"[[{table}]]" for table in tables)
        draft.blame(file, name, f"Khoá lạ; tệp này dùng {known}.", f"Unknown key; this file holds {known}.")
    for name, kind in tables.items():
        if name in raw or raw.keys() <= tables.keys():  # under a misspelt name there may be rows others refer to
            _read_rows(draft, file, name, kind, raw.get(name, []))


def _read_rows(draft: Draft, file: str, name: str, kind: type[Part], raw: Any) -> None:
    if not isinstance(raw, list):
        draft.blame(file, name, f"Viết mỗi mục là [[{name}]].", f"Write each item as [[{name}]].")
        return
    draft.named[kind] = {name for item in raw if isinstance(item, dict) for name in _names(kind, item)}
    draft.rows[kind] = []
    for position, item in enumerate(raw, start=1):
        label = f"{name}[{_called(item, position)}]"
        if not isinstance(item, dict):
            draft.blame(file, label, "Phải là một bảng các khoá.", "Must be a table of keys.")
            continue
        built = build_partly(kind, item, file, label)
        draft.mistakes += built.mistakes
        draft.rows[kind].append(Row(file, label, built.part, built.wrong, item))


def _names(kind: type[Part], item: dict[str, Any]) -> list[str]:
    """What others may call the row. Without its key any text in it may be the name, the key only being misspelt."""
    key = "name" if kind is Threshold else "id"
    return [str(item[key])] if key in item else [value for value in item.values() if isinstance(value, str)]


def _called(item: Any, position: int) -> str:
    """How a person finds the row: by its id, code, name (with its first day of validity) or day, else by its number."""
    for key in ("id", "code", "name", "day"):
        if isinstance(item, dict) and key in item and not isinstance(item[key], dict):
            since = f"@{item['valid_from']}" if "valid_from" in item else ""
            return f"{item[key]}{since}"
    return str(position)


def _read_dispatch(draft: Draft) -> None:
    file = "dispatch.toml"
    raw = _toml(draft, file)
    if raw is None:
        return
    draft.dispatch = dict.fromkeys(DISPATCHED, "mirror")  # the centre watches only, unless the city says otherwise
    for key in sorted(raw.keys() - {"dispatch"}):
        draft.blame(file, key, "Khoá lạ; tệp này dùng [dispatch].", "Unknown key; this file holds [dispatch].")
    table = raw.get("dispatch", {})
    if not isinstance(table, dict):
        draft.blame(file, "dispatch", "Phải là bảng [dispatch].", "Must be a table [dispatch].")
        return
    for number, mode in table.items():
        _read_mode(draft, file, number, mode)


def _read_mode(draft: Draft, file: str, number: str, mode: Any) -> None:
    where = f"dispatch.{number}"
    if number not in DISPATCHED:
        known = ", ".join(DISPATCHED)
        draft.blame(file, where, f"Số khẩn cấp lạ; dùng: {known}.", f"Unknown emergency number; use: {known}.")
        return
    try:
        draft.dispatch[number] = msgspec.convert(mode, DispatchMode)
    except msgspec.ValidationError:
        words = "mirror, recommend, dispatch"
        draft.blame(file, where, f"“{mode}” không được dùng; chọn: {words}.", f"“{mode}” is not one of: {words}.")
