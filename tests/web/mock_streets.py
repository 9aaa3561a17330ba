"""Made-up roads, cameras, sources and indicators in the shapes of the wire; lines and places are the trial city's."""

from __future__ import annotations

import functools
import io
import math
import random
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import mapbox_vector_tile
from mock_data import iso, now, text
from PIL import Image, ImageDraw

Json = dict[str, Any]
_CITY = Path(__file__).parents[2] / "cities" / "thanh-hoa"
_USUAL = {"speed": 34.0, "usual": 36.0, "level": "C", "queue_m": 0.0, "unusual": False, "incident": False}
SLOW = {"speed": 22.0, "usual": 30.0, "level": "D", "delay_s": 45.0}
JAM = {"speed": 11.0, "usual": 32.0, "level": "F", "queue_m": 240.0, "delay_s": 260.0, "unusual": True}
CRASH = {
    "speed": 5.0,
    "usual": 34.0,
    "level": "F",
    "queue_m": 380.0,
    "delay_s": 540.0,
    "unusual": True,
    "incident": True,
}


@functools.cache
def _rows(name: str) -> list[Json]:
    found: list[Json] = tomllib.loads((_CITY / f"{name}s.toml").read_text())[name]
    return found


@functools.cache
def _roads() -> list[Json]:
    found: list[Json] = tomllib.loads((_CITY / "roads.toml").read_text())["segment"]
    return found


def segments() -> Json:
    """The lines, as the traffic module gives them."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": road["id"],
                "properties": {"id": road["id"], "name": road["name"]},
                "geometry": {"type": "LineString", "coordinates": road["line"]},
            }
            for road in _roads()
        ],
    }


def tile(z: int, x: int, y: int) -> bytes:
    """The same lines as a vector tile; longitude and latitude to the tile's own field of 4096 steps."""

    def placed(point: list[float]) -> tuple[float, float]:
        lon, lat = point
        north = math.asinh(math.tan(math.radians(lat))) / math.pi
        return ((lon + 180) / 360 * 2**z - x) * 4096, ((1 - north) / 2 * 2**z - y) * 4096

    def near(line: list[tuple[float, float]]) -> bool:
        return any(-400 <= px <= 4496 and -400 <= py <= 4496 for px, py in line)

    lines = {road["id"]: [placed(at) for at in road["line"]] for road in _roads()}
    features = [
        {"geometry": {"type": "LineString", "coordinates": line}, "properties": {"id": key}}
        for key, line in lines.items()
        if near(line)
    ]
    encoded: bytes = mapbox_vector_tile.encode(
        {"name": "segments", "features": features}, default_options={"y_coord_down": True}
    )
    return encoded


def segment(road: Json, **values: Any) -> Json:
    return {
        "id": road["id"],
        "name": road["name"],
        "module": "traffic",
        "free_flow": float(road["free_flow_kmh"]),
        "tti": 1.4,
        "vc": 0.6,
        "pcu_h": 900.0,
        "delay_s": 0.0,
        "trend": [34.0, 35.0, 33.0, 36.0],
        "quality": "good",
        "at": iso(now()),
        "simulated": True,
        **_USUAL,
        **values,
    }


def segs() -> dict[str, Json]:
    """Every road as usual, but one slow, one in a jam and one of which nothing is known."""
    told = {"ql47-dong-son": SLOW, "tran-phu": JAM, "ql47-sam-son": {"speed": None, "level": None}}
    return {road["id"]: segment(road, **told.get(road["id"], {})) for road in _roads()}


def cams() -> dict[str, Json]:
    """Every camera sees, but the last, which has been offline for a while."""
    rows = _rows("camera")
    since = iso(now() - timedelta(minutes=14))
    return {
        row["id"]: {
            "id": row["id"],
            "name": row["name"],
            "lonlat": [row["lon"], row["lat"]],
            "heading": row["heading_deg"],
            "state": "lost" if row is rows[-1] else "ok",
            "since": since,
            "fps": 0.0 if row is rows[-1] else 12.5,
            "last_frame": since if row is rows[-1] else iso(now()),
            "segment": row.get("segment"),
            "simulated": True,
            "module": "camera",
        }
        for row in rows
    }


def sources() -> dict[str, Json]:
    """Fifteen live sources, one silent for four minutes; one in maintenance, one on trial."""
    names = [f"Đếm xe {n}" for n in range(1, 10)] + [f"Camera {n}" for n in range(1, 7)]
    found = [source("traffic" if "xe" in name else "camera", f"s-{i}", name) for i, name in enumerate(names)]
    quiet = iso(now() - timedelta(minutes=4, seconds=10))
    found[3] |= {"name": "Đếm xe Quang Trung", "state": "silent", "last_at": quiet, "since": quiet}
    found.append(source("media", "rss-1", "Báo tỉnh", life="maintenance", state="waiting", last_at=None))
    found.append(source("traffic", "d-new", "Đếm xe mới lắp", life="commissioning"))
    return {one["id"]: one for one in found}


def source(module: str, key: str, name: str, **values: Any) -> Json:
    at = iso(now())
    return {
        "id": f"{module}:{key}",
        "module": module,
        "key": key,
        "name": name,
        "kind": {"traffic": "loop", "camera": "camera", "media": "feed"}[module],
        "life": "live",
        "state": "live",
        "since": at,
        "last_at": at,
        "period_s": 60.0,
        "rate_per_min": 1,
        "good_share": 0.98,
        "clock_off_s": None,
        "reason": None,
        "lonlat": None,
        "simulated": True,
        **values,
    }


def kpis(rng: random.Random) -> dict[str, Json]:
    """Indicators of the three modules that came last, one of them outside its band."""

    def made(module: str, vi: str, en: str, value: float | None, unit: str, **more: Any) -> Json:
        body = {"module": module, "name": text(vi, en), "value": value, "unit": unit, "at": iso(now())}
        return {**body, "simulated": True, **more}

    def wave(middle: float, by: float) -> list[float]:
        return [round(middle + by * math.sin(i / 4) + rng.uniform(-by, by) / 3, 2) for i in range(40)]

    return {
        "traffic.tti_p50": made("traffic", "Chỉ số thời gian đi", "Travel-time index", 1.31, "", trend=wave(1.3, 0.2)),
        "traffic.speed": made("traffic", "Tốc độ trung vị", "Median speed", 31.4, "km/h", trend=wave(31, 5)),
        "traffic.available": made(
            "traffic",
            "Thiết bị đếm xe hoạt động tốt",
            "Detectors that work as they should",
            91.7,
            "%",
            limit_lo=95,
            trend=wave(95, 4),
        ),
        "public_security.uptime": made(
            "public_security", "Camera hoạt động", "Camera uptime", 98.2, "%", limit_lo=90, trend=wave(97, 2)
        ),
        "public_security.open": made("public_security", "Vụ an ninh mở", "Open security cases", 2, "events"),
        "media.precision": made("media", "Gợi ý đã kiểm chứng", "Hints verified", None, "%"),
        "media.a_negative": made("media", "Tin và bài tiêu cực, 24 giờ", "Negative stories and posts, 24 h", 3.4, "%"),
        "media.stories": made("media", "Tin bài hôm nay", "Stories today", 46, "stories", trend=wave(40, 6)),
    }


def hotspots() -> Json:
    """Two cells that stand above the mean, of which one surely."""

    def cell(lon: float, lat: float, z: float) -> Json:
        ring = [[lon, lat], [lon + 0.006, lat], [lon + 0.006, lat + 0.006], [lon, lat + 0.006], [lon, lat]]
        geometry = {"type": "Polygon", "coordinates": [ring]}
        return {"type": "Feature", "properties": {"z": z}, "geometry": geometry}

    return {"type": "FeatureCollection", "features": [cell(105.772, 19.803, 3.16), cell(105.778, 19.803, 2.1)]}


@functools.cache
def jpeg(camera: str, step: int) -> bytes:
    """A street with vehicles a step further along; every camera has a street of its own."""
    rng = random.Random(camera)
    image = Image.new("RGB", (320, 180), (58 + rng.randrange(20), 64, 70))
    pen = ImageDraw.Draw(image)
    for _ in range(7):
        left, height = rng.randrange(-20, 320), rng.randrange(30, 75)
        shade = rng.randrange(70, 120)
        pen.rectangle([left, 90 - height, left + 46, 92], fill=(shade, shade + 4, shade + 8))
    pen.polygon([(120, 90), (200, 90), (330, 180), (-10, 180)], fill=(44, 46, 50))
    pen.line([(160, 92), (160, 180)], fill=(150, 150, 140), width=2)
    for index in range(6):
        y = 94 + (rng.randrange(80) + 14 * step * (1 if index % 2 else -1)) % 80
        size = 4 + (y - 90) // 6
        x = 160 + (1 if index % 2 else -1) * (10 + (y - 90))
        tone = (190, 186, 176) if index % 3 else (120, 60, 52)
        pen.rectangle([x - size, y - size, x + size, y + size // 2], fill=tone)
    held = io.BytesIO()
    image.save(held, "JPEG", quality=80)
    return held.getvalue()


def picture(camera: str, step: int, taken_ms: int) -> bytes:
    """A binary message: version, length of the id, the id, when the picture was taken, JPEG."""
    name = camera.encode("ascii")
    return bytes([1, len(name)]) + name + taken_ms.to_bytes(8, "big") + jpeg(camera, step % 6)
