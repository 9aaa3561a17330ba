"""`python -m bench.camera_variants CLIPS OUT [--model FILE]`: harder copies of clips whose truth is known.

Each clip with a `.truth.json` is written again as AVI for every kind below, with the same truth; `kind` in it is the
name of the variant, so that `ioc streams evaluate OUT` sums each by itself. The same call makes the same pictures.
With a detector's file there is one kind more, nights with headlamps, drawn where the detector sees a vehicle by day.
Every second pair of kind and clip goes into `OUT/held`, the others into `OUT/looked-at`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from cv2.typing import MatLike as Image

from bench.headlamps import Lamps
from streams.detector import Detector

Change = Callable[[Image, float], Image]
QUALITY = 90
GAMMA, NIGHT_GAIN, NIGHT_NOISE = 2.0, 0.7, 3.0
DIM, DIM_NOISE = 0.3, 2.0
PUMP, PUMP_S = 0.2, 3.0
DAPPLE, DAPPLED, SWAY, SWAY_S = 24, 0.55, 0.02, 2.5  # cells a width; light in them; of the width; seconds
STREAKS, STREAK_LIGHT = 350, 60


def night(size: tuple[int, int], seed: int) -> Change:
    """Darkened by a gamma, with the noise of a sensor."""
    table = (NIGHT_GAIN * 255 * (np.arange(256) / 255) ** GAMMA).astype(np.uint8)
    grain = _grain(size, seed, NIGHT_NOISE)
    return lambda picture, _at: grain(cv2.LUT(picture, table))


def dim(size: tuple[int, int], seed: int) -> Change:
    """Evenly darkened, with noise."""
    grain = _grain(size, seed, DIM_NOISE)
    return lambda picture, _at: grain(cv2.convertScaleAbs(picture, alpha=DIM))


def pump(_size: tuple[int, int], _seed: int) -> Change:
    """Exposure goes up and down by a fifth."""
    return lambda picture, at: cv2.convertScaleAbs(picture, alpha=1 + PUMP * float(np.sin(2 * np.pi * at / PUMP_S)))


def trees(size: tuple[int, int], seed: int) -> Change:
    """Shadows of leaves that sway over two thirds of the picture."""
    width, height = size
    chance = np.random.default_rng(seed)
    cells = chance.random((DAPPLE * height // width + 2, DAPPLE + 2)).astype(np.float32)
    field = cv2.resize(cells, (int(width * 1.2), int(height * 1.2)), interpolation=cv2.INTER_CUBIC)
    crown = np.clip(1.5 - 2.2 * np.linspace(0, 1, width, dtype=np.float32), 0, 1)[None, :]
    rows, columns = np.mgrid[:height, :width].astype(np.float32)

    def change(picture: Image, at: float) -> Image:
        turn = 2 * np.pi * at / SWAY_S
        across = columns + SWAY * width * (2 + np.sin(turn + 3 * rows / height) + 0.4 * np.sin(2.7 * turn))
        down = rows + SWAY * width * (1 + 0.5 * np.sin(0.8 * turn + 4 * columns / width))
        leaves = cv2.remap(field, across.astype(np.float32), down.astype(np.float32), cv2.INTER_LINEAR)
        shade = np.clip((leaves - 0.5) * 6, 0, 1) * crown
        return np.asarray(picture * (1 - (1 - DAPPLED) * shade)[..., None]).astype(np.uint8)

    return change


def rain(size: tuple[int, int], seed: int) -> Change:
    """Bright slanting streaks, others in each picture, and less contrast."""
    width, height = size
    chance = np.random.default_rng(seed)

    def change(picture: Image, _at: float) -> Image:
        drops = np.zeros((height, width), np.uint8)
        long = max(6, height // 20)
        for x, y in zip(chance.integers(0, width, STREAKS), chance.integers(-long, height, STREAKS), strict=True):
            cv2.line(drops, (int(x), int(y)), (int(x) + long // 5, int(y) + long), STREAK_LIGHT, 1)
        return cv2.add(cv2.convertScaleAbs(picture, alpha=0.8, beta=25), cv2.merge([drops] * 3))

    return change


def haze(_size: tuple[int, int], _seed: int) -> Change:
    """Half of the contrast."""
    return lambda picture, _at: cv2.convertScaleAbs(picture, alpha=0.5, beta=70)


def shake(_size: tuple[int, int], seed: int) -> Change:
    """Shifted by a pixel at most, otherwise in each picture."""
    chance = np.random.default_rng(seed)

    def change(picture: Image, _at: float) -> Image:
        across, down = chance.uniform(-1, 1, 2)
        moved = np.array([[1, 0, across], [0, 1, down]], np.float32)
        return cv2.warpAffine(picture, moved, picture.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)

    return change


KINDS: dict[str, Callable[[tuple[int, int], int], Change]] = {
    "night": night,
    "dim": dim,
    "pump": pump,
    "trees": trees,
    "rain": rain,
    "haze": haze,
    "shake": shake,
}
HEADLAMPS = "headlamps"


def _grain(size: tuple[int, int], seed: int, strength: float) -> Callable[[Image], Image]:
    chance = np.random.default_rng(seed)
    width, height = size
    plates = [chance.normal(0, strength, (height, width, 3)).astype(np.int16) for _ in range(8)]

    def add(picture: Image) -> Image:
        plate = np.roll(plates[int(chance.integers(8))], int(chance.integers(width)), axis=1)
        return np.clip(picture.astype(np.int16) + plate, 0, 255).astype(np.uint8)

    return add


def pictures(file: Path) -> Iterator[Image]:
    """All pictures of a clip."""
    capture = cv2.VideoCapture(str(file))
    while capture.grab():
        yield capture.retrieve()[1]


def write(truth: dict[str, Any], clips: Path, folder: Path, kind: str, change: Change) -> None:
    """One variant of one clip, and its truth."""
    name = f"{Path(truth['file']).stem}-{kind}"
    size = (truth["width"], truth["height"])
    folder.mkdir(parents=True, exist_ok=True)
    code = cv2.VideoWriter.fourcc(*"MJPG")
    writer = cv2.VideoWriter(str(folder / f"{name}.avi"), code, truth["fps"], size)
    writer.set(cv2.VIDEOWRITER_PROP_QUALITY, QUALITY)
    for number, picture in enumerate(pictures(clips / truth["file"])):
        writer.write(change(picture, number / truth["fps"]))
    writer.release()
    new = truth | {"file": f"{name}.avi", "kind": kind}
    (folder / f"{name}.truth.json").write_text(json.dumps(new), encoding="utf-8")


def main() -> None:
    """Writes them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--only", help="one kind")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    truths = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(asked.clips.glob("*.truth.json"))]
    makers = dict(KINDS)
    if asked.model is not None:
        makers[HEADLAMPS] = lambda size, seed: Lamps(Detector(asked.model), night(size, seed)).change
    for row, (kind, maker) in enumerate(makers.items()):
        if asked.only not in (None, kind):
            continue
        for column, truth in enumerate(truths):
            folder = asked.out / ("held" if (row + column) % 2 else "looked-at")
            write(truth, asked.clips, folder, kind, maker((truth["width"], truth["height"]), row * 100 + column))


if __name__ == "__main__":
    main()
