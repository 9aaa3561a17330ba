"""Where the simulator's own servers are, and the overlay that points the city's cameras and feeds at them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from ioc.city.overlay import laid_over
from ioc.city.profile import Camera, City, MediaFeed
from ioc.city.toml_text import toml_text
from ioc.demo.recordings import recorded_periods

CLIPS = (".mp4", ".avi", ".mkv", ".mov")
FEEDS = (".xml", ".rss", ".atom", ".json")
OWN = "demo"  # a folder of the profile: what only the demonstration adds to it

YARD = "kho"
# What the drawn road shows: vehicles come down the left half and go up the right half.
ROAD_LINES = [
    {"id": "xuong", "start": [0.47, 0.62], "end": [0.05, 0.62], "allowed": "in"},
    {"id": "len", "start": [0.53, 0.62], "end": [0.95, 0.62], "allowed": "in"},
]
COMING = [[0.40, 0.36], [0.49, 0.36], [0.49, 0.98], [0.02, 0.98]]
ROAD_ZONES = [
    {"id": "hang-cho", "name": "Hàng chờ", "purpose": "queue", "points": COMING},
    {"id": "long-duong", "name": "Lòng đường cấm dừng", "purpose": "no_parking", "points": COMING},
]
# What the drawn square shows: an open place in front, where things may be left too; a yard behind a fence at the right
# where nobody should be.
SQUARE_ZONES = [
    {
        "id": "san",
        "name": "Sân trước",
        "purpose": "crowd",
        "points": [[0.02, 0.45], [0.66, 0.45], [0.66, 0.98], [0.02, 0.98]],
        "area_m2": 6.0,
    },
    {
        "id": "loi-di",
        "name": "Lối đi",
        "purpose": "watch",
        "points": [[0.02, 0.45], [0.66, 0.45], [0.66, 0.98], [0.02, 0.98]],
    },
    {
        "id": YARD,
        "name": "Bãi kho",
        "purpose": "restricted",
        "points": [[0.74, 0.40], [0.98, 0.40], [0.98, 0.98], [0.74, 0.98]],
    },
]


class Pace(msgspec.Struct, frozen=True):
    """How often detectors and feeds speak in the demonstration (s): quicker than in a city, so that things move."""

    detectors_s: int = 5
    feeds_s: int = 15


def write_overlay(folder: Path, city: City, base: str, *, own: Path, data: Path | None, pace: Pace) -> None:
    """Writes the overlay of a demonstration whose servers answer at `base` (`http://127.0.0.1:port`).

    `own` is the folder with what the profile itself adds for demonstrations; it may be missing.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    clips = _files(data, "clips", CLIPS)
    computed: dict[str, dict[str, Any]] = {
        "city.toml": {},
        "roads.toml": {"detector": [{"id": one.id, "period_s": pace.detectors_s} for one in city.detectors]},
        "cameras.toml": {"camera": list(_cameras(city.cameras, base, clips))},
        "media.toml": {"feed": [_feed(feed, base, pace) for feed in city.media_feeds]},
    }
    laid = {name: laid_over(rows, _own_rows(own / name)) for name, rows in computed.items()}
    laid["city.toml"]["private_hosts"] = _hosts(city, own, base.removeprefix("http://"))
    laid["roads.toml"] = laid_over(laid["roads.toml"], _recorded(laid["roads.toml"], data))
    for name, rows in laid.items():
        (folder / name).write_text(toml_text(rows), encoding="utf-8")


def write_quiet_overlay(folder: Path, city: City, *, own: Path) -> None:
    """The overlay of a demonstration in which nobody is simulated: no feed of the profile is fetched, no camera of it
    is missed. Feeds and cameras of `own` (see `write_overlay`) are, so that one can try one's own."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    rows: dict[str, dict[str, Any]] = {
        "city.toml": {},
        "cameras.toml": {"camera": [{"id": one.id, "life": "commissioning"} for one in city.cameras]},
        "media.toml": {"feed": [{"id": one.id, "enabled": False} for one in city.media_feeds]},
    }
    laid = {name: laid_over(tables, _own_rows(own / name)) for name, tables in rows.items()}
    laid["city.toml"]["private_hosts"] = _hosts(city, own)
    for name, tables in (laid | {"roads.toml": {}}).items():
        (folder / name).write_text(toml_text(tables), encoding="utf-8")


def _hosts(city: City, own: Path, *servers: str) -> list[str]:
    """What may be fetched from within: as the profile says, as it adds for demonstrations, and our own servers."""
    added = _own_rows(own / "city.toml").get("private_hosts", [])
    return list(dict.fromkeys([*city.private_hosts, *added, *servers]))


def _recorded(roads: dict[str, Any], data: Path | None) -> dict[str, Any]:
    """Detectors that speak from a recording, at the pace of its records."""
    known = [row["id"] for row in roads.get("detector", [])]
    rows = [{"id": id, "period_s": period} for id, period in recorded_periods(known, data).items()]
    return {"detector": rows} if rows else {}


def saved_feeds(data: Path | None) -> list[Path]:
    """Feeds kept in a folder of real files, in the order of their names."""
    return _files(data, "feeds", FEEDS)


def _files(data: Path | None, sub: str, endings: Iterable[str]) -> list[Path]:
    home = data / sub if data else None
    if home is None or not home.is_dir():
        return []
    return sorted(path for path in home.iterdir() if path.suffix.lower() in endings)


def _cameras(cameras: Iterable[Camera], base: str, clips: list[Path]) -> Iterable[dict[str, Any]]:
    """Every camera with its source: a clip that its profile names, a clip that is left over, or a drawn picture."""
    named = {f"clip:{clip.stem}": clip for clip in clips}
    wanted = {camera.source for camera in cameras}
    rest = [clip for clip in clips if f"clip:{clip.stem}" not in wanted]
    for camera in cameras:
        row: dict[str, Any] = {"id": camera.id, "simulated": True}
        if camera.source in named:
            yield row | {"source": f"file:{named[camera.source]}"}
        elif clips:
            taken = rest.pop(0) if rest else clips[0]
            rest.append(taken)
            yield row | {"source": f"file:{taken}"}
        else:
            yield row | {"source": f"{base}/cameras/{camera.id}.mjpg"} | _drawn(camera)


def shows_square(camera: Camera) -> bool:
    """Whether a drawn camera shows a square with people rather than a road: one that is on no road, or guards a place
    that is closed at night."""
    return camera.segment is None or any(zone.closed or zone.id == YARD for zone in camera.zones)


def _drawn(camera: Camera) -> dict[str, Any]:
    return {"lines": [], "zones": SQUARE_ZONES} if shows_square(camera) else {"lines": ROAD_LINES, "zones": ROAD_ZONES}


def _feed(feed: MediaFeed, base: str, pace: Pace) -> dict[str, Any]:
    name = feed.name if "mô phỏng" in feed.name else f"{feed.name} (mô phỏng)"
    return {
        "id": feed.id,
        "name": name,
        "url": f"{base}/feeds/{feed.id}",
        "period_s": pace.feeds_s,
        "enabled": True,
        "simulated": True,
        "note": "Tin bịa để xem thử / invented for the demonstration",
    }


def _own_rows(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
