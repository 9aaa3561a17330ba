"""`ioc broker`: the users of the city's MQTT broker, in the files mosquitto reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from ioc.city.profile import City, load_city
from ioc.cli.city import profile_dir
from ioc.cli.say import console, say
from ioc.cli.target import installed_settings
from ioc.core.errors import FieldError, Problem
from ioc.core.text import Text, counted
from ioc.host.broker_accounts import (
    READER,
    Account,
    BadAccount,
    accounts_of,
    acl_file,
    detectors,
    device,
    hashed,
    hashes_of,
    new_password,
    of_detector,
    password_file,
    reader,
)
from ioc.host.private import keep_files_private

PASSWORDS = "passwd"
RIGHTS = "acl"

app = typer.Typer(help="Máy chủ MQTT / the MQTT broker.", no_args_is_help=True)


@app.callback()
def _broker() -> None:
    """Máy chủ MQTT / the MQTT broker."""


@app.command("accounts")
def accounts(
    out: Annotated[Path, typer.Option(help="Thư mục của máy chủ MQTT / the broker's folder")],
    city: Annotated[str, typer.Option(help="Tên hoặc thư mục hồ sơ / profile")] = "thanh-hoa",
    devices: Annotated[
        list[str] | None,
        typer.Option("--device", help="Thiết bị khác: TÊN=CHỦ_ĐỀ[,CHỦ_ĐỀ] / another device: NAME=TOPIC[,TOPIC]"),
    ] = None,
    renew: Annotated[list[str] | None, typer.Option(help="Cấp mật khẩu mới / give a new password")] = None,
    remove: Annotated[list[str] | None, typer.Option(help="Xoá thiết bị / remove a device")] = None,
) -> None:
    """Writes the broker's users and their rights: the city's own, one for each detector, and further devices.

    New passwords are printed, once; whoever has one already keeps it. A device may write its own topics and read
    nothing.
    """
    keep_files_private()
    settings = installed_settings()
    profile = load_city(settings.city_dir, settings.city_overlay) if settings else load_city(profile_dir(city))
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    before = {one.user: one for one in accounts_of(_read(out / RIGHTS))}
    _refuse_unknown({*(renew or ()), *(remove or ())} - before.keys())
    wanted = _wanted(profile, before, devices or (), frozenset(remove or ()))
    known = hashes_of(_read(out / PASSWORDS))
    fresh = {one.user: new_password() for one in wanted if one.user not in known or one.user in (renew or ())}
    hashes = {one.user: hashed(fresh[one.user]) if one.user in fresh else known[one.user] for one in wanted}
    _write(out / PASSWORDS, password_file(hashes))
    _write(out / RIGHTS, acl_file(wanted))
    for user, password in fresh.items():
        name = "IOC_MQTT_PASSWORD=" if user == READER else f"{user} "
        console.print(f"{name}{password}")
    told = Text(
        f"✓ {len(wanted)} tài khoản, {len(fresh)} mật khẩu mới", f"{counted(len(wanted), 'account')}, {len(fresh)} new"
    )
    say(told, "green")


def _refuse_unknown(users: set[str]) -> None:
    if users:
        names = ", ".join(sorted(users))
        raise Problem("no-such-account", Text(f"Không có tài khoản {names}", f"There is no account {names}"))


def _wanted(city: City, before: Mapping[str, Account], given: Iterable[str], removed: frozenset[str]) -> list[Account]:
    """The city's own user and its detectors, the devices added before, those added now; the last of a name counts."""
    kept = {user: one for user, one in before.items() if user not in removed and not of_detector(one)}
    try:
        ours = (reader(), *detectors(city))
        new = [_device(words) for words in given]
    except BadAccount as error:
        mistake = FieldError("device", Text("tên hoặc chủ đề không dùng được", str(error)))
        raise Problem("bad-account", Text("Tài khoản không dùng được", "Not an account"), errors=(mistake,)) from None
    return list((kept | {one.user: one for one in (*ours, *new)}).values())


def _device(words: str) -> Account:
    name, _, topics = words.partition("=")
    if not topics:
        raise BadAccount(f"{words!r}: write NAME=TOPIC")
    return device(name, topics.split(","))


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _write(path: Path, text: str) -> None:
    """In one step: the broker never reads half a file."""
    beside = path.with_suffix(".new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
