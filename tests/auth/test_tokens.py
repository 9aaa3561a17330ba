"""Forged, foreign and stale keys: every one is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from ioc.auth import Auth, AuthSettings
from ioc.core.clock import SetClock
from ioc.store import Store
from tests.auth.conftest import SECRET, START

KEY = hmac.digest(SECRET, b"ioc device keys 1", "sha256")
OWN = b"k" * 32  # an attacker's key
NOW = int(START.timestamp())


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(header: Any, claims: Any, key: bytes = KEY, digest: str = "sha256") -> str:
    parts = [b64(part if isinstance(part, bytes) else json.dumps(part).encode()) for part in (header, claims)]
    head = ".".join(parts)
    return f"{head}.{b64(hmac.new(key, head.encode(), digest).digest())}"


HEADER = {"alg": "HS256", "typ": "JWT"}


def claims(jti: str, **changed: Any) -> dict[str, Any]:
    made = {"iss": "ioc", "aud": "kyanh", "typ": "device", "jti": jti, "iat": NOW, "exp": NOW + 3600} | changed
    return {name: value for name, value in made.items() if value is not ...}


def twice(jti: str, name: str, value: Any) -> bytes:
    return json.dumps(claims(jti)).encode()[:-1] + f', "{name}": {json.dumps(value)}}}'.encode()


FORGERIES: dict[str, Callable[[str, str], str]] = {
    "no algorithm": lambda jti, good: signed({"alg": "none", "typ": "JWT"}, claims(jti)),
    "no algorithm, unsigned": lambda jti, good: b64(b'{"alg":"none"}') + "." + good.split(".")[1] + ".",
    "algorithm in other letters": lambda jti, good: signed({"alg": "hs256", "typ": "JWT"}, claims(jti)),
    "swapped to HS512": lambda jti, good: signed({"alg": "HS512", "typ": "JWT"}, claims(jti), digest="sha512"),
    "swapped to RS256": lambda jti, good: signed({"alg": "RS256", "typ": "JWT"}, claims(jti)),
    "algorithm twice": lambda jti, good: signed(b'{"alg":"none","typ":"JWT","alg":"HS256"}', claims(jti)),
    "no type": lambda jti, good: signed({"alg": "HS256"}, claims(jti)),
    "key id as a path": lambda jti, good: signed(HEADER | {"kid": "../../etc/passwd"}, claims(jti)),
    "key address": lambda jti, good: signed(HEADER | {"jku": "http://127.0.0.1/k"}, claims(jti)),
    "key inside": lambda jti, good: signed(
        HEADER | {"jwk": {"kty": "oct", "k": b64(b"k" * 32)}}, claims(jti), b"k" * 32
    ),
    "critical extension": lambda jti, good: signed(HEADER | {"crit": ["b64"], "b64": False}, claims(jti)),
    "header is a list": lambda jti, good: signed(["HS256"], claims(jti)),
    "header nested deep": lambda jti, good: signed(b"[" * 600, claims(jti)),
    "wrong audience": lambda jti, good: signed(HEADER, claims(jti, aud="thanh-hoa")),
    "audience is a list": lambda jti, good: signed(HEADER, claims(jti, aud=["kyanh", "thanh-hoa"])),
    "no audience": lambda jti, good: signed(HEADER, claims(jti, aud=...)),
    "wrong issuer": lambda jti, good: signed(HEADER, claims(jti, iss="https://example.invalid")),
    "expired": lambda jti, good: signed(HEADER, claims(jti, exp=NOW - 1)),
    "never expires": lambda jti, good: signed(HEADER, claims(jti, exp=...)),
    "expires at infinity": lambda jti, good: signed(HEADER, twice(jti, "x", 1).replace(b'"x": 1', b'"y": Infinity')),
    "from the future": lambda jti, good: signed(HEADER, claims(jti, iat=NOW + 600)),
    "expiry is text": lambda jti, good: signed(HEADER, claims(jti, exp=str(NOW + 60))),
    "unknown id": lambda jti, good: signed(HEADER, claims("00000000-0000-7000-8000-000000000000")),
    "id is injected": lambda jti, good: signed(HEADER, claims(f"{jti}' or '1'='1")),
    "another kind": lambda jti, good: signed(HEADER, claims(jti, typ="wall")),
    "a person's role": lambda jti, good: signed(HEADER, claims(jti, typ="admin")),
    "extra claim": lambda jti, good: signed(HEADER, claims(jti, role="admin")),
    "audience twice": lambda jti, good: signed(HEADER, twice(jti, "aud", "kyanh")),
    "id twice": lambda jti, good: signed(HEADER, twice(jti, "jti", jti)),
    "claims are no object": lambda jti, good: signed(HEADER, [jti]),
    "claims are no JSON": lambda jti, good: signed(HEADER, b"\xff\xfe"),
    "other secret": lambda jti, good: signed(HEADER, claims(jti), b"another key of thirty-two bytes!"),
    "the secret itself as key": lambda jti, good: signed(HEADER, claims(jti), SECRET),
    "cut short": lambda jti, good: good[:-4],
    "signature gone": lambda jti, good: good.rpartition(".")[0] + ".",
    "signature part gone": lambda jti, good: good.rpartition(".")[0],
    "a letter changed": lambda jti, good: good.replace(good[60], "A" if good[60] != "A" else "B", 1),
    "a fourth part": lambda jti, good: good + ".AAAA",
    "padding added": lambda jti, good: good + "==",
    "blank inside": lambda jti, good: good[:30] + " " + good[30:],
    "not ASCII": lambda jti, good: good + "đ",
    "empty": lambda jti, good: "",
    "dots": lambda jti, good: "..",
    "very long": lambda jti, good: good + "A" * 100_000,
    "hash of it": lambda jti, good: hashlib.sha256(good.encode()).hexdigest(),
}


@pytest.mark.parametrize("name", FORGERIES)
async def test_forged_key_is_refused(auth: Auth, name: str) -> None:
    good = await auth.devices.issue(kind="device", name="trạm", by="test")
    assert await auth.authenticate({"authorization": f"Bearer {good.token}"}) is not None

    forged = FORGERIES[name](good.id, good.token)

    assert forged != good.token
    assert await auth.authenticate({}, forged) is None


async def test_key_tells_who_it_is(auth: Auth) -> None:
    made = await auth.devices.issue(kind="device", name="Trạm Cầu Hàm Rồng", by="test", modules=["noise"])

    found = await auth.authenticate({"authorization": f"bearer {made.token}"})

    assert found is not None
    assert (found.id, found.name, found.role, found.simulated) == (made.id, "Trạm Cầu Hàm Rồng", "device", False)
    assert found.may("device", "noise")
    assert not found.may("device", "traffic")
    assert {str(c) for c in found.classes} == {"public"}


async def test_a_simulated_key_is_good_in_a_demonstration_only(auth: Auth, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await auth.devices.issue(kind="device", name="mô phỏng", by="demo", simulated=True)
    assert await auth.authenticate({}, made.token) is None

    monkeypatch.setattr(auth, "demo", True)

    found = await auth.authenticate({}, made.token)
    assert found is not None
    assert found.simulated


async def test_wall_key_sees_no_personal_data(auth: Auth) -> None:
    made = await auth.devices.issue(kind="wall", name="Màn hình 1", by="test")
    found = await auth.authenticate({}, made.token)
    assert found is not None
    assert {str(c) for c in found.classes} == {"public", "internal"}
    assert not found.may("operator")


async def test_key_of_another_city_is_refused_even_with_the_same_secret(
    auth: Auth, auth_store: Store, clock: SetClock
) -> None:
    other = Auth(auth_store, AuthSettings(city="thanh-hoa", secret=SECRET, secure=False), clock)
    made = await other.devices.issue(kind="device", name="trạm", by="test")
    assert await other.authenticate({}, made.token) is not None
    assert await auth.authenticate({}, made.token) is None


async def test_key_runs_out(auth: Auth, clock: SetClock) -> None:
    made = await auth.devices.issue(kind="device", name="trạm", by="test", valid_for=timedelta(hours=1))
    clock.move(timedelta(minutes=59))
    assert await auth.devices.find(made.token) is not None
    clock.move(timedelta(minutes=1))
    assert await auth.devices.find(made.token) is None


async def test_revoked_key_is_out_at_once_here_and_within_the_remembered_time_elsewhere(
    auth: Auth, auth_store: Store, clock: SetClock
) -> None:
    elsewhere = Auth(auth_store, auth.settings, clock)
    made = await auth.devices.issue(kind="device", name="trạm", by="test")
    assert await auth.authenticate({}, made.token) is not None

    await auth.devices.revoke(made.id, by="admin")

    assert await auth.authenticate({}, made.token) is None
    assert await auth.authenticate({}, made.token, touch=False) is None
    assert await elsewhere.authenticate({}, made.token) is None
    assert auth.settings.remembered <= timedelta(seconds=5)
    assert [key.revoked is not None for key in await auth.devices.list()] == [True]


async def test_issue_and_revoke_are_audited(auth: Auth, auth_store: Store) -> None:
    made = await auth.devices.issue(kind="device", name="trạm", by="chị Lan")
    await auth.devices.revoke(made.id, by="anh Bình")
    lines = await auth_store.audit.list(object=made.id)
    assert [(line.who, line.action) for line in lines] == [("anh Bình", "key.revoked"), ("chị Lan", "key.issued")]
    assert await auth_store.audit.verify() is None
