"""A road seen by a camera: vehicles that follow each other both ways, and stop behind a crash."""

from __future__ import annotations

import random

import msgspec

from ioc.demo.pictures.canvas import HEIGHT, WIDTH, Colour, Pixels, box, dim, grain, plain, polygon, tinted
from ioc.demo.rhythm import VehicleClass

SEEN_M = 90.0
HORIZON = 105.0
TRACKS = (0.2, 0.5, 0.8)  # across one half of the road
GAP_M = 2.0
HEADWAY_S = 0.9
LONG: dict[VehicleClass, float] = {"motorcycle": 2.0, "bicycle": 1.8, "car": 4.4, "truck": 8.0, "bus": 11.0}
SIZE: dict[VehicleClass, tuple[float, float]] = {
    "motorcycle": (30, 52),
    "bicycle": (22, 44),
    "car": (86, 66),
    "truck": (104, 112),
    "bus": (116, 132),
}
PAINT: tuple[Colour, ...] = ((190, 40, 40), (230, 230, 235), (40, 70, 150), (60, 60, 66), (200, 170, 60), (70, 130, 90))


class Vehicle(msgspec.Struct):
    """One vehicle: metres driven since it came into the picture, its kind and colour."""

    metres: float
    kind: VehicleClass
    colour: Colour
    stands: bool = False


class Stream(msgspec.Struct, frozen=True):
    """What enters one half of the road: vehicles/h, wished speed km/h, shares of the classes, where it is blocked."""

    vehicles_h: float
    speed_kmh: float
    shares: dict[VehicleClass, float]
    blocked_at_m: float | None = None


class RoadScene:
    """One camera's road."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - a picture, no secret
        self._tracks: dict[tuple[str, float], list[Vehicle]] = {(way, u): [] for way in ("in", "out") for u in TRACKS}
        self._ground = _ground(seed)
        self._tinted: tuple[float, Pixels] = (-1.0, self._ground)

    def move(self, seconds: float, coming: Stream, going: Stream) -> None:
        """Lets everything drive on; `coming` drives towards the camera."""
        for (way, across), vehicles in self._tracks.items():
            stream = coming if way == "in" else going
            _crash(vehicles, stream.blocked_at_m if across == TRACKS[1] else None)
            _drive(vehicles, seconds, stream)
            self._enter(vehicles, seconds, stream)

    def draw(self, light: float) -> Pixels:
        """The picture by that much daylight."""
        level = round(light, 2)
        if self._tinted[0] != level:
            self._tinted = (level, tinted(self._ground, level))
        pixels = self._tinted[1].copy()
        seen = [(_near(way, v.metres), way, across, v) for (way, across), track in self._tracks.items() for v in track]
        for near, way, across, vehicle in sorted(seen, key=lambda one: one[0]):
            _draw_vehicle(pixels, near, way, across, vehicle, light)
        return pixels

    def _enter(self, vehicles: list[Vehicle], seconds: float, stream: Stream) -> None:
        if self._chance.random() >= stream.vehicles_h / 3600 / len(TRACKS) * seconds:
            return
        kind = self._chance.choices(list(stream.shares), list(stream.shares.values()))[0]
        if vehicles and vehicles[-1].metres < LONG[vehicles[-1].kind] + GAP_M:
            return
        vehicles.append(Vehicle(0.0, kind, self._chance.choice(PAINT)))


def _drive(vehicles: list[Vehicle], seconds: float, stream: Stream) -> None:
    """Each drives as fast as wished or as the one in front leaves room for; the first is farthest."""
    front: float | None = stream.blocked_at_m
    for vehicle in vehicles:
        if not vehicle.stands:
            room = SEEN_M if front is None or front < vehicle.metres else front - vehicle.metres - GAP_M
            speed = min(stream.speed_kmh / 3.6, max(0.0, room) / HEADWAY_S)
            vehicle.metres += speed * seconds
        front = vehicle.metres - LONG[vehicle.kind]
    vehicles[:] = [vehicle for vehicle in vehicles if vehicle.metres < SEEN_M]


def _crash(vehicles: list[Vehicle], at_m: float | None) -> None:
    """Puts the two vehicles of a crash on the track, or takes them away."""
    lie = [vehicle for vehicle in vehicles if vehicle.stands]
    if at_m is None and lie:
        vehicles[:] = [vehicle for vehicle in vehicles if not vehicle.stands]
    elif at_m is not None and not lie:
        rest = [vehicle for vehicle in vehicles if not at_m - 2 < vehicle.metres < at_m + 10]
        wreck = [Vehicle(at_m + 8, "truck", PAINT[2], True), Vehicle(at_m + 2, "motorcycle", PAINT[0], True)]
        vehicles[:] = sorted([*rest, *wreck], key=lambda vehicle: -vehicle.metres)


def _near(way: str, metres: float) -> float:
    """How near a vehicle is: 0 at the far end of the picture, 1 at its lower edge."""
    share = min(1.0, metres / SEEN_M)
    return share if way == "in" else 1 - share


def _draw_vehicle(pixels: Pixels, near: float, way: str, across: float, vehicle: Vehicle, light: float) -> None:
    deep = near**1.7
    bottom = HORIZON + (HEIGHT + 30 - HORIZON) * deep
    half = 40 + 300 * deep
    middle = WIDTH / 2 + (-across if way == "in" else across) * half
    scale = 0.16 + 0.84 * deep
    width, height = (length * scale for length in SIZE[vehicle.kind])
    if vehicle.stands:
        width, height = width * 1.3, height * 0.7  # it lies across the lane
    colour = dim(vehicle.colour, light)
    left, right, top = middle - width / 2, middle + width / 2, bottom - height
    box(pixels, left, top, right, bottom, colour)
    glass, pane = dim((25, 30, 38), light), width * 0.15
    box(pixels, left + pane, top + height * 0.12, right - pane, top + height * 0.42, glass)
    if light < 0.4:
        lamp = (255, 244, 200) if way == "in" else (230, 30, 30)
        size = max(2.0, 7 * scale)
        box(pixels, left + 2, bottom - 2 * size, left + 2 + size, bottom - size, lamp)
        box(pixels, right - 2 - size, bottom - 2 * size, right - 2, bottom - size, lamp)


def _ground(seed: int) -> Pixels:
    sky = plain((150, 175, 190))
    box(sky, 0, HORIZON, WIDTH, HEIGHT, (104, 122, 84))
    for number in range(9):
        tall = random.Random(seed * 31 + number).randint(22, 74)  # noqa: S311
        box(sky, number * 72, HORIZON - tall, number * 72 + 62, HORIZON + 2, (150 - tall, 142 - tall // 2, 136))
    middle = WIDTH / 2
    low = HEIGHT + 30
    road = polygon(sky, [(middle - 44, HORIZON), (middle + 44, HORIZON), (WIDTH + 60, low), (-60, low)], (92, 94, 98))
    dash = [(middle - 1, HORIZON), (middle + 1, HORIZON), (middle + 5, HEIGHT), (middle - 5, HEIGHT)]
    return polygon(road, dash, (222, 214, 150)) + grain(seed, 9)
