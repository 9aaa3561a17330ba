"""Everything an installation sets, from `IOC_…` environment variables; built once and passed down.

A secret may lie in a file instead (`IOC_SECRET_KEY_FILE` and the like), as container secrets and systemd credentials
do: a file is not seen in the list of processes and not handed on to children.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import stat
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from pydantic import BeforeValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

KEY_BYTES = 32
MIN_DIFFERENT_BYTES = 12  # 32 random bytes hold fewer different values once in 10^15


LARGEST_SECRET = 16 * 1024
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH  # containers lay secrets out for all to read, never to write
FROM_FILES = ("database_url", "redis_url", "mqtt_password", "secret_key", "personal_key", "metrics_token")
KINDS = {
    "database_url": ("postgresql", "sqlite"),
    "redis_url": ("redis", "rediss", "redis+sentinel", "unix"),
}


def _read_secret(path: object) -> object:
    """The content of a secret's file without the newline at its end.

    Raises:
        ValueError: it cannot be read, may be changed by others, is empty or far too large; the content is never told.
    """
    if not path or isinstance(path, SecretStr):  # container files hand on what was not set as an empty text
        return path or None
    try:
        with os.fdopen(os.open(str(path), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            _refuse_unfit(os.fstat(file.fileno()).st_mode)
            raw = file.read(LARGEST_SECRET + 1)
        text = raw.decode("utf-8-sig").removesuffix("\n").removesuffix("\r")
    except OSError as error:
        raise ValueError(f"the file cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError("the file is no text") from None
    if not text or len(raw) > LARGEST_SECRET:
        raise ValueError("the file is empty" if not text else "the file is too large to be a secret")
    return text


def _refuse_unfit(mode: int) -> None:
    if not stat.S_ISREG(mode):  # a pipe may keep whoever opens it waiting for ever
        raise ValueError("it is no ordinary file")
    if mode & OTHERS_WRITE:
        raise ValueError("others may change the file: chmod go-w")


def joined(url: str, password: str, file: str) -> str:
    """An address of a server with the password that its own file holds.

    Raises:
        ValueError: there is no address, it is of a kind without a password, or it has one already; it names the file,
            never what is in it.
    """
    if not url:
        raise ValueError(f"there is no address that the password of {file} belongs to")
    parts = urlsplit(url)
    if parts.scheme.partition("+")[0].casefold() == "sqlite":
        raise ValueError(f"SQLite has no password: leave {file} out")
    who, at, _ = parts.netloc.rpartition("@")
    user, has_one, there = who.partition(":")
    if has_one and hmac.compare_digest(unquote(there).encode(), password.encode()):
        return url
    if has_one or "password" in dict(parse_qsl(parts.query, keep_blank_values=True)):
        raise ValueError(f"the address has a password, and {file} is given too: keep one of them")
    begin, slashes, rest = url.partition("://")
    return f"{begin}{slashes}{user}:{quote(password, safe='')}@{rest.removeprefix(who + at)}"


SecretFile = Annotated[SecretStr | None, BeforeValidator(_read_secret)]


class Settings(BaseSettings):
    """One city's installation."""

    model_config = SettingsConfigDict(env_prefix="IOC_", extra="ignore", frozen=True)

    mode: Literal["production", "demo"] = "production"
    city_dir: Path
    city_overlay: Path | None = None  # files laid over the profile: what this installation keeps for itself
    state_dir: Path
    database_url_file: SecretFile = None  # these files come before what they stand for: see `_of_its_file`
    redis_url_file: SecretFile = None
    database_password_file: SecretFile = None  # the passwords of addresses that have none: see `_with_its_password`
    redis_password_file: SecretFile = None
    mqtt_password_file: SecretFile = None
    secret_key_file: SecretFile = None
    personal_key_file: SecretFile = None
    metrics_token_file: SecretFile = None
    database_url: str = Field(default="", validate_default=True, repr=False)
    redis_url: str = Field(default="", validate_default=True, repr=False)
    camera_secrets: Path | None = None  # TOML, mode 600: [cam-01] with user and password
    evidence_dir: Path | None = None  # pictures kept as evidence; the same folder on all machines
    camera_model: Path | None = None  # an ONNX file in YOLOX layout; others lie beside it under names of their own
    mqtt_url: str = ""
    mqtt_password: SecretStr = Field(default=SecretStr(""), validate_default=True)  # wins over one in the address
    mqtt_ca: Path | None = None
    mqtt_cert: Path | None = None
    mqtt_key: Path | None = None
    data_dir: Path | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    public_url: str = ""
    security_contact: str = ""  # where weaknesses are reported; empty: the citizens' form
    allowed_hosts: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()  # addresses or networks whose X-Forwarded-For is believed
    secret_key: SecretStr = Field(default=SecretStr(""), validate_default=True)
    personal_key: SecretStr = Field(default=SecretStr(""), validate_default=True)
    metrics_token: SecretStr = Field(default=SecretStr(""), validate_default=True)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    memory_limit_mb: int = 768
    camera_workers: int = Field(default=1, ge=1, le=64)  # processes of this machine that take cameras' pictures

    @field_validator(
        "city_overlay",
        "camera_secrets",
        "evidence_dir",
        "camera_model",
        "mqtt_ca",
        "mqtt_cert",
        "mqtt_key",
        "data_dir",
        mode="before",
    )
    @classmethod
    def _given(cls, path: object) -> object:
        return path or None  # container files hand on what was not set as an empty text

    @field_validator("city_dir", "state_dir")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        return path.expanduser().absolute()

    @field_validator("database_url", "redis_url")
    @classmethod
    def _of_a_known_kind(cls, url: str, info: ValidationInfo) -> str:
        known = KINDS[str(info.field_name)]
        if url and url.partition(":")[0].partition("+")[0].casefold() not in known:
            raise ValueError(f"the address begins with one of {', '.join(known)}, then ://")
        return url

    @field_validator("database_url", "redis_url")
    @classmethod
    def _with_its_password(cls, url: str, info: ValidationInfo) -> str:
        """The address with the password of its file, where there is one."""
        name = str(info.field_name).removesuffix("_url")
        kept: SecretStr | None = info.data.get(f"{name}_password_file")
        return url if kept is None else joined(url, kept.get_secret_value(), f"IOC_{name.upper()}_PASSWORD_FILE")

    @field_validator("security_contact")
    @classmethod
    def _reached(cls, contact: str) -> str:
        """RFC 9116 wants an address with its scheme; of the web only what is encrypted."""
        if contact and not re.fullmatch(r"(mailto:|tel:|https://)[!-~]+", contact):
            raise ValueError("begins with mailto:, tel: or https:// and holds no blanks")
        return contact

    @field_validator("mqtt_ca", "mqtt_cert", "mqtt_key", mode="before")
    @classmethod
    def _no_file(cls, path: object) -> object:
        """A variable that a compose file passes on although nobody gave it a value."""
        return path or None

    @field_validator(*FROM_FILES, mode="before")
    @classmethod
    def _of_its_file(cls, given: Any, info: ValidationInfo) -> Any:
        """What the setting's file holds, where there is one."""
        kept: SecretStr | None = info.data.get(f"{info.field_name}_file")
        if kept is None:
            return given
        text = given.get_secret_value() if isinstance(given, SecretStr) else given
        if text and text != kept.get_secret_value():
            raise ValueError("given as a value and as a file: keep one of them")
        return kept.get_secret_value()

    @property
    def demo(self) -> bool:
        """Whether this is a demonstration: loopback only, simulated input, everyone may act."""
        return self.mode == "demo"

    @property
    def store_url(self) -> str:
        """Where the truth lies: the given database, else SQLite in the state folder."""
        return self.database_url or f"sqlite:///{self.state_dir / 'ioc.db'}"

    @property
    def evidence_home(self) -> Path:
        """Where pictures kept as evidence lie: the given folder, else one in the state folder."""
        return self.evidence_dir or self.state_dir / "evidence"

    @property
    def ring_dir(self) -> Path:
        """Where the newest pictures of this machine's cameras lie."""
        return self.state_dir / "ring"

    @property
    def run_dir(self) -> Path:
        """Sockets and pids; short, because a unix socket's path may have 107 bytes at most."""
        digest = hashlib.sha256(str(self.state_dir).encode()).hexdigest()[:12]
        return Path("/tmp") / f"ioc-{digest}"  # noqa: S108 - made with mode 700 and owner checked by its user

    @property
    def bus_url(self) -> str:
        """The Redis server: the given one, else the embedded server's socket."""
        return self.redis_url or f"unix://{self.run_dir / 'bus.sock'}"

    def personal_key_bytes(self) -> bytes:
        """The 32-byte master key of people's data.

        Raises:
            ValueError: it is not 32 random bytes in base64.
        """
        return key_bytes(self.personal_key.get_secret_value(), "IOC_PERSONAL_KEY")


def key_bytes(text: str, name: str) -> bytes:
    """A 32-byte key from base64.

    Raises:
        ValueError: not base64, not 32 bytes, or plainly not random; the message names the setting, never the value.
    """
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raise ValueError(f"{name} is not base64") from None
    if len(raw) != KEY_BYTES:
        raise ValueError(f"{name} must be {KEY_BYTES} bytes in base64, it is {len(raw)}")
    if len(set(raw)) < MIN_DIFFERENT_BYTES:
        raise ValueError(f"{name} is not random: make one with `openssl rand -base64 32`")
    return raw
