"""Which patrols to propose: the free ones, nearest first; one not heard of lately comes last and says so. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from gis.nearest import haversine_m
from ioc.city.profile import City
from ioc.contract import Attach, NearbyUnit
from ioc.core.clock import iso
from ioc.core.dataclass import DataClass
from ioc.core.text import Text
from modules.public_security.events import PatrolProposed
from modules.public_security.numbers import PatrolLimits

POLICE = frozenset({"police"})
FREE = frozenset({"available", "unknown"})
LABEL = Text("ước lượng đường chim bay", "straight-line estimate")
NOBODY = Text("không có tuần tra nào sẵn sàng", "no patrol is available")


class Patrol(msgspec.Struct, frozen=True, kw_only=True):
    """A patrol that could go; `age_s` is the age of its position, None where nothing was ever heard of it."""

    id: str
    name: str
    state: str
    distance_m: float
    minutes: float
    age_s: int | None
    fresh: bool


def near(
    city: City, heard: Iterable[NearbyUnit], lonlat: tuple[float, float], limits: PatrolLimits, now: datetime
) -> list[Patrol]:
    """Free patrols, those with a fresh position first, nearest first. One never heard of is taken to stand at its
    base."""
    known = {unit.id: unit for unit in heard}
    found = [_heard(unit, limits, now) for unit in known.values()]
    for profile in city.units:
        if profile.kind in POLICE and profile.id not in known:
            metres = haversine_m(profile.lon, profile.lat, *lonlat)
            found.append(_patrol(profile.id, profile.name, "unknown", metres, None, limits))
    return sorted((one for one in found if one.state in FREE), key=lambda one: (not one.fresh, one.distance_m, one.id))


def _heard(unit: NearbyUnit, limits: PatrolLimits, now: datetime) -> Patrol:
    age = max(0, round((now - unit.fix_at).total_seconds()))
    return _patrol(unit.id, unit.name, unit.state, unit.distance_m, age, limits)


def _patrol(id: str, name: str, state: str, metres: float, age_s: int | None, limits: PatrolLimits) -> Patrol:
    return Patrol(
        id=id,
        name=name,
        state=state,
        distance_m=metres,
        minutes=metres * limits.road_factor / (limits.speed_kmh * 1000 / 60),
        age_s=age_s,
        fresh=age_s is not None and age_s <= limits.fresh.total_seconds(),
    )


def proposal(
    subject: str, where: str, mode: str, best: Sequence[Patrol], now: datetime, data_class: DataClass | None = None
) -> PatrolProposed:  # fmt: skip
    """The event that names them; its facts have the shape in which the desk shows units for a call."""
    units = tuple(_shown(one) for one in best)
    summary = _summary(best)
    facts = {
        "units": list(units),
        "mode": mode,
        "basis": "straight-line",
        "label": _both(LABEL),
        "note": _both(_note(best)),
        "at": iso(now),
    }
    return PatrolProposed(
        subject=subject,
        where=where,
        mode=mode,
        units=units,
        summary_vi=summary.vi,
        summary_en=summary.en,
        attach=Attach(facts={"recommendation": facts}),
        data_class=data_class,
    )


def _shown(one: Patrol) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "distance_m": round(one.distance_m),
        "eta_min": round(one.minutes, 2),
        "fix_age_s": one.age_s,
        "reason": _both(_reason(one)),
        "state": one.state,
        "uncertain": not one.fresh,
    }


def _reason(one: Patrol) -> Text:
    km = f"{one.distance_m / 1000:.2f}"
    parts = [Text(f"cách {km} km".replace(".", ","), f"{km} km away"), _age(one)]
    if one.state == "unknown":
        parts.append(Text("chưa rõ trạng thái", "its state is unknown"))
    return Text("; ".join(part.vi for part in parts), "; ".join(part.en for part in parts))


def _age(one: Patrol) -> Text:
    if one.age_s is None:
        return Text("chưa có vị trí, tính từ nơi đóng quân", "never heard of, counted from its base")
    if one.fresh:
        return Text(f"vị trí {one.age_s} giây trước", f"position {one.age_s} s old")
    return Text(f"vị trí đã cũ, {one.age_s} giây trước", f"its position is old, {one.age_s} s")


def _summary(best: Sequence[Patrol]) -> Text:
    if not best:
        return NOBODY
    first = best[0]
    metres, doubt = round(first.distance_m, -1), Text("", "")
    if not first.fresh:
        doubt = Text(", vị trí không chắc", ", its position is uncertain")
    return Text(f"{first.name} cách {metres:.0f} m{doubt.vi}", f"{first.name}, {metres:.0f} m away{doubt.en}")


def _note(best: Sequence[Patrol]) -> Text:
    if not best:
        return NOBODY
    if any(one.fresh for one in best):
        return Text("tuần tra gần nhất, không phải lệnh điều động", "nearest patrols, not an order")
    return Text("không tuần tra nào có vị trí mới", "no patrol has a fresh position")


def _both(text: Text) -> dict[str, str]:
    return {"vi": text.vi, "en": text.en}
