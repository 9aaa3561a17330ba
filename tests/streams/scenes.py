"""Drawn pictures: a spotted ground with noise, and rectangles that drive across it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

WIDTH, HEIGHT = 320, 180
Place = tuple[float, float]


class Scene:
    """The same ground every time; `seed` also says what it looks like."""

    def __init__(self, seed: int = 1, width: int = WIDTH, height: int = HEIGHT) -> None:
        self._random = np.random.default_rng(seed)
        self.ground = np.full((height, width, 3), 120, np.uint8)
        for _ in range(30):
            centre = int(self._random.integers(width)), int(self._random.integers(height))
            shade = tuple(int(part) for part in self._random.integers(60, 180, 3))
            cv2.circle(self.ground, centre, int(self._random.integers(height // 20, height // 6)), shade, -1)

    def picture(self, *cars: Place, size: Place = (0.08, 0.12), noise: int = 6) -> cv2.typing.MatLike:
        """The ground with light rectangles whose centres are at these shares of width and height."""
        height, width = self.ground.shape[:2]
        drawn = self.ground.copy()
        for x, y in cars:
            corner = int((x - size[0] / 2) * width), int((y - size[1] / 2) * height)
            opposite = int((x + size[0] / 2) * width), int((y + size[1] / 2) * height)
            cv2.rectangle(drawn, corner, opposite, (245, 240, 250), -1)
        return cv2.add(drawn, self._random.integers(0, noise + 1, drawn.shape, dtype=np.uint8))


def drive(start: Place, end: Place, steps: int) -> Iterator[Place]:
    """Where something is that goes from one place to another."""
    for step in range(steps):
        part = step / (steps - 1)
        yield start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1])


def write_clip(path: Path, seconds: float = 4.0, fps: float = 10.0, width: int = WIDTH, height: int = HEIGHT) -> Path:
    """A file of a car that drives to the right, over and over."""
    scene = Scene(2, width, height)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), fps, (width, height))
    count = int(seconds * fps)
    for x, y in drive((0.0, 0.5), (1.0, 0.5), count):
        writer.write(scene.picture((x, y)))
    writer.release()
    return path
