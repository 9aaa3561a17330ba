"""Ward tagging: a point to its ward, beside the least that gives the right answer: the tree's boxes, then
`contains_xy` on prepared polygons."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import shapely
from numpy.typing import NDArray

from bench.frame import Goal, Report, Row, Size, in_turn
from gis.city_places import CityGis
from gis.gazetteer import Gazetteer, read_landmarks
from gis.layers import read_wards
from gis.wards import Ward, WardIndex
from tests.servers import postgres

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
REAL = DATA / "boundaries" / "thanh_hoa_wards_2025.geojson"
NAMES = DATA / "landmarks" / "landmarks.csv"
OWN = ROOT / "cities" / "thanh-hoa" / "layers" / "wards.geojson"
MERGER = date(2025, 7, 1)
COAST_M = 100.0
TODAY = date(2026, 11, 21)
Points = NDArray[np.float64]


def run(size: Size) -> Report:
    """Points a second, one by one and all at once."""
    wards, gis, report = _city()
    limit = Limit(wards)
    points = _points(wards, size.of(100_000, 2_000))
    _check(gis, limit, points[:200])
    report.rows = [*_singles(gis, limit, points[: size.of(5_000, 500)], size), _bulk(gis, limit, points, size)]
    return report


def run_postgis(size: Size) -> Report:
    """The same beside the peer that people would use instead."""
    wards, gis, report = _city()
    points = _points(wards, size.of(2_000, 100))
    report.rows = _beside_postgis(gis, wards, points, size, report)
    return report


def _city() -> tuple[Sequence[Ward], CityGis, Report]:
    """The real units where the folder of real files is there, else those of the repository."""
    real = REAL.exists()
    wards = read_wards(REAL, valid_from=MERGER).wards if real else read_wards(OWN).wards
    names = read_landmarks(NAMES) if NAMES.exists() else []
    gis = CityGis(WardIndex(wards, tolerance_m=COAST_M), Gazetteer(names), tolerance_m=COAST_M)
    report = Report(f"wards ({'the real units of Thanh Hóa' if real else 'the hand-made wards of Thanh Hóa'})")
    corners = int(np.median([shapely.get_num_coordinates(ward.geometry) for ward in wards]))
    report.notes.append(
        f"{len(wards)} units, {corners} corners in the median; every point in a unit; {len(names)} names"
    )
    if not real:
        report.notes.append("the folder of real files is absent: hand-made wards instead")
    return wards, gis, report


class Limit:
    """Boxes and contains_xy, with the exactness of the task and nothing else."""

    def __init__(self, wards: Sequence[Ward]) -> None:
        self.shapes: NDArray[np.object_] = np.array([ward.geometry for ward in wards], dtype=object)
        shapely.prepare(self.shapes)
        self.tree = shapely.STRtree(self.shapes)

    def one(self, x: float, y: float) -> int:
        """The place of the unit in the list, -1 for none."""
        for index in self.tree.query(shapely.points(x, y)):
            if shapely.contains_xy(self.shapes[index], x, y):
                return int(index)
        return -1

    def many(self, points: Points) -> Any:
        """For every pair of point and box whether the unit holds the point."""
        point, unit = self.tree.query(shapely.points(points))
        return shapely.contains_xy(self.shapes[unit], points[point, 0], points[point, 1])


def _points(wards: Sequence[Ward], count: int) -> Points:
    """Points inside the units, evenly over their area."""
    area = shapely.union_all([ward.geometry for ward in wards])
    shapely.prepare(area)
    west, south, east, north = area.bounds
    chance = np.random.default_rng(7)
    found: list[Points] = []
    while sum(map(len, found)) < count:
        tried = chance.uniform((west, south), (east, north), (count, 2))
        found.append(tried[shapely.contains_xy(area, tried[:, 0], tried[:, 1])])
    return np.concatenate(found)[:count]


def _check(gis: CityGis, limit: Limit, points: Points) -> None:
    """Both sides must give the same answer before their speed means anything."""
    for x, y in points.tolist():
        found, place = gis.ward_of(x, y, TODAY), limit.one(x, y)
        assert found is not None
        assert place >= 0
        held = gis.wards.get(found.code, found.valid_from)
        assert held is not None
        assert shapely.equals(held.geometry, limit.shapes[place]) or shapely.touches(held.geometry, limit.shapes[place])


def _singles(gis: CityGis, limit: Limit, points: Points, size: Size) -> list[Row]:
    pairs: list[tuple[float, float]] = [(x, y) for x, y in points.tolist()]
    place, ward, bare = in_turn(
        size.of(5, 1),
        lambda: _each(pairs, lambda x, y: gis.place(x, y, TODAY)),
        lambda: _each(pairs, lambda x, y: gis.ward_of(x, y, TODAY)),
        lambda: _each(pairs, limit.one),
    )
    name = "boxes + contains_xy, one point a call"
    return [
        Row("CityGis.place (ward and name), one point", "points/s", place, bare, name, Goal(ratio=0.5)),
        Row("CityGis.ward_of, one point", "points/s", ward, bare, name, Goal(ratio=0.5)),
    ]


def _bulk(gis: CityGis, limit: Limit, points: Points, size: Size) -> Row:
    ours, bare = in_turn(
        size.of(7, 1),
        lambda: _timed(len(points), lambda: gis.wards.tag(points[:, 0], points[:, 1], TODAY)),
        lambda: _timed(len(points), lambda: limit.many(points)),
    )
    name = "boxes + contains_xy, all points"
    return Row(f"WardIndex.tag, {len(points):,} points a call", "points/s", ours, bare, name, Goal(ratio=0.6))


def _beside_postgis(gis: CityGis, wards: Sequence[Ward], points: Points, size: Size, report: Report) -> list[Row]:
    pairs: list[tuple[float, float]] = [(x, y) for x, y in points.tolist()]
    try:
        with postgres() as server, psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            cursor = _postgis(connection, wards)
            ours, peer = in_turn(
                size.of(3, 1),
                lambda: _each(pairs, lambda x, y: gis.ward_of(x, y, TODAY)),
                lambda: _each(pairs, lambda x, y: cursor.execute(_ASK, (x, y), prepare=True).fetchone()),
            )
    except FileNotFoundError as error:
        report.notes.append(f"no PostGIS to compare with: {error}")
        return []
    name = "peer: PostGIS, one prepared query a point"
    return [Row("CityGis.ward_of, one point", "points/s", ours, peer, name, Goal(ratio=3.0))]


_ASK = "select id from unit where ST_Contains(geom, ST_SetSRID(ST_MakePoint(%s, %s), 4326))"


def _postgis(connection: psycopg.Connection[Any], wards: Sequence[Ward]) -> psycopg.Cursor[Any]:
    cursor = connection.cursor()
    cursor.execute("create extension postgis")
    cursor.execute("create table unit (id int primary key, geom geometry(Geometry, 4326))")
    rows = [(index, shapely.to_wkb(ward.geometry)) for index, ward in enumerate(wards)]
    cursor.executemany("insert into unit values (%s, ST_GeomFromWKB(%s, 4326))", rows)
    cursor.execute("create index on unit using gist (geom)")
    cursor.execute("analyze unit")
    return cursor


def _each(pairs: list[tuple[float, float]], ask: Callable[[float, float], object]) -> float:
    def all_of_them() -> None:
        for x, y in pairs:
            ask(x, y)

    return _timed(len(pairs), all_of_them)


def _timed(count: int, work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return count / (time.perf_counter() - began)
