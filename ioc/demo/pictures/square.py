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
CROWD_COLUMNS = 12
FIRST_ROW, ROW_PX = 36.0, 52.0
MILLING = 11.0  # pixels a second in a crowd
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
        self._milled = 0.0

    def move(self, seconds: float, *, strolling: int, gathered: int, intruding: int) -> None:
        """Lets everyone walk on; people come and go one by one, a crowd a few at a time."""
        self._milled += MILLING * seconds
        self._become(self._strollers, strolling, 1, self._anywhere)
        self._become(self._gathered, gathered, 3, self._in_crowd)
        self._become(self._intruders, intruding, 1, self._in_yard)
        for person in self._strollers:
            _walk(person, seconds, self._anywhere)
        for person in self._intruders:
            _walk(person, seconds, self._in_yard)
        for number, person in enumerate(self._gathered):
            person.x, person.y = self._in_crowd(number)

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
        """Where the n-th of a crowd is: rows that push past each other, with room enough that one can count them."""
        left, top, right, _bottom = OPEN
        row, column = divmod(number, CROWD_COLUMNS)
        pushed = self._milled * (1 if row % 2 else -1)
        x = left + (column * (right - left) / CROWD_COLUMNS + pushed) % (right - left)
        return x, top + FIRST_ROW + row * ROW_PX


def _walk(person: Person, seconds: float, onward: Place) -> None:
    east, south = person.to_x - person.x, person.to_y - person.y
    left = math.hypot(east, south)
    step = STRIDE * _scale(person.y) * seconds
    if left <= step:
        person.to_x, person.to_y = onward(0)
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
