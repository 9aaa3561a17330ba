"""Vector tiles over HTTP."""

from __future__ import annotations

import mapbox_vector_tile
import pytest

from tests.api.conftest import World


async def test_the_wards_and_segments_of_the_city_come_as_tiles(world: World) -> None:
    async with world.client() as client:
        for layer in ("wards", "segments"):
            answer = await client.get(f"/tiles/{layer}/8/203/114.mvt")
            assert answer.status_code == 200, answer.text
            assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
            assert mapbox_vector_tile.decode(answer.content)[layer]["features"]


@pytest.mark.parametrize(
    "path, status",
    [
        ("wards/8/0/0.mvt", 204),
        ("nhà/8/203/114.mvt", 404),
        ("wards/3/9/9.mvt", 404),
        ("wards/99/0/0.mvt", 422),
        ("wards/8/-1/0.mvt", 422),
        ("wards/8/a/0.mvt", 422),
    ],
)
async def test_other_addresses_are_answered_plainly(world: World, path: str, status: int) -> None:
    async with world.client() as client:
        assert (await client.get(f"/tiles/{path}")).status_code == status
