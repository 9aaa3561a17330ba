"""The calibration: another one for another set-up of the picture, the same for the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from ioc.city.parts import Mask
from ioc.city.profile import load_city
from ioc.evidence.setup import calibration_of, setup_of

CITY = load_city(Path(__file__).resolve().parents[2] / "cities" / "thanh-hoa")
CAMERA = CITY.camera("cam-01")


def calibration(**changed: Any) -> str:
    return calibration_of(setup_of(msgspec.structs.replace(CAMERA, **changed)))


@pytest.mark.parametrize(
    "changed",
    [
        {"lines": ()},
        {"zones": ()},
        {"masks": (Mask(id="nha", points=((0.0, 0.0), (0.2, 0.0), (0.2, 0.2))),)},
        {"heading_deg": CAMERA.heading_deg + 1},
        {"lon": CAMERA.lon + 1e-6},
        {"analysis_width": 640},
    ],
)
def test_what_says_how_a_picture_is_read_changes_it(changed: dict[str, Any]) -> None:
    assert calibration(**changed) != calibration()


@pytest.mark.parametrize(
    "changed", [{"name": "Cầu Hàm Rồng"}, {"source": "rtsp://10.0.0.1/2"}, {"life": "maintenance"}]
)
def test_what_does_not_leaves_it(changed: dict[str, Any]) -> None:
    assert calibration(**changed) == calibration()


def test_it_comes_back_from_what_a_clip_tells_of_the_set_up() -> None:
    said = msgspec.json.decode(msgspec.json.encode(setup_of(CAMERA)))
    assert calibration_of(said) == calibration()
