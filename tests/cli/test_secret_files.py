"""Secrets from files instead of the environment: read as they lie there, and never told."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path

import pytest

from ioc.cli.target import read_settings
from ioc.core.errors import Problem
from ioc.settings import FROM_FILES, LARGEST_SECRET, Settings
from tests.cli.test_stores import ioc

CITY = Path(__file__).resolve().parents[2] / "cities" / "thanh-hoa"
KEY = base64.b64encode(secrets.token_bytes(32)).decode()


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("IOC_CITY_DIR", str(CITY))
    monkeypatch.setenv("IOC_STATE_DIR", str(tmp_path / "state"))
    return monkeypatch


def laid(folder: Path, content: str | bytes, name: str = "secret") -> str:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def value_of(settings: Settings, name: str) -> str:
    value = getattr(settings, name)
    return value if isinstance(value, str) else value.get_secret_value()


BEFORE = {"database_url": "postgresql://ioc:", "redis_url": "redis://:"}  # what stands before the secret


@pytest.mark.parametrize("name", FROM_FILES)
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_secret_is_read_from_its_file(environment: pytest.MonkeyPatch, tmp_path: Path, name: str, end: str) -> None:
    whole = f"{BEFORE.get(name, '')}bí mật {KEY}"
    environment.setenv(f"IOC_{name.upper()}_FILE", laid(tmp_path, f"{whole}{end}"))
    settings = read_settings()
    assert value_of(settings, name) == whole
    if name not in ("database_url", "redis_url"):
        assert KEY not in repr(settings)
    assert f"'{KEY}'" not in str(settings)


def test_what_is_not_set_stays_as_it_is(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("IOC_SECRET_KEY", KEY)
    environment.setenv("IOC_PERSONAL_KEY_FILE", "")  # as a container file hands on what nobody set
    settings = read_settings()
    assert (value_of(settings, "secret_key"), value_of(settings, "personal_key")) == (KEY, "")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "cannot be read"),
        ("", "empty"),
        ("\n", "empty"),
        (b"\xff\xfe\x00", "no text"),
        ("x" * (LARGEST_SECRET + 1), "too large"),
    ],
)
def test_a_file_that_is_no_secret_is_refused_by_the_settings_name(
    environment: pytest.MonkeyPatch, tmp_path: Path, content: str | bytes | None, why: str
) -> None:
    path = str(tmp_path / "nowhere") if content is None else laid(tmp_path, content)
    environment.setenv("IOC_SECRET_KEY_FILE", path)
    with pytest.raises(Problem) as caught:
        read_settings()
    (mistake,) = caught.value.errors
    assert mistake.field == "IOC_SECRET_KEY_FILE" and why in mistake.text.en


def test_a_pipe_is_refused_at_once_and_so_is_a_file_that_others_may_change(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")
    open_to_all = Path(laid(tmp_path, KEY, "open"))
    open_to_all.chmod(0o666)
    for path, why in ((tmp_path / "pipe", "no ordinary file"), (open_to_all, "others may change"), (tmp_path, "file")):
        environment.setenv("IOC_SECRET_KEY_FILE", str(path))
        with pytest.raises(Problem) as caught:
            read_settings()
        assert why in caught.value.errors[0].text.en


def test_a_file_of_another_systems_editor_is_read(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("IOC_SECRET_KEY_FILE", laid(tmp_path, f"\ufeff{KEY}\r\n"))
    assert value_of(read_settings(), "secret_key") == KEY


def test_a_value_and_another_in_a_file_are_refused_and_not_told(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.setenv("IOC_SECRET_KEY", "another-secret")
    environment.setenv("IOC_SECRET_KEY_FILE", laid(tmp_path, KEY))
    with pytest.raises(Problem) as caught:
        read_settings()
    (mistake,) = caught.value.errors
    assert mistake.field == "IOC_SECRET_KEY" and "keep one" in mistake.text.en
    assert KEY not in str(caught.value.errors) and "another-secret" not in str(caught.value.errors)


@pytest.mark.timeout(180)
def test_a_command_works_with_keys_in_files_only(tmp_path: Path) -> None:
    given = {
        "IOC_CITY_DIR": str(CITY),
        "IOC_STATE_DIR": str(tmp_path / "state"),
        "IOC_SECRET_KEY_FILE": laid(tmp_path, KEY + "\n", "secret"),
        "IOC_PERSONAL_KEY_FILE": laid(tmp_path, base64.b64encode(secrets.token_bytes(32)), "personal"),
    }
    done = ioc("people", "key", "wall", "cổng", **given)
    assert done.returncode == 0, done.stdout + done.stderr
    assert KEY not in done.stdout + done.stderr
