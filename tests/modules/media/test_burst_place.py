"""Which ward a burst names: the one most speak of, or the one all its stories are placed in."""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec
import pytest

from ioc.core.place import WardRef
from modules.media.atlas import Spot
from modules.media.bursting import Hit, place_of
from modules.media.placing import Placing
from modules.media.telling import Names

AT = datetime(2026, 11, 21, 7, 30, tzinfo=UTC)
WARDS = {"14797": "Phường Hạc Thành", "14758": "Phường Hàm Rồng"}
SINCE = date(2025, 7, 1)
NAMES = Names({code: WardRef(code, name, SINCE, code == "14758") for code, name in WARDS.items()})


def hit(story: str | None, ward: str | None = None) -> Hit:
    spot = ward and Spot(
        ref=ward, kind="ward", name=WARDS[ward], lon=105.77, lat=19.8, uncertainty_m=900, ward_code=ward
    )
    placing = Placing(concerns=True, spot=spot or None)
    row = {"story": story, "correlation": None, "placing": msgspec.json.encode(placing)}
    return Hit(at=AT, voice="báo", press=True, tier=1, topics=("fire",), tone=0, reach=0, row=row, simulated=False)


@pytest.mark.parametrize(
    ("hits", "ward"),
    [
        ([hit("a", "14797"), hit("a"), hit("a"), hit("b", "14797"), hit("b"), hit("b")], "14797"),
        ([hit("a", "14797"), hit("a"), hit("b", "14758"), hit("b")], None),
        ([hit("a", "14797"), hit("a"), hit("b"), hit("b")], None),
        ([hit("a", "14797"), hit("a"), hit(None), hit(None)], None),
        ([hit("a", "14797"), hit("a", "14797"), hit(None)], "14797"),
        ([hit(None), hit("a")], None),
    ],
)
def test_the_ward_of_a_burst(hits: list[Hit], ward: str | None) -> None:
    place = place_of(hits, NAMES)
    assert (place.ward.code if place and place.ward else None) == ward
