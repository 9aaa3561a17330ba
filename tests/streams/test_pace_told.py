"""How many pictures were looked at is said with what was counted in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.children import Nursery
from streams.messages import Plan, Report
from streams.settings import USUAL_LIMITS


@pytest.mark.parametrize("analysed_fps", [2.0, 5.0])
async def test_reports_say_at_which_pace_pictures_were_looked_at(
    nursery: Nursery, clip: Path, analysed_fps: float
) -> None:
    plan = Plan(address=f"file:{clip}", limits=USUAL_LIMITS, analysed_fps=analysed_fps)
    decoder = await nursery.decoder("cam-01", plan)
    watched_s, squares = 0.0, 0.0
    while watched_s < 4:
        said = await decoder.read()
        if isinstance(said, Report):
            assert said.trouble is None
            watched_s, squares = watched_s + said.watched_s, squares + said.gaps_s2
    assert watched_s / squares < 1.15 * analysed_fps  # never more; a busy machine may do less
    assert squares >= watched_s / analysed_fps * 0.8
