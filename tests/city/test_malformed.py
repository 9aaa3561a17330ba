"""Files that are no profile at all: each is named in bounded time, none ends in a traceback."""

import os
import time
from pathlib import Path

import pytest

from ioc.city.profile import check_city, render

RUBBISH = {
    "binary": bytes(range(256)) * 40,
    "UTF-16": "id = 'Thanh Hóa'".encode("utf-16"),
    "nested": b"a = " + b"[" * 100_000,
    "a long number": b"a = " + b"9" * 10_000,
    "too large": b"# " + b"x" * 1_100_000,
}
MAPS = {
    "empty": b"",
    "binary": bytes(range(256)),
    "nested": b"[" * 200_000,
    "a long number": b'{"features": [' + b"9" * 10_000 + b"]}",
    "50 MB": b'{"features": [' + b"1," * 25_000_000 + b"1]}",
    "too many": b'{"features": [' + b"1," * 100_000 + b"1]}",
    "no features": b'{"features": [1, null, "a", [], {"properties": 3, "geometry": {"type": "Polygon"}}]}',
    "endless numbers": b'{"features": [{"properties": {"code": [1]}, "geometry": {"type": "Polygon", "coordinates": '
    b"[[[1e999, NaN], [" + b"9" * 400 + b", 1], [1, 1], [1e999, NaN]]]}}]}",
    "half a letter": b'{"features": [{"properties": {"code": "\\ud800"}, "geometry": null}]}',
}


@pytest.mark.parametrize("file", ["city.toml", "roads.toml", "dispatch.toml"])
@pytest.mark.parametrize("what", RUBBISH)
def test_rubbish_in_place_of_tables(folder: Path, file: str, what: str) -> None:
    (folder / file).write_bytes(RUBBISH[what])
    assert [mistake.file for mistake in check_city(folder)] == [file]


@pytest.mark.parametrize("what", MAPS)
def test_rubbish_in_place_of_a_map(folder: Path, what: str) -> None:
    file = "layers/wards.geojson"
    (folder / file).write_bytes(MAPS[what])
    began = time.monotonic()
    found = check_city(folder)
    assert any(mistake.file == file for mistake in found)
    assert time.monotonic() - began < 10
    render(found, "vi").encode("utf-8")


def test_what_is_no_file(folder: Path) -> None:
    (folder / "units.toml").unlink()
    os.mkfifo(folder / "units.toml")  # reading it would wait for ever
    (folder / "layers" / "wards.geojson").unlink()
    (folder / "layers" / "wards.geojson").mkdir()
    assert {mistake.file for mistake in check_city(folder)} == {"units.toml", "layers/wards.geojson"}


def test_a_mark_at_the_beginning_of_a_file_is_passed_over(folder: Path) -> None:
    file = folder / "units.toml"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert check_city(folder) == []
