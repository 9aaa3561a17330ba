"""Commands and the stores they open: another city's or another key's is refused, and no file is for other users."""

from __future__ import annotations

import base64
import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from ioc.host.migrating import migration_homes
from ioc.host.ports import free_port
from ioc.store.migrate import downgrade
from tests.several import Answer, run_one, run_several

ROOT = Path(__file__).resolve().parents[2]
WARDS = str(ROOT / "cities" / "thanh-hoa" / "layers" / "wards.geojson")
COMMANDS = {
    "up": ("up",),
    "people": ("people", "key", "wall", "cổng"),
    "layers": ("layers", "import", WARDS, "--as", "wards", "--valid-from", "2025-07-01"),
}
pytestmark = pytest.mark.timeout(600)


def ioc(*words: str, **given: str) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("IOC_")}
    if words[0] != "demo":
        return run_one(words, plain | given)
    command = [str(Path(sys.executable).parent / "ioc"), *words]  # as it is installed, for it starts others
    return subprocess.run(
        command, env=plain | given, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False, umask=0o022
    )


def random_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The settings of an installation of Thanh Hoa whose store was opened once."""
    given = {
        "IOC_CITY_DIR": str(ROOT / "cities" / "thanh-hoa"),
        "IOC_STATE_DIR": str(tmp_path_factory.mktemp("installed") / "state"),
        "IOC_SECRET_KEY": random_key(),
        "IOC_PERSONAL_KEY": random_key(),
        "IOC_PUBLIC_URL": "https://ioc.example",
    }
    assert ioc(*COMMANDS["people"], **given).returncode == 0
    return given


@pytest.fixture(scope="module")
def answers(installed: dict[str, str]) -> dict[tuple[str, str], Answer]:
    """What each command says when the settings name another key, and when they name another city."""
    wrong = {
        "key": installed | {"IOC_PERSONAL_KEY": random_key()},
        "city": installed | {"IOC_CITY_DIR": str(ROOT / "cities" / "ky-anh")},
    }
    jobs = [{"environment": given, "commands": list(COMMANDS.values())} for given in wrong.values()]
    told = dict(zip(wrong, run_several(jobs), strict=True))
    return {(what, name): one for what in wrong for name, one in zip(COMMANDS, told[what], strict=True)}


@pytest.mark.parametrize("command", COMMANDS)
def test_another_personal_key_is_refused_in_plain_words(answers: dict[tuple[str, str], Answer], command: str) -> None:
    refused(answers["key", command], "không phải khoá", "not the key")


@pytest.mark.parametrize("command", COMMANDS)
def test_the_store_of_another_city_is_refused_in_plain_words(
    answers: dict[tuple[str, str], Answer], command: str
) -> None:
    refused(answers["city", command], "của thanh-hoa, không phải ky-anh", "thanh-hoa's, not ky-anh's")


def test_a_demonstration_refuses_them_too_and_its_files_are_its_users_alone(tmp_path: Path) -> None:
    state, port = tmp_path / "state", free_port()
    words = ("demo", "--quiet", "--state", str(state), "--port", str(port))
    ioc(*words, "--city", "ky-anh", "--seconds", "1")
    made = {path.relative_to(state).as_posix(): path.stat().st_mode for path in [state, *state.rglob("*")]}
    assert {"ioc.db", "ioc-observations.db"} < made.keys()
    assert any(name.startswith("bus/") for name in made)
    assert [name for name, mode in made.items() if mode & 0o077] == []
    refused(told(*words, "--city", "thanh-hoa"), "của ky-anh, không phải thanh-hoa", "ky-anh's, not thanh-hoa's")
    (state / "personal.key").write_text(random_key(), encoding="ascii")
    refused(told(*words, "--city", "ky-anh"), "không phải khoá", "not the key")


def told(*words: str) -> Answer:
    done = ioc(*words)
    return done.returncode, done.stderr


def refused(answer: Answer | subprocess.CompletedProcess[str], vi: str, en: str) -> None:
    code, said = answer if isinstance(answer, tuple) else (answer.returncode, answer.stderr)
    assert code == 2, said
    assert vi in said
    assert en in said
    assert "Traceback" not in said


def test_tables_of_an_older_build_are_moved_by_an_upgrade_alone(tmp_path: Path) -> None:
    state = tmp_path / "state"
    given = {
        "IOC_CITY_DIR": str(ROOT / "cities" / "thanh-hoa"),
        "IOC_STATE_DIR": str(state),
        "IOC_SECRET_KEY": random_key(),
        "IOC_PERSONAL_KEY": random_key(),
        "IOC_PUBLIC_URL": "https://ioc.example",
    }
    assert ioc(*COMMANDS["people"], **given).returncode == 0
    downgrade(f"sqlite:///{state / 'ioc.db'}", migration_homes(), to="platform_0008")
    for words in (("dead", "list"), COMMANDS["people"], ("trace", "1")):
        refused(ioc(*words, **given), "bản dựng cũ", "an older build's")
        assert ioc("upgrade", "--check", **given).returncode == 1, "it moved nothing"
    assert ioc("upgrade", "--backups", str(tmp_path / "backups"), **given).returncode == 0
    assert ioc("dead", "list", **given).returncode == 0
