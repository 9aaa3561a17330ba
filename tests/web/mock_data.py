"""Made-up Vietnamese data in the shapes of the wire: nothing here happened."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta
from typing import Any

CENTRE = (105.7764, 19.8067)
BOX = (105.69, 19.73, 105.87, 19.88)
WARDS = (
    ("16-01", "Hạc Thành", 105.775, 19.806),
    ("16-02", "Hàm Rồng", 105.790, 19.845),
    ("16-03", "Quảng Phú", 105.815, 19.778),
    ("16-04", "Đông Quang", 105.745, 19.765),
    ("16-05", "Đông Sơn", 105.722, 19.806),
    ("16-06", "Nguyệt Viên", 105.838, 19.836),
    ("16-07", "Đông Tiến", 105.735, 19.848),
)

Json = dict[str, Any]


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def now() -> datetime:
    return datetime.now(UTC)


def text(vi: str, en: str) -> Json:
    return {"vi": vi, "en": en}


def _nearest(x: float, y: float) -> int:
    return min(range(len(WARDS)), key=lambda i: math.hypot(WARDS[i][2] - x, WARDS[i][3] - y))


def _cell(index: int, steps: int = 72) -> list[list[float]]:
    """The part of the city nearer to this centre than to any other, walked outwards in rays."""
    _, _, x0, y0 = WARDS[index]
    ring = []
    for step in range(steps):
        angle = 2 * math.pi * step / steps
        reach = 0.0
        limit = 0.045 + 0.006 * math.sin(3 * angle + index)
        while reach < limit and _nearest(x0 + reach * math.cos(angle), y0 + reach * math.sin(angle)) == index:
            reach += 0.0004
        ring.append([x0 + reach * math.cos(angle), y0 + reach * math.sin(angle)])
    return [*ring, ring[0]]


def wards() -> Json:
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": code,
                "properties": {
                    "code": code,
                    "name": name,
                    "kind": "phường",
                    "valid_from": "2025-07-01",
                    "approximate": True,
                },
                "geometry": {"type": "Polygon", "coordinates": [_cell(index)]},
            }
            for index, (code, name, _, _) in enumerate(WARDS)
        ],
    }


def assets() -> Json:
    named = (
        ("Bệnh viện Đa khoa tỉnh", "hospital", 105.781, 19.814),
        ("Trạm Cảnh sát chữa cháy", "station", 105.768, 19.798),
        ("Bệnh viện Nhi", "hospital", 105.760, 19.812),
        ("Trường Hàm Rồng", "school", 105.786, 19.836),
    )
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": name,
                "properties": {"name": name, "kind": kind},
                "geometry": {"type": "Point", "coordinates": [lon, lat]},
            }
            for name, kind, lon, lat in named
        ],
    }


def ward_of(lon: float, lat: float) -> Json:
    code, name, _, _ = WARDS[_nearest(lon, lat)]
    return {"code": code, "name": name, "valid_from": "2025-07-01", "approximate": True}


STORIES = (
    ("call", 1, "fire", "emergency", "Cháy nhà ba tầng, có người mắc kẹt", "House fire, people trapped", "Lê Lai"),
    (
        "call",
        2,
        "crash",
        "emergency",
        "Va chạm xe máy và xe tải, một người bị thương",
        "Crash, one hurt",
        "Quang Trung",
    ),
    ("report", 2, "wire", "citizen", "Dây điện đứt rơi xuống đường", "Live wire on the road", "Nguyễn Trãi"),
    ("event", 3, "flood", "citizen", "Ngập 40 cm, xe máy không qua được", "40 cm of water", "Trần Phú"),
    ("report", 3, "manhole", "citizen", "Nắp cống bị mất", "Manhole cover missing", "Hàng Đồng"),
    ("report", 4, "lamp", "citizen", "Đèn đường hỏng cả đoạn", "Street lamps out", "Đường Nguyễn Huệ"),
    ("call", 3, "noise", "emergency", "Gây rối trật tự tại quán ăn", "Disturbance at an eatery", "Đội Cung"),
    ("report", 4, "waste", "citizen", "Rác thải tồn đọng nhiều ngày", "Waste not collected", "Tống Duy Tân"),
)


def incident(index: int, at: datetime, rng: random.Random) -> Json:
    kind, priority, category, module, vi, en, place = STORIES[index % len(STORIES)]
    lon = CENTRE[0] + rng.uniform(-0.05, 0.05)
    lat = CENTRE[1] + rng.uniform(-0.04, 0.04)
    status = "new" if index < 4 else ("taken", "assigned", "new")[index % 3]
    unplaced = index == 6
    return {
        "id": f"i-{index}",
        "number": index + 101,
        "kind": kind,
        "status": status,
        "priority": priority,
        "severity": 5 - priority,
        "title": text(vi, en),
        "category": category,
        "module": module,
        "lonlat": None if unplaced else [lon, lat],
        "place": None if unplaced else place,
        "ward": None if unplaced else ward_of(lon, lat),
        "opened": iso(at),
        "due": iso(at + timedelta(hours=2)) if kind == "report" else None,
        "owner": "Nguyễn An" if status != "new" else None,
        "assignee": "Tổ cấp cứu 2" if status == "assigned" else None,
        "outcome": None,
        "simulated": True,
        "exercise": False,
        "version": 1,
        "correlation": f"c-{index}",
        "source": f"e-{index}",
        "facts": facts(kind, index, priority),
        "updated": iso(at),
    }


def facts(kind: str, index: int, priority: int) -> Json:
    """What the modules know beside the incident: for calls and reports the number the citizen was given."""
    if kind == "call":
        return {"call_number": f"114{index:04}", **recommendation(priority)}
    return {"report_number": f"PA-{index + 36}"} if kind == "report" else {}


def recommendation(priority: int) -> Json:
    near = (("u-0", "Xe chữa cháy 1", 2052, 6.3), ("u-1", "Xe thang 2", 2528, 7.6), ("u-2", "Tổ cấp cứu 3", 3515, 10.1))
    return {
        "recommendation": {
            "mode": "recommend" if priority > 1 else "mirror",
            "basis": "straight-line",
            "label": text("ước lượng đường chim bay", "straight-line estimate"),
            "units": [
                {
                    "id": unit,
                    "name": name,
                    "distance_m": metres,
                    "eta_min": minutes,
                    "state": "available",
                    "reason": text("gần nhất, có thang", "nearest, has a ladder"),
                }
                for unit, name, metres, minutes in near
            ],
        },
        "possible_duplicate_of": "1140007" if priority == 2 else None,
    }


def unit(index: int, rng: random.Random) -> Json:
    kind = ("fire", "ambulance", "police", "crew")[index % 4]
    name = {"fire": "Xe chữa cháy", "ambulance": "Tổ cấp cứu", "police": "Tổ tuần tra", "crew": "Đội điện"}[kind]
    moving = index % 3 == 0
    return {
        "id": f"u-{index}",
        "name": f"{name} {index + 1}",
        "kind": kind,
        "service": {"fire": "114", "ambulance": "115", "police": "113", "crew": "city"}[kind],
        "state": "en_route" if moving else "available",
        "lonlat": [CENTRE[0] + rng.uniform(-0.06, 0.06), CENTRE[1] + rng.uniform(-0.05, 0.05)],
        "hdg": rng.randrange(360) if moving else None,
        "spd": 32.0 if moving else 0.0,
        "fix_ts": iso(now()),
        "task": None,
        "simulated": True,
    }


def kpi(module: str, vi: str, en: str, value: float | None, unit_of: str) -> Json:
    return {
        "module": module,
        "name": text(vi, en),
        "value": value,
        "unit": unit_of,
        "at": iso(now()),
        "simulated": True,
    }


def kpis(rng: random.Random) -> dict[str, Json]:
    return {
        "citizen.open": kpi("citizen", "Phản ánh đang xử lý", "Reports in progress", 38 + rng.randrange(4), ""),
        "citizen.on_time": kpi("citizen", "Đúng hạn 30 ngày", "On time, 30 days", 94.6, "%"),
        "emergency.answer": kpi("emergency", "Nghe máy trong 15 giây", "Answered in 15 s", 91 + rng.random(), "%"),
        "emergency.turnout": kpi("emergency", "Thời gian xuất phát", "Turnout time", None, "giây"),
    }


def happening(index: int, at: datetime, shown: Json) -> Json:
    said = (
        ("Tiếp nhận cuộc gọi", "Call received"),
        ("Đề xuất đơn vị gần nhất", "Nearest unit recommended"),
        ("Trực ban đã nhận", "Taken by an operator"),
        ("Phản ánh mới của người dân", "New citizen report"),
    )[index % 4]
    return {
        "id": f"e-{index}",
        "type": "desk.incident.opened",
        "module": shown["module"],
        "severity": shown["severity"],
        "title": text(f"{said[0]}: {shown['title']['vi']}", f"{said[1]}: {shown['title']['en']}"),
        "lonlat": shown["lonlat"],
        "ward": shown["ward"],
        "place": shown["place"],
        "time": iso(at),
        "simulated": True,
        "correlation": shown["correlation"],
    }
