"""Readings from devices."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ioc.core.clock import iso
from tests.api.conftest import World

PATH = "/api/v1/observations"


def reading(**changed: Any) -> dict[str, Any]:
    made = {
        "id": "trạm-01/1",
        "kind": "noise.level",
        "key": "trạm-01",
        "value": 71.5,
        "unit": "dB",
        "at": iso(datetime.now(UTC)),
    }
    return {name: value for name, value in (made | changed).items() if value is not ...}


async def kept(world: World) -> list[Any]:
    return [one for batch in await world.store.observations.after(0) for one in batch.observations]


async def test_one_reading_is_kept_after_202(world: World) -> None:
    async with world.client("device") as client:
        answer = await client.post(PATH, json=reading())
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1, "refused": []})
    (one,) = await kept(world)
    assert (one.kind, one.key, one.value, one.unit, one.id) == ("noise.level", "trạm-01", 71.5, "dB", "trạm-01/1")
    assert not one.simulated


async def test_a_repeat_is_answered_alike_and_kept_once(world: World) -> None:
    batch = [reading(id=str(n)) for n in range(10)]
    async with world.client("device") as client:
        answers = [(await client.post(PATH, json=batch)).json() for _ in range(3)]
    assert answers == [{"accepted": 10, "refused": []}] * 3
    assert len(await kept(world)) == 10


async def test_a_batch_under_the_ids_of_an_earlier_one_is_kept(world: World) -> None:
    """A device counts from 1 after each start; its series tell which ids came within 48 hours."""
    early = iso(datetime.now(UTC) - timedelta(hours=1))
    async with world.client("device") as client:
        for at in (early, iso(datetime.now(UTC))):
            batch = [reading(id=f"boot-{n}", at=at) for n in range(3)]
            for _ in range(2):
                assert (await client.post(PATH, json=batch)).json() == {"accepted": 3, "refused": []}
    assert len(await kept(world)) == 6


async def test_an_id_is_of_one_series_and_of_one_key(world: World) -> None:
    batch = [reading(id="z-1", key="trạm-01"), reading(id="z-1", key="trạm-02")]
    async with world.client("device") as client:
        assert (await client.post(PATH, json=batch)).json() == {"accepted": 2, "refused": []}
        for one in (batch[0], batch[1], reading(id="z-1", key="trạm-03")):
            assert (await client.post(PATH, json=one)).json() == {"accepted": 1, "refused": []}
    assert sorted(one.key for one in await kept(world)) == ["trạm-01", "trạm-01", "trạm-02", "trạm-02", "trạm-03"]


async def test_a_thousand_go_and_one_more_does_not(world: World) -> None:
    batch = [reading(id=str(n)) for n in range(1001)]
    async with world.client("device") as client:
        assert (await client.post(PATH, json=batch)).status_code == 422
        assert (await client.post(PATH, json=batch[:1000])).json()["accepted"] == 1000
        assert (await client.post(PATH, json=[])).status_code == 422


async def test_a_key_that_makes_up_names_keeps_its_share(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ioc.host.key_share.MOST_OF_KEY", 3)
    async with world.client("device") as client:
        first = await client.post(PATH, json=[reading(id=str(n), key=f"bịa-{n}") for n in range(3)])
        more = await client.post(PATH, json=[reading(id=f"m{n}", key=f"bịa-{n}") for n in range(2, 5)])
        again = await client.post(PATH, json=reading(id="again", key="bịa-0"))
        nothing = await client.post(PATH, json=reading(id="none", key="bịa-9"))
    assert first.json()["accepted"] == 3
    assert more.json()["accepted"] == 1
    assert [one["field"] for one in more.json()["refused"]] == ["1.key", "2.key"]
    assert "different series" in more.json()["refused"][0]["en"]
    assert again.json() == {"accepted": 1, "refused": []}
    assert nothing.status_code == 422
    assert {one.key for one in await kept(world)} == {"bịa-0", "bịa-1", "bịa-2"}


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no zone": ({"at": "2026-11-21T20:24:00"}, "at"),
    "no time": ({"at": "hôm qua"}, "at"),
    "nobody runs that module": ({"kind": "nobody.level"}, "kind"),
    "ages ago": ({"at": "1990-01-01T00:00:00Z"}, "at"),
    "hour 24": ({"at": "2026-11-21T25:00:00Z"}, "at"),
    "year one": ({"at": "0001-01-01T00:00:00+14:00"}, "at"),
    "last year": ({"at": "9999-12-31T23:59:59-14:00"}, "at"),
    "text value": ({"value": "71"}, "value"),
    "no value": ({"value": ...}, "value"),
    "unknown field": ({"extra": 1}, "extra"),
    "kind": ({"kind": "Noise"}, "kind"),
    "quality": ({"quality": "great"}, "quality"),
    "empty id": ({"id": ""}, "id"),
    "long key": ({"key": "x" * 200}, "key"),
    "control character": ({"key": "a\u0007b"}, "key"),
}


@pytest.mark.parametrize("name", BAD)
async def test_bad_reading_is_refused_by_index_and_its_neighbours_are_kept(world: World, name: str) -> None:
    changed, field = BAD[name]
    batch = [reading(id="0"), reading(**({"id": "1"} | changed)), reading(id="2")]
    async with world.client("device") as client:
        answer = await client.post(PATH, json=batch)
        alone = await client.post(PATH, json=batch[1])
    assert answer.status_code == 202
    assert answer.json()["accepted"] == 2
    (refused,) = answer.json()["refused"]
    assert refused["field"] == f"1.{field}".rstrip(".")
    assert refused["vi"] and refused["en"]
    if name in ("no value", "unknown field", "text value"):  # what the shape refuses is named in both languages
        assert field in refused["vi"] and refused["vi"] != refused["en"]
    assert alone.status_code == 422
    assert alone.json()["errors"][0]["field"].startswith("0")
    assert {one.id for one in await kept(world)} == {"0", "2"}


async def test_number_too_large_for_a_float_is_refused(world: World) -> None:
    body = json.dumps(reading()).replace("71.5", "1e999")
    async with world.client("device") as client:
        assert (await client.post(PATH, content=body)).status_code in {400, 422}
    assert await kept(world) == []


async def test_simulated_key_marks_its_readings(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world.auth, "demo", True)
    key = await world.auth.devices.issue(kind="device", name="mô phỏng", by="test", simulated=True)
    async with world.client() as client:
        await client.post(PATH, json=reading(), headers={"Authorization": f"Bearer {key.token}"})
    assert [one.simulated for one in await kept(world)] == [True]


async def test_a_mistake_tells_its_field_but_not_its_value(world: World) -> None:
    async with world.client("device") as client:
        answer = await client.post(PATH, json=reading(value="0912345678"))
    assert "0912345678" not in answer.text


async def test_a_reading_from_the_future_is_kept_to_be_judged(world: World) -> None:
    async with world.client("device") as client:
        answer = await client.post(PATH, json=reading(at=iso(datetime.now(UTC) + timedelta(hours=1))))
        assert answer.status_code == 202
        for at in ("2099-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):  # no clock runs off so far
            answer = await client.post(PATH, json=reading(id="far", at=at))
            assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "0.at")
    assert len(await kept(world)) == 1


async def test_one_post_for_two_modules_is_kept_and_repeated_as_one(world: World) -> None:
    batch = [reading(id="1"), reading(id="2", kind="emergency.load"), reading(id="3")]
    async with world.client("device") as client:
        answers = [(await client.post(PATH, json=batch)).json()["accepted"] for _ in range(2)]
    assert answers == [3, 3]
    assert sorted(str(one.id) for one in await kept(world)) == ["1", "2", "3"]


_REST = b'"kind":"noise.level","key":"k","unit":"","at":"2026-11-21T00:00:00Z"}]'
HOSTILE = {
    "a name twice": b'[{"id":"1","id":"2","value":1,' + _REST,
    "half a character": b'[{"id":"\\ud800","value":1,' + _REST,
    "no UTF-8": b'[{"id":"\xff","value":1,' + _REST,
    "NUL": b'[{"id":"a\\u0000b","value":1,' + _REST,
    "NaN": b'[{"id":"1","value":NaN,' + _REST,
    "a deep one": b"[" * 100 + b"]" * 100,
    "no end": b'[{"id":"1","kind":"noise.level"',
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_what_is_hostile_is_refused_whole(world: World, name: str) -> None:
    async with world.client("device") as client:
        for kind in ("application/json", "text/plain"):
            answer = await client.post(PATH, content=HOSTILE[name], headers={"Content-Type": kind})
            assert answer.status_code == 400, answer.text
    assert await kept(world) == []
