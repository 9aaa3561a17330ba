"""A proposal to look somewhere, as a row, as events and as the API shows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from ioc.core.clock import iso
from ioc.core.dataclass import DataClass
from ioc.core.ids import new_id
from ioc.core.place import Place
from ioc.core.text import Text
from modules.public_security.events import LookAccepted, LookLeft, LookProposed
from modules.public_security.looks import Look
from modules.public_security.views import both

Row = Mapping[str, Any]
PROPOSAL = Text("đề xuất, không phải lệnh điều động", "a proposal, not an order")
STATES = {
    "open": Text("chờ trả lời", "waiting for an answer"),
    "accepted": Text("đã chấp nhận", "accepted"),
    "left": Text("đã bỏ qua", "left"),
    "gone": Text("không còn hiệu lực", "over"),
    "aged": Text("hết hạn trả lời", "not answered in time"),
}


def row_of(look: Look, place: Place, mode: str, now: datetime, *, simulated: bool) -> dict[str, Any]:
    """The row of a new proposal at a place, whose ward and name are known."""
    spot, patrol, id = look.spot, look.patrol, new_id()
    return {
        "id": id,
        "place": spot.key,
        "kind": spot.kind,
        "state": "open",
        "unit": patrol.id,
        "unit_name": patrol.name,
        "lon": spot.lon,
        "lat": spot.lat,
        "radius_m": spot.radius_m,
        "place_name": place.name or (place.ward.name if place.ward else None),
        "ward_code": place.ward.code if place.ward else None,
        "ward_name": place.ward.name if place.ward else None,
        "reasons": msgspec.json.encode([both(one) for one in spot.reasons]).decode(),
        "distance_m": patrol.distance_m,
        "minutes": patrol.minutes,
        "fix_at": iso(now - timedelta(seconds=patrol.age_s or 0)),
        "mode": mode,
        "correlation": spot.correlation or f"public_security:look:{id}",
        "made_at": iso(now),
        "ended_at": None,
        "ended_vi": None,
        "ended_en": None,
        "answered_by": None,
        "answer_id": None,
        "dataclass": spot.data_class.value,
        "simulated": simulated,
    }


def proposed(row: Row) -> LookProposed:
    """What is said of a new proposal."""
    why = _why(row)
    return LookProposed(
        look=row["id"],
        reason=row["kind"],
        unit=row["unit"],
        unit_name=row["unit_name"],
        where=_where(row),
        distance_m=round(row["distance_m"]),
        mode=row["mode"],
        why_vi=why.vi,
        why_en=why.en,
        **_steering(row),
    )


def answered(row: Row, answer: str) -> LookAccepted | LookLeft:
    """What is said of a person's answer."""
    kind = LookAccepted if answer == "accept" else LookLeft
    return kind(look=row["id"], unit=row["unit"], unit_name=row["unit_name"], where=_where(row), **_steering(row))


def view(row: Row) -> dict[str, Any]:
    """A proposal as the desk reads it."""
    ended = {"vi": row["ended_vi"], "en": row["ended_en"]} if row["ended_vi"] else None
    return {
        "id": row["id"],
        "state": row["state"],
        "state_name": both(STATES[row["state"]]),
        "note": both(PROPOSAL),
        "mode": row["mode"],
        "kind": row["kind"],
        "reasons": msgspec.json.decode(row["reasons"]),
        "unit": {"id": row["unit"], "name": row["unit_name"]},
        "distance_m": round(row["distance_m"]),
        "eta_min": round(row["minutes"], 2),
        "fix_at": row["fix_at"],
        "lonlat": [row["lon"], row["lat"]],
        "radius_m": row["radius_m"],
        "where": _where(row),
        "ward": {"code": row["ward_code"], "name": row["ward_name"]} if row["ward_code"] else None,
        "made_at": row["made_at"],
        "ended_at": row["ended_at"],
        "ended_why": ended,
        "answered_by": row["answered_by"],
        "dataclass": row["dataclass"],
        "simulated": row["simulated"],
    }


def _where(row: Row) -> str:
    return str(row["place_name"] or f"{row['lat']:.4f}, {row['lon']:.4f}")


def _why(row: Row) -> Text:
    reasons = msgspec.json.decode(row["reasons"], type=list[dict[str, str]])
    return Text("; ".join(one["vi"] for one in reasons), "; ".join(one["en"] for one in reasons))


def _steering(row: Row) -> dict[str, Any]:
    return {
        "place": Place(row["lon"], row["lat"], name=row["place_name"], uncertainty_m=row["radius_m"] or None),
        "correlation": row["correlation"],
        "data_class": DataClass(row["dataclass"]),
        "simulated": bool(row["simulated"]),
    }
