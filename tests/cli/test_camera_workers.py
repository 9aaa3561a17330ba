"""How many processes for cameras a machine starts."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from ioc.cli.processes import Part, city_children
from ioc.settings import Settings

CITY_DIR = Path(__file__).resolve().parents[2] / "cities" / "thanh-hoa"


def settings(folder: Path, **more: object) -> Settings:
    return Settings.model_validate({"city_dir": CITY_DIR, "state_dir": folder, **more})


def test_one_worker_unless_more_are_wished_and_only_the_first_speaks_for_the_part(tmp_path: Path) -> None:
    assert [one.name for one in city_children(settings(tmp_path), Part.CAMERAS)] == ["cameras"]
    three = city_children(settings(tmp_path, camera_workers=3), Part.CAMERAS)
    assert [(one.name, one.announces) for one in three] == [
        ("cameras", True),
        ("cameras 2", False),
        ("cameras 3", False),
    ]
    everything = {one.name for one in city_children(settings(tmp_path, camera_workers=3))}
    assert {"api", "desk", "cameras", "cameras 2", "cameras 3"} <= everything


@pytest.mark.parametrize("count", [0, 65])
def test_a_number_of_workers_that_makes_no_sense_is_refused(tmp_path: Path, count: int) -> None:
    with pytest.raises(ValidationError):
        settings(tmp_path, camera_workers=count)
