"""`ioc restore`: a backup put back into an empty place, or in place of what is kept aside first."""

from __future__ import annotations

import tarfile
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ioc.cli.backup import OF_DAMAGED, say_damage, tell
from ioc.cli.say import console, say
from ioc.cli.servers import forget_streams
from ioc.cli.target import CityName, StateDir, Target, standing
from ioc.core.errors import Problem
from ioc.core.text import Text, counted
from ioc.evidence.carrying import Put, carried, put_evidence, refuse_no_room
from ioc.host.lock import one_at_a_time
from ioc.host.migrating import migration_homes
from ioc.host.parts import store_settings
from ioc.store.backup import (
    PROFILE,
    Restored,
    checked,
    disk_trouble,
    place_of,
    put_back,
    read_manifest,
    undo_restore,
    unfinished,
)
from ioc.store.migrate import upgrade
from ioc.store.vault import Vault


def run_restore(
    backup: Annotated[
        Path | None, typer.Argument(help="Thư mục của một bản sao / a backup's folder", file_okay=False)
    ] = None,
    replace: Annotated[
        bool, typer.Option(help="Thay dữ liệu đang có, sau khi giữ nó lại / replace what is there, kept aside first")
    ] = False,
    check: Annotated[bool, typer.Option(help="Chỉ kiểm tra bản sao / only prove the backup")] = False,
    profile_to: Annotated[
        Path | None, typer.Option(help="Giải nén hồ sơ vào đây / unpack the profile into this new folder")
    ] = None,
    erased: Annotated[
        Path | None, typer.Option(help="Mã đã xoá sau bản sao, mỗi dòng một mã / references erased later, one a line")
    ] = None,
    undo: Annotated[
        bool, typer.Option(help="Trả lại dữ liệu trước lần khôi phục dở dang / bring back what a broken-off one kept")
    ] = False,
    city: CityName = "thanh-hoa",
    state: StateDir = None,
) -> None:
    """Puts a backup back, with every service of the city stopped, under the key it was made with.

    Refused when a file is not as it was written, it is another city's or key's, a newer build made it, or a store is
    there already. Tables are brought to this build, evidence that is in the backup goes back to its folder, screens
    begin anew. What goes wrong leaves everything as it was; killed on the way, no command opens the store until this
    one is run again. A backup of a store that was damaged when it was made is put back as it is: the exit code is 3.
    """
    if (backup is None) != undo:
        raise Problem("one-of-two", Text("Cần thư mục bản sao, hoặc --undo", "Name a backup's folder, or say --undo"))
    if check and profile_to:
        title = Text("--check không giải nén gì: bỏ --profile-to", "--check unpacks nothing: leave --profile-to out")
        raise Problem("checks-only", title)
    to = standing(city, state)
    if backup is None:
        _bring_back(to)
    elif check:
        _prove(to, backup)
    else:
        _put(to, backup, replace=replace, profile_to=profile_to, erased=erased)


def _prove(to: Target, backup: Path) -> None:
    place = place_of(to.settings.store_url, to.city.id)
    vault = Vault(to.settings.personal_key_bytes(), to.city.id)
    with disk_trouble():
        proved = checked(place, backup, vault, to.city.id, migration_homes())
    tell(backup, proved)
    if proved.wrong:
        raise typer.Exit(OF_DAMAGED)


def _bring_back(to: Target) -> None:
    with _stopped(to):
        mark = undo_restore(place_of(to.settings.store_url, to.city.id), to.settings.store_url)
    vi, en = f"✓ Đã trả lại dữ liệu trước lần khôi phục {mark.backup}", f"What was there before {mark.backup} is back"
    say(Text(vi, en), "green")


def _put(to: Target, backup: Path, *, replace: bool, profile_to: Path | None, erased: Path | None) -> None:
    _refuse_unfit(backup, profile_to)
    named = _references(erased) if erased else []
    with _stopped(to), disk_trouble():
        kept = to.settings.state_dir / f"replaced-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}" if replace else None
        done, pictures = _restore(to, backup, kept, named)
    _tell(done)
    _tell_pictures(done, pictures, to.settings.evidence_home)
    if profile_to:
        with disk_trouble():
            _unpack(backup, profile_to)
        console.print(str(profile_to))
    if done.manifest.wrong:
        raise typer.Exit(OF_DAMAGED)


def _stopped(to: Target) -> AbstractContextManager[None]:
    """No part of the city runs on this machine, nor begins to meanwhile."""
    return one_at_a_time(to.settings.state_dir, to.settings.run_dir)


def _restore(to: Target, backup: Path, kept: Path | None, erased: list[str]) -> tuple[Restored, Put]:
    settings = to.settings
    files, home = carried(read_manifest(backup)), settings.evidence_home
    refuse_no_room(files, home)
    put = Put()

    def last() -> None:
        nonlocal put
        put = put_evidence(backup, files, home)
        forget_streams(settings, to.city.id)

    if mark := unfinished(settings.store_url):
        say(mark.told, "bold yellow")
    homes = migration_homes()
    done = put_back(
        place_of(settings.store_url, to.city.id),
        backup,
        store_settings(settings, to.city.id),
        lambda: upgrade(settings.store_url, homes),
        homes,
        aside=kept,
        erased=erased,
        last=last,
    )
    return done, put


def _refuse_unfit(backup: Path, profile_to: Path | None) -> None:
    read_manifest(backup)
    if profile_to and profile_to.exists():
        raise typer.BadParameter(f"{profile_to} đã có / is there already")


def _references(file: Path) -> list[str]:
    try:
        with disk_trouble():
            return file.read_text(encoding="utf-8-sig").split()
    except UnicodeDecodeError:
        title = Text(f"{file} không phải văn bản UTF-8", f"{file} is no text in UTF-8")
        raise Problem("not-text", title) from None


def _tell(done: Restored) -> None:
    last = done.manifest.facts.log.last
    made = done.manifest.made.astimezone().isoformat(" ", "seconds")
    vi = f"✓ Đã khôi phục bản sao lúc {made}, tới vị trí {last}; màn hình bắt đầu lại từ đầu"
    say(Text(vi, f"The backup of {made} is back, up to position {last}; screens begin anew"), "green")
    say_damage(done.manifest)
    if done.went_on:
        vi, en = "Lần khôi phục dở dang trước đó đã được làm lại trọn vẹn", "The restore that was broken off is through"
        say(Text(vi, en))
    if done.aside:
        say(Text(f"Dữ liệu trước đó nằm ở {done.aside}", f"What was there before is in {done.aside}"))
    if done.erased:
        again = counted(done.erased, "erased person was", "erased people were")
        say(Text(f"Đã xoá lại {done.erased} người đã được xoá", f"{again} erased again"))
    _tell_of_holds(done)
    if done.broken_audit is not None:
        vi, en = "Chuỗi nhật ký kiểm tra sai từ dòng", "the audit chain was wrong in the backup from line"
        say(Text(f"{vi} {done.broken_audit}", f"{en} {done.broken_audit}"), "yellow")


def _tell_pictures(done: Restored, put: Put, home: Path) -> None:
    """What became of the evidence; a store that speaks of pictures and a backup without any is said, too."""
    if put.new or put.there:
        told = Text(f"Bằng chứng: {put.new} tệp đã trả lại", f"{counted(put.new, 'file')} of evidence put back")
        say(Text(f"{told.vi}, {put.there} tệp còn nguyên ở {home}", f"{told.en}, {put.there} were there"))
    elif done.manifest.facts.tables.get("evidence"):
        vi, en = f"Bản sao không có hình bằng chứng: chép lại vào {home}", "No evidence is in the backup: copy it there"
        say(Text(f"{vi}, rồi chạy ioc evidence verify", f"{en}, then run ioc evidence verify"), "yellow")
    if put.others:
        vi = f"! {put.others} tệp bằng chứng ở {home} đã khác bản sao: để lại bên cạnh, có thời điểm trong tên"
        say(
            Text(vi, f"{counted(put.others, 'file')} there differed: kept beside, with the time in the name"),
            "bold yellow",
        )


def _tell_of_holds(done: Restored) -> None:
    if done.held:
        carried = counted(done.held, "legal hold that is not in the backup is", "legal holds that are not in it are")
        say(Text(f"Vẫn giữ theo {done.held} lệnh không có trong bản sao", f"{carried} in force as before"))
    if done.let_go:
        ended = counted(done.let_go, "hold in the backup had ended", "holds in the backup had ended")
        say(Text(f"{done.let_go} lệnh giữ trong bản sao đã hết từ trước", f"{ended} since"))
    if done.spared:
        vi, en = "! Đang bị giữ theo lệnh nên không xoá lại", "under a legal hold and so not erased again"
        names = ", ".join(done.spared)
        say(Text(f"{vi}: {names}", f"{en}: {names}"), "bold yellow")
    if done.unread:
        vi = "! Không đọc được dữ liệu cũ để biết sau bản sao ai đã được xoá, gì đang bị giữ"
        en = "the old store does not tell who was erased and what is held since the backup"
        do_vi = "trước khi chạy lại, đặt lại lệnh giữ (ioc hold add) rồi xoá lại (ioc people erase)"
        do_en = "before it runs again set the holds anew, then erase them again"
        say(Text(f"{vi}: {do_vi}", f"{en}: {do_en}"), "bold yellow")
    if done.aside is None:
        vi = "Lệnh giữ đặt sau bản sao này không có ở đây: đặt lại (ioc hold add) trước khi chạy"
        say(Text(vi, "Holds set after this backup are not in it: set them anew (ioc hold add) before the city runs"))


def _unpack(backup: Path, to: Path) -> None:
    """Only plain files inside `to`: the archive is proved, and is treated as a stranger's all the same."""
    to.mkdir(parents=True)
    with tarfile.open(backup / PROFILE) as tar:
        tar.extractall(to, filter="data")
