"""`ioc backup` and `ioc restore` as an engineer types them, on an installation of its own."""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ioc.host.lock import one_at_a_time
from ioc.settings import Settings
from ioc.store import migrate
from ioc.store.backup.mark import Unfinished, set_mark
from ioc.store.migrate import Line
from tests.cli.test_stores import ROOT, ioc, random_key, refused

pytestmark = pytest.mark.timeout(600)  # a dozen commands, on a busy machine
WALL = ("people", "key", "wall", "cổng")


@pytest.fixture
def installed(tmp_path: Path) -> dict[str, str]:
    given = {
        "IOC_CITY_DIR": str(ROOT / "cities" / "thanh-hoa"),
        "IOC_STATE_DIR": str(tmp_path / "state"),
        "IOC_SECRET_KEY": random_key(),
        "IOC_PERSONAL_KEY": random_key(),
        "IOC_PUBLIC_URL": "https://ioc.example",
    }
    assert ioc(*WALL, **given).returncode == 0
    return given


@pytest.fixture
def backup(installed: dict[str, str], tmp_path: Path) -> Path:
    done = ioc("backup", str(tmp_path / "sao lưu"), **installed)
    assert done.returncode == 0, done.stderr
    assert "KHÔNG có khoá" in done.stdout
    assert "keys are NOT in it" in done.stdout
    [folder] = (tmp_path / "sao lưu").glob("thanh-hoa-*")
    return folder


def test_a_backup_has_no_key_and_is_its_users_alone(installed: dict[str, str], backup: Path) -> None:
    files = [path for path in backup.iterdir()]
    assert {path.name for path in files} == {
        "events.sqlite", "observations.sqlite", "profile.tar.gz", "manifest.json"
    }  # fmt: skip
    for path in files:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
        for name in ("IOC_SECRET_KEY", "IOC_PERSONAL_KEY"):
            assert installed[name].encode() not in path.read_bytes()


def test_the_keys_go_only_where_they_are_sent_and_never_beside_the_data(
    installed: dict[str, str], tmp_path: Path
) -> None:
    to, file = tmp_path / "b", tmp_path / "két" / "khoá.env"
    file.parent.mkdir()
    refused(ioc("backup", str(to), "--keys-to", str(to / "k.env"), **installed), "cùng bản sao", "with the backups")
    assert not to.exists()
    done = ioc("backup", str(to), "--keys-to", str(file), **installed)
    assert done.returncode == 0, done.stderr
    assert file.read_text() == "".join(f"{name}={installed[name]}\n" for name in ("IOC_PERSONAL_KEY", "IOC_SECRET_KEY"))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert installed["IOC_PERSONAL_KEY"] not in done.stdout + done.stderr


def test_what_cannot_be_written_is_said_before_anything_is_made(installed: dict[str, str], tmp_path: Path) -> None:
    to = tmp_path / "b"
    refused(ioc("backup", str(to), "--keys-to", str(tmp_path / "không" / "k"), **installed), "Không đọc", "cannot be")
    assert not to.exists()
    refused(ioc("backup", "/proc/không-có", **installed), "Không đọc hoặc ghi được", "cannot be read or written")
    file = tmp_path / "k.env"
    refused(ioc("backup", "/proc/không-có", "--keys-to", str(file), **installed), "Không đọc hoặc ghi", "cannot be")
    assert not file.exists(), "no keys of a backup that was not made"


def test_a_backup_into_the_profile_is_refused(installed: dict[str, str], tmp_path: Path) -> None:
    profile = shutil.copytree(ROOT / "cities" / "thanh-hoa", tmp_path / "hồ sơ")
    given = installed | {"IOC_CITY_DIR": str(profile)}
    refused(ioc("backup", str(profile / "sao lưu"), **given), "trong hồ sơ", "inside the profile")
    assert not (profile / "sao lưu").exists()


def test_restored_on_another_machine(installed: dict[str, str], backup: Path, tmp_path: Path) -> None:
    shutil.rmtree(installed["IOC_STATE_DIR"])
    there = installed | {"IOC_STATE_DIR": str(tmp_path / "máy khác")}
    unpacked = tmp_path / "hồ sơ"
    done = ioc("restore", str(backup), "--profile-to", str(unpacked), **there)
    assert done.returncode == 0, done.stderr
    assert "màn hình bắt đầu lại từ đầu" in done.stdout
    assert (unpacked / "profile" / "city.toml").read_bytes() == (
        ROOT / "cities" / "thanh-hoa" / "city.toml"
    ).read_bytes()
    refused(ioc("restore", str(backup), **there), "đã có dữ liệu", "a store already")
    done = ioc("restore", str(backup), "--replace", **there)
    assert done.returncode == 0, done.stderr
    [kept] = Path(there["IOC_STATE_DIR"]).glob("replaced-*")
    assert (kept / "ioc.db").stat().st_size > 0
    assert ioc(*WALL, **there).returncode == 0


def test_checking_changes_nothing_and_finds_damage(installed: dict[str, str], backup: Path) -> None:
    assert ioc("restore", str(backup), "--check", **installed).returncode == 0
    with (backup / "observations.sqlite").open("r+b") as file:
        file.seek(2000)
        file.write(b"\xff")
    refused(ioc("restore", str(backup), "--check", **installed), "không còn như lúc sao", "is not as it was written")
    refused(ioc("restore", str(backup), "--replace", **installed), "không dùng được", "cannot be used")
    assert ioc(*WALL, **installed).returncode == 0


def test_a_seal_of_other_letters_is_refused_in_words(installed: dict[str, str], backup: Path) -> None:
    manifest = backup / "manifest.json"
    said = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps(said | {"seal": "niêm phong"}), encoding="utf-8")
    refused(ioc("restore", str(backup), "--check", **installed), "đã bị sửa", "was changed")


def test_checking_says_that_it_unpacks_nothing(installed: dict[str, str], backup: Path, tmp_path: Path) -> None:
    done = ioc("restore", str(backup), "--check", "--profile-to", str(tmp_path / "hồ sơ"), **installed)
    refused(done, "không giải nén gì", "unpacks nothing")
    assert not (tmp_path / "hồ sơ").exists()


def test_references_that_cannot_be_read_are_said_before_anything_is_touched(
    installed: dict[str, str], backup: Path, tmp_path: Path
) -> None:
    missing = ioc("restore", str(backup), "--replace", "--erased", str(tmp_path / "không có"), **installed)
    refused(missing, "Không đọc hoặc ghi được", "cannot be read")
    (tmp_path / "sai").write_bytes(b"\xff\xfe")
    done = ioc("restore", str(backup), "--replace", "--erased", str(tmp_path / "sai"), **installed)
    refused(done, "không phải văn bản UTF-8", "is no text in UTF-8")
    assert not list(Path(installed["IOC_STATE_DIR"]).glob("replaced-*"))


@pytest.fixture
def broken_off(installed: dict[str, str], backup: Path) -> Path:
    """What a restore that was killed left: its mark, and the folder with what was there before, which this is."""
    state = Path(installed["IOC_STATE_DIR"])
    first = state / "replaced-1"
    first.mkdir()
    (first / "ioc.db").hardlink_to(state / "ioc.db")
    (first / "ioc-observations.db").hardlink_to(state / "ioc-observations.db")
    began = datetime(2026, 11, 30, 1, tzinfo=UTC)
    mark = Unfinished(str(backup), began, str(first), kept=True, erased=["ref-1"])
    set_mark(f"sqlite:///{state / 'ioc.db'}", mark)
    return first


def test_an_unfinished_restore_keeps_everybody_out_until_it_is_done_again(
    installed: dict[str, str], backup: Path, broken_off: Path, tmp_path: Path
) -> None:
    for words in (WALL, ("upgrade", "--check"), ("backup", str(tmp_path / "c"))):
        refused(ioc(*words, **installed), "Việc khôi phục chưa xong", "A restore is not through")
    done = ioc("doctor", **installed)
    assert done.returncode == 2
    assert "chạy lại ioc restore" in done.stdout and str(broken_off) in done.stdout
    done = ioc("restore", str(backup), **installed)
    assert done.returncode == 0, done.stderr
    assert "chạy lại ioc restore" in done.stdout, "what was so is said first"
    assert f"Dữ liệu trước đó nằm ở {broken_off}" in done.stdout
    assert ioc(*WALL, **installed).returncode == 0


def test_an_unfinished_restore_is_undone(installed: dict[str, str], broken_off: Path) -> None:
    done = ioc("restore", "--undo", **installed)
    assert done.returncode == 0, done.stderr
    assert "Đã trả lại dữ liệu" in done.stdout
    assert not broken_off.exists()
    assert ioc(*WALL, **installed).returncode == 0
    refused(ioc("restore", "--undo", **installed), "Không có việc khôi phục", "No restore is on its way")
    refused(ioc("restore", **installed), "Cần thư mục bản sao", "Name a backup")


def test_a_city_that_runs_is_not_replaced(installed: dict[str, str], backup: Path) -> None:
    settings = Settings(city_dir=Path(installed["IOC_CITY_DIR"]), state_dir=Path(installed["IOC_STATE_DIR"]))
    with one_at_a_time(settings.state_dir, settings.run_dir, "desk"):
        refused(ioc("restore", str(backup), "--replace", **installed), "đang chạy", "runs on this machine")
        refused(ioc("restore", "--undo", **installed), "đang chạy", "runs on this machine")
        assert settings.run_dir.is_dir(), "what runs has its sockets there"
    assert Path(installed["IOC_STATE_DIR"], "ioc.db").exists()


def test_old_backups_are_removed(installed: dict[str, str], backup: Path) -> None:
    stranger = backup.parent / "ghi chú"
    stranger.mkdir()
    damaged = shutil.copytree(backup, backup.with_name("thanh-hoa-hỏng"))
    (damaged / "events.sqlite").write_bytes(b"")
    done = ioc("backup", str(backup.parent), "--keep", "1", **installed)
    assert done.returncode == 0, done.stderr
    assert f"Đã xoá bản cũ {backup.name}" in done.stdout
    assert f"Không tính và không xoá {damaged.name}: events.sqlite không còn như lúc sao" in done.stdout
    left = {path.name for path in backup.parent.glob("thanh-hoa-*")} - {damaged.name}
    assert len(left) == 1
    assert backup.name not in left
    assert damaged.is_dir()
    assert stranger.is_dir()


def test_the_key_is_another(installed: dict[str, str], backup: Path) -> None:
    given = installed | {"IOC_PERSONAL_KEY": random_key()}
    refused(ioc("restore", str(backup), "--replace", **given), "không phải khoá", "not the key")
    refused(ioc("backup", str(backup.parent), **given), "không phải khoá", "not the key")


def test_the_doctor_says_what_is_wrong_and_how_bad_it_is(installed: dict[str, str], tmp_path: Path) -> None:
    done = ioc("doctor", "--deep", **installed)
    assert done.returncode in {1, 2}, "there is no backup yet; how full the disk is, is the machine's"
    assert "! Chưa có bản sao nào" in done.stdout
    assert ioc("backup", str(tmp_path / "b"), **installed).returncode == 0
    done = ioc("log", "doctor", **installed)
    assert done.returncode == 0, done.stdout
    assert "✓ Chưa có sự kiện nào  / No events yet" in done.stdout
    with sqlite3.connect(Path(installed["IOC_STATE_DIR"], "ioc.db")) as connection:
        connection.execute(
            "insert into cursor (consumer, position, fence, owner, beat)"
            " values ('desk', 7, 1, 'x', '2026-11-21 07:30:00')"
        )
    done = ioc("log", "doctor", "--json", **installed)
    assert done.returncode == 2
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["severity"] for one in lines if one["check"] == "cursors"] == ["broken"]


def test_the_doctor_looks_at_an_installation_that_has_nothing(installed: dict[str, str], tmp_path: Path) -> None:
    done = ioc("doctor", **installed | {"IOC_STATE_DIR": str(tmp_path / "trống")})
    assert done.returncode == 2
    assert "✗ Chưa có dữ liệu của thành phố ở đây" in done.stdout
    assert not (tmp_path / "trống" / "ioc.db").exists()


def test_upgraded_from_an_older_build(installed: dict[str, str]) -> None:
    state = Path(installed["IOC_STATE_DIR"])
    migrate.downgrade(f"sqlite:///{state / 'ioc.db'}", to="platform_0002")
    done = ioc("upgrade", "--check", **installed)
    assert done.returncode == 1
    assert "platform: platform_0002 → platform_0011" in done.stdout
    done = ioc("upgrade", **installed)
    assert done.returncode == 0, done.stderr
    assert "1 group of tables brought up to date" in done.stdout
    [made] = (state / "backups").glob("thanh-hoa-*/manifest.json")
    assert json.loads(made.read_bytes())["format"] == 1, "the way back: a form that the former build reads"
    assert ioc("restore", str(made.parent), "--check", **installed).returncode == 0
    done = ioc("upgrade", "--check", **installed)
    assert done.returncode == 0
    assert "nothing to upgrade" in done.stdout


def test_an_upgrade_says_when_the_former_build_must_be_stopped(installed: dict[str, str], postgres_url: str) -> None:
    told = []
    for url in (postgres_url, f"sqlite:///{Path(installed['IOC_STATE_DIR']) / 'ioc.db'}"):
        for revision in ("observations_0005", "observations_0004"):
            was = {"observations": revision}
            lines = [Line(one.name, was.get(one.name, one.at), one.head, one.known) for one in migrate.state(url)]
            migrate.return_to(url, [], lines)
            done = ioc("upgrade", "--check", **installed | {"IOC_DATABASE_URL": url})
            assert done.returncode == 1 and f"observations: {revision} →" in done.stdout, done.stdout + done.stderr
            told.append("stop it before you upgrade" in done.stdout and "hãy dừng nó trước" in done.stdout)
    assert told == [False, True, False, False], "on PostgreSQL only, and only where that step is to come"


def test_a_damaged_store_is_upgraded_only_when_that_is_asked_for(installed: dict[str, str], tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'state' / 'ioc.db'}"
    migrate.downgrade(url, to="platform_0007")
    with sqlite3.connect(tmp_path / "state" / "ioc.db") as connection:
        connection.execute(
            "insert into cursor (consumer, position, fence, owner, beat) values ('desk', 7, 1, 'x', '2026-11-21')"
        )
    words = ("upgrade", "--backups", str(tmp_path / "b"))
    done = ioc(*words, **installed)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "Không nâng cấp" in done.stdout and "this backup is no way back" in done.stdout
    assert {line.name: line.at for line in migrate.state(url)}["platform"] == "platform_0007"
    assert len(list((tmp_path / "b").glob("thanh-hoa-*"))) == 1
    done = ioc(*words, "--even-damaged", **installed)
    assert "1 group of tables brought up to date" in done.stdout, done.stdout + done.stderr
    assert not any(line.behind for line in migrate.state(url))


def test_a_damaged_store_is_backed_up_with_a_code_of_its_own(installed: dict[str, str], tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "state" / "ioc.db") as connection:
        connection.execute(
            "insert into cursor (consumer, position, fence, owner, beat) values ('desk', 'chữ', 1, 'x', 'hôm qua')"
        )
    done = ioc("backup", str(tmp_path / "b"), "--keep", "1", **installed)
    assert done.returncode == 3 and "The store was damaged when it was copied" in done.stdout, done.stdout + done.stderr
    assert "cột position" in done.stdout and "No older backup is removed" in done.stdout
    [folder] = (tmp_path / "b").glob("thanh-hoa-*")
    proved = ioc("restore", str(folder), "--check", **installed)
    assert proved.returncode == 3 and "The store was damaged" in proved.stdout
    put = ioc("restore", str(folder), "--replace", **installed)
    assert put.returncode == 3 and "The store was damaged" in put.stdout, put.stdout + put.stderr
