"""`ioc cameras`: finds cameras in the network and says which of their streams to write into the profile."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from ioc.cli.say import console, say, shown
from ioc.core.errors import Problem
from ioc.core.text import Text
from ioc.host.cameras_plan import read_logins
from ioc.host.onvif import (
    LISTEN_S,
    PROBE_PORT,
    FoundStream,
    ask_camera,
    best_stream,
    find_cameras,
    own_addresses,
    streams_of,
)

app = typer.Typer(help="Tìm camera trong mạng / find cameras in the network.", no_args_is_help=True)
_SOURCE = Text("Ghi vào cameras.toml:", "Write into cameras.toml:")
_NONE = Text("Không camera nào trả lời.", "No camera answered.")


@app.command("find")
def find(
    at: Annotated[
        str | None, typer.Option(metavar="HOST[:PORT]", help="Hỏi thẳng một máy / ask one machine directly")
    ] = None,
    via: Annotated[
        list[str] | None, typer.Option("--from", metavar="ADDRESS", help="Địa chỉ của máy này / this machine's address")
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.1, max=60, help="Chờ bao lâu / how long to listen")] = LISTEN_S,
) -> None:
    """Asks the network for ONVIF cameras (WS-Discovery over multicast) and lists who answers.

    From every interface of this machine, or only from the addresses given. Nothing is changed on a camera.
    """
    if at is not None:
        host, _, port = at.partition(":")
        try:
            found = ask_camera(host, int(port or PROBE_PORT), seconds)
        except (OSError, ValueError):
            wrong = Text(f"Không gửi được tới {at}", f"Nothing can be sent to {at}")
            raise Problem("camera-not-asked", wrong) from None
    else:
        found = find_cameras(via or own_addresses(), seconds)
    if not found:
        say(_NONE)
        raise typer.Exit(1)
    table = Table("address", "name", "hardware", "location")
    for one in found:
        table.add_row(*map(shown, (one.address, one.name, one.hardware, one.location)))
    console.print(table)


@app.command("profiles")
def profiles(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="host, host:port, http://…/onvif/device_service")],
    camera: Annotated[
        str | None, typer.Option(help="Lấy tài khoản của camera này / take the login of this camera from --logins")
    ] = None,
    logins: Annotated[
        Path | None,
        typer.Option(envvar="IOC_CAMERA_SECRETS", metavar="FILE", help="Tệp mật khẩu / the file of logins, mode 600"),
    ] = None,
    user: Annotated[
        str | None, typer.Option(help="Tên đăng nhập, mật khẩu được hỏi / its user, the password is asked for")
    ] = None,
) -> None:
    """Lists the streams of an ONVIF camera and prints the sub-stream to write into the profile.

    A password is never an argument: it comes from the file of logins, or is typed in.
    """
    streams = streams_of(address, _login(camera, logins, user))
    best = best_stream(streams)
    table = Table("", "profile", "encoding", "size", "fps", "stream")
    for one in streams:
        table.add_row("→" if one == best else "", *map(shown, _cells(one)))
    console.print(table)
    if best is not None:
        say(_SOURCE)
        console.print(f'source = "{best.address}"')


def _login(camera: str | None, logins: Path | None, user: str | None) -> tuple[str, str] | None:
    if user is not None:
        return user, typer.prompt("Mật khẩu / password", hide_input=True, err=True)
    if camera is None:
        return None
    found = read_logins(logins).get(camera)
    if found is None:
        wrong = Text(f"Không có tài khoản của {camera} trong tệp", f"The file has no login of {camera}")
        raise Problem("camera-logins", wrong)
    return found.user, found.password


def _cells(one: FoundStream) -> tuple[str, ...]:
    return one.name or one.token, one.encoding, f"{one.width}×{one.height}", f"{one.fps:g}", one.address
