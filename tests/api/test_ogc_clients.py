"""Foreign clients read a running server: OWSLib, and GDAL through pyogrio's OAPIF driver."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyogrio
import pytest
import shapely
from owslib.ogcapi.features import Features

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The landing page of a server in a process of its own: GDAL keeps this one's interpreter while it waits."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        command = [sys.executable, "-m", "uvicorn", "--factory", "tests.api.ogc_app:application", "--lifespan", "off"]
        passed = ["--fd", str(listener.fileno()), "--log-level", "warning"]
        server = subprocess.Popen([*command, *passed], cwd=ROOT, pass_fds=[listener.fileno()])
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/ogc"
        finally:
            server.terminate()
            server.wait(10)


def test_owslib_reads_collections_and_items(address: str) -> None:
    client = Features(address)
    assert client.feature_collections() == ["wards", "events"]
    assert len(client.conformance()["conformsTo"]) == 4
    assert client.api()["openapi"] == "3.0.3"
    page = client.collection_items("wards", limit=5, bbox=[105.0, 19.0, 105.2, 19.1])
    assert len(page["features"]) == 5
    assert client.collection_item("wards", "00003.2025-07-01")["properties"]["name"] == "Phường Số 3 Ngọc"


@pytest.mark.parametrize("slash", ["", "/"])
def test_gdal_finds_the_layers(address: str, slash: str) -> None:
    names = [str(name) for name, _ in pyogrio.list_layers(f"OAPIF:{address}{slash}")]
    assert names == ["wards", "events"]


def test_gdal_reads_every_feature_page_after_page(address: str) -> None:
    found = pyogrio.read_dataframe(f"OAPIF:{address}", layer="wards", PAGE_SIZE="10")
    assert len(found) == 25
    assert found.crs.to_authority() in {("OGC", "CRS84"), ("EPSG", "4326")}
    assert sorted(found["code"]) == [f"{i:05d}" for i in range(25)]
    assert found["name"].iloc[0] == "Phường Số 0 Ngọc"
    assert found.geometry.is_valid.all()
    assert shapely.total_bounds(found.geometry.values).tolist() == [105.0, 19.0, 105.61, 19.05]


def test_gdal_asks_by_box(address: str) -> None:
    found = pyogrio.read_dataframe(f"OAPIF:{address}", layer="wards", bbox=(105.001, 19.01, 105.03, 19.02))
    assert sorted(found["code"]) == ["00000", "00001"]


def test_gdal_sees_what_anyone_may_see_of_events(address: str) -> None:
    found = pyogrio.read_dataframe(f"OAPIF:{address}", layer="events")
    assert found[["module", "ward", "severity"]].values.tolist() == [["traffic", "00001", 1]]
