"""The kinds of observation the module owns, and their units. The key of each is the detector's id."""

from __future__ import annotations

VEHICLES = ("motorcycle", "car", "bus", "truck", "bicycle")
COUNTS = tuple(f"traffic.count.{vehicle}" for vehicle in VEHICLES)
OCCUPANCY = "traffic.occupancy"  # % of the interval a vehicle stood over the detector
SPEED = "traffic.speed"  # mean speed of the interval
QUEUE = "traffic.queue"  # length of the standing queue before the detector
KINDS = (*COUNTS, OCCUPANCY, SPEED, QUEUE)
SEEN_AS = (*VEHICLES, "person")  # what a camera's detector tells apart of what crosses a line
UNCLASSIFIED = "unclassified"  # crosses a camera's line, and nobody knows what it is
UNITS = {**dict.fromkeys(COUNTS, "xe"), OCCUPANCY: "%", SPEED: "km/h", QUEUE: "m"}


def vehicle_of(kind: str) -> str | None:
    """The vehicle a kind counts, None for the kinds that count none."""
    return kind.removeprefix("traffic.count.") if kind in COUNTS else None
