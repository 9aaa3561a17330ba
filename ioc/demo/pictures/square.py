"""An open square with people, and a yard behind a fence at its right where nobody should be."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import msgspec

from ioc.demo.pictures.canvas import HEIGHT, WIDTH, Colour, Pixels, box, dim, grain, plain, tinted

OPEN = (26, 185, 408, 345)  # where people stroll and gather: left, top, right, bottom of their feet
YARD = (490, 200, 610, 340)
STRIDE = 22.0  # pixels a second in front
CROWD_COLUMNS = 9
CLOTHES: tuple[Colour, ...] = ((178, 52, 48), (44, 62, 120), (226, 220, 208), (52, 52, 58), (200, 150, 60))


Place = Callable[[int], tuple[float, float]]  # where the n-th person of a group goes next


class Person(msgspec.Struct):
    """Someone's feet in the picture, and where they are going."""

    x: float
    y: float
    to_x: float
    to_y: float
    colour: Colour


class SquareScene:
    """One camera's square."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - a picture, no secret
        self._ground = _ground(seed)
        self._tinted: tuple[float, Pixels] = (-1.0, self._ground)
        self._strollers: list[Person] = []
        self._gathered: list[Person] = []
        self._intruders: list[Person] = []

    def move(self, seconds: float, *, strolling: int, gathered: int, intruding: int) -> None:
        """Lets everyone walk on; people come and go one by one, a crowd a few at a time."""
        groups: tuple[tuple[list[Person], int, int, Place, float], ...] = (
            (self._strollers, strolling, 1, self._anywhere, 1.0),
            (self._gathered, gathered, 3, self._in_crowd, 0.5),
            (self._intruders, intruding, 1, self._in_yard, 1.0),
        )
        for people, wanted, at_once, place, pace in groups:
            self._become(people, wanted, at_once, place)
            for number, person in enumerate(people):
                _walk(person, seconds * pace, place, number)

    def draw(self, light: float) -> Pixels:
        """The picture by that much daylight."""
        level = round(light, 2)
        if self._tinted[0] != level:
            self._tinted = (level, tinted(self._ground, level))
        pixels = self._tinted[1].copy()
        everyone = self._strollers + self._gathered + self._intruders
        for person in sorted(everyone, key=lambda one: one.y):
            _draw_person(pixels, person, light)
        return pixels

    def _become(self, people: list[Person], wanted: int, at_once: int, place: Place) -> None:
        del people[max(wanted, len(people) - at_once) :]
        for _ in range(min(at_once, wanted - len(people))):
            x, y = place(len(people))
            people.append(Person(x, y, x, y, self._chance.choice(CLOTHES)))

    def _anywhere(self, _number: int) -> tuple[float, float]:
        left, top, right, bottom = OPEN
        return self._chance.uniform(left, right), self._chance.uniform(top, bottom)

    def _in_yard(self, _number: int) -> tuple[float, float]:
        left, top, right, bottom = YARD
        return self._chance.uniform(left, right), self._chance.uniform(top, bottom)

    def _in_crowd(self, number: int) -> tuple[float, float]:
        """Everyone of a crowd keeps to a spot of their own, so that one can still count them."""
        left, top, right, bottom = OPEN
        row, column = divmod(number, CROWD_COLUMNS)
        wide, high = (right - left) / CROWD_COLUMNS, 34.0
        x = left + (column + 0.5) * wide + self._chance.uniform(-6, 6)
        return x, min(bottom, top + 20 + row * high + self._chance.uniform(-3, 3))


def _walk(person: Person, seconds: float, onward: Place, number: int) -> None:
    east, south = person.to_x - person.x, person.to_y - person.y
    left = math.hypot(east, south)
    step = STRIDE * _scale(person.y) * seconds
    if left <= step:
        person.to_x, person.to_y = onward(number)
        return
    person.x += east / left * step
    person.y += south / left * step


def _scale(y: float) -> float:
    return 0.45 + 0.55 * (y - 150) / (HEIGHT - 150)


def _draw_person(pixels: Pixels, person: Person, light: float) -> None:
    scale = _scale(person.y)
    width, height = 15 * scale, 46 * scale
    left, top = person.x - width / 2, person.y - height
    box(pixels, left, top + height * 0.24, left + width, person.y, dim(person.colour, light))
    box(pixels, left + width * 0.2, top, left + width * 0.8, top + height * 0.24, dim((214, 176, 146), light))


def _ground(seed: int) -> Pixels:
    pixels = plain((150, 175, 190))
    box(pixels, 0, 96, WIDTH, HEIGHT, (158, 152, 142))
    box(pixels, 60, 40, 330, 120, (186, 150, 96))
    box(pixels, 80, 60, 310, 78, (120, 60, 50))
    for column in range(0, 452, 56):
        box(pixels, column, 130, column + 2, HEIGHT, (142, 137, 128))
    for row in range(140, HEIGHT, 36):
        box(pixels, 0, row, 452, row + 2, (142, 137, 128))
    box(pixels, 466, 110, WIDTH, HEIGHT, (128, 124, 108))
    for post in range(120, HEIGHT, 18):
        box(pixels, 456, post, 466, post + 10, (70, 74, 80))
    return pixels + grain(seed, 9)
