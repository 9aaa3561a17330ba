"""What things are: an ONNX file in YOLOX layout that the operator gives, run on one thread.

The layout: one input `float32[1, 3, S, S]` (BGR, 0-255, the picture in the top left corner, grey below and beside), one
output `float32[1, N, 5 + classes]` of the cells of strides 8, 16 and 32: centre and logarithm of size in strides,
sureness, sureness of each class. The classes are the 80 of COCO, of which the traffic ones are taken.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from cv2.typing import MatLike as Image
from numpy.typing import NDArray

from streams.motion import Box
from streams.settings import DEFAULT, Settings

KINDS = {3: "motorcycle", 1: "bicycle", 2: "car", 5: "bus", 7: "truck", 0: "person"}
"""The class numbers that are looked for, the motorcycle first."""
COCO = 80
STRIDES = (8, 16, 32)
MOST_BYTES = 512 * 2**20
LEAST_SIDE, MOST_SIDE = 128, 1280
_GREY = 114.0


class ModelUnusable(Exception):
    """The file is no detector of this layout; says why in Vietnamese and English."""

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(en)
        self.vi, self.en = vi, en


class Thing(NamedTuple):
    """Something that was recognised, and how surely, 0 to 1."""

    box: Box
    kind: str
    sure: float


class Detector:
    """One model.

    Raises:
        ModelUnusable: the file is missing, no ONNX, of another layout, or onnxruntime is not installed.
    """

    def __init__(self, path: Path, settings: Settings = DEFAULT) -> None:
        self._settings = settings
        self._session = _open(path)
        self._name, self.side = _input(self._session)
        self._cells = _cells(self.side)
        self._try()

    def look(self, picture: Image) -> list[Thing]:
        """What is in a BGR picture of any size."""
        height, width = picture.shape[:2]
        scale = self.side / max(height, width)
        raw = self._run(_letter(picture, scale, self.side))
        places = raw[:, :4].copy()
        places[:, :2] = (places[:, :2] + self._cells[:, :2]) * self._cells[:, 2:] / scale
        places[:, 2:] = np.exp(np.clip(places[:, 2:], -10, 10)) * self._cells[:, 2:] / scale
        classes = raw[:, 5 : 5 + COCO][:, list(KINDS)] * raw[:, 4:5]
        best = classes.argmax(1)
        sure = classes[np.arange(len(best)), best]
        return self._things(places, best, sure, (width, height))

    def _things(
        self,
        places: NDArray[np.float32],
        best: NDArray[np.intp],
        sure: NDArray[np.float32],
        size: tuple[int, int],
    ) -> list[Thing]:
        settings, kinds = self._settings, list(KINDS.values())
        likely = np.flatnonzero(np.isfinite(places).all(1) & (sure >= settings.detector_sure))
        corners = [[x - w / 2, y - h / 2, w, h] for x, y, w, h in places[likely].tolist()]
        kept = cv2.dnn.NMSBoxes(corners, sure[likely].tolist(), settings.detector_sure, settings.detector_overlap)
        found = []
        for one in np.asarray(kept).reshape(-1).tolist():
            x, y, w, h = corners[one]
            left, top = max(0.0, x / size[0]), max(0.0, y / size[1])
            box = Box(left, top, min(1.0, (x + w) / size[0]) - left, min(1.0, (y + h) / size[1]) - top)
            if box.w > 0 and box.h > 0:
                found.append(Thing(box, kinds[int(best[likely[one]])], float(sure[likely[one]])))
        return found

    def _try(self) -> None:
        """Looks at an empty picture once: what comes must be of the layout."""
        self._run(np.full((1, 3, self.side, self.side), _GREY, np.float32))

    def _run(self, blob: NDArray[np.float32]) -> NDArray[np.float32]:
        try:
            outputs = self._session.run(None, {self._name: blob})
        except Exception as error:  # onnxruntime raises classes of its own that it does not name
            raise ModelUnusable("mô hình không chạy được", "the model cannot be run") from error
        shape = (1, len(self._cells), 5 + COCO)
        raw = outputs[0] if len(outputs) == 1 else None
        if raw is None or np.shape(raw) != shape:
            shown = [list(np.shape(one)) for one in outputs]
            raise ModelUnusable(
                f"đầu ra {shown} không phải dạng YOLOX {list(shape)}", f"outputs {shown} are not YOLOX's {list(shape)}"
            )
        return np.asarray(raw[0], np.float32)


def _open(path: Path) -> Any:
    try:
        import onnxruntime
    except ImportError:
        raise ModelUnusable("chưa cài onnxruntime", "onnxruntime is not installed") from None
    try:
        if not path.is_file() or not 0 < path.stat().st_size <= MOST_BYTES:
            raise ModelUnusable(f"{path}: không có, trống hoặc quá lớn", f"{path}: missing, empty or too large")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except ModelUnusable:
        raise
    except Exception as error:  # see above
        raise ModelUnusable(f"{path}: không phải tệp ONNX dùng được", f"{path}: is no ONNX file to be used") from error


def _input(session: Any) -> tuple[str, int]:
    """The name and the side of the model's only input."""
    inputs = session.get_inputs()
    shape = list(inputs[0].shape) if len(inputs) == 1 else []
    right = len(shape) == 4 and shape[1] == 3 and isinstance(shape[2], int) and shape[2] == shape[3]
    batch = (right and shape[0] in (1, None)) or (right and isinstance(shape[0], str))
    fits = batch and LEAST_SIDE <= shape[2] <= MOST_SIDE and shape[2] % STRIDES[-1] == 0
    if not fits or inputs[0].type != "tensor(float)":
        shown = [list(one.shape) for one in inputs]
        raise ModelUnusable(f"đầu vào {shown} không phải [1, 3, S, S]", f"inputs {shown} are not float [1, 3, S, S]")
    return str(inputs[0].name), int(shape[2])


def _cells(side: int) -> NDArray[np.float32]:
    """Column, row and stride of every cell, in the order of the layout."""
    parts = []
    for stride in STRIDES:
        rows, columns = np.mgrid[: side // stride, : side // stride]
        parts.append(np.stack([columns.ravel(), rows.ravel(), np.full(columns.size, stride)], 1))
    return np.concatenate(parts).astype(np.float32)


def _letter(picture: Image, scale: float, side: int) -> NDArray[np.float32]:
    height, width = (max(1, round(length * scale)) for length in picture.shape[:2])
    whole = np.full((side, side, 3), _GREY, np.float32)
    whole[:height, :width] = cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR)
    return whole.transpose(2, 0, 1)[None]
