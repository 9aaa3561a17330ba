"""What each camera's decoder is told: where from, with which login, what to count, when a picture is bad."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from ioc.city.profile import Camera, City
from ioc.core.errors import Problem
from ioc.core.text import Text
from ioc.host.context import threshold
from streams.address import with_login
from streams.messages import ANALYSED_WIDTH, Limits, Line, Plan, Zone

MEMORY_MB = 512
MOTION, AUTO = "motion", "auto"
OPEN_S, READ_S = 5.0, 3.0
_OTHERS = 0o077
_VIETNAM_S = 7 * 3600  # all the year
_CLIPS = ("mp4", "avi")


class Login(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A camera's user and password."""

    user: str
    password: str


def read_logins(path: Path | None) -> dict[str, Login]:
    """Logins by camera, from a TOML file of tables `[cam-01]` with `user` and `password`.

    Raises:
        Problem: it cannot be read, has another form, or may be read by others; the message holds none of its content.
    """
    if path is None:
        return {}
    try:
        if path.stat().st_mode & _OTHERS:
            raise _unfit(f"{path}: cần quyền 600, chmod 600", f"{path}: others may read it, chmod 600")
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        return msgspec.convert(tables, dict[str, Login])
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError):
        raise _unfit(f"{path}: không đọc được hoặc sai dạng", f"{path}: cannot be read or has another form") from None


def _unfit(vi: str, en: str) -> Problem:
    title = Text("Tệp mật khẩu camera không dùng được", "The file of camera logins cannot be used")
    return Problem("camera-logins", title, detail=Text(vi, en))


def limits_of(city: City, at: datetime) -> Limits:
    """When a picture is bad, as the city says that day."""
    names = Limits.__struct_fields__
    return Limits(**{name: threshold(city, f"camera.{name}", at) for name in names})


def address_of(camera: Camera, data_dir: Path | None) -> str | None:
    """Where the pictures come from; `clip:NAME` is a file of the folder of real files, None where there is none."""
    if not camera.source.startswith("clip:"):
        return camera.source
    name = camera.source.removeprefix("clip:")
    files = [data_dir / "clips" / f"{name}.{kind}" for kind in _CLIPS] if data_dir else []
    return next((f"file:{file}" for file in files if file.is_file()), None)


def model_of(camera: Camera, given: Path | None) -> Path | None:
    """The detector's file of a camera: the one that was given, or the one beside it of the name the camera asks for;
    None where it is looked at by motion alone. Whether the file can be used is said by who opens it."""
    if camera.detector == MOTION:
        return None
    if camera.detector == AUTO or (given is not None and given.stem == camera.detector):
        return given
    return (given.parent if given is not None else Path()) / f"{camera.detector}.onnx"


def plan_of(
    camera: Camera,
    address: str,
    limits: Limits,
    logins: Mapping[str, Login],
    model: Path | None = None,
    kept_fps: float = 0.0,
) -> Plan:
    """The whole plan of one camera; `kept_fps` of its pictures a second are to be kept."""
    login = logins.get(camera.id)
    return Plan(
        address=with_login(address, (login.user, login.password) if login else None),
        limits=limits,
        lines=tuple(Line(line.id, line.start, line.end, line.allowed) for line in camera.lines),
        zones=tuple(Zone(zone.id, zone.points, zone.purpose) for zone in camera.zones),
        masks=tuple(mask.points for mask in camera.masks),
        model=str(model.absolute()) if model is not None else None,  # decoders work in another folder
        analysed_fps=camera.analysis_fps,
        analysed_width=camera.analysis_width or ANALYSED_WIDTH,
        kept_fps=kept_fps,
        open_s=OPEN_S,
        read_s=READ_S,
        memory_mb=MEMORY_MB,
        name=camera.name,
        utc_offset_s=_VIETNAM_S,
    )
