"""`ioc people`: the first administrator, keys for devices and walls, and erasing a person's data."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from ioc.auth import Auth, AuthSettings
from ioc.auth.roles import CLASSES
from ioc.cli.say import console, say
from ioc.cli.target import CityName, StateDir, target
from ioc.contract.rights import Principal
from ioc.core.text import Text
from ioc.host.parts import store_settings
from ioc.store import Store

app = typer.Typer(help="Người dùng và khoá / people and keys.", no_args_is_help=True)


class KeyKind(StrEnum):
    """Who may hold a key."""

    DEVICE = "device"
    WALL = "wall"


class PersonRole(StrEnum):
    """What a person may be."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


_CLI = Principal(id="cli", name="cli", role="admin", classes=CLASSES["admin"])


@app.command("add")
def add(
    username: str,
    name: Annotated[str, typer.Option(help="Tên hiển thị / name shown")] = "",
    role: Annotated[PersonRole, typer.Option(help="Vai trò / role")] = PersonRole.OPERATOR,
    city: CityName = "thanh-hoa",
    state: StateDir = None,
) -> None:
    """Creates an account; the password is asked for, never given on the command line."""
    password = typer.prompt("Mật khẩu / password", hide_input=True, confirmation_prompt=True)
    chosen: Any = role.value
    shown = name or username

    async def create(auth: Auth) -> Any:
        return await auth.people.create(username=username, password=password, name=shown, role=chosen, by="cli")

    _with_auth(city, state, create)
    say(Text(f"✓ Đã tạo {username} ({role})", f"{username} ({role}) is made"), "green")


@app.command("key")
def key(
    kind: Annotated[KeyKind, typer.Argument(help="device hoặc / or wall")],
    name: str,
    city: CityName = "thanh-hoa",
    state: StateDir = None,
) -> None:
    """Issues the key of a device or a wall; it is printed once."""
    chosen: Literal["device", "wall"] = "wall" if kind is KeyKind.WALL else "device"
    issued = _with_auth(city, state, lambda auth: auth.devices.issue(kind=chosen, name=name, by="cli"))
    console.print(issued.token)


@app.command("erase")
def erase(
    ref: Annotated[str, typer.Argument(help="Mã “personal” của vụ việc / the `personal` of an incident")],
    reason: Annotated[str, typer.Option(help="Lý do, được ghi lại / why; it is audited")],
    city: CityName = "thanh-hoa",
    state: StateDir = None,
) -> None:
    """Erases what is kept of a person under a reference, for ever; the incident's history stays."""
    to = target(city, state)

    async def run() -> None:
        store = await Store.open(store_settings(to.settings, to.city.id))
        try:
            await store.personal.erase(ref, by=_CLI, reason=reason)
        finally:
            await store.close()

    asyncio.run(run())
    say(Text("✓ Đã xoá dữ liệu cá nhân", "The personal data are erased"), "green")


def _with_auth(city: str, state: Path | None, ask: Callable[[Auth], Awaitable[Any]]) -> Any:
    to = target(city, state)

    async def run() -> Any:
        store = await Store.open(store_settings(to.settings, to.city.id))
        try:
            return await ask(Auth(store, AuthSettings.of(to.settings, to.city.id)))
        finally:
            await store.close()

    return asyncio.run(run())
