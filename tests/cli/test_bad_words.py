"""Hostile words and files on the command line: a plain refusal, never a trace of our own code."""

from __future__ import annotations

import base64
import secrets
from pathlib import Path

import pytest

from tests.cli.test_stores import ROOT, ioc

pytestmark = pytest.mark.timeout(300)

INSIDE = ("Traceback", "sqlalchemy", "site-packages", 'File "')
HOSTILE = "'; DROP TABLE event; --\u202e\x1b[31m${7*7}{{7*7}}"
WORDS: dict[str, tuple[str, ...]] = {
    "no such command": ("xoá-hết",),
    "a city that is a path": ("city", "check", "../../etc"),
    "a city that is a device": ("city", "check", "/dev/null"),
    "a city of control characters": ("city", "check", HOSTILE),
    "an event that is none": ("trace", HOSTILE),
    "letters that are no UTF-8": ("trace", "\udcff\udcfe"),
    "a hold of letters that are no UTF-8": ("hold", "add", "source", "x\udcff", "--reason", "thử"),
    "a letter of nobody": ("dead", "show", HOSTILE, "1"),
    "a position below nothing": ("dead", "show", "desk", "-1"),
    "a position of 30 digits": ("dead", "show", "desk", "9" * 30),
    "a position that is a word": ("dead", "replay", "desk", "một"),
    "an endless wait": ("dead", "replay", "desk", "1", "--wait", "inf"),
    "a letter given up for no reason": ("dead", "drop", "desk", "1", "--reason", "  "),
    "a letter of nobody given up": ("dead", "drop", HOSTILE, "1", "--reason", "thử"),
    "a role of no person": ("people", "add", "an", "--role", "wall", "--name", "An"),
    "a key of no kind": ("people", "key", HOSTILE, "cổng"),
    "a person nobody knows": ("people", "erase", HOSTILE, "--reason", "theo yêu cầu"),
    "a layer that is not there": ("layers", "import", "/khong/co", "--as", "wards", "--valid-from", "2025-07-01"),
    "a day that is none": ("layers", "import", "{file}", "--as", "wards", "--valid-from", "2025-02-30"),
    "a layer of rubbish": ("layers", "import", "{file}", "--as", "wards", "--valid-from", "2025-07-01"),
    "a module with a path for a name": ("module", "new", "../../x"),
    "a module of one emoji": ("module", "test", "🏳️‍🌈"),
    "a story of rubbish": ("scenario", "check", "{file}"),
    "a story that is a folder": ("scenario", "check", "/"),
}  # fmt: skip


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    home = tmp_path_factory.mktemp("installed")
    return {
        "IOC_CITY_DIR": str(ROOT / "cities" / "thanh-hoa"),
        "IOC_STATE_DIR": str(home / "state"),
        "IOC_SECRET_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "IOC_PERSONAL_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
    }


@pytest.fixture(scope="module")
def rubbish(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rubbish") / "rác.geojson"
    path.write_bytes(b"\x00\xff{" + b"[" * 100_000)
    return path


@pytest.mark.parametrize(
    "words",
    [("backup", ""), ("upgrade", "--backups", ""), ("upgrade", "--backups="), ("broker", "accounts", "--out", "")],
)
def test_an_empty_path_is_not_the_current_folder(installed: dict[str, str], words: tuple[str, ...]) -> None:
    there = set(ROOT.iterdir())
    done = ioc(*words, **installed)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Lệnh có một từ trống" in done.stderr and "has an empty word" in done.stderr
    assert set(ROOT.iterdir()) == there


def test_a_bus_of_no_known_kind_is_refused_with_all_there_are(installed: dict[str, str]) -> None:
    done = ioc("doctor", **installed | {"IOC_REDIS_URL": "http://bus.example"})
    assert done.returncode == 2
    assert "redis, rediss, redis+sentinel, unix" in done.stdout + done.stderr


@pytest.mark.parametrize("name", WORDS)
def test_it_is_refused_in_words(installed: dict[str, str], rubbish: Path, name: str) -> None:
    words = [str(rubbish) if word == "{file}" else word for word in WORDS[name]]
    done = ioc(*words, **installed)
    said = done.stdout + done.stderr
    assert done.returncode in {1, 2}, said
    assert said.strip() and not [word for word in INSIDE if word in said], said
    assert len(said) < 20_000
    assert not [one for one in said if one in "\x1b\u202e\x00"], "what a stranger typed could steer the terminal"
