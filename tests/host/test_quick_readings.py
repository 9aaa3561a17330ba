"""The quick way in takes what the thorough way takes, reading for reading, or nothing at all."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ioc.contract import Principal
from ioc.core.clock import iso
from ioc.host.quick_readings import QuickReadings
from ioc.host.sent_readings import sort_out
from ioc.store.observations import stored

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
OWNERS = frozenset({"noise", "traffic", "camera"})
ANY = Principal(id="d", name="d", role="device")
NOISE_ONLY = Principal(id="d", name="d", role="device", modules=frozenset({"noise"}), simulated=True)
CAMERAS = Principal(id="d", name="d", role="device", modules=frozenset({"camera"}))


def sent(**changed: Any) -> dict[str, Any]:
    made = {"id": "r1", "kind": "noise.level", "key": "s1", "value": 1.5, "unit": "dB", "at": iso(NOW)}
    return made | changed


def quickly(body: bytes, principal: Principal = ANY) -> Any:
    return QuickReadings(OWNERS).take(body, principal, NOW)


texts = st.text(max_size=8) | st.sampled_from(["s1", "trạm-1", "tra\u0323m", "x" * 121, 'a"b', "a\\b", "", "dB"])
times = st.sampled_from(
    [
        iso(NOW),
        "2026-11-22T08:00:00.123456+07:00",
        "2026-11-22T08:00:00",
        "1990-01-01T00:00:00Z",
        "2099-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "hôm qua",
    ]
)
kinds = st.sampled_from(
    ["noise.level", "camera.objects", "traffic.speed", "nobody.level", "Noise", "noise", "noise.a.b"]
)
values = st.floats() | st.integers() | st.just("1") | st.none()
readings = st.lists(
    st.fixed_dictionaries(
        {"id": texts, "kind": kinds, "key": texts, "value": values, "unit": texts, "at": times},
        optional={"quality": st.sampled_from(["good", "suspect", "great"]), "extra": st.just(1)},
    )
    | st.builds(sent, id=texts, value=st.floats(-9, 9), quality=st.sampled_from(["bad", "substituted"])),
    max_size=4,
)


@given(readings=readings, ascii_only=st.booleans(), principal=st.sampled_from([ANY, NOISE_ONLY, CAMERAS]))
def test_alike(readings: list[dict[str, Any]], ascii_only: bool, principal: Principal) -> None:
    body = json.dumps(readings, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    quick = quickly(body, principal)
    if quick is not None:
        good, refused = sort_out(body, principal, NOW, OWNERS)
        assert refused == []
        assert quick == [stored(one) for one in good]


def test_what_devices_send_every_day_goes_the_quick_way() -> None:
    batch = [sent(id=f"r{number}", at=iso(NOW - timedelta(seconds=number))) for number in range(1000)]
    assert len(quickly(json.dumps(batch).encode())) == 1000
    local = [sent(key="trạm-01", at="2026-11-22T08:00:00+07:00", quality="suspect")]
    (kept,) = quickly(json.dumps(local, ensure_ascii=False).encode())
    assert (kept.at, kept.quality) == (NOW, "suspect")
    assert len(quickly(json.dumps(sent()).encode())) == 1


_REST = b'"kind":"noise.level","key":"k","unit":"","at":"2026-11-22T00:00:00Z"}'


@pytest.mark.parametrize(
    "body",
    [
        b'[{"id":"1","id":"2","value":1,' + _REST + b"]",
        b'[{"id":"1","value":1,"value":2,' + _REST + b"]",
        b'[{"id":"1","value":1,"quality":"bad","quality":"good",' + _REST + b"]",
        b'[{"id":"\xff","value":1,' + _REST + b"]",
        b'[{"id":"\\u0031","value":1,' + _REST + b"]",
        b"[]",
        b"",
        b"[" * 100_000,
    ],
)
def test_what_is_unusual_gets_a_closer_look(body: bytes) -> None:
    assert quickly(body) is None
