"""Which units to propose for a call: able, soonest, and without emptying a zone.

Rule: capability filter, then minimum arrival time, then minimum cover. A unit whose leaving would empty its zone stands
behind those that keep cover, except for a P1 call: a life threat gets the nearest. A unit with an old fix or an
unknown state stands last, because its distance may be wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from ioc.core.text import Text
from modules.emergency.eta import Travel, distance_m, minutes

AVAILABLE = "available"
UNKNOWN = "unknown"


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """A unit as last heard of; without a fix it is taken to stand at its `home`. Points are (lon, lat)."""

    id: str
    name: str
    kind: str
    service: str
    state: str
    capabilities: frozenset[str]
    home: tuple[float, float]
    fix: tuple[float, float] | None = None
    fix_at: datetime | None = None

    @property
    def at(self) -> tuple[float, float]:
        """Where it is believed to be."""
        return self.fix or self.home


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """What a call needs and where (lon, lat)."""

    lonlat: tuple[float, float]
    service: str
    priority: int
    capabilities: frozenset[str] = frozenset()


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers of the city: travel factors by kind of unit, the age at which a fix is old, and what cover means.

    A zone is the circle of `cover_radius_m` around a unit's home; it is covered while at least `cover_minimum` other
    available units of the same service stand in it.
    """

    travel: Mapping[str, Travel]
    fix_old_s: float
    cover_minimum: int
    cover_radius_m: float


class Candidate(msgspec.Struct, frozen=True):
    """A unit that could go, and why it stands where it stands."""

    unit: Unit
    distance_m: float
    eta_min: float
    uncertain: bool
    empties_zone: bool
    reason: Text


def rank(units: Sequence[Unit], need: Need, limits: Limits, now: datetime) -> list[Candidate]:
    """The units that could answer, best first. A unit lacking a needed capability, or busy, is not among them."""
    able = [unit for unit in units if _able(unit, need)]
    found = [_candidate(unit, units, need, limits, now) for unit in able]
    return sorted(found, key=lambda one: _order(one, need))


def _able(unit: Unit, need: Need) -> bool:
    free = unit.state in (AVAILABLE, UNKNOWN)
    return free and unit.service == need.service and need.capabilities <= unit.capabilities


def _order(one: Candidate, need: Need) -> tuple[bool, bool, float, str]:
    holds_back = one.empties_zone and need.priority > 1
    return one.uncertain, holds_back, one.eta_min, one.unit.id


def _candidate(unit: Unit, units: Sequence[Unit], need: Need, limits: Limits, now: datetime) -> Candidate:
    metres = distance_m(unit.at, need.lonlat)
    travel = limits.travel[unit.kind]
    eta = minutes(metres, travel)
    old = unit.fix_at is None or now - unit.fix_at > timedelta(seconds=limits.fix_old_s)
    empties = not _covered(unit, units, limits)
    reason = _reason(unit, metres, eta, need, old=old, empties=empties, travel=travel)
    return Candidate(unit, metres, eta, old or unit.state == UNKNOWN, empties, reason)


def _covered(leaving: Unit, units: Sequence[Unit], limits: Limits) -> bool:
    """Whether the zone of a unit keeps its minimum cover once the unit has left."""
    staying = sum(
        1
        for unit in units
        if unit.id != leaving.id
        and unit.service == leaving.service
        and unit.state == AVAILABLE
        and distance_m(unit.at, leaving.home) <= limits.cover_radius_m
    )
    return staying >= limits.cover_minimum


def _reason(
    unit: Unit, metres: float, eta: float, need: Need, *, old: bool, empties: bool, travel: Travel
) -> Text:  # fmt: skip
    parts = [
        Text(
            f"{_vi(eta)} phút: {_vi(metres / 1000)} km × {travel.detour:g} ở {travel.speed_kmh:g} km/h, "
            f"xuất phát {travel.turnout_min:g} phút".replace(".", ","),
            f"{eta:.2f} min: {metres / 1000:.2f} km × {travel.detour:g} at {travel.speed_kmh:g} km/h, "
            f"turnout {travel.turnout_min:g} min",
        )
    ]
    if need.capabilities:
        names = ", ".join(sorted(need.capabilities))
        parts.append(Text(f"có {names}", f"has {names}"))
    if unit.fix is None:
        parts.append(Text("chưa có vị trí, tính từ nơi đóng quân", "never heard of, counted from its base"))
    elif old:
        parts.append(Text("vị trí đã cũ", "its position is old"))
    if unit.state == UNKNOWN:
        parts.append(Text("chưa rõ trạng thái", "its state is unknown"))
    if empties:
        parts.append(Text("rời đi thì khu vực không còn đơn vị trực", "its zone would be left without cover"))
    return Text("; ".join(part.vi for part in parts), "; ".join(part.en for part in parts))


def _vi(number: float) -> str:
    return f"{number:.2f}".replace(".", ",")
