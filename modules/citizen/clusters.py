"""Many reports of one kind close together within a day: something larger may be going on."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from gis.nearest import Points


class Dot(msgspec.Struct, frozen=True):
    """A recent report: its kind, its point (degrees WGS 84), and the cluster it is already in."""

    id: str
    service_code: str
    lon: float
    lat: float
    cluster: str | None = None


class Cluster(msgspec.Struct, frozen=True):
    """Reports that belong together, oldest first. `new` when nobody was told of it yet; `joined` are newly in it."""

    id: str
    new: bool
    service_code: str
    lon: float
    lat: float
    members: tuple[str, ...]
    joined: tuple[str, ...]


def find_clusters(dots: Sequence[Dot], *, within_m: float, at_least: int) -> list[Cluster]:
    """Clusters that are new or have grown; `dots` are those of the last hours, oldest first.

    A cluster is a report with enough others of its kind within `within_m`; it is named after its oldest member.
    """
    found: list[Cluster] = []
    for code in dict.fromkeys(dot.service_code for dot in dots):
        found += _of_one_kind([dot for dot in dots if dot.service_code == code], within_m, at_least)
    return found


def _of_one_kind(dots: Sequence[Dot], within_m: float, at_least: int) -> list[Cluster]:
    if len(dots) < at_least:
        return []
    points = Points([dot.lon for dot in dots], [dot.lat for dot in dots])
    belongs = {dot.id: dot.cluster for dot in dots}
    found: list[Cluster] = []
    for dot in dots:
        near = sorted(one.number for one in points.nearest(dot.lon, dot.lat, len(dots), within_m=within_m))
        around = [dots[index] for index in near]
        joined = tuple(one.id for one in around if belongs[one.id] is None)
        if len(around) < at_least or not joined:
            continue
        known = next((name for one in around if (name := belongs[one.id]) is not None), None)
        name = known or around[0].id
        belongs.update(dict.fromkeys(joined, name))
        found.append(_cluster(name, known is None, dot, around, joined))
    return found


def _cluster(name: str, new: bool, middle: Dot, around: Sequence[Dot], joined: tuple[str, ...]) -> Cluster:
    members = tuple(one.id for one in around)
    return Cluster(name, new, middle.service_code, middle.lon, middle.lat, members, joined)
