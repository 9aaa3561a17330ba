"""Whether records of one type come again close by and soon. Pure but for reading the records.

Each type is tested by itself (`gis.near_repeat`), over records whose place and time are known well enough; a type with
few of them is not judged, and says so. As many bands are tested in all types together, their p are held against chance
(Benjamini-Hochberg). Only types and numbers come out of it, never a place or a person.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import select

from gis.hotspot import false_discovery
from gis.near_repeat import Knox, knox
from gis.nearest import haversine_m
from ioc.core.clock import iso, parse_time
from modules.public_security.events import NearRepeatFound
from modules.public_security.kinds import KINDS, RecordType
from modules.public_security.numbers import NearRepeatLimits
from modules.public_security.tables import near_repeat as table
from modules.public_security.tables import record

RUN = "near_repeat"
SEED = 1964  # any number would do; a fixed one makes a run repeatable
DAY_S = 86_400
# A type that tells of a household by its place alone is not followed from place to place.
FOLLOWED: tuple[RecordType, ...] = tuple(code for code, kind in KINDS.items() if kind.counted and not kind.close)

State = Literal["few", "none", "stands"]
Row = Mapping[str, Any]


class Happened(msgspec.Struct, frozen=True):
    """One record: where (degrees) and when (the middle of the time it may have been)."""

    lon: float
    lat: float
    at: datetime
    simulated: bool


class Repeat(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one type: too `few` records to say, `none` found, or near-repeat `stands` in a band."""

    type: RecordType
    state: State
    records: int
    simulated: bool
    best: Knox | None = None
    q: float | None = None


async def records_by_type(connection: Any, since: datetime, limits: NearRepeatLimits) -> dict[RecordType, list[Row]]:
    """Located records that began at or after `since`, by type, oldest first; the newest of each type where they are
    too many."""
    c = record.c
    columns = (c.type, c.lon, c.lat, c.t_from, c.t_to, c.uncertainty_m, c.simulated)
    query = select(*columns).where(c.t_from >= iso(since), c.lon.is_not(None))
    found: dict[RecordType, list[Row]] = {}
    for type in FOLLOWED:
        newest = query.where(c.type == type).order_by(c.t_from.desc(), c.id.desc()).limit(limits.most)
        found[type] = list((await connection.execute(newest)).mappings().all())[::-1]
    return found


async def kept(connection: Any) -> dict[str, Row]:
    """What the last run found, by type."""
    rows = (await connection.execute(select(table))).mappings().all()
    return {row["type"]: row for row in rows}


def happened(rows: Iterable[Row], limits: NearRepeatLimits) -> list[Happened]:
    """The records that can be compared: their place is known within the narrowest band, their time within the shortest.

    Two that may be the same case, told twice, count once.
    """
    usable = [one for row in rows if (one := _usable(row, limits))]
    found: list[Happened] = []
    for one in sorted(usable, key=lambda one: (one.at, one.lon, one.lat)):
        lately = [other for other in found[-20:] if one.at - other.at <= limits.same]
        if all(haversine_m(one.lon, one.lat, other.lon, other.lat) > limits.bands[0].space_m for other in lately):
            found.append(one)
    return found


def _usable(row: Row, limits: NearRepeatLimits) -> Happened | None:
    narrow = limits.bands[0]
    began, ended = parse_time(row["t_from"]), parse_time(row["t_to"])
    if (row["uncertainty_m"] or 0) > narrow.space_m or (ended - began).total_seconds() > narrow.days * DAY_S:
        return None
    return Happened(row["lon"], row["lat"], began + (ended - began) / 2, bool(row["simulated"]))


async def judge_records(by_type: Mapping[RecordType, Sequence[Row]], limits: NearRepeatLimits) -> list[Repeat]:
    """What stands in which type, from the rows of records. Permutations may take seconds, so each type has a thread."""
    usable = {type: happened(rows, limits) for type, rows in by_type.items()}
    tests = {
        type: await asyncio.to_thread(tested, all, limits) for type, all in usable.items() if len(all) >= limits.least
    }
    return judge(usable, tests, limits)


def tested(all: Sequence[Happened], limits: NearRepeatLimits) -> list[Knox]:
    """The Knox test of one type, in each band."""
    days = [one.at.timestamp() / DAY_S for one in all]
    lons, lats = [one.lon for one in all], [one.lat for one in all]
    return knox(lons, lats, days, limits.bands, permutations=limits.permutations, seed=SEED)


def judge(
    by_type: Mapping[RecordType, Sequence[Happened]],
    tests: Mapping[RecordType, Sequence[Knox]],
    limits: NearRepeatLimits,
) -> list[Repeat]:
    """What stands in which type, in the order of the types; one without a test has too few records."""
    q = iter(false_discovery([one.p for found in tests.values() for one in found]))
    standing = {type: _standing([(one, float(next(q))) for one in found], limits) for type, found in tests.items()}
    return [_repeat(type, all, standing) for type, all in by_type.items()]


def _standing(tested: Sequence[tuple[Knox, float]], limits: NearRepeatLimits) -> tuple[Knox, float] | None:
    """The band with the greatest risk of those that are no chance and count enough pairs to name nobody."""
    good = [
        (one, q)
        for one, q in tested
        if q <= limits.false_discovery and one.pairs >= limits.least_pairs and (one.ratio or 0) >= limits.least_ratio
    ]
    return max(good, key=lambda found: (found[0].ratio or 0, -found[0].band.space_m), default=None)


def _repeat(
    type: RecordType, all: Sequence[Happened], standing: Mapping[RecordType, tuple[Knox, float] | None]
) -> Repeat:  # fmt: skip
    simulated = any(one.simulated for one in all)
    known = standing.get(type)
    state: State = "few" if type not in standing else "none" if known is None else "stands"
    best, q = known or (None, None)
    return Repeat(type=type, state=state, records=len(all), simulated=simulated, best=best, q=q)


def told(all: Iterable[Repeat], before: Mapping[str, Row], limits: NearRepeatLimits, now: datetime) -> list[Repeat]:
    """What is news: it stands, and was not told within the quiet time."""
    quiet = iso(now - limits.quiet)
    return [
        one
        for one in all
        if one.state == "stands" and ((before.get(one.type) or {}).get("said_at") or "") <= quiet
    ]  # fmt: skip


def rows_of(
    all: Iterable[Repeat], news: Sequence[Repeat], before: Mapping[str, Row], limits: NearRepeatLimits, now: datetime
) -> list[dict[str, Any]]:
    """The rows to keep until the next run."""
    fresh = {one.type for one in news}
    said = {type: row["said_at"] for type, row in before.items()} | dict.fromkeys(fresh, iso(now))
    return [_row(one, said.get(one.type), limits) for one in all]


def _row(one: Repeat, said_at: str | None, limits: NearRepeatLimits) -> dict[str, Any]:
    best = one.best
    return {
        "type": one.type,
        "state": one.state,
        "records": one.records,
        "needed": limits.least,
        "space_m": best.band.space_m if best else None,
        "days": best.band.days if best else None,
        "pairs": best.pairs if best else None,
        "expected": best.expected if best else None,
        "ratio": best.ratio if best else None,
        "p": best.p if best else None,
        "q": one.q,
        "said_at": said_at,
        "simulated": one.simulated,
    }


def event_of(one: Repeat, limits: NearRepeatLimits, now: datetime) -> NearRepeatFound:
    """What is said of a type in which near-repeat stands.

    Raises:
        ValueError: it does not.
    """
    best = one.best
    if best is None:
        raise ValueError(f"near-repeat does not stand for {one.type}")
    what, times = KINDS[one.type].name, f"{best.ratio or 0:.1f}"
    return NearRepeatFound(
        category=one.type,
        what_vi=_small(what.vi),
        what_en=_small(what.en),
        within_m=round(best.band.space_m),
        days=round(best.band.days),
        times=round(best.ratio or 0, 2),
        times_vi=times.replace(".", ","),
        times_en=times,
        pairs=best.pairs,
        expected=round(best.expected, 2),
        p=best.p,
        q=round(one.q or 0, 4),
        records=one.records,
        window_days=limits.window.days,
        permutations=limits.permutations,
        seed=SEED,
        correlation=f"public_security:near_repeat:{one.type}:{iso(now)}",
        simulated=one.simulated,
    )


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]
