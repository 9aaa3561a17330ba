"""Vector tiles: addresses, edges, and what a client reads back."""

from __future__ import annotations

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from gis.tiles import EXTENT, WORLD_M, NoSuchTile, TileFeature, TileLayer, tile_bounds, to_mercator

SQUARE = shapely.box(105.76, 19.79, 105.80, 19.82)
LAYER = TileLayer(
    "wards",
    [
        TileFeature(SQUARE, {"code": "14797", "name": "Phường Hạc Thành"}),
        TileFeature(shapely.LineString([(105.70, 19.80), (105.90, 19.80)]), {"code": "đường", "name": "Lê Lợi"}),
    ],
)


def address(lon: float, lat: float, z: int) -> tuple[int, int, int]:
    x, y = to_mercator(np.array([[lon, lat]]))[0]
    return z, int((x + WORLD_M / 2) / WORLD_M * 2**z), int((WORLD_M / 2 - y) / WORLD_M * 2**z)


def read(body: bytes) -> list[dict[str, object]]:
    found = mapbox_vector_tile.decode(body)
    features: list[dict[str, object]] = found["wards"]["features"]
    return features


def test_mercator_agrees_with_proj() -> None:
    points = np.array([[105.7764, 19.8067], [106.3, 18.08], [-30.0, -60.0]])
    x, y = Transformer.from_crs(4326, 3857, always_xy=True).transform(points[:, 0], points[:, 1])
    assert np.allclose(to_mercator(points), np.column_stack([x, y]), atol=0.001)


def test_a_client_reads_names_and_shapes_back() -> None:
    found = read(LAYER.tile(*address(105.78, 19.80, 14)))
    assert [f["properties"] for f in found] == [
        {"code": "14797", "name": "Phường Hạc Thành"},
        {"code": "đường", "name": "Lê Lợi"},
    ]


def test_nothing_there_is_nothing_at_all() -> None:
    assert LAYER.tile(*address(100.0, 10.0, 14)) == b""


@pytest.mark.parametrize("z, x, y", [(-1, 0, 0), (23, 0, 0), (2, 4, 0), (2, 0, 4), (0, -1, 0)])
def test_addresses_outside_the_world_are_refused(z: int, x: int, y: int) -> None:
    with pytest.raises(NoSuchTile):
        LAYER.tile(z, x, y)


@given(st.integers(0, 18), st.floats(105.7, 105.9), st.floats(19.7, 19.9))
def test_every_tile_of_any_zoom_lies_within_its_margin(z: int, lon: float, lat: float) -> None:
    body = LAYER.tile(*address(lon, lat, z))
    for feature in read(body) if body else []:
        shape = shapely.geometry.shape(feature["geometry"])
        assert min(shape.bounds) >= -100
        assert max(shape.bounds) <= EXTENT + 100


def test_neighbours_share_their_edge() -> None:
    z, x, y = address(105.78, 19.80, 12)
    assert tile_bounds(z, x, y)[2] == pytest.approx(tile_bounds(z, x + 1, y)[0])
    assert tile_bounds(z, x, y)[1] == pytest.approx(tile_bounds(z, x, y + 1)[3])
