"""`ioc up` refuses rather than runs half set up: exit code 2, and the setting named in both languages."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests import servers
from tests.production import compose
from tests.production.installation import IOC, PROFILE, PUBLIC_URL, Installation, plain_environment, random_key
from tests.several import run_several

pytestmark = pytest.mark.timeout(600)


@dataclass(frozen=True)
class Case:
    """Settings that are wrong in one place, the place as the refusal names it, and words of both languages."""

    change: dict[str, str]
    named: str
    vi: str
    en: str
    words: tuple[str, ...] = ("up",)
    first: tuple[str, ...] = ()
    unset: tuple[str, ...] = field(default=())


def short_key() -> str:
    return base64.b64encode(os.urandom(16)).decode()


APPROXIMATE = str(PROFILE / "layers" / "wards.geojson")
WEAK = base64.b64encode(b"mat khau mat khau mat khau mat k").decode()
SECRET_VI = "khoá bí mật thiếu hoặc không đạt"
NOT_READY_VI = "Chưa đủ điều kiện vận hành chính thức"

CASES = {
    "nothing set": Case({}, "IOC_CITY_DIR", "thiếu hoặc sai", "not complete", unset=("IOC_CITY_DIR", "IOC_STATE_DIR")),
    "no signing key": Case({}, "IOC_SECRET_KEY", SECRET_VI, "not set", unset=("IOC_SECRET_KEY",)),
    "short signing key": Case({"IOC_SECRET_KEY": short_key()}, "IOC_SECRET_KEY", SECRET_VI, "32 bytes"),
    "signing key of one letter": Case(
        {"IOC_SECRET_KEY": base64.b64encode(b"a" * 32).decode()}, "IOC_SECRET_KEY", SECRET_VI, "not random"
    ),
    "signing key of words": Case({"IOC_SECRET_KEY": WEAK}, "IOC_SECRET_KEY", SECRET_VI, "not random"),
    "signing key that is a password": Case(
        {"IOC_SECRET_KEY": "một mật khẩu"}, "IOC_SECRET_KEY", SECRET_VI, "not base64"
    ),
    "no personal key": Case({}, "IOC_PERSONAL_KEY", SECRET_VI, "32 bytes", unset=("IOC_PERSONAL_KEY",)),
    "short personal key": Case({"IOC_PERSONAL_KEY": short_key()}, "IOC_PERSONAL_KEY", SECRET_VI, "32 bytes"),
    "personal key of noughts": Case(
        {"IOC_PERSONAL_KEY": base64.b64encode(bytes(32)).decode()}, "IOC_PERSONAL_KEY", SECRET_VI, "not random"
    ),
    "a database of another kind": Case(
        {"IOC_DATABASE_URL": "mysql://ioc@127.0.0.1/ioc"}, "IOC_DATABASE_URL", "thiếu hoặc sai", "postgresql, sqlite"
    ),
    "a bus of another kind": Case(
        {"IOC_REDIS_URL": "http://127.0.0.1:6379"}, "IOC_REDIS_URL", "thiếu hoặc sai", "rediss, redis+sentinel, unix"
    ),
    "demonstration": Case({"IOC_MODE": "demo"}, "IOC_MODE", "mô phỏng", "not for production"),
    "simulated sources": Case({"IOC_DATA_DIR": "."}, "IOC_DATA_DIR", "không nhận nguồn mô phỏng", "refused"),
    "no official wards": Case({}, "ioc layers import", "Chưa có ranh giới", "no official wards"),
    "approximate wards imported": Case(
        {},
        "ioc layers import",
        "Chưa có ranh giới",
        "no official wards",
        first=("layers", "import", APPROXIMATE, "--as", "wards", "--valid-from", "2025-07-01"),
    ),
    "no such profile": Case({"IOC_CITY_DIR": "cities/khong-co"}, "khong-co", "không dùng được", "cannot be used"),
    "a password that breaks the address": Case(
        {"IOC_REDIS_URL": "redis://:ab/cd+ef@127.0.0.1:6379/0"}, "IOC_REDIS_URL", "không đọc được", "cannot be read"
    ),
    "an address that is none": Case(
        {"IOC_DATABASE_URL": "postgresql//ioc"}, "IOC_DATABASE_URL", "thiếu hoặc sai", "postgresql, sqlite"
    ),
    "a key asked for without secrets": Case(
        {"IOC_SECRET_KEY": WEAK}, "IOC_SECRET_KEY", SECRET_VI, "not random", words=("people", "key", "wall", "cổng")
    ),
    "a part that is none": Case({}, "--only", "citizen", "Invalid value", words=("up", "--only", "citizen")),
    "a part without a Redis for all": Case(
        {"IOC_REDIS_URL": ""}, "IOC_REDIS_URL", "dùng chung", "one Redis for all", words=("up", "--only", "desk")
    ),
    "a bus that throws away": Case({"IOC_REDIS_URL": "EVICTING"}, "IOC_REDIS_URL", "noeviction", "allkeys-lru"),
}  # fmt: skip


@pytest.fixture(scope="module")
def evicting_bus() -> Iterator[str]:
    with servers.valkey() as server:
        with server.client() as client:
            client.config_set("maxmemory-policy", "allkeys-lru")
        yield server.url


@dataclass(frozen=True)
class Refused:
    code: int
    said: str
    given: dict[str, str]


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory, evicting_bus: str) -> dict[str, Refused]:
    """Every case, each in a process of its own."""
    given = {name: settings_of(case, tmp_path_factory.mktemp("state"), evicting_bus) for name, case in CASES.items()}
    jobs = [
        {"environment": given[name], "commands": [one for one in (case.first, case.words) if one]}
        for name, case in CASES.items()
    ]
    last = [answers[-1] for answers in run_several(jobs)]
    return {name: Refused(code, said, given[name]) for name, (code, said) in zip(CASES, last, strict=True)}


def settings_of(case: Case, state: Path, bus: str) -> dict[str, str]:
    good = {
        "IOC_CITY_DIR": str(PROFILE),
        "IOC_STATE_DIR": str(state),
        "IOC_SECRET_KEY": random_key(),
        "IOC_PERSONAL_KEY": random_key(),
        "IOC_PUBLIC_URL": PUBLIC_URL,
    }
    given = good | {name: value.replace("EVICTING", bus) for name, value in case.change.items()}
    return {name: value for name, value in given.items() if name not in case.unset}


def ioc(given: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [IOC, *words],
        env=plain_environment() | given,
        cwd=compose.ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


@pytest.mark.parametrize("name", CASES)
def test_it_refuses(refusals: dict[str, Refused], name: str):
    case, refused = CASES[name], refusals[name]
    assert refused.code == 2, refused.said
    for word in (case.named, case.vi, case.en):
        assert word in refused.said
    assert "Traceback" not in refused.said


@pytest.mark.parametrize("name", CASES)
def test_a_refusal_tells_no_secret(refusals: dict[str, Refused], name: str):
    for setting in ("IOC_SECRET_KEY", "IOC_PERSONAL_KEY", "IOC_REDIS_URL"):
        value = refusals[name].given.get(setting)
        assert not value or value.startswith("unix") or value not in refusals[name].said


def test_all_mistakes_are_told_at_once(tmp_path: Path):
    given = {"IOC_CITY_DIR": str(PROFILE), "IOC_STATE_DIR": str(tmp_path), "IOC_MODE": "demo", "IOC_DATA_DIR": "."}
    said = ioc(given, "up").stderr
    assert NOT_READY_VI in said
    for name in ("IOC_SECRET_KEY", "IOC_PERSONAL_KEY", "IOC_MODE", "IOC_DATA_DIR"):
        assert name in said


@pytest.mark.parametrize("words", [("up", "--only", "desk"), ("up",)])
def test_a_part_runs_once_only_and_the_whole_not_beside_it(city: Installation, words: tuple[str, ...]):
    again = city.run(*words)
    assert again.returncode == 2
    assert "đang chạy" in again.stderr
    assert "runs on this machine already" in again.stderr
